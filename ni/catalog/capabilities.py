"""What a route can do: the catalog's row first, then its model's family, then a conservative default.

A capability that is claimed wrongly makes a provider refuse a request; one that is missed makes us refuse it. So the
default claims text alone, in a small window. Servers of one's own run any model under any name: there, what neither
the row, nor the deployment's options, nor the family claims is unknown, and the server decides.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ni.catalog.families import family_of
from ni.domain.route import CallKind, Capabilities

DEFAULT = Capabilities()
OPTIONS = (
    "modalities",
    "context_window",
    "max_output_tokens",
    "function_calling",
    "json_schema",
    "reasoning",
    "kind",
)
"""What a deployment's options may state of all models behind it, as text: `function_calling = "yes"`."""
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
MODALITIES = frozenset({"text", "image", "audio", "video", "file"})

_NAMES = tuple(field.name for field in fields(Capabilities) if field.name != "unknown")
_SIZES = ("context_window", "max_output_tokens")


def capabilities_of(upstream_model: str, overrides: Mapping[str, Any]) -> Capabilities:
    """The capabilities of a model with what its catalog row says laid over; `overrides` was checked."""
    known = family_of(upstream_model) or DEFAULT
    said: dict[str, Any] = dict(overrides)
    if "modalities" in said:
        said["modalities"] = tuple(said["modalities"])
    if "kind" in said:
        said["kind"] = CallKind(said["kind"])
    return replace(known, **said)


def own_capabilities(
    upstream_model: str, overrides: Mapping[str, Any], options: Mapping[str, str]
) -> Capabilities:
    """The same for a model on a server of one's own; `options` are those of its deployment, `overrides` go before."""
    said = stated(options) | dict(overrides)
    able = capabilities_of(upstream_model, said)
    family = family_of(upstream_model)
    known = {*said, *(name for name in OPTIONS if family is not None and _claims(family, name))}
    return replace(able, unknown=frozenset(OPTIONS) - known)


def stated(options: Mapping[str, str]) -> dict[str, Any]:
    """The capabilities among a deployment's options; what cannot be read is left out (`fault_in_options` names it)."""
    said = {name: _read(name, options[name]) for name in OPTIONS if name in options}
    return {name: value for name, value in said.items() if fault_in({name: value}) is None}


def fault_in_options(options: Mapping[str, str]) -> str | None:
    """What is wrong with what a deployment's options state, as the end of a sentence; None if nothing is."""
    return fault_in({name: _read(name, options[name]) for name in OPTIONS if name in options})


def _read(name: str, text: str) -> Any:
    if name == "modalities":
        return [part.strip() for part in text.split(",")]
    if name == "kind":
        return text
    if name == "kind":
        return text
    if name in _SIZES:
        return int(text) if text.isascii() and text.isdigit() else None
    return _YES_NO.get(text.strip().lower())


def _claims(family: Capabilities, name: str) -> bool:
    """Whether a family says that its models can do something: sizes are facts, and text alone may be out of date."""
    value = getattr(family, name)
    return (
        value is True
        or value is CallKind.EMBEDDING
        or name in _SIZES
        or (name == "modalities" and family.vision)
    )


def fault_in(overrides: Mapping[str, Any]) -> str | None:
    """What is wrong with a row's capabilities, as the end of a sentence; None if nothing is."""
    for name, value in overrides.items():
        if name not in _NAMES:
            return f"has the unknown capability `{name}` (known: {', '.join(_NAMES)})"
        if name == "modalities":
            if not isinstance(value, list) or "text" not in value or not MODALITIES.issuperset(value):
                return f"needs `modalities` as a list of {', '.join(sorted(MODALITIES))}, `text` among them"
        elif name == "kind":
            if value not in tuple(CallKind):
                return f"needs `kind` as one of {', '.join(CallKind)}"
        elif name in _SIZES:
            if type(value) is not int or not 0 < value <= 100_000_000:
                return f"needs `{name}` as a positive number of tokens"
        elif type(value) is not bool:
            return f"needs `{name}` as true or false"
    return None
