"""The gateway's own replies: recorded, and rendered in the caller's dialect, streamed if the call asks for it.

The text is put into chat form, as an assistant's message with zero usage, which every dialect renders.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ni.custody.record import RecordKind
from ni.dialects.base import Dialect, StreamRenderer
from ni.domain.call import Json
from ni.domain.reply import Outcome
from ni.gateway.accounting import Accounting
from ni.gateway.audit_fields import AuditFields
from ni.gateway.context import CallResponse, RequestContext
from ni.inchat.answer import LocalReply, ReplyKind

PIECE = 400
"""Characters per chunk: a long list arrives in a few pieces, as clients expect of a stream."""


def zero_usage() -> Json:
    """OpenAI's usage object for a call that no model saw."""
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def chat_reply(text: str, model: str, request_id: str, created: datetime) -> Json:
    """A `chat.completion` that says `text`; `model` is the name the client asked for."""
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": int(created.timestamp()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": zero_usage(),
    }


def chat_chunks(text: str, model: str, request_id: str, created: datetime) -> Iterator[Json]:
    """The same as `chat.completion.chunk` objects: role, pieces of text, finish reason, usage."""
    frame = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion.chunk",
        "created": int(created.timestamp()),
        "model": model,
    }
    yield {**frame, "choices": [_choice({"role": "assistant", "content": ""})]}
    for start in range(0, len(text), PIECE):
        yield {**frame, "choices": [_choice({"content": text[start : start + PIECE]})]}
    yield {**frame, "choices": [_choice({}, "stop")]}
    yield {**frame, "choices": [], "usage": zero_usage()}


def _choice(delta: Json, finish_reason: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


_MAPPINGS = (ReplyKind.MAPPED, ReplyKind.UNMAPPED)


class LocalReplies:
    """Responds to commands, to numbers under a list, and to names that are no route."""

    def __init__(self, dialects: Mapping[str, Dialect], accounting: Accounting, audit: AuditFields) -> None:
        self._dialects = dialects
        self._accounting = accounting
        self._audit = audit

    def respond(self, context: RequestContext, reply: LocalReply) -> CallResponse:
        """The response with this reply, which is recorded before its first byte. Raises `StoreUnavailable`."""
        call = context.parsed
        context.resolved = context.permit = None  # the call goes to no route
        self._accounting.note(
            context, Outcome.LOCAL, RecordKind.MAP if reply.kind in _MAPPINGS else RecordKind.LOCAL
        )
        headers, dialect = self._audit.headers(context), self._dialects[call.dialect]
        frame = (reply.text, call.model, context.request_id, context.started_at)
        if call.stream:
            unread = replace(call, body={"messages": []})  # no model reads it: no token is counted
            pieces = _streamed(dialect.stream(unread, call.model), chat_chunks(*frame))
            return CallResponse(headers, pieces=pieces)
        return CallResponse(headers, dialect.reply(call, call.model, chat_reply(*frame)))


def _streamed(renderer: StreamRenderer, chunks: Iterator[Json]) -> Iterator[bytes]:
    for chunk in chunks:
        piece = renderer.chunk(chunk)
        if piece:
            yield piece
    yield renderer.end()
