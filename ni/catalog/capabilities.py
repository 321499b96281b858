"""What a route can do: the catalog's row first, then its model's family, then a conservative default.

A capability that is claimed wrongly makes a provider refuse a request; one that is missed makes us refuse it. So the
default claims text alone, in a small window.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ni.catalog.families import family_of
from ni.domain.route import Capabilities

DEFAULT = Capabilities()
MODALITIES = frozenset({"text", "image", "audio", "video", "file"})

_NAMES = tuple(field.name for field in fields(Capabilities))
_SIZES = ("context_window", "max_output_tokens")


def capabilities_of(upstream_model: str, overrides: Mapping[str, Any]) -> Capabilities:
    """The capabilities of a model with what its catalog row says laid over; `overrides` was checked."""
    known = family_of(upstream_model) or DEFAULT
    said: dict[str, Any] = dict(overrides)
    if "modalities" in said:
        said["modalities"] = tuple(said["modalities"])
    return replace(known, **said)


def fault_in(overrides: Mapping[str, Any]) -> str | None:
    """What is wrong with a row's capabilities, as the end of a sentence; None if nothing is."""
    for name, value in overrides.items():
        if name not in _NAMES:
            return f"has the unknown capability `{name}` (known: {', '.join(_NAMES)})"
        if name == "modalities":
            if not isinstance(value, list) or "text" not in value or not MODALITIES.issuperset(value):
                return f"needs `modalities` as a list of {', '.join(sorted(MODALITIES))}, `text` among them"
        elif name in _SIZES:
            if type(value) is not int or not 0 < value <= 100_000_000:
                return f"needs `{name}` as a positive number of tokens"
        elif type(value) is not bool:
            return f"needs `{name}` as true or false"
    return None
