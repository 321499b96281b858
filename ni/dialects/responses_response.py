"""The `response` object of OpenAI's Responses without its output: what it repeats of the request, with all defaults.

The members, and which of them may be null, are those of the Open Responses specification (`ResponseResource`) and of
OpenAI's reference; where they differ (`user`, which one of them does not let be null), it is left out unless given.

OpenAI's Responses event stream, and its whole `response`, out of a chat answer.

Every event has its `type` and a `sequence_number`: created and in_progress, then each item, then exactly one of
completed, incomplete and failed, which carries the whole response. There is no `[DONE]`.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ni.dialects.responses_request import Item, Status
from ni.dialects.sealed_state import Seals
from ni.dialects.segments import Cutter, Move, Step, as_delta
from ni.dialects.tools import ClientTools, Toolbox
from ni.domain.call import Json
from ni.domain.clock import Clock

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


_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponseEvents:
    """The events of one answer, as objects. `native` is the client's request, parts of which the response repeats."""

    def __init__(self, model: str, native: Json, seals: Seals, clock: Clock) -> None:
        tools = ClientTools.of(native)
        self._seals = seals
        self._clock = clock
        self._cutter = Cutter(tools)
        self._identity = ""
        self._sequence = 0
        self._finish = ""
        self._items: list[Item] = []
        self._shown: list[Json] = []
        self._response = resource(model, native, tools.box)

    def chunk(self, chunk: Json) -> Iterator[Json]:
        """The events of one chunk. Raises `UpstreamError` for an answer out of order."""
        yield from self.begin(str(chunk.get("id") or ""), int(chunk.get("created") or 0))
        if chunk.get("usage"):
            self._response["usage"] = _usage(chunk["usage"])
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):  # one answer is all that this form has room for
                yield from self._told(self._cutter.feed(choice.get("delta") or {}))
                self._finish = choice.get("finish_reason") or self._finish

    def begin(self, identity: str = "", created: int = 0) -> Iterator[Json]:
        """created and in_progress, once."""
        if self._sequence:
            return
        self._identity = identity.removeprefix("chatcmpl-")
        self._response |= {"id": f"resp_{self._identity}", "created_at": created or self._now_s()}
        for name in ("created", "in_progress"):
            yield self._numbered({"type": f"response.{name}", "response": self._now(Status.IN_PROGRESS)})

    def end(self) -> Iterator[Json]:
        """The rest of the last item, and completed or incomplete."""
        reason = _INCOMPLETE.get(self._finish)
        status = Status.INCOMPLETE if reason else Status.COMPLETED
        yield from self._told(self._cutter.end(), status)
        done_at = max(self._now_s(), self._response["created_at"])
        details: Json = {"incomplete_details": {"reason": reason}} if reason else {"completed_at": done_at}
        yield self._numbered({"type": f"response.{status}", "response": self._now(status) | details})

    def failed(self, code: str, message: str) -> Iterator[Json]:
        """failed, with what was answered until then."""
        yield from self.begin()
        response = self._now(Status.FAILED) | {"error": {"code": code, "message": message}}
        yield self._numbered({"type": "response.failed", "response": response})

    def _told(self, steps: Iterator[Step], status: Status = Status.COMPLETED) -> Iterator[Json]:
        for move, block, piece in steps:
            if move is Move.OPEN:
                self._items.append(Item(block, self._identity, self._seals))
            item = self._items[-1]
            if move is Move.OPEN:
                events = item.added()
            elif move is Move.GROW:
                events = item.grown(piece)
            else:
                events = item.done(status)
            for event in events:
                if event["type"] == "response.output_item.done":
                    self._shown.append(event["item"])
                yield self._numbered(event)

    def _now(self, status: Status) -> Json:
        return self._response | {"status": status.value, "output": list(self._shown)}

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())

    def _numbered(self, event: Json) -> Json:
        event["sequence_number"] = self._sequence
        self._sequence += 1
        return event


def whole_response(reply: Json, events: ResponseEvents) -> Json:
    """The response at the end of the events of a `chat.completion`."""
    choice = reply["choices"][0]
    ending = {"delta": {}, "finish_reason": choice.get("finish_reason")}
    choices = [{"delta": as_delta(choice["message"])}, ending]
    *_, last = (*events.chunk({**reply, "choices": choices}), *events.end())
    response: Json = last["response"]
    return response


def _usage(counts: Json) -> Json:
    inputs, outputs = counts.get("prompt_tokens_details") or {}, counts.get("completion_tokens_details") or {}
    return {
        "input_tokens": counts.get("prompt_tokens") or 0,
        "input_tokens_details": {
            "cached_tokens": inputs.get("cached_tokens") or 0,
            "cache_write_tokens": inputs.get("cache_write_tokens") or 0,
        },
        "output_tokens": counts.get("completion_tokens") or 0,
        "output_tokens_details": {"reasoning_tokens": outputs.get("reasoning_tokens") or 0},
        "total_tokens": (counts.get("prompt_tokens") or 0) + (counts.get("completion_tokens") or 0),
    }
