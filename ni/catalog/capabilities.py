"""Capabilities of a route: the catalog's row first, then its model's family, then a conservative default.

A capability claimed wrongly makes a provider refuse a request; one that is missing makes us refuse it. So the default
claims text alone, in a small window. The operator's own servers run any model under any name: what neither the row, nor
the deployment's options, nor the family claims is unknown there, and the server decides.

`FAMILIES` maps prefixes of base model names to capabilities; the longest match wins. Base names have no inference
profile, vendor or upper case (`us.anthropic.claude-haiku-4-5-20251001-v1:0` is `claude-haiku-4-5-20251001-v1:0`). Sizes
are those of the vendors' model pages, 2026; a row of the catalog overrides them.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from ni.domain.route import CallKind, Capabilities

_PROFILE = re.compile(r"^(?:global|us|ca|eu|apac)\.")
_VENDOR = re.compile(
    r"^(?:anthropic|meta|mistral|mistralai|deepseek-ai|deepseek|amazon|qwen|google|openai|cohere)[./]"
)

_SEES = ("text", "image")


def _full(context_window: int, max_output_tokens: int, *, reasoning: bool = True) -> Capabilities:
    return Capabilities(
        modalities=_SEES,
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        function_calling=True,
        json_schema=True,
        reasoning=reasoning,
    )


def _text(
    context_window: int, max_output_tokens: int, *, tools: bool = True, schema: bool = False
) -> Capabilities:
    """Words alone; without `tools` of its own, the model calls those that are written into its prompt."""
    return Capabilities(
        context_window=context_window,
        max_output_tokens=max_output_tokens,
        function_calling=tools,
        prompted_tools=not tools,
        json_schema=schema,
    )


def _vectors(context_window: int) -> Capabilities:
    return Capabilities(
        context_window=context_window, max_output_tokens=1, streaming=False, kind=CallKind.EMBEDDING
    )


FAMILIES: Mapping[str, Capabilities] = {
    "claude-": _full(200_000, 32_000),
    "claude-haiku-4-5": _full(200_000, 64_000),
    "claude-haiku-5": _full(1_000_000, 128_000),
    "claude-fable-5": _full(1_000_000, 128_000),
    "claude-sonnet-4-5": _full(200_000, 64_000),
    "claude-sonnet-4-6": _full(1_000_000, 64_000),
    "claude-sonnet-5": _full(1_000_000, 128_000),
    "claude-opus-4-": _full(1_000_000, 128_000),
    "claude-opus-5": _full(1_000_000, 128_000),
    "gemini-2.5-": _full(1_048_576, 65_535),
    "gemini-3": _full(1_048_576, 65_535),
    "gpt-4.1": _full(1_047_576, 32_768, reasoning=False),
    "gpt-4o": _full(128_000, 16_384, reasoning=False),
    "gpt-5": _full(400_000, 128_000),
    "gpt-5.4": _full(1_050_000, 128_000),
    "gpt-5.4-mini": _full(400_000, 128_000),
    "gpt-5.4-nano": _full(400_000, 128_000),
    "gpt-5.5": _full(1_050_000, 128_000),
    "gpt-5.6-": _full(1_050_000, 128_000),
    "gpt-6": _full(1_050_000, 128_000),
    "gpt-oss-": Capabilities(
        context_window=131_072, max_output_tokens=32_768, function_calling=True, reasoning=True
    ),
    "o3": _full(200_000, 100_000),
    "o4-mini": _full(200_000, 100_000),
    "deepseek-v3": Capabilities(
        context_window=128_000, max_output_tokens=16_384, function_calling=True, reasoning=True
    ),
    "deepseek-r1": replace(_text(128_000, 16_384, tools=False), reasoning=True),
    "llama3-": _text(8_192, 2_048, tools=False),
    "llama3-1-": _text(128_000, 8_192),
    "llama3-3-": _text(128_000, 4_096),
    "llama4-maverick-": _text(1_000_000, 8_192),
    "mistral-large-2402": _text(32_000, 8_192),
    "mistral-large": _text(128_000, 8_192),
    "mistral-large-3": Capabilities(
        modalities=_SEES,
        context_window=256_000,
        max_output_tokens=8_191,
        function_calling=True,
        json_schema=True,
    ),
    "nova-": Capabilities(
        modalities=_SEES, context_window=300_000, max_output_tokens=10_000, function_calling=True
    ),
    "nova-2-lite": replace(_full(1_000_000, 64_000), json_schema=False),
    "nova-micro": _text(128_000, 10_000),
    "qwen2.5": _text(32_768, 8_192, schema=True),
    "qwen3": _text(40_960, 8_192, schema=True),
    "echo": _text(1_000_000, 100_000),
    "text-embedding-3-": _vectors(8_191),
    "text-embedding-ada-002": _vectors(8_191),
    "text-embedding-0": _vectors(2_048),
    "text-multilingual-embedding-": _vectors(2_048),
    "gemini-embedding-": _vectors(2_048),
    "titan-embed-text-v2": _vectors(8_192),
    "embed-english-v3": _vectors(512),
    "embed-multilingual-v3": _vectors(512),
    "embed-v4": _vectors(128_000),
    "nomic-embed-": _vectors(8_192),
    "mxbai-embed-": _vectors(512),
    "snowflake-arctic-embed": _vectors(8_192),
    "bge-": _vectors(8_192),
    "all-minilm": _vectors(512),
}


def base_model(upstream_model: str) -> str:
    """The model's name without inference profile and vendor, in lower case."""
    name = _PROFILE.sub("", upstream_model.lower())
    return _VENDOR.sub("", name)


def family_of(upstream_model: str) -> Capabilities | None:
    """The capabilities of the model's family, or None if it matches none of `FAMILIES`."""
    name = base_model(upstream_model)
    fitting = [rule for rule in FAMILIES if name.startswith(rule)]
    return FAMILIES[max(fitting, key=len)] if fitting else None


DEFAULT = Capabilities()
OPTIONS = (
    "modalities",
    "context_window",
    "max_output_tokens",
    "function_calling",
    "prompted_tools",
    "json_schema",
    "reasoning",
    "kind",
)
"""Capabilities that a deployment's options may state for all its models, as text: `function_calling = "yes"`."""
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
MODALITIES = frozenset({"text", "image", "audio", "video", "file"})

_NAMES = tuple(field.name for field in fields(Capabilities) if field.name != "unknown")
_SIZES = ("context_window", "max_output_tokens")


def capabilities_of(upstream_model: str, overrides: Mapping[str, Any]) -> Capabilities:
    """The capabilities of a model, overridden by those of its catalog row, which were checked by `fault_in`."""
    known = family_of(upstream_model) or DEFAULT
    values: dict[str, Any] = dict(overrides)
    if "modalities" in values:
        values["modalities"] = tuple(values["modalities"])
    if "kind" in values:
        values["kind"] = CallKind(values["kind"])
    return replace(known, **values)


def own_capabilities(
    upstream_model: str, overrides: Mapping[str, Any], options: Mapping[str, str]
) -> Capabilities:
    """The capabilities of a model on the operator's server; the deployment's `options` yield to `overrides`."""
    known_values = stated(options) | dict(overrides)
    able = capabilities_of(upstream_model, known_values)
    family = family_of(upstream_model)
    known = {*known_values, *(name for name in OPTIONS if family is not None and _claims(family, name))}
    return replace(able, unknown=frozenset(OPTIONS) - known)


def stated(options: Mapping[str, str]) -> dict[str, Any]:
    """The capabilities among a deployment's options, without unreadable ones (which `fault_in_options` names)."""
    values = {name: _read(name, options[name]) for name in OPTIONS if name in options}
    return {name: value for name, value in values.items() if fault_in({name: value}) is None}


def fault_in_options(options: Mapping[str, str]) -> str | None:
    """What is wrong with the capabilities in a deployment's options, as the end of a sentence; None if nothing is."""
    return fault_in({name: _read(name, options[name]) for name in OPTIONS if name in options})


def _read(name: str, text: str) -> Any:
    if name == "modalities":
        return [part.strip() for part in text.split(",")]
    if name == "kind":
        return text
    if name in _SIZES:
        return int(text) if text.isascii() and text.isdigit() else None
    return _YES_NO.get(text.strip().lower())


def _claims(family: Capabilities, name: str) -> bool:
    """Whether the family's value counts as known: sizes and positive claims; a missing ability may be outdated."""
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
