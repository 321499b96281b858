"""Reading of single fields of a catalog file; each refusal names the owner of the field."""

from collections.abc import Mapping
from typing import Any

from ni.catalog.sheet import CatalogFault

SHOWN = 80


def rows_of(tables: Mapping[str, Any], name: str, owner: str) -> list[tuple[int, dict[str, Any]]]:
    """A list of tables with their places, from 1. Raises `CatalogFault`."""
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CatalogFault(f"{owner} needs `{name}` as a list of tables.")
    return list(enumerate(rows, start=1))


def text_of(row: Mapping[str, Any], name: str, owner: str, default: str | None = None) -> str:
    """A string that is not empty, or the default. Raises `CatalogFault`."""
    value = row.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise CatalogFault(f"{owner} needs `{name}` as a string.")
    return value


def shown(value: object) -> str:
    """A value as a sentence quotes it: not more of it than a person reads."""
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def only(row: Mapping[str, Any], known: set[str], owner: str) -> None:
    """Refuse fields that nobody knows. Raises `CatalogFault`."""
    unknown = sorted(set(row) - known)
    if unknown:
        raise CatalogFault(
            f"{owner} has the unknown field `{shown(unknown[0])}` (known: {', '.join(sorted(known))})."
        )
