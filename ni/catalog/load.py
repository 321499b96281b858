"""Reads a catalog file (TOML 1.0) into a sheet, and refuses one that contradicts itself or the table of tiers.

Prices are strings of decimals in USD per million tokens, so that none passes through a float; `cached_input` and
`cache_write` default to `input`, for providers that do not price them apart.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ni.catalog.capabilities import fault_in
from ni.catalog.check import check_sheet
from ni.catalog.sheet import CatalogFault, Lifecycle, RouteRow, Sheet
from ni.domain.money import parse_amount
from ni.domain.route import Deployment, Price, Tier

Chosen = TypeVar("Chosen", Tier, Lifecycle)

SHIPPED = Path(__file__).parent / "routes.toml"
ROUTE_ID = re.compile(r"[a-z0-9_]+/[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")

_DEPLOYMENT_KEYS = {
    "id",
    "provider",
    "region",
    "jurisdiction",
    "endpoint",
    "endpoint_setting",
    "credential_setting",
    "options",
}
_ROUTE_KEYS = {
    "id",
    "provider",
    "upstream_model",
    "tier",
    "suffix",
    "region",
    "jurisdiction",
    "deployment",
    "lifecycle",
    "enabled",
    "capabilities",
    "prices",
}
_PRICE_KEYS = {"since", "input", "output", "cached_input", "cache_write"}


def load(path: Path) -> Sheet:
    """The checked sheet in a file. Raises `CatalogFault`."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise CatalogFault(f"{path} cannot be read as UTF-8 text: {fault}") from fault


def parse(text: str) -> Sheet:
    """The checked sheet in a text. Raises `CatalogFault` naming the line or the route."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise CatalogFault(f"The catalog is not valid TOML: {fault}.") from fault
    _only(tables, {"deployments", "routes"}, "The catalog")
    sheet = Sheet(
        deployments=tuple(
            _deployment(row, f"Deployment {place}")
            for place, row in _rows(tables, "deployments", "The catalog")
        ),
        routes=tuple(_route(row, f"Route {place}") for place, row in _rows(tables, "routes", "The catalog")),
    )
    check_sheet(sheet)
    return sheet


def _rows(tables: Mapping[str, Any], name: str, owner: str) -> list[tuple[int, dict[str, Any]]]:
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CatalogFault(f"{owner} needs `{name}` as a list of tables.")
    return list(enumerate(rows, start=1))


def _deployment(row: dict[str, Any], place: str) -> Deployment:
    owner = f"Deployment `{_text(row, 'id', place)}`"
    _only(row, _DEPLOYMENT_KEYS, owner)
    options = row.get("options", {})
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise CatalogFault(f"{owner} needs `options` as a table of strings.")
    return Deployment(
        id=row["id"],
        provider=_text(row, "provider", owner),
        region=_text(row, "region", owner),
        jurisdiction=_text(row, "jurisdiction", owner),
        endpoint=_text(row, "endpoint", owner, ""),
        endpoint_setting=_text(row, "endpoint_setting", owner, ""),
        credential_setting=_text(row, "credential_setting", owner, ""),
        options=options,
    )


def _route(row: dict[str, Any], place: str) -> RouteRow:
    owner = f"Route `{_text(row, 'id', place)}`"
    _only(row, _ROUTE_KEYS, owner)
    if not ROUTE_ID.fullmatch(row["id"]):
        raise CatalogFault(
            f"{owner} needs an id of the form <provider>/<upstream model>-<suffix>, at most 200 "
            "characters out of letters, digits and `._:/@+-`."
        )
    enabled = row.get("enabled")
    if enabled is not None and type(enabled) is not bool:
        raise CatalogFault(f"{owner} needs `enabled` as true or false.")
    capabilities = row.get("capabilities", {})
    fault = fault_in(capabilities) if isinstance(capabilities, dict) else "needs `capabilities` as a table"
    if fault:
        raise CatalogFault(f"{owner} {fault}.")
    return RouteRow(
        id=row["id"],
        provider=_text(row, "provider", owner),
        upstream_model=_text(row, "upstream_model", owner),
        tier=_choice(Tier, row, "tier", owner),
        suffix=_text(row, "suffix", owner),
        region=_text(row, "region", owner),
        jurisdiction=_text(row, "jurisdiction", owner),
        deployment=_text(row, "deployment", owner),
        lifecycle=_choice(Lifecycle, {"lifecycle": "active", **row}, "lifecycle", owner),
        enabled=enabled,
        capabilities=capabilities,
        prices=tuple(_price(price, owner) for _, price in _rows(row, "prices", owner)),
    )


def _price(row: dict[str, Any], owner: str) -> Price:
    _only(row, _PRICE_KEYS, f"A price of {owner}")
    since = _text(row, "since", f"A price of {owner}")
    try:
        date.fromisoformat(since)
    except ValueError as fault:
        raise CatalogFault(
            f"{owner} needs the price's `since` as a date such as 2026-11-23, not `{since}`."
        ) from fault
    fresh = _amount(row, "input", owner)
    return Price(
        since=since,
        input=fresh,
        output=_amount(row, "output", owner),
        cached_input=_amount(row, "cached_input", owner) if "cached_input" in row else fresh,
        cache_write=_amount(row, "cache_write", owner) if "cache_write" in row else fresh,
    )


def _amount(row: dict[str, Any], name: str, owner: str) -> int:
    try:
        return parse_amount(_text(row, name, f"A price of {owner}"))
    except ValueError as fault:
        raise CatalogFault(
            f"{owner} needs the price `{name}` as a decimal string in USD per million tokens, such as "
            f'"3.00", not `{row[name]}`.'
        ) from fault


def _text(row: Mapping[str, Any], name: str, owner: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise CatalogFault(f"{owner} needs `{name}` as a string.")
    return value


def _choice(kinds: type[Chosen], row: Mapping[str, Any], name: str, owner: str) -> Chosen:
    try:
        return kinds(_text(row, name, owner))
    except ValueError as fault:
        known = ", ".join(kind.value for kind in kinds)
        raise CatalogFault(f"{owner} needs `{name}` as one of {known}, not `{row.get(name)}`.") from fault


def _only(row: Mapping[str, Any], known: set[str], owner: str) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise CatalogFault(
            f"{owner} has the unknown field `{unknown[0]}` (known: {', '.join(sorted(known))})."
        )
