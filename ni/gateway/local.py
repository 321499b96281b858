"""The part of the line that never leaves: answers of our own, and which route a name stands for."""

from collections.abc import Iterator
from dataclasses import replace

from ni.custody.record import RecordKind
from ni.dialects.dialect import Dialect, StreamRenderer
from ni.domain.call import Json
from ni.domain.errors import ModelNotFound
from ni.domain.reply import Outcome
from ni.domain.route import Route
from ni.gateway.journey import Journey
from ni.gateway.ledger import CallLedger
from ni.gateway.outcome import headers
from ni.gateway.stages import Answer, Stages
from ni.inchat.answer import Happened, Said
from ni.inchat.replies import chat_chunks, chat_reply

_MAPPINGS = (Happened.MAPPED, Happened.UNMAPPED)


class Local:
    """In-chat answers, recorded and rendered in the caller's dialect, streamed if a stream was asked for."""

    def __init__(self, stages: Stages, ledger: CallLedger) -> None:
        self._stages = stages
        self._ledger = ledger

    def answer(self, journey: Journey) -> Answer | None:
        """The gateway's own answer, or None if the call goes on. It is recorded before a byte of it leaves."""
        said = self._stages.inchat.answer(journey.caller, journey.call)
        if said is None:
            return None
        kind = RecordKind.MAP if said.happened in _MAPPINGS else RecordKind.LOCAL
        journey.finish = said.happened.value
        self._ledger.note(journey, Outcome.LOCAL, kind)
        shown = headers(journey, self._stages.instance.jurisdiction, {})
        dialect = self._stages.dialects[journey.call.dialect]
        if journey.call.stream:
            unread = replace(journey.call, body={"messages": []})  # no model reads it: no token is counted
            pieces = _streamed(dialect.stream(unread, said.model), self._chunks(journey, said))
            return Answer(shown, pieces=pieces)
        return Answer(shown, self._whole(journey, said, dialect))

    def route(self, journey: Journey) -> Route:
        """The route that the model's name stands for. Raises `ModelNotFound` if it is gone since it was looked at."""
        call, catalog = journey.call, self._stages.catalog
        name = self._stages.inchat.mapped(journey.caller, call.model) or call.model
        route = catalog.resolve(name)
        if route is None:
            raise ModelNotFound(param="model", model=name[:256])
        return route

    def alternative(self, journey: Journey, refused: Route) -> str:
        """A callable route of the same jurisdiction, or a sentence that there is none."""
        caller = journey.caller
        for route in self._stages.catalog.callable_by(
            caller.tiers, caller.own_providers, caller.min_evidence
        ):
            of_kind = route.capabilities.serves(journey.call.kind)
            if route.is_model and of_kind and route.jurisdiction == refused.jurisdiction:
                return f"`{route.id}`"
        return "none that this key can call; ask the operator"

    def _whole(self, journey: Journey, said: Said, dialect: Dialect) -> bytes:
        reply = chat_reply(said.text, said.model, journey.request_id, journey.started_at)
        return dialect.reply(journey.call, said.model, reply)

    def _chunks(self, journey: Journey, said: Said) -> Iterator[Json]:
        return chat_chunks(said.text, said.model, journey.request_id, journey.started_at)


def _streamed(renderer: StreamRenderer, chunks: Iterator[Json]) -> Iterator[bytes]:
    for chunk in chunks:
        piece = renderer.chunk(chunk)
        if piece:
            yield piece
    yield renderer.end()
