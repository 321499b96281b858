"""The output items of a Responses answer: how each kind of block looks as an item, and which events tell it.

An item is told as added (empty), then by the events of its group, then as done (whole). Function and custom calls,
messages with text or refusal, reasoning with a summary and, sealed, what a provider wants back with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ni.dialects.sealing import Seals
from ni.dialects.segments import Block, Kind
from ni.domain.call import Json


class Status(StrEnum):
    """How far an item or a response is."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Group:
    """The events of one kind of item; `field` holds the text. Items in parts tell the part, too."""

    prefix: str
    event: str
    field: str
    part: str = ""
    part_index: str = ""


_TEXT = Group("msg", "response.output_text", "text", "response.content_part", "content_index")
_GROUPS = {
    Kind.TEXT: _TEXT,
    Kind.REFUSAL: Group("msg", "response.refusal", "refusal", "response.content_part", "content_index"),
    Kind.THINKING: Group(
        "rs", "response.reasoning_summary_text", "text", "response.reasoning_summary_part", "summary_index"
    ),
    Kind.REDACTED: Group("rs", "", ""),
    Kind.CALL: Group("fc", "response.function_call_arguments", "arguments"),
}
_CUSTOM = Group("ctc", "response.custom_tool_call_input", "input")


@dataclass(slots=True)
class Item:
    """One output item while it is told. `identity` is that of the response."""

    block: Block
    identity: str
    seals: Seals

    def added(self) -> Iterator[Json]:
        """The events with which it begins."""
        yield self._whole("response.output_item.added", self.shown(Status.IN_PROGRESS, empty=True))
        if self._group.part and self.block.kind is not Kind.THINKING:
            yield self._part("added", "")

    def grown(self, piece: str) -> Iterator[Json]:
        """The events for one more piece."""
        if (
            self.block.kind is Kind.THINKING and self.block.text == piece
        ):  # its first piece: now there is a summary
            yield self._part("added", "")
        more: Json = {"logprobs": []} if self.block.kind is Kind.TEXT else {}
        yield self._event(f"{self._group.event}.delta", {"delta": piece, **more})

    def done(self, status: Status) -> Iterator[Json]:
        """The events with which it ends."""
        if self.block.kind is not Kind.REDACTED and (self.block.kind is not Kind.THINKING or self.block.text):
            more: Json = {"logprobs": []} if self.block.kind is Kind.TEXT else {}
            if self.block.kind is Kind.CALL and not self.block.origin.custom:
                more["name"] = self.block.origin.name
            yield self._event(f"{self._group.event}.done", {self._group.field: self.block.text, **more})
            if self._group.part:
                yield self._part("done", self.block.text)
        yield self._whole("response.output_item.done", self.shown(status))

    def shown(self, status: Status, *, empty: bool = False) -> Json:
        """The item; `empty` as it is before its first piece."""
        block = self.block
        if block.kind in (Kind.THINKING, Kind.REDACTED):
            return {"id": self._id, "type": "reasoning", **self._reasoning(empty)}
        if block.kind is Kind.CALL:
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
    def _group(self) -> Group:
        return _CUSTOM if self.block.origin.custom else _GROUPS[self.block.kind]

    @property
    def _id(self) -> str:
        return f"{self._group.prefix}_{self.identity}_{self.block.index}"

    def _reasoning(self, empty: bool) -> Json:
        block = self.block
        if empty:
            return {"summary": []}
        kept = {"blocks": block.own_blocks, "state": block.state}
        told: Json = {"summary": [self._content(block.text)] if block.text else []}
        return told | ({"encrypted_content": self.seals.seal(kept)} if any(kept.values()) else {})

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
            case Kind.REFUSAL:
                return {"type": "refusal", "refusal": text}
            case Kind.THINKING:
                return {"type": "summary_text", "text": text}
            case _:
                return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _part(self, suffix: str, text: str) -> Json:
        return self._event(f"{self._group.part}.{suffix}", {"part": self._content(text)})

    def _event(self, name: str, more: Json) -> Json:
        index = {self._group.part_index: 0} if self._group.part_index else {}
        return {"type": name, "item_id": self._id, "output_index": self.block.index, **index, **more}

    def _whole(self, name: str, item: Json) -> Json:
        return {"type": name, "output_index": self.block.index, "item": item}
