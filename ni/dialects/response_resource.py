"""The `response` object of OpenAI's Responses without its output: what it repeats of the request, with all defaults.

The members, and which of them may be null, are those of the Open Responses specification (`ResponseResource`) and of
OpenAI's reference; where they differ (`user`, which one of them does not let be null), it is left out unless given.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ni.dialects.toolbox import Toolbox
from ni.domain.call import Json

_NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_WHOLE = ("max_output_tokens", "max_tool_calls", "top_logprobs")
_TEXTS = ("instructions", "user", "prompt_cache_key", "safety_identifier")
_DEFAULTS: Json = {
    "completed_at": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "reasoning": {"effort": None, "summary": None},
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "top_logprobs": 0,
    "text": {"format": {"type": "text"}},
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "truncation": "disabled",
    "service_tier": "default",
    "store": False,
    "background": False,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "error": None,
    "incomplete_details": None,
    "usage": None,
}


def _of(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types)


def _is_callers(value: Any) -> bool:
    return isinstance(value, list) and all(entry in ("direct", "programmatic") for entry in value)


_TOOL: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "allowed_callers": _is_callers,
        "async": _of(bool),
        "defer_loading": _of(bool),
        "description": _of(str),
        "format": _of(dict),
        "output_schema": _of(dict),
    }
)
"""Members of a tool that no model is told of wrongly typed, and that are not repeated so either."""


def _one_of(*known: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in known


_SUMMARY = _one_of("auto", "concise", "detailed")
_REASONING = MappingProxyType(
    {
        "effort": _one_of("none", "minimal", "low", "medium", "high", "xhigh", "max"),
        "summary": _SUMMARY,
        "generate_summary": _SUMMARY,
    }
)
_TEXT = MappingProxyType({"verbosity": _one_of("low", "medium", "high")})
_SCHEMA = MappingProxyType(
    {"name": _of(str), "schema": _of(dict), "description": _of(str), "strict": _of(bool)}
)


def resource(model: str, native: Json, box: Toolbox) -> Json:
    """The object as it is before the answer begins. `native` is the client's request, `box` its tools."""
    head: Json = {"id": "", "object": "response", "created_at": 0, "status": "", "model": model, "output": []}
    echoed: Json = {name: native[name] for name in _NUMBERS if _is_number(native.get(name))}
    echoed |= {name: native[name] for name in _WHOLE if type(native.get(name)) is int}
    echoed |= {name: native[name] for name in _TEXTS if isinstance(native.get(name), str)}
    if isinstance(native.get("parallel_tool_calls"), bool):
        echoed["parallel_tool_calls"] = native["parallel_tool_calls"]
    metadata = native.get("metadata")
    if isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values()):
        echoed["metadata"] = metadata
    if isinstance(native.get("reasoning"), dict):
        echoed["reasoning"] = _DEFAULTS["reasoning"] | _fitting(native["reasoning"], _REASONING)
    if isinstance(native.get("text"), dict):
        echoed["text"] = _text(native["text"])
    tools = [tool for tool in native.get("tools") or () if str(tool.get("type"))[:64] not in box.hosted]
    choice = _choice(native.get("tool_choice"))
    return head | _DEFAULTS | echoed | {"tools": [_tool(tool) for tool in tools], "tool_choice": choice}


def _tool(tool: Json) -> Json:
    """A tool as Responses writes it, whatever shape it came in; `strict` says what held for it."""
    kind = tool.get("type") or "function"
    inner = tool.get(kind)
    flat: Json = {**tool, **inner} if isinstance(inner, dict) else dict(tool)
    flat.pop(kind, None)
    flat = {name: value for name, value in flat.items() if name not in _TOOL or _TOOL[name](value)}
    if kind == "namespace":
        inside = [_tool(entry) for entry in flat.get("tools") or ()]
        return flat | {"description": flat.get("description") or "", "tools": inside}
    if kind == "custom" and "format" in flat:
        nested = flat["format"].get("grammar")
        form: Json = {"type": "grammar", **nested} if isinstance(nested, dict) else flat.pop("format")
        return flat | ({"format": form} if _is_format(form) else {})
    if kind != "function":
        return flat
    parameters = flat.pop("input_schema", None) or flat.get("parameters")
    more = {
        "description": flat.get("description"),
        "parameters": parameters,
        "strict": flat.get("strict") is True,
    }
    return flat | {"type": "function"} | more


def _is_format(form: Json) -> bool:
    if form.get("type") != "grammar":
        return form.get("type") == "text"
    return form.get("syntax") in ("lark", "regex") and isinstance(form.get("definition"), str)


def _choice(given: Any) -> Any:
    """A choice as Responses writes it; one that had no effect was `auto`."""
    if isinstance(given, str):
        return given if given in ("none", "auto", "required") else "auto"
    if not isinstance(given, dict):
        return "auto"
    kind = given.get("type")
    if kind in ("function", "custom"):
        inner = given.get(kind)
        named: Json = inner if isinstance(inner, dict) else given
        return {"type": kind, "name": named["name"]} if isinstance(named.get("name"), str) else "auto"
    if (
        kind == "allowed_tools"
        and given.get("mode") in ("auto", "required")
        and isinstance(given.get("tools"), list)
        and all(isinstance(tool, dict) for tool in given["tools"])
    ):
        return {name: given[name] for name in ("type", "mode", "tools")}
    return "auto"


def _text(text: Json) -> Json:
    form: Json = text["format"] if isinstance(text.get("format"), dict) else {}
    kind = form.get("type")
    told: Json = {"type": kind if kind in ("json_object", "json_schema") else "text"}
    if kind == "json_schema":
        told |= {"description": None, "strict": False} | _fitting(form, _SCHEMA)
    return _fitting(text, _TEXT) | {"format": told}


def _fitting(given: Json, members: Mapping[str, Callable[[Any], bool]]) -> Json:
    """The members that are known and of their type."""
    return {name: given[name] for name, fits in members.items() if name in given and fits(given[name])}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
