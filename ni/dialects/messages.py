"""Anthropic's Messages: the dialect, the event stream and the whole message.

Every request is read into chat form by `messages_request`. A route whose upstream speaks Messages itself is sent the
client's own body instead (`messages_passthrough`), and its events are passed on
(docs/decisions/0005-dialects.md). Errors have Anthropic's shape and types; the status is the same in every dialect.

The order of events is message_start, then for each block content_block_start, deltas and content_block_stop, then
message_delta with the stop reason and the usage, and message_stop. `ping` may come anywhere; an `error` event ends the
stream. A whole message is what a client would put together from the events.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ni.dialects.base import dropped_members, estimated_tokens, named_events
from ni.dialects.json_body import without_nulls
from ni.dialects.messages_passthrough import client_events, passthrough_body
from ni.dialects.messages_request import MESSAGES, TRANSLATED_MESSAGES, chat_body, dropped_blocks, newer_form
from ni.dialects.sealed_state import Seals
from ni.dialects.stream_blocks import Block, BlockKind, BlockSplitter, ClientTools, Move, Step, as_delta
from ni.dialects.tools import dropped_tools
from ni.domain.call import Call, Json
from ni.domain.errors import Problem

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_LEFT_OUT = frozenset({"model", "stream"})
PING = b'event: ping\ndata: {"type":"ping"}\n\n'
STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_DELTA_TYPES = {BlockKind.TEXT: ("text_delta", "text"), BlockKind.REFUSAL: ("text_delta", "text"),
           BlockKind.THINKING: ("thinking_delta", "thinking"),
           BlockKind.CALL: ("input_json_delta", "partial_json")}  # fmt: skip


class MessagesDialect:
    """`POST /v1/messages`."""

    name = "messages"

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field by its name in the Messages API, where it has one."""
        body = newer_form(without_nulls(body))
        chat, missed = chat_body(body, self._seals)
        return Call(
            dialect=self.name,
            model=chat["model"],
            stream=bool(chat.get("stream")),
            body={name: value for name, value in chat.items() if name not in _LEFT_OUT},
            raw_body=body,
            headers=headers,
            passthrough_body=passthrough_body(body),
            untranslatable=missed,
            warnings=(*dropped_tools(body.get("tools")), *dropped_members(body, MESSAGES)),
            warnings_translated=(*dropped_blocks(body), *dropped_members(body, TRANSLATED_MESSAGES)),
        )

    def count(self, body: Json) -> int:
        """The estimate of `estimated_tokens`. Raises `BadRequest`."""
        return estimated_tokens(chat_body(without_nulls(body), self._seals, counting=True)[0])

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `message`."""
        if "native" in reply:
            return orjson.dumps({**reply["native"], "model": model})
        input_tokens = 0 if reply.get("usage") else estimated_tokens(call.body)
        return orjson.dumps(whole_message(reply, self._events(call, model, input_tokens)))

    def stream(self, call: Call, model: str) -> "MessagesStream":
        """The renderer of one stream."""
        events = self._events(call, model, estimated_tokens(call.body))
        return MessagesStream(events, model)

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """Anthropic's error object."""
        return orjson.dumps({"type": "error", "error": _error(problem, message), "request_id": request_id})

    def _events(self, call: Call, model: str, input_tokens: int = 0) -> "MessageEvents":
        return MessageEvents(model, ClientTools.of(call.raw_body), self._seals, input_tokens)


class MessagesStream:
    """Renders one stream."""

    __slots__ = ("_events", "_model", "_native")

    def __init__(self, events: "MessageEvents", model: str) -> None:
        self._events = events
        self._model = model
        self._native = False

    def chunk(self, chunk: Json) -> bytes:
        """The events of a chunk, or of an upstream's own event; empty if the client is sent nothing for it."""
        if "native" not in chunk:
            return named_events(self._events.chunk(chunk))
        self._native = True
        return named_events(client_events(chunk["native"], self._model))

    def end(self) -> bytes:
        """`message_delta` and `message_stop`; of an upstream's own stream the `message_stop` that was held back."""
        return named_events([{"type": "message_stop"}] if self._native else self._events.end())

    def error(self, problem: Problem, message: str) -> bytes:
        """One `error` event with Anthropic's error object."""
        return named_events([{"type": "error", "error": _error(problem, message)}])

    def ping(self) -> bytes:
        """Anthropic's `ping` event."""
        return PING


def _error(problem: Problem, message: str) -> Json:
    fallback = "invalid_request_error" if problem.status < 500 else "api_error"
    return {"type": _ERROR_TYPES.get(problem.status, fallback), "message": message}


class MessageEvents:
    """Turns the chunks of one answer into events, as objects. `model` is the route to show.

    `input_tokens` is the estimate for the start, used where the provider counts the input only at the end.
    """

    def __init__(self, model: str, tools: ClientTools, seals: Seals, input_tokens: int = 0) -> None:
        self.started = False
        self._model = model
        self._splitter = BlockSplitter(tools)
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
                continue  # a message holds one answer
            yield from self._blocks(self._splitter.feed(choice.get("delta") or {}))
            if choice.get("finish_reason"):
                self._reason = STOP_REASONS.get(choice["finish_reason"], "end_turn")
                self._stop_sequence = choice.get("stop_sequence")

    def end(self) -> Iterator[Json]:
        """The events that end a complete answer."""
        yield from self._blocks(self._splitter.end())
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
                kind, name = _DELTA_TYPES[block.kind]
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
        """The provider's signature, or a seal that holds its blocks and its state of the calls for the next turn."""
        if block.signature and not block.state:
            return block.signature
        return self._seals.seal({"blocks": block.provider_blocks, "state": block.state})


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
    """A model's arguments as an object. What is not one becomes the member `input`, as it was written."""
    try:
        arguments: Any = orjson.loads(written or "{}")
    except orjson.JSONDecodeError:
        arguments = written
    return arguments if isinstance(arguments, dict) else {"input": arguments}


def _delta(block: Block, delta: Json) -> Json:
    return {"type": "content_block_delta", "index": block.index, "delta": delta}


def _usage(counts: Json) -> Json:
    """Chat's usage in Anthropic's form, whose `input_tokens` do not include cached tokens."""
    inputs = counts.get("prompt_tokens_details") or {}
    cached, written = inputs.get("cached_tokens") or 0, inputs.get("cache_write_tokens") or 0
    return {
        "input_tokens": max(0, (counts.get("prompt_tokens") or 0) - cached - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
        "output_tokens": counts.get("completion_tokens") or 0,
    }
