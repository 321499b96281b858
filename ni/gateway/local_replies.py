"""The part of the line that never leaves: answers of our own, and which route a name stands for."""

from collections.abc import Iterator
from dataclasses import replace

from ni.custody.record import Kind
from ni.dialects.dialect import Dialect, StreamRenderer
from ni.domain.call import Json
from ni.domain.errors import ModelNotFound
from ni.domain.reply import Outcome
from ni.domain.route import Route
from ni.gateway.accounting import Accounting
from ni.gateway.audit_fields import headers
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Answer, Dependencies
from ni.inchat.answer import LocalReply, ReplyKind
from ni.inchat.replies import chat_chunks, chat_reply

_MAPPINGS = (ReplyKind.MAPPED, ReplyKind.UNMAPPED)


class LocalReplies:
    """In-chat answers, recorded and rendered in the caller's dialect, streamed if a stream was asked for."""

    def __init__(self, dependencies: Dependencies, accounting: Accounting) -> None:
        self._dependencies = dependencies
        self._accounting = accounting

    def answer(self, context: RequestContext) -> Answer | None:
        """The gateway's own answer, or None if the call goes on. It is recorded before a byte of it leaves."""
        said = self._dependencies.inchat.answer(context.caller, context.call)
        if said is None:
            return None
        kind = Kind.MAP if said.happened in _MAPPINGS else Kind.LOCAL
        context.finish = said.happened.value
        self._accounting.note(context, Outcome.LOCAL, kind)
        shown = headers(context, self._dependencies.instance.jurisdiction, {})
        dialect = self._dependencies.dialects[context.call.dialect]
        if context.call.stream:
            unread = replace(context.call, body={"messages": []})  # no model reads it: no token is counted
            pieces = _streamed(dialect.stream(unread, said.model), self._chunks(context, said))
            return Answer(shown, pieces=pieces)
        return Answer(shown, self._whole(context, said, dialect))

    def route(self, context: RequestContext) -> Route:
        """The route that the model's name stands for. Raises `ModelNotFound` if it is gone since it was looked at."""
        call, catalog = context.call, self._dependencies.catalog
        name = self._dependencies.inchat.mapped(context.caller, call.model) or call.model
        route = catalog.resolve(name)
        if route is None:
            raise ModelNotFound(param="model", model=name[:256])
        return route

    def alternative(self, context: RequestContext, refused: Route) -> str:
        """A callable route of the same jurisdiction, or a sentence that there is none."""
        caller = context.caller
        for route in self._dependencies.catalog.callable_by(
            caller.tiers, caller.own_providers, caller.min_evidence
        ):
            of_kind = route.capabilities.serves(context.call.kind)
            if route.is_model and of_kind and route.jurisdiction == refused.jurisdiction:
                return f"`{route.id}`"
        return "none that this key can call; ask the operator"

    def _whole(self, context: RequestContext, said: LocalReply, dialect: Dialect) -> bytes:
        reply = chat_reply(said.text, said.model, context.request_id, context.started_at)
        return dialect.reply(context.call, said.model, reply)

    def _chunks(self, context: RequestContext, said: LocalReply) -> Iterator[Json]:
        return chat_chunks(said.text, said.model, context.request_id, context.started_at)


def _streamed(renderer: StreamRenderer, chunks: Iterator[Json]) -> Iterator[bytes]:
    for chunk in chunks:
        piece = renderer.chunk(chunk)
        if piece:
            yield piece
    yield renderer.end()
