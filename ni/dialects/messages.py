"""Anthropic's Messages: the dialect, the event stream, the whole message, and bodies that are passed through.

Every request is read into chat form by `messages_request`. A route whose upstream speaks Messages itself is sent the
client's own body instead (`passthrough_body`), and its events are passed on (docs/decisions/0005-dialects.md). There
blocks, cache marks, signatures and tools go as the client wrote them; fields are sent from a list of those that cost
nothing beyond the tokens that a cap reserves. Left out is what names a person (`metadata`), refers to other servers
(`mcp_servers`, `container`) or has its own price (hosted tools, `speed`, compaction). A conversation that goes on from
another upstream is translated.

The order of events is message_start, then for each block content_block_start, deltas and content_block_stop, then
message_delta with the stop reason and the usage, and message_stop. `ping` may come anywhere; an `error` event ends the
stream. A whole message is what a client would put together from the events. Errors have Anthropic's shape and types;
the status is the same in every dialect.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects.base import dropped_members, estimated_tokens, named_events
from ni.dialects.json_body import without_nulls
from ni.dialects.messages_request import (
    MESSAGES,
    TRANSLATED_MESSAGES,
    chat_body,
    dropped_blocks,
    is_billing_block,
    newer_form,
)
from ni.dialects.sealed_state import Seals, is_sealed
from ni.dialects.stream_blocks import Block, BlockKind, BlockSplitter, ClientTools, Move, Step, as_delta
from ni.dialects.tools import dropped_tools, hosted_kinds, is_client_tool
from ni.domain.call import Call, Json
from ni.domain.errors import Problem

FIELDS = (
    "max_tokens", "system", "messages", "stop_sequences", "temperature", "top_p", "top_k", "thinking", "output_config",
    "cache_control", "context_management", "tools", "tool_choice",
)  # fmt: skip
_OF_CHAT = frozenset(
    {"image_url", "input_text", "output_text", "input_image", "input_file", "file", "input_audio"}
)
_MEMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"type", "text", "cache_control", "citations"}),
        "image": frozenset({"type", "source", "cache_control"}),
        "document": frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
        "search_result": frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
        "tool_use": frozenset({"type", "id", "name", "input", "cache_control", "caller"}),
        "tool_result": frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"}),
        "tool_reference": frozenset({"type", "tool_name", "cache_control"}),
        "thinking": frozenset({"type", "thinking", "signature"}),
        "redacted_thinking": frozenset({"type", "data"}),
    }
)
"""Members of blocks by Anthropic's reference. Agents keep further members in histories, which Anthropic refuses."""
_CLEARING = "clear_"
"""Edits of the context that only remove; the others cost another turn of the model."""


def passthrough_body(body: Json) -> Json | None:
    """The body to send, without `model` and `stream`; None where only a translation can be sent.

    `body` was read by `messages_request` before, so its types are those of the reference.
    """
    messages: list[Json] = body["messages"]
    system = body.get("system")
    if (
        any(map(_has_other_forms, messages))
        or any(map(_is_loose_text, system if isinstance(system, list) else ()))
        or any(map(_is_chat_tool, body.get("tools") or ()))
        or _continues_elsewhere(messages)
    ):
        return None
    sent = {name: body.get(name) for name in FIELDS}
    sent["messages"] = [known for message in messages if (known := _message(message))["content"]]
    if not sent["messages"]:
        return None
    if isinstance(body.get("system"), list):
        sent["system"] = [
            part for part in body["system"] if not (isinstance(part, dict) and is_billing_block(part))
        ]
    edits = _edits(body.get("context_management"))
    sent["context_management"] = {"edits": edits} if edits else None
    sent |= _tools(body)
    return {name: value for name, value in sent.items() if value is not None and value != []}


def client_events(event: Json, model: str) -> Iterator[Json]:
    """An upstream's event with `model`, the route id. The last event is held back until the call is settled."""
    if event["type"] == "message_start":
        yield {**event, "message": {**event["message"], "model": model}}
    elif event["type"] != "message_stop":
        yield event


def _has_other_forms(message: Json) -> bool:
    """Whether parts of the message have another API's form, which only the translation reads."""
    return message["role"] == "system" or any(
        block["type"] in _OF_CHAT or _is_loose_text(block) for block in _blocks(message)
    )


def _is_loose_text(block: Any) -> bool:
    """Whether a block is a bare text or has its text in pieces, which only the translation reads."""
    if not isinstance(block, dict) or isinstance(block.get("text"), list):
        return True
    inner = block.get("content")
    return isinstance(inner, list) and any(map(_is_loose_text, inner))


def _is_chat_tool(tool: Json) -> bool:
    """Whether a tool has neither a schema of Anthropic's form nor a type by which Claude knows its input."""
    known = hosted_kinds([tool]) or is_client_tool(tool.get("type"))
    return not known and not isinstance(tool.get("input_schema"), dict)


def _continues_elsewhere(messages: list[Json]) -> bool:
    """Whether the current turn began on another upstream: its thinking has a seal of this gateway."""
    for message in reversed(messages):
        if message["role"] == "assistant":
            if any(map(_is_foreign, _blocks(message))):
                return True
        elif any(block.get("type") != "tool_result" for block in _blocks(message)):
            return False
    return False


def _message(message: Json) -> Json:
    """The message without thinking of another upstream, which this one could not read."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    return {
        "role": message["role"],
        "content": [_known(block) for block in content if not _is_foreign(block)],
    }


def _known(block: Json) -> Json:
    """The block without members that the reference does not have; blocks of unknown kinds are unchanged."""
    kind = block.get("type")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    inner = block.get("content")
    if isinstance(inner, list):
        block = {**block, "content": [_known(part) if isinstance(part, dict) else part for part in inner]}
    if members is None or block.keys() <= members:
        return block
    return {name: value for name, value in block.items() if name in members}


def _is_foreign(block: Json) -> bool:
    """Whether a thinking block comes from another upstream: it has a seal of this gateway, or no signature."""
    mark = block.get("signature", block.get("data"))
    return block.get("type") in ("thinking", "redacted_thinking") and (not mark or is_sealed(mark))


def _blocks(message: Json) -> Iterable[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _tools(body: Json) -> Json:
    """The tools that the client runs, and the choice unless it names another tool."""
    tools = [tool for tool in body.get("tools") or () if not hosted_kinds([tool])]
    choice: Any = body.get("tool_choice") or {}
    named = choice.get("name")
    dropped = not tools or (named is not None and named not in [tool.get("name") for tool in tools])
    return {"tools": tools, "tool_choice": None if dropped else body.get("tool_choice")}


def _edits(given: Any) -> list[Json]:
    edits = given.get("edits") if isinstance(given, dict) else None
    return [
        edit
        for edit in (edits if isinstance(edits, list) else ())
        if isinstance(edit, dict) and str(edit.get("type")).startswith(_CLEARING)
    ]


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
