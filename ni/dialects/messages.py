"""Anthropic's Messages, as Claude Code and the Anthropic SDKs speak it.

Every request is read into chat form; a route whose upstream speaks Messages itself is sent the client's own body
instead, and its events come back as they are (docs/decisions/0005-dialects.md). Errors have Anthropic's shape and its
names of kinds; the status is the one that every dialect gives.
"""

from collections.abc import Iterable, Mapping

import orjson

from ni.dialects.base import estimated_tokens
from ni.dialects.dropped import MESSAGES, TRANSLATED_MESSAGES, dropped_members
from ni.dialects.messages_passthrough import passed, passthrough_body
from ni.dialects.messages_request import chat_body, dropped_blocks
from ni.dialects.messages_response import MessageEvents, whole_message
from ni.dialects.normalise import without_nulls
from ni.dialects.sealed_state import Seals
from ni.dialects.tools import ClientTools, dropped_tools
from ni.domain.call import Call, Json
from ni.domain.errors import Problem

_KINDS = {
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


class MessagesDialect:
    """`POST /v1/messages`."""

    name = "messages"

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field as Anthropic calls it, where it is one of Anthropic's."""
        body = without_nulls(body)
        chat, untranslatable = chat_body(body, self._seals)
        return Call(
            dialect=self.name,
            model=chat["model"],
            stream=bool(chat.get("stream")),
            body={name: value for name, value in chat.items() if name not in _LEFT_OUT},
            raw_body=body,
            headers=headers,
            passthrough_body=passthrough_body(body),
            untranslatable=untranslatable,
            warnings=(*dropped_tools(body.get("tools")), *dropped_members(body, MESSAGES)),
            warnings_translated=(*dropped_blocks(body), *dropped_members(body, TRANSLATED_MESSAGES)),
        )

    def count(self, body: Json) -> int:
        """An estimate of the input tokens, made here: a quarter of the bytes of text, and a sum for each image."""
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

    def _events(self, call: Call, model: str, input_tokens: int = 0) -> MessageEvents:
        return MessageEvents(model, ClientTools.of(call.raw_body), self._seals, input_tokens)


class MessagesStream:
    """Renders one stream."""

    __slots__ = ("_events", "_model", "_native")

    def __init__(self, events: MessageEvents, model: str) -> None:
        self._events = events
        self._model = model
        self._native = False

    def chunk(self, chunk: Json) -> bytes:
        """The events of a chunk, or the upstream's own; empty for one that says nothing."""
        if "native" not in chunk:
            return _written(self._events.chunk(chunk))
        self._native = True
        return _written(passed(chunk["native"], self._model))

    def end(self) -> bytes:
        """`message_delta` and `message_stop`; an upstream's own `message_stop` was held back for this moment."""
        return _written([{"type": "message_stop"}] if self._native else self._events.end())

    def error(self, problem: Problem, message: str) -> bytes:
        """One `error` event."""
        return _written([{"type": "error", "error": _error(problem, message)}])

    def ping(self) -> bytes:
        """Anthropic's own `ping`."""
        return PING


def _error(problem: Problem, message: str) -> Json:
    fallback = "invalid_request_error" if problem.status < 500 else "api_error"
    return {"type": _KINDS.get(problem.status, fallback), "message": message}


def _written(events: Iterable[Json]) -> bytes:
    return b"".join(
        b"event: " + str(event["type"]).encode() + b"\ndata: " + orjson.dumps(event) + b"\n\n"
        for event in events
    )
