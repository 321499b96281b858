"""OpenAI's Responses, as Codex and the OpenAI SDKs use it; every route is sent a translation into chat form.

Nothing is stored: reasoning and a provider's state of its calls travel with the client, sealed. Errors before the
answer have OpenAI's shape; an error during the answer is `response.failed`.
"""

from collections.abc import Mapping

import orjson

from ni.dialects.base import dropped_members, estimated_tokens, named_events
from ni.dialects.chat import error_body
from ni.dialects.json_body import without_nulls
from ni.dialects.responses_request import RESPONSES, chat_body, dropped_items
from ni.dialects.responses_response import ResponseEvents, whole_response
from ni.dialects.sealed_state import Seals
from ni.dialects.tools import dropped_tools
from ni.domain.call import Call, Json
from ni.domain.clock import Clock, SystemClock
from ni.domain.errors import Problem

_LEFT_OUT = frozenset({"model", "stream"})
_CLOCK = SystemClock()
PING = b": ping\n\n"


class ResponsesDialect:
    """`POST /v1/responses`."""

    name = "responses"

    def __init__(self, seals: Seals, clock: Clock = _CLOCK) -> None:
        self._seals = seals
        self._clock = clock

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call. Raises `BadRequest` naming the field."""
        body = without_nulls(body)
        chat = chat_body(body, self._seals)
        return Call(
            dialect=self.name,
            model=chat["model"],
            stream=bool(chat.get("stream")),
            body={name: value for name, value in chat.items() if name not in _LEFT_OUT},
            raw_body=body,
            warnings=dropped_warnings(body),
        )

    def count(self, body: Json) -> int:
        """The estimate of `estimated_tokens`; `model` is optional. Raises `BadRequest`."""
        return estimated_tokens(chat_body(without_nulls({"model": "any", **body}), self._seals))

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `response`."""
        return orjson.dumps(whole_response(reply, self._events(call, model)))

    def stream(self, call: Call, model: str) -> "ResponsesStream":
        """The renderer of one stream."""
        return ResponsesStream(self._events(call, model))

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """OpenAI's error object."""
        return error_body(problem, message)

    def _events(self, call: Call, model: str) -> ResponseEvents:
        return ResponseEvents(model, call.raw_body or {}, self._seals, self._clock)


def dropped_warnings(body: Json) -> tuple[str, ...]:
    """The clauses of `X-NI-Warning` that name what of a Responses body is left out."""
    dropped = dropped_members(body, RESPONSES)
    return (*dropped_tools(body.get("tools")), *dropped_items(body.get("input")), *dropped)


def _failure_code(problem: Problem) -> str:
    if problem.status == 429:
        return "rate_limit_exceeded"
    return "invalid_prompt" if problem.status == 400 else "server_error"


class ResponsesStream:
    """Renders one stream."""

    __slots__ = ("_events",)

    def __init__(self, events: ResponseEvents) -> None:
        self._events = events

    def chunk(self, chunk: Json) -> bytes:
        """The events of a chunk; empty if the client is sent nothing for it."""
        return named_events(self._events.chunk(chunk))

    def end(self) -> bytes:
        """`response.completed` or `response.incomplete`; no `[DONE]`."""
        return named_events(self._events.end())

    def error(self, problem: Problem, message: str) -> bytes:
        """`response.failed` with a code of OpenAI's closed list (`ResponseError` of its SDKs)."""
        return named_events(self._events.failed(_failure_code(problem), message))

    def ping(self) -> bytes:
        """A comment line, which clients skip."""
        return PING
