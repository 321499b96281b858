"""Putting originals back into an answer in Anthropic's own form: whole messages, and its events as they come.

Each block's text, thinking and input is a stream of its own; what waits is released before the block is closed or
signed. Events that carry whole values (citations, blocks that come complete, kinds that are not known yet) are restored
each for itself. Everything else of an event stays as it came.
"""

from collections.abc import Iterator

from ni.domain.call import Json
from ni.privacy.matcher import Matcher
from ni.privacy.rewriter import Rewriter
from ni.privacy.walker import Place, Walk

_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
_BEGUN = {"text": "text_delta", "thinking": "thinking_delta"}

Slot = tuple[int, str]
"""A block's index, and the kind of delta by which it grows."""


class BlockRestoration:
    """State of one answer."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._streams: dict[Slot, Rewriter] = {}
        self._walk = Walk(self._text)

    def message(self, message: Json) -> Json:
        """A whole message."""
        return self._whole(message)

    def event(self, event: Json) -> Iterator[Json]:
        """What of an event may be released now, after what it ends."""
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
        """What was still held back, where a stream ended with a block open."""
        for index in sorted({slot[0] for slot in self._streams}):
            yield from self._flushed(index)

    def _started(self, event: Json) -> Json:
        """A block may begin with text; what of it waits comes with its first delta."""
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

    def _stream(self, index: int, kind: str) -> Rewriter:
        return self._streams.setdefault((index, kind), Rewriter(self._matcher))

    def _flushed(self, index: int) -> Iterator[Json]:
        for slot in [slot for slot in self._streams if slot[0] == index]:
            rest = self._streams.pop(slot).end()
            if rest:
                delta = {"type": slot[1], _GROWING[slot[1]]: rest}
                yield {"type": "content_block_delta", "index": index, "delta": delta}

    def _whole(self, value: Json) -> Json:
        made: Json = self._walk.value(value)
        return made

    def _text(self, text: str, place: Place, context: str = "") -> str:
        return Rewriter(self._matcher).feed(text, last=True)
