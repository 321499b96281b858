"""Putting originals back into an answer in chat form: whole replies, and chunks of a stream as they come.

Every string of an answer is restored, whatever its field is called; what is left alone is the table of `untouched`.
Each text that comes in pieces is a stream for itself: the texts of a delta, of its parts and of its calls, for each
choice. A chunk keeps all else it carries; one that carried only text that must wait is not passed on. What waited is
released before the choice's finish reason, and what was said before a tool call begins, before that. What came in a
client's own form is restored by `restore_blocks`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ni.domain.call import Json
from ni.privacy.matcher import Matcher
from ni.privacy.restore_blocks import BlockRestoration
from ni.privacy.rewriter import Rewriter
from ni.privacy.untouched import keeps
from ni.privacy.walker import Place, Walk, rewritten

_ENVELOPE = ("id", "object", "created", "model", "system_fingerprint", "service_tier")
_WITHOUT_TEXT = frozenset({*_ENVELOPE, "usage", "choices"})
_CALLS = frozenset({"tool_calls", "function_call"})
_IN_PARTS = ("content", "reasoning_content", "reasoning", "refusal", "reasoning_details", "thinking_blocks")
_OF_PARTS = ("text", "refusal", "thinking", "summary")
_IN_PIECES = frozenset(
    {
        ("tool_calls", "function", "arguments"),
        ("tool_calls", "custom", "input"),
        ("function_call", "arguments"),
        ("audio", "transcript"),
        ("content", "thinking", "text"),
        *((field, name) for field in _IN_PARTS for name in _OF_PARTS),
    }
)
"""The texts within a delta that come in pieces, beside those that it holds itself."""
_ON_THE_WAY = frozenset(way[:length] for way in _IN_PIECES for length in range(1, len(way)))

Way = tuple[str | int, ...]
"""From a choice's delta to a text; empty for the text of a choice of completions."""
Slot = tuple[int, Way]
"""Where a text stands: the choice, and the way to it."""


class Restoration:
    """The restorer of one answer; knows the surrogates of its request and no others."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._streams: dict[Slot, Rewriter] = {}
        self._kinds: dict[Way, Any] = {}
        self._blocks = BlockRestoration(matcher)
        self._walk = Walk(self._text)
        self._envelope: Json = {}

    def reply(self, reply: Json) -> Json:
        """A whole `chat.completion`, or the answer of another endpoint."""
        if self._matcher.beginnings is None:
            return reply
        if "native" in reply:
            return {**reply, "native": self._blocks.message(reply["native"])}
        return rewritten(reply, self._text)

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

    def _text(self, text: str, place: Place, context: str = "") -> str:
        return Rewriter(self._matcher).feed(text, last=True)

    def _chunk(self, chunk: Json) -> Iterator[Json]:
        self._envelope = {name: chunk[name] for name in _ENVELOPE if name in chunk}
        choices = []
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            if _begins_call(choice.get("delta")):
                yield from self._flushed(index, said=True)
            made = _Choice(self, index, choice).restored()
            ends = choice.get("finish_reason") is not None
            if ends:
                yield from self._flushed(index)
            if made == choice or ends or made.get("text") or not _is_empty(made.get("delta")):
                choices.append(made)
        if choices or not chunk.get("choices") or chunk.get("usage"):
            yield {**self._around(chunk), "choices": choices}

    def _around(self, chunk: Json) -> Json:
        """The chunk with the texts beside its choices restored; most have none."""
        if chunk.keys() <= _WITHOUT_TEXT:
            return chunk
        return {
            name: value if name in _WITHOUT_TEXT else self._walk.field(name, value, chunk, Place.SPOKEN)
            for name, value in chunk.items()
        }

    def whole(self, name: str, value: Any, within: Json) -> Any:
        """A value that comes in one piece."""
        return self._walk.field(name, value, within, Place.SPOKEN)

    def piece(self, slot: Slot, text: str, last: bool) -> str:
        """What of a piece of a text can be released now; all of it if it is the last."""
        stream = self._streams.get(slot)
        if stream is None:
            stream = self._streams[slot] = Rewriter(self._matcher)
        return stream.feed(text, last)

    def note(self, way: Way, item: Json) -> None:
        """Remember the type of a part, for the pieces that are released after it."""
        if "type" in item:
            self._kinds[way] = item["type"]

    def _flushed(self, index: int, said: bool = False) -> Iterator[Json]:
        """One chunk for each text of the choice that still waited; only what was `said`, if no call is to end."""
        ended = [
            slot
            for slot in self._streams
            if slot[0] == index and not (said and slot[1] and slot[1][0] in _CALLS)
        ]
        for slot in ended:
            rest = self._streams.pop(slot).end()
            if rest:
                told = self._told(slot[1], rest) if slot[1] else {"text": rest}
                yield {**self._envelope, "choices": [{"index": index, **told, "finish_reason": None}]}

    def _told(self, way: Way, text: str) -> Json:
        """The smallest delta that carries a text at this place."""
        if way[0] in ("content", "reasoning_content", "reasoning", "refusal") and len(way) == 3:
            return {"delta": {str(way[0]): text}}
        made: Any = text
        for at in range(len(way) - 1, -1, -1):
            step = way[at]
            if isinstance(step, str):
                made = {step: made}
                continue
            kind = self._kinds.get(way[: at + 1])
            made = [{"index": step, **({"type": kind} if kind is not None else {}), **made}]
        return {"delta": made}


class _Choice:
    """Restores one choice of a chunk: its pieces by their streams, all else as a whole."""

    __slots__ = ("_choice", "_index", "_last", "_restoration")

    def __init__(self, restoration: Restoration, index: int, choice: Json) -> None:
        self._restoration = restoration
        self._index = index
        self._choice = choice
        self._last = choice.get("finish_reason") is not None

    def restored(self) -> Json:
        """The choice as it may be released."""
        return {name: self._field(name, value) for name, value in self._choice.items()}

    def _field(self, name: str, value: Any) -> Any:
        if value is None or name in ("index", "finish_reason"):
            return value
        if name == "delta" and isinstance(value, dict):
            return {inner: self._of_delta(inner, given, value) for inner, given in value.items()}
        if name == "text" and isinstance(value, str):
            return self._piece(value, ())
        return self._restoration.whole(name, value, self._choice)

    def _of_delta(self, name: str, value: Any, delta: Json) -> Any:
        """A field of the delta: a text is a piece, unless it is one that is left alone."""
        if isinstance(value, str):
            return value if keeps(name, value) else self._piece(value, (name,))
        return value if value is None else self._member(value, (name,), delta)

    def _member(self, value: Any, way: Way, within: Json) -> Any:
        """What stands at the end of a way from the delta: a piece of a text, or what may hold one."""
        names = tuple(step for step in way if isinstance(step, str))
        if isinstance(value, str):
            if names in _IN_PIECES:
                return self._piece(value, way)
        elif isinstance(value, Mapping) and names in _ON_THE_WAY:
            if isinstance(way[-1], int):
                self._restoration.note(way, dict(value))
            return {name: self._member(inner, (*way, name), dict(value)) for name, inner in value.items()}
        elif isinstance(value, list) and names in _ON_THE_WAY:
            return [self._member(item, (*way, _index(item, at)), within) for at, item in enumerate(value)]
        return self._restoration.whole(names[-1], value, within)

    def _piece(self, text: str, way: Way) -> str:
        return self._restoration.piece((self._index, way), text, self._last)


def _index(item: Any, at: int) -> int:
    index = item.get("index") if isinstance(item, Mapping) else None
    return index if isinstance(index, int) else at


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
