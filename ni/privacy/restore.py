"""Putting originals back into an answer in chat form: whole replies, and chunks of a stream as they come.

Each text field of each choice, and the arguments of each tool call, is a stream of its own. A chunk keeps all else it
carries; one that carried only text that must wait is not passed on. What waited is released before the choice's
finish reason, and what was said before a tool call begins, before that. What came in a client's own form is restored
by `restore_blocks`.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from ni.domain.call import Json
from ni.privacy.matcher import Matcher
from ni.privacy.restore_blocks import BlockRestoration
from ni.privacy.rewriter import Rewriter

_FIELDS = ("content", "reasoning_content", "reasoning", "refusal")
_ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")

# Where a text stands: the choice, and the way from its delta to the text.
Slot = tuple[int, tuple[str | int, ...]]


class Restoration:
    """The restorer of one answer; knows the surrogates of its request and no others."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._streams: dict[Slot, Rewriter] = {}
        self._blocks = BlockRestoration(matcher)
        self._envelope: Json = {}

    def reply(self, reply: Json) -> Json:
        """A whole `chat.completion`."""
        if self._matcher.beginnings is None:
            return reply
        if "native" in reply:
            return {**reply, "native": self._blocks.message(reply["native"])}
        choices = [
            {**choice, "message": self._whole(choice["message"])}
            if isinstance(choice.get("message"), dict)
            else choice
            for choice in reply.get("choices") or ()
        ]
        return {**reply, "choices": choices}

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """A `chat.completion.chunk`, or what of it may be released now."""
        if self._matcher.beginnings is None:
            return (chunk,)
        if "native" in chunk:
            return [{"native": event} for event in self._blocks.event(chunk["native"])]
        return list(self._chunk(chunk))

    def end(self) -> Iterable[Json]:
        """What was still held back, where a stream ended without a finish reason."""
        held = [{"native": event} for event in self._blocks.end()]
        return held + [
            chunk for index in sorted({slot[0] for slot in self._streams}) for chunk in self._flushed(index)
        ]

    # ---- whole replies

    def _whole(self, message: Json) -> Json:
        return _mapped_message(message, lambda text, _: self._text(text))

    def _text(self, text: str) -> str:
        return Rewriter(self._matcher).feed(text, last=True)

    # ---- streams

    def _chunk(self, chunk: Json) -> Iterator[Json]:
        self._envelope = {name: chunk[name] for name in _ENVELOPE if name in chunk}
        choices = []
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            delta = choice.get("delta")
            if _begins_call(delta):
                yield from self._flushed(index, _FIELDS)
            made = _mapped_message(delta, self._feeder(index)) if isinstance(delta, dict) else delta
            if choice.get("finish_reason") is not None:
                yield from self._flushed(index)
            if made == delta or not _is_empty(made) or choice.get("finish_reason") is not None:
                choices.append({**choice, "delta": made} if delta is not None else choice)
        if choices or not chunk.get("choices") or chunk.get("usage"):
            yield {**chunk, "choices": choices}

    def _feeder(self, index: int) -> "_Feeder":
        return _Feeder(self._matcher, self._streams, index)

    def _flushed(self, index: int, fields: Container[str | int] | None = None) -> Iterator[Json]:
        """One chunk for each text of the choice (of these fields, if they are given) that still waited."""
        ended = [
            slot for slot in self._streams if slot[0] == index and (fields is None or slot[1][0] in fields)
        ]
        for slot in ended:
            rest = self._streams.pop(slot).end()
            if rest:
                choice = {"index": index, "delta": _delta(slot[1], rest), "finish_reason": None}
                yield {**self._envelope, "choices": [choice]}


class _Feeder:
    """Feeds the texts of one choice's deltas to their streams."""

    def __init__(self, matcher: Matcher, streams: dict[Slot, Rewriter], index: int) -> None:
        self._matcher = matcher
        self._streams = streams
        self._index = index

    def __call__(self, text: str, way: tuple[str | int, ...]) -> str:
        slot = self._index, way
        if slot not in self._streams:
            self._streams[slot] = Rewriter(self._matcher)
        return self._streams[slot].feed(text)


def _mapped_message(message: Json, change: Any) -> Json:
    """A message or delta with each of its texts changed; `change` is told the way to the text."""
    made = dict(message)
    for name in _FIELDS:
        if isinstance(message.get(name), str):
            made[name] = change(message[name], (name,))
        elif isinstance(message.get(name), list):
            made[name] = [_mapped_part(part, change, (name, at)) for at, part in enumerate(message[name])]
    if isinstance(message.get("function_call"), dict):
        made["function_call"] = _mapped(message["function_call"], "arguments", change, ("function_call",))
    if isinstance(message.get("tool_calls"), list):
        made["tool_calls"] = [_mapped_call(call, change, at) for at, call in enumerate(message["tool_calls"])]
    return made


def _mapped_part(part: Any, change: Any, way: tuple[str | int, ...]) -> Any:
    if not isinstance(part, Mapping):
        return part
    made = dict(part)
    for name in ("text", "refusal"):
        made = _mapped(made, name, change, way)
    return made


def _mapped_call(call: Any, change: Any, position: int) -> Any:
    if not isinstance(call, Mapping):
        return call
    index = call.get("index", position)
    made = dict(call)
    for kind, name in (("function", "arguments"), ("custom", "input")):
        if isinstance(call.get(kind), Mapping):
            made[kind] = _mapped(call[kind], name, change, ("tool_calls", index, kind))
    return made


def _mapped(holder: Mapping[str, Any], name: str, change: Any, way: tuple[str | int, ...]) -> Json:
    if not isinstance(holder.get(name), str):
        return dict(holder)
    return {**holder, name: change(holder[name], (*way, name))}


def _delta(way: tuple[str | int, ...], text: str) -> Json:
    """The smallest delta that carries a text at this place."""
    if way[0] == "tool_calls":
        return {"tool_calls": [{"index": way[1], way[2]: {way[3]: text}}]}
    if len(way) == 2:
        return {str(way[0]): {str(way[1]): text}}
    return {str(way[0]): text}


def _begins_call(delta: Any) -> bool:
    """Whether a tool call begins here: what was said before it is complete, and must not come after it."""
    calls = delta.get("tool_calls") if isinstance(delta, Mapping) else None
    return isinstance(calls, list) and any(isinstance(call, Mapping) and call.get("id") for call in calls)


def _is_empty(delta: Any) -> bool:
    """Whether nothing is left of a delta but texts that wait."""
    if isinstance(delta, Mapping):
        return all(_is_empty(value) for name, value in delta.items() if name != "index")
    if isinstance(delta, list):
        return all(_is_empty(item) for item in delta)
    return delta is None or delta == ""
