"""Puts originals back into an answer: `AnswerRestorer` for the chat form, `MessagesRestorer` for Anthropic's.

Every string is restored except the fields that `walker` leaves alone. Each text that comes in pieces has a
`TextRestorer`, which holds back at most the length of the longest surrogate. Held text is released before the finish
reason of its choice, before a tool call begins, and before a block is closed or signed; a chunk whose only text is held
back is not passed on. Events with whole values are restored one by one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ni.domain.call import Json
from ni.privacy.matcher import LOOK_BACK, Matcher, MatchVerdict, escaped_letter
from ni.privacy.reading_stages import unescaped
from ni.privacy.walker import Place, Rewrite, Walker, keeps, rewritten
from ni.privacy.words import fold, is_letter, is_mark, parts_words, runs_on

_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")


class TextRestorer:
    """Restores one text that comes in pieces."""

    __slots__ = ("_before", "_held", "_matcher")

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._before = ""  # the end of what was read and released
        self._held = ""

    def feed(self, text: str, last: bool = False) -> str:
        """The restored text that can be released after this piece; all of it if it is the last."""
        if self._matcher.beginnings is None:
            return text
        text = self._before + self._held + text
        released, done = self._released(text, len(self._before), last)
        self._before = text[max(done - LOOK_BACK, 0) : done]
        self._held = text[done:]
        return released

    def end(self) -> str:
        """The text that was held back; the next piece begins a new text."""
        rest = self.feed("", last=True)
        self._before = self._held = ""
        return rest

    def _released(self, text: str, start: int, last: bool) -> tuple[str, int]:
        """What of `text[start:]` can be released, restored, and up to where it was read."""
        assert self._matcher.beginnings is not None
        folded = fold(text)
        released: list[str] = []
        done = start
        for at in self._matcher.positions(text, folded, start):
            if at < done or _inside_a_word(text, at):
                continue
            replacement = self._matcher.at(text, folded, at, last)
            if replacement is MatchVerdict.MORE:
                return "".join((*released, text[done:at])), at
            if isinstance(replacement, tuple):
                end, original = replacement
                released += [text[done:at], original]
                done = end
        released.append(text[done:])
        return "".join(released), len(text)


def _restoring(matcher: Matcher) -> Rewrite:
    """The rewrite that restores one whole text.

    No method of the restorer that walks with it: what refers to itself stays in memory until the collector comes, which
    is rarely, and with it the originals of the call.
    """

    def restore(text: str, place: Place, context: str = "") -> str:
        return TextRestorer(matcher).feed(text, last=True)

    return restore


def _inside_a_word(text: str, at: int) -> bool:
    """Whether a mark or an escaped letter stands before the position, in a script that writes spaces."""
    if at and is_mark(text[at - 1]) and is_letter(text[at]):
        return True
    escape = text[at - 6 : at] if at >= 6 else ""
    if _ESCAPE.fullmatch(escape):
        goes_on = is_letter(text[at]) and not runs_on(text[at])
        return _ends_with_letter(escape) and (goes_on or bool(escaped_letter(text, at)))
    if text[at] == "\\":
        begins = parts_words(text[max(at - 4, 0) : at] + "a", min(at, 4))
        return bool(escaped_letter(text, at)) and not begins
    return False


def _ends_with_letter(escape: str) -> bool:
    char = unescaped(escape)
    return is_letter(char) and not runs_on(char)


_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_BEGUN = {"text": "text_delta", "thinking": "thinking_delta"}

BlockSlot = tuple[int, str]
"""A block's index, and the kind of delta by which it grows."""


class KeysOnce:
    """A rewrite that restores each key once: an answer has the same few in every chunk."""

    __slots__ = ("_keys", "_rewrite")

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite
        self._keys: dict[str, str] = {}

    def __call__(self, text: str, place: Place, context: str = "") -> str:
        """The restored text."""
        if place is not Place.KEY:
            return self._rewrite(text, place, context)
        key = self._keys.get(text)
        if key is None:
            key = self._keys[text] = self._rewrite(text, place, context)
        return key


class MessagesRestorer:
    """Restores one answer in Anthropic's form: messages and events."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._streams: dict[BlockSlot, TextRestorer] = {}
        self._walk = Walker(KeysOnce(_restoring(matcher)), all_keys=True)

    def message(self, message: Json) -> Json:
        """A whole message with its originals restored."""
        return self._whole(message)

    def event(self, event: Json) -> Iterator[Json]:
        """The events that can be released: held text of a block that ends, then this event."""
        match event.get("type"):
            case "content_block_start":
                yield self._started(event)
            case "content_block_delta":
                yield from self._delta(event)
            case "content_block_stop":
                yield from self._flushed(event["index"])
                yield event
            case _:
                yield self._whole(event)

    def end(self) -> Iterator[Json]:
        """Deltas with held text, where a stream ended with a block open."""
        for index in sorted({slot[0] for slot in self._streams}):
            yield from self._flushed(index)

    def _started(self, event: Json) -> Json:
        """Restore the text that a block starts with; what is held back comes with its first delta."""
        block: Json = event["content_block"]
        grows = _BEGUN.get(block.get("type", ""))
        if grows is None or not block.get(_GROWING[grows]):
            return {**event, "content_block": self._whole(block)}
        name = _GROWING[grows]
        begun = self._stream(event["index"], grows).feed(block[name])
        return {**event, "content_block": {**self._whole({**block, name: ""}), name: begun}}

    def _delta(self, event: Json) -> Iterator[Json]:
        index, delta = event["index"], event["delta"]
        kind = delta.get("type")
        if kind == "signature_delta":
            yield from self._flushed(index)
        name = _GROWING.get(kind, "")
        if not isinstance(delta.get(name), str):
            yield {**event, "delta": self._whole(delta)}
            return
        text = self._stream(index, kind).feed(delta[name])
        if text or not delta[name]:
            yield {**event, "delta": {**delta, name: text}}

    def _stream(self, index: int, kind: str) -> TextRestorer:
        return self._streams.setdefault((index, kind), TextRestorer(self._matcher))

    def _flushed(self, index: int) -> Iterator[Json]:
        for slot in [slot for slot in self._streams if slot[0] == index]:
            rest = self._streams.pop(slot).end()
            if rest:
                delta = {"type": slot[1], _GROWING[slot[1]]: rest}
                yield {"type": "content_block_delta", "index": index, "delta": delta}

    def _whole(self, value: Json) -> Json:
        restored: Json = self._walk.value(value)
        return restored


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


class AnswerRestorer:
    """The restorer of one answer; knows the surrogates of its request and no others."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._streams: dict[Slot, TextRestorer] = {}
        self._kinds: dict[Way, Any] = {}
        self._blocks = MessagesRestorer(matcher)
        self._walk = Walker(KeysOnce(_restoring(matcher)), all_keys=True)
        self._envelope: Json = {}

    def reply(self, reply: Json) -> Json:
        """A whole `chat.completion`, or the answer of another endpoint."""
        if self._matcher.beginnings is None:
            return reply
        if not isinstance(reply.get("native"), dict):
            return rewritten(reply, KeysOnce(_restoring(self._matcher)), all_keys=True)
        beside = {name: value for name, value in reply.items() if name != "native"}
        return {
            **rewritten(beside, KeysOnce(_restoring(self._matcher)), all_keys=True),
            "native": self._blocks.message(reply["native"]),
        }

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """A `chat.completion.chunk`, or what of it may be released now."""
        if self._matcher.beginnings is None:
            return (chunk,)
        if isinstance(chunk.get("native"), dict):
            return [{"native": event} for event in self._blocks.event(chunk["native"])]
        return list(self._chunk(chunk))

    def end(self) -> Iterable[Json]:
        """Chunks with held text, where a stream ended without a finish reason."""
        held = [{"native": event} for event in self._blocks.end()]
        return held + [
            chunk for index in sorted({slot[0] for slot in self._streams}) for chunk in self._flushed(index)
        ]

    def _chunk(self, chunk: Json) -> Iterator[Json]:
        self._envelope = {name: chunk[name] for name in _ENVELOPE if name in chunk}
        choices = []
        for choice in chunk.get("choices") or ():
            index = choice.get("index", 0)
            if _begins_call(choice.get("delta")):
                yield from self._flushed(index, text_only=True)
            restored = _ChoiceRestorer(self, index, choice).restored()
            ends = choice.get("finish_reason") is not None
            if ends:
                yield from self._flushed(index)
            if restored == choice or ends or restored.get("text") or not _is_empty(restored.get("delta")):
                choices.append(restored)
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
        """Restore a value that comes in one piece."""
        return self._walk.field(name, value, within, Place.SPOKEN)

    def piece(self, slot: Slot, text: str, last: bool) -> str:
        """What of a piece of a text can be released now; all of it if it is the last."""
        stream = self._streams.get(slot)
        if stream is None:
            stream = self._streams[slot] = TextRestorer(self._matcher)
        return stream.feed(text, last)

    def note(self, way: Way, item: Json) -> None:
        """Remember the type of a part, for the pieces that are released after it."""
        if "type" in item:
            self._kinds[way] = item["type"]

    def _flushed(self, index: int, text_only: bool = False) -> Iterator[Json]:
        """One chunk for each held text of the choice; with `text_only`, not those of tool calls."""
        ended = [
            slot
            for slot in self._streams
            if slot[0] == index and not (text_only and slot[1] and slot[1][0] in _CALLS)
        ]
        for slot in ended:
            rest = self._streams.pop(slot).end()
            if rest:
                delta = self._delta_for(slot[1], rest) if slot[1] else {"text": rest}
                yield {**self._envelope, "choices": [{"index": index, **delta, "finish_reason": None}]}

    def _delta_for(self, way: Way, text: str) -> Json:
        """The smallest delta that carries a text at this place."""
        if way[0] in ("content", "reasoning_content", "reasoning", "refusal") and len(way) == 3:
            return {"delta": {str(way[0]): text}}
        value: Any = text
        for at in range(len(way) - 1, -1, -1):
            step = way[at]
            if isinstance(step, str):
                value = {step: value}
                continue
            kind = self._kinds.get(way[: at + 1])
            value = [{"index": step, **({"type": kind} if kind is not None else {}), **value}]
        return {"delta": value}


class _ChoiceRestorer:
    """Restores one choice of a chunk: its pieces by their streams, all else as a whole."""

    __slots__ = ("_choice", "_index", "_last", "_restoration")

    def __init__(self, restoration: AnswerRestorer, index: int, choice: Json) -> None:
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
