"""OpenAI's Responses event stream and whole `response`, from a chat answer.

Every event has its `type` and a `sequence_number`: created and in_progress, then each item, then exactly one of
completed, incomplete and failed, which holds the whole response. There is no `[DONE]`. An item is told as added
(empty), then by the events of its kind, then as done (whole). Items are function and custom calls, messages with text
or refusal, and reasoning with a summary and, sealed, what the provider needs back.

`initial_response` gives the members that repeat the request, with all defaults. Members, and which of them may be null,
are those of the Open Responses specification (`ResponseResource`) and of OpenAI's reference; where they differ
(`user`, which may not be null in one of them), a member is left out unless given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ni.dialects.sealed_state import Seals
from ni.dialects.stream_blocks import Block, BlockKind, BlockSplitter, ClientTools, Move, Step, as_delta
from ni.dialects.tools import Toolbox
from ni.domain.call import Json
from ni.domain.clock import Clock


class Status(StrEnum):
    """The state of an item or a response."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ItemEvents:
    """The names of the events of one kind of item; `field` holds the text. Items with parts have events for them."""

    prefix: str
    event: str
    field: str
    part: str = ""
    part_index: str = ""


_TEXT_EVENTS = ItemEvents("msg", "response.output_text", "text", "response.content_part", "content_index")
_ITEM_EVENTS = {
    BlockKind.TEXT: _TEXT_EVENTS,
    BlockKind.REFUSAL: ItemEvents(
        "msg", "response.refusal", "refusal", "response.content_part", "content_index"
    ),
    BlockKind.THINKING: ItemEvents(
        "rs", "response.reasoning_summary_text", "text", "response.reasoning_summary_part", "summary_index"
    ),
    BlockKind.REDACTED: ItemEvents("rs", "", ""),
    BlockKind.CALL: ItemEvents("fc", "response.function_call_arguments", "arguments"),
}
_CUSTOM_EVENTS = ItemEvents("ctc", "response.custom_tool_call_input", "input")
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponseEvents:
    """Turns the chunks of one answer into events, as objects.

    `native` is the client's request, parts of which the response repeats.
    """

    def __init__(self, model: str, native: Json, seals: Seals, clock: Clock) -> None:
        tools = ClientTools.of(native)
        self._seals = seals
        self._clock = clock
        self._splitter = BlockSplitter(tools)
        self._identity = ""
        self._sequence = 0
        self._finish = ""
        self._items: list[OutputItem] = []
        self._shown: list[Json] = []
        self._response = initial_response(model, native, tools.box)

    def chunk(self, chunk: Json) -> Iterator[Json]:
        """The events of one chunk. Raises `UpstreamError` for an answer out of order."""
        yield from self.begin(str(chunk.get("id") or ""), int(chunk.get("created") or 0))
        if chunk.get("usage"):
            self._response["usage"] = _usage(chunk["usage"])
        for choice in chunk.get("choices") or ():
            if not choice.get("index"):  # a response holds one answer
                yield from self._item_events(self._splitter.feed(choice.get("delta") or {}))
                self._finish = choice.get("finish_reason") or self._finish

    def begin(self, identity: str = "", created: int = 0) -> Iterator[Json]:
        """The events created and in_progress, on the first call only."""
        if self._sequence:
            return
        self._identity = identity.removeprefix("chatcmpl-")
        self._response |= {"id": f"resp_{self._identity}", "created_at": created or self._now_s()}
        for name in ("created", "in_progress"):
            yield self._numbered({"type": f"response.{name}", "response": self._now(Status.IN_PROGRESS)})

    def end(self) -> Iterator[Json]:
        """The rest of the last item, and the event completed or incomplete."""
        reason = _INCOMPLETE.get(self._finish)
        status = Status.INCOMPLETE if reason else Status.COMPLETED
        yield from self._item_events(self._splitter.end(), status)
        done_at = max(self._now_s(), self._response["created_at"])
        details: Json = {"incomplete_details": {"reason": reason}} if reason else {"completed_at": done_at}
        yield self._numbered({"type": f"response.{status}", "response": self._now(status) | details})

    def failed(self, code: str, message: str) -> Iterator[Json]:
        """The event failed, with the output until then."""
        yield from self.begin()
        response = self._now(Status.FAILED) | {"error": {"code": code, "message": message}}
        yield self._numbered({"type": "response.failed", "response": response})

    def _item_events(self, steps: Iterator[Step], status: Status = Status.COMPLETED) -> Iterator[Json]:
        for move, block, piece in steps:
            if move is Move.OPEN:
                self._items.append(OutputItem(block, self._identity, self._seals))
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


@dataclass(slots=True)
class OutputItem:
    """One output item of the answer. `identity` is that of the response."""

    block: Block
    identity: str
    seals: Seals

    def added(self) -> Iterator[Json]:
        """The events that begin the item."""
        yield self._whole("response.output_item.added", self.shown(Status.IN_PROGRESS, empty=True))
        if self._events.part and self.block.kind is not BlockKind.THINKING:
            yield self._part("added", "")

    def grown(self, piece: str) -> Iterator[Json]:
        """The events for one more piece of text."""
        if self.block.kind is BlockKind.THINKING and len(self.block.pieces) == 1:  # now there is a summary
            yield self._part("added", "")
        more: Json = {"logprobs": []} if self.block.kind is BlockKind.TEXT else {}
        yield self._event(f"{self._events.event}.delta", {"delta": piece, **more})

    def done(self, status: Status) -> Iterator[Json]:
        """The events that end the item."""
        if self.block.kind is not BlockKind.REDACTED and (
            self.block.kind is not BlockKind.THINKING or self.block.pieces
        ):
            more: Json = {"logprobs": []} if self.block.kind is BlockKind.TEXT else {}
            if self.block.kind is BlockKind.CALL and not self.block.origin.custom:
                more["name"] = self.block.origin.name
            yield self._event(f"{self._events.event}.done", {self._events.field: self.block.text, **more})
            if self._events.part:
                yield self._part("done", self.block.text)
        yield self._whole("response.output_item.done", self.shown(status))

    def shown(self, status: Status, *, empty: bool = False) -> Json:
        """The item as an object; `empty` is without its text."""
        block = self.block
        if block.kind in (BlockKind.THINKING, BlockKind.REDACTED):
            return {"id": self._id, "type": "reasoning", **self._reasoning(empty)}
        if block.kind is BlockKind.CALL:
            return {"id": self._id, **self._call(empty), "status": status.value}
        content = [] if empty else [self._content(block.text)]
        return {
            "id": self._id,
            "type": "message",
            "status": status.value,
            "role": "assistant",
            "content": content,
        }

    @property
    def _events(self) -> ItemEvents:
        return _CUSTOM_EVENTS if self.block.origin.custom else _ITEM_EVENTS[self.block.kind]

    @property
    def _id(self) -> str:
        return f"{self._events.prefix}_{self.identity}_{self.block.index}"

    def _reasoning(self, empty: bool) -> Json:
        block = self.block
        if empty:
            return {"summary": []}
        state = {"blocks": block.provider_blocks, "state": block.state}
        shown: Json = {"summary": [self._content(block.text)] if block.text else []}
        return shown | ({"encrypted_content": self.seals.seal(state)} if any(state.values()) else {})

    def _call(self, empty: bool) -> Json:
        origin, written = self.block.origin, "" if empty else self.block.text
        named: Json = {"call_id": self.block.call_id, "name": origin.name}
        if origin.namespace:
            named["namespace"] = origin.namespace
        if origin.custom:
            return {"type": "custom_tool_call", **named, "input": written}
        return {"type": "function_call", **named, "arguments": written if empty else written or "{}"}

    def _content(self, text: str) -> Json:
        match self.block.kind:
            case BlockKind.REFUSAL:
                return {"type": "refusal", "refusal": text}
            case BlockKind.THINKING:
                return {"type": "summary_text", "text": text}
            case _:
                return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _part(self, suffix: str, text: str) -> Json:
        return self._event(f"{self._events.part}.{suffix}", {"part": self._content(text)})

    def _event(self, name: str, more: Json) -> Json:
        index = {self._events.part_index: 0} if self._events.part_index else {}
        return {"type": name, "item_id": self._id, "output_index": self.block.index, **index, **more}

    def _whole(self, name: str, item: Json) -> Json:
        return {"type": name, "output_index": self.block.index, "item": item}


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
"""Members of a tool that are repeated only if they have the right type."""


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


def initial_response(model: str, native: Json, box: Toolbox) -> Json:
    """The `response` object before the answer begins. `native` is the client's request, `box` its tools."""
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
    """A tool of any shape in the shape of Responses; `strict` is the value that was used."""
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
    """`tool_choice` in the shape of Responses; `auto` for one that had no effect."""
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
    shown: Json = {"type": kind if kind in ("json_object", "json_schema") else "text"}
    if kind == "json_schema":
        shown |= {"description": None, "strict": False} | _fitting(form, _SCHEMA)
    return _fitting(text, _TEXT) | {"format": shown}


def _fitting(given: Json, members: Mapping[str, Callable[[Any], bool]]) -> Json:
    """The members of `given` that are known and have the right type."""
    return {name: given[name] for name, fits in members.items() if name in given and fits(given[name])}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
