"""Anthropic's event stream, and its whole message, out of a chat answer.

The order is message_start, then per block content_block_start, deltas, content_block_stop, then message_delta with the
stop reason and the usage so far, and message_stop; `ping` anywhere; an `error` event ends the stream. A whole message
is what a client would put together from the events.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from ni.dialects.sealed_state import Seals
from ni.dialects.segments import Block, BlockKind, Cutter, Move, Step, as_delta
from ni.dialects.tools import ClientTools
from ni.domain.call import Json

STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
_PIECES = {BlockKind.TEXT: ("text_delta", "text"), BlockKind.REFUSAL: ("text_delta", "text"),
           BlockKind.THINKING: ("thinking_delta", "thinking"),
           BlockKind.CALL: ("input_json_delta", "partial_json")}  # fmt: skip


class MessageEvents:
    """The events of one answer, as objects. `model` is the route to show.

    `input_tokens` is what the start says of the input where the provider counts it at the end alone.
    """

    def __init__(self, model: str, tools: ClientTools, seals: Seals, input_tokens: int = 0) -> None:
        self.started = False
        self._model = model
        self._cutter = Cutter(tools)
        self._seals = seals
        self._reason = "end_turn"
        self._stop_sequence: str | None = None
        self._usage: Json = _usage({"prompt_tokens": input_tokens})

    def chunk(self, chunk: Json) -> Iterator[Json]:
        """The events of one chunk. Raises `UpstreamError` for an answer out of order."""
        if not self.started:
            yield self._start(str(chunk.get("id") or ""))
        if chunk.get("usage"):
            self._usage = _usage(chunk["usage"])
        for choice in chunk.get("choices") or ():
            if choice.get("index"):
                continue  # one answer is all that this form has room for
            yield from self._blocks(self._cutter.feed(choice.get("delta") or {}))
            if choice.get("finish_reason"):
                self._reason = STOP_REASONS.get(choice["finish_reason"], "end_turn")
                self._stop_sequence = choice.get("stop_sequence")

    def end(self) -> Iterator[Json]:
        """The events that end a complete answer."""
        yield from self._blocks(self._cutter.end())
        reason = "stop_sequence" if self._stop_sequence else self._reason
        ending = {"stop_reason": reason, "stop_sequence": self._stop_sequence}
        yield {"type": "message_delta", "delta": ending, "usage": self._usage}
        yield {"type": "message_stop"}

    def _start(self, identity: str) -> Json:
        self.started = True
        message: Json = {
            "id": f"msg_{identity.removeprefix('chatcmpl-')}",
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage,
        }
        return {"type": "message_start", "message": message}

    def _blocks(self, steps: Iterator[Step]) -> Iterator[Json]:
        for move, block, piece in steps:
            if move is Move.OPEN:
                yield {
                    "type": "content_block_start",
                    "index": block.index,
                    "content_block": self._opened(block),
                }
            elif move is Move.GROW:
                kind, name = _PIECES[block.kind]
                yield _delta(block, {"type": kind, name: piece})
            else:
                if block.kind is BlockKind.THINKING:
                    yield _delta(block, {"type": "signature_delta", "signature": self._signature(block)})
                yield {"type": "content_block_stop", "index": block.index}

    def _opened(self, block: Block) -> Json:
        if block.kind is BlockKind.CALL:
            return {"type": "tool_use", "id": block.call_id, "name": block.origin.name, "input": {}}
        if block.kind is BlockKind.THINKING:
            return {"type": "thinking", "thinking": "", "signature": ""}
        if block.kind is BlockKind.REDACTED:
            return {"type": "redacted_thinking", "data": block.signature}
        return {"type": "text", "text": ""}

    def _signature(self, block: Block) -> str:
        """The provider's own, or our seal: over its state of the calls, and so that we know the block again."""
        if block.signature and not block.state:
            return block.signature
        return self._seals.seal({"blocks": block.own_blocks, "state": block.state})


def whole_message(reply: Json, events: MessageEvents) -> Json:
    """The message that a client would put together from the events of a `chat.completion`."""
    choice = reply["choices"][0]
    ending = {
        "delta": {},
        "finish_reason": choice.get("finish_reason"),
        "stop_sequence": choice.get("stop_sequence"),
    }
    choices = [{"delta": as_delta(choice["message"])}, ending]
    chunk = {"id": reply.get("id"), "usage": reply.get("usage"), "choices": choices}
    message: Json = {}
    for event in [*events.chunk(chunk), *events.end()]:
        _add(message, event)
    return message


def _add(message: Json, event: Json) -> None:
    match event["type"]:
        case "message_start":
            message.update(event["message"])
        case "content_block_start":
            message["content"].append(dict(event["content_block"]))
        case "content_block_delta":
            block, piece = message["content"][-1], event["delta"]
            if piece["type"] == "input_json_delta":
                block["written"] = block.get("written", "") + piece["partial_json"]
            else:
                name = piece["type"].removesuffix("_delta")
                block[name] += piece[name]
        case "content_block_stop":
            block = message["content"][-1]
            if block["type"] == "tool_use":
                block["input"] = _arguments(block.pop("written", ""))
        case "message_delta":
            message |= {**event["delta"], "usage": event["usage"]}


def _arguments(written: str) -> Any:
    """A model's arguments as the object that this form asks for; what is none is kept as it was written."""
    try:
        found: Any = orjson.loads(written or "{}")
    except orjson.JSONDecodeError:
        found = written
    return found if isinstance(found, dict) else {"input": found}


def _delta(block: Block, delta: Json) -> Json:
    return {"type": "content_block_delta", "index": block.index, "delta": delta}


def _usage(counts: Json) -> Json:
    """Chat's counts in Anthropic's classes, where input leaves cached tokens out."""
    inputs = counts.get("prompt_tokens_details") or {}
    cached, written = inputs.get("cached_tokens") or 0, inputs.get("cache_write_tokens") or 0
    return {
        "input_tokens": max(0, (counts.get("prompt_tokens") or 0) - cached - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
        "output_tokens": counts.get("completion_tokens") or 0,
    }
