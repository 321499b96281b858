"""Request bodies out of the request types of the official SDKs, and the same with one field spoilt.

The types are read by introspection, so fields of a newer SDK come in by themselves. Values are such that most bodies
are good ones: a provider then refuses none of them, and what is wrong with a spoilt body is the spoilt field.
"""

import random
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import typing_extensions
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

Json = dict[str, Any]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQK"
REQUESTS: Mapping[str, type] = {
    "/v1/chat/completions": CompletionCreateParamsNonStreaming,
    "/v1/responses": ResponseCreateParamsNonStreaming,
    "/v1/messages": MessageCreateParamsNonStreaming,
}
TOOL = {"type": "object", "properties": {"a": {"type": "string"}}}
_TEXTS: Mapping[str, str] = {
    "url": f"data:image/png;base64,{PNG}",
    "image_url": f"data:image/png;base64,{PNG}",
    "file_url": "https://files.example/a.pdf",
    "file_data": f"data:application/pdf;base64,{PDF}",
    "data": PNG,
    "arguments": '{"a":"x"}',
    "call_id": "call_1",
    "id": "call_1",
    "tool_call_id": "call_1",
    "tool_use_id": "call_1",
    "name": "look",
    "title": "A title",
    "filename": "a.pdf",
    "role": "user",
    "prompt_cache_key": "k",
}
_NUMBERS: Mapping[str, float] = {
    "temperature": 0.5,
    "top_p": 0.5,
    "n": 1,
    "budget_tokens": 1024,
    "max_tokens": 2000,
    "max_completion_tokens": 2000,
    "max_output_tokens": 2000,
    "top_logprobs": 2,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
}
_REQUIRED: tuple[Any, ...] = (Required, typing_extensions.Required)
_WRAPPERS: tuple[Any, ...] = (*_REQUIRED, NotRequired, typing_extensions.NotRequired, typing.Annotated)
_SCHEMAS = frozenset({"parameters", "input_schema", "schema", "schema_"})
SPOILT: tuple[Any, ...] = (
    None, "", [], {}, True, 3, -1, 1.5, "text", [1], ["text"], [None], [[]], {"a": 1}, {"type": []}, [{"type": 7}],
    "fun\r\nction", "x" * 300, [{}],
)  # fmt: skip


class Missing:
    """Stands for a field that is left out."""


def body(path: str, model: str, drawn: random.Random) -> Json:
    """A body for the address, with some of its optional fields."""
    made: Json = _typed(REQUESTS[path], drawn, 0)
    made.pop("stream", None)
    made |= {"model": model, **_conversation(path, drawn)}
    for name in ("previous_response_id", "conversation", "prompt", "background", "user_profile_id"):
        made.pop(name, None)
    if path == "/v1/messages":
        made["max_tokens"] = 4096
    return made


def spoilt(given: Json, drawn: random.Random) -> tuple[str, Json]:
    """The body with one field, at any depth, of another value or left out; and where that was."""
    paths = [path for path in _paths(given, ()) if path[0] not in ("model", "stream")]
    path = drawn.choice(paths)
    value: Any = drawn.choice((*SPOILT, Missing))
    shown = "missing" if value is Missing else repr(value)[:40]
    return f"{'.'.join(map(str, path))} = {shown}", _with(given, path, value)


def _paths(value: Any, path: tuple[str | int, ...]) -> Iterable[tuple[str | int, ...]]:
    entries: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for name, entry in entries:
        if name not in _SCHEMAS:
            yield (*path, name)
            yield from _paths(entry, (*path, name))


def _with(given: Any, path: tuple[str | int, ...], value: Any) -> Any:
    name, rest = path[0], path[1:]
    copy: Any = dict(given) if isinstance(given, dict) else list(given)
    if rest:
        copy[name] = _with(given[name], rest, value)
    elif value is Missing:
        del copy[name]
    else:
        copy[name] = value
    return copy


def _conversation(path: str, drawn: random.Random) -> Json:
    """A conversation that belongs together, for three bodies of four; the others keep what the types gave."""
    if drawn.random() < 0.25:
        return {}
    return {"/v1/chat/completions": _chat, "/v1/responses": _responses, "/v1/messages": _messages}[path]()


def _chat() -> Json:
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"a":"x"}'}}
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}
    return {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "hi"}, image]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "r"},
            {"role": "user", "content": "go on"},
        ],
        "tools": [{"type": "function", "function": {"name": "look", "description": "d", "parameters": TOOL}}],
        "tool_choice": "auto",
    }


def _responses() -> Json:
    return {
        "input": [
            {"role": "developer", "content": "s"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "t"}]},
            {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "r"},
            {"role": "user", "content": "go on"},
        ],
        "tools": [{"type": "function", "name": "look", "parameters": TOOL, "strict": False}],
        "tool_choice": "auto",
    }


def _messages() -> Json:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    return {
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hi"}, image]},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "call_1", "name": "look", "input": {}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_1", "is_error": False, "content": "r"},
                    {"type": "text", "text": "go on"},
                ],
            },
        ],
        "tools": [{"name": "look", "description": "d", "input_schema": TOOL}],
        "tool_choice": {"type": "auto"},
    }


def _typed(kind: type, drawn: random.Random, depth: int) -> Json:
    hints = typing_extensions.get_type_hints(kind, include_extras=True)
    share = 0.35 if depth == 0 else 0.3
    return {
        name: value(hint, name, drawn, depth + 1)
        for name, hint in hints.items()
        if get_origin(hint) in _REQUIRED or (depth < 6 and drawn.random() < share)
    }


def value(hint: Any, name: str, drawn: random.Random, depth: int) -> Any:
    """A value of an annotated type, for a field of that name."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in _WRAPPERS:
        return value(arguments[0], name, drawn, depth)
    if name in _SCHEMAS:
        return TOOL
    if origin in (Union, types.UnionType):
        return value(drawn.choice([one for one in arguments if one is not type(None)]), name, drawn, depth)
    if origin is Literal:
        return drawn.choice(arguments)
    if typing_extensions.is_typeddict(hint):
        return _typed(hint, drawn, depth)
    return _plain(origin or hint, arguments, name, drawn, depth)


def _plain(kind: Any, arguments: Sequence[Any], name: str, drawn: random.Random, depth: int) -> Any:
    if kind in (dict, Mapping) or kind is typing.Mapping:
        return {"k": "v"} if name != "logit_bias" else {"1": 1}
    makers: Mapping[Any, Callable[[], Any]] = {
        str: lambda: _TEXTS.get(name, "text"),
        int: lambda: int(_NUMBERS.get(name, 7)),
        float: lambda: _NUMBERS.get(name, 0.5),
        bool: lambda: drawn.random() < 0.5,
        object: dict,
    }
    if kind in makers:
        return makers[kind]()
    if arguments:  # a list, an iterable, or the SDKs' own kind of sequence
        return [value(arguments[0], name, drawn, depth) for _ in range(drawn.randint(1, 2))]
    return {}
