"""Between a whole `chat.completion` and its chunks, for upstreams that answer in the form that was not asked for.

Some servers ignore `stream`; the client still gets the form that it asked for, with the upstream's own content and
finish reasons, never made-up ones.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ni.domain.call import Json

_FRAME = ("id", "created", "model", "system_fingerprint")


def chunks_of(completion: Json) -> Iterator[Json]:
    """A completion as chunks: per choice one with the content and one with the finish reason, then the usage."""
    frame: Json = {name: completion[name] for name in _FRAME if name in completion}
    frame["object"] = "chat.completion.chunk"
    for choice in completion["choices"]:
        index, delta = choice.get("index", 0), dict(choice.get("message") or {})
        if calls := delta.get("tool_calls"):
            delta["tool_calls"] = [{"index": at, **call} for at, call in enumerate(calls)]
        yield frame | {"choices": [{"index": index, "delta": delta, "finish_reason": None}]}
        ending = {"index": index, "delta": {}, "finish_reason": choice.get("finish_reason")}
        yield frame | {"choices": [ending]}
    if isinstance(completion.get("usage"), dict):
        yield frame | {"choices": [], "usage": completion["usage"]}


def completion_of(chunks: Iterable[Json]) -> Json:
    """Chunks put together into a completion; text is joined, tool calls by their index."""
    completion: Json = {"object": "chat.completion", "choices": []}
    choices: dict[int, Json] = {}
    for chunk in chunks:
        for name in (*_FRAME, "usage", "native"):
            if chunk.get(name) is not None:
                completion[name] = chunk[name]
        for part in chunk.get("choices", ()):
            index = part.get("index", 0)
            choice = choices.setdefault(
                index,
                {"index": index, "message": {"role": "assistant", "content": None}, "finish_reason": None},
            )
            _merge(choice["message"], part.get("delta") or {})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
    completion["choices"] = [choices[index] for index in sorted(choices)]
    return completion


def _merge(message: Json, delta: Json) -> None:
    for name, value in delta.items():
        if name == "tool_calls":
            calls = message.setdefault("tool_calls", [])
            for part in value or ():
                _merge_call(calls, part)
        elif isinstance(value, str) and name != "role":
            message[name] = (message.get(name) or "") + value
        elif value is not None:
            message[name] = value


def _merge_call(calls: list[Json], part: Json) -> None:
    index = part.get("index", len(calls))
    if index >= len(calls):
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
        index = len(calls) - 1
    call = calls[index]
    call.update({name: part[name] for name in ("id", "type") if part.get(name)})
    function: dict[str, Any] = part.get("function") or {}
    for name in ("name", "arguments"):
        call["function"][name] += function.get(name) or ""
