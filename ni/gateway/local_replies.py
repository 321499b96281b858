"""The gateway's own replies: recorded, and rendered in the caller's dialect, streamed if the call asks for it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ni.custody.record import RecordKind
from ni.dialects.base import Dialect, StreamRenderer
from ni.domain.call import Json
from ni.domain.reply import Outcome
from ni.gateway.accounting import Accounting
from ni.gateway.audit_fields import AuditFields
from ni.gateway.context import CallResponse, RequestContext
from ni.inchat.answer import LocalReply, ReplyKind
from ni.inchat.replies import chat_chunks, chat_reply

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
