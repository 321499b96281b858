"""The line: the life of one call, left to right, in the order of its verbs.

Receive and authenticate happen where the bytes come in, because authorisation comes before the body; from then
on a call travels here. No step knows the next one, and none is named after a provider or a dialect.
"""

import logging
from contextlib import suppress

from ni.custody.record import Commitment, RecordKind
from ni.domain.errors import ClientGone, PiiBlocked, Problem, ResidencyUnverified, StoreUnavailable
from ni.domain.reply import Outcome
from ni.domain.route import CallKind
from ni.gateway.abilities import require_abilities, require_readable
from ni.gateway.border import Border
from ni.gateway.fitting import fitted
from ni.gateway.journey import Journey
from ni.gateway.ledger import CallLedger
from ni.gateway.limits import UNRECORDED, Limits
from ni.gateway.local import Local
from ni.gateway.outcome import content_bytes, finish_of, headers
from ni.gateway.running import Running
from ni.gateway.sealing import limit, seal
from ni.gateway.sending import DRAIN_S, Sender
from ni.gateway.stages import Answer, Stages
from ni.gateway.stream import Stream
from ni.providers.provider import Exchange

log = logging.getLogger(__name__)


class Pipeline:
    """Takes parsed calls to their answers."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._ledger = CallLedger(stages)
        self.running = Running()
        self._limits = Limits(stages, self._ledger)
        self._local = Local(stages, self._ledger)
        self._border = Border(stages, self._local)
        self._sender = Sender(stages, self._border)
        self._entities = stages.entities

    def run(self, journey: Journey) -> Answer:
        """The answer to a call. Raises `Problem` after recording it, `ClientGone` when nobody is left to answer."""
        try:
            self._limits.enter(journey)
            answer = self._local.answer(journey)
            if answer is not None:
                return answer
            self._resolve(journey)
            self._limits.require_money(journey)
            self._substitute(journey)
            self._ledger.admit(journey)
            limit(journey, self._stages.random)
            exchange = self._send(journey)
            return self._stream(journey, exchange) if journey.call.stream else self._reply(journey, exchange)
        except Problem as problem:
            self._fail(journey, problem)
            raise
        except ClientGone:
            raise
        except Exception as fault:  # a fault of ours must not leave the call open, nor its reservation held
            log.exception("the line broke", extra={"request_id": journey.request_id})
            unforeseen = Problem()
            self._fail(journey, unforeseen)
            raise unforeseen from fault
        finally:
            self._limits.leave(journey)

    def headers(self, journey: Journey) -> list[tuple[str, str]]:
        """The response headers, as much as is known of the call by now."""
        return headers(journey, self._stages.instance.jurisdiction, self._entities)

    def _resolve(self, journey: Journey) -> None:
        """The route that was named, and whether the call may go there."""
        route = self._local.route(journey)
        journey.route = route
        self._border.decide(journey)
        require_abilities(journey.call, route)
        require_readable(journey.call, journey.caller)
        journey.call = fitted(journey.call, route)
        journey.credential = self._stages.credential(journey.caller, route)

    def _substitute(self, journey: Journey) -> None:
        """What leaves, leaves masked."""
        route = journey.route
        assert route is not None
        leaving = journey.call.leaving(self._stages.providers[route.provider].speaks(route))
        journey.call = journey.call.warned(leaving.warnings)
        journey.masked = self._stages.shield.substitute(journey.caller, leaving)
        seal(journey, self._stages.random)

    def _send(self, journey: Journey) -> Exchange:
        """Ask the provider and wait for its headers, for as long as the client waits too."""
        try:
            exchange = self._sender.send(journey)
        except ClientGone:
            self._ledger.left(journey)
            raise
        journey.peer = exchange.peer
        journey.delivered = Commitment(self._stages.random)
        return exchange

    def _reply(self, journey: Journey, exchange: Exchange) -> Answer:
        """The whole answer: restored, settled, rendered. Not a byte of it leaves before it is settled."""
        stages, masked, route = self._stages, journey.masked, journey.route
        assert masked is not None and route is not None and journey.delivered is not None
        try:
            reply = journey.client.watch(exchange.reply, DRAIN_S)
            if journey.call.kind is CallKind.CHAT:  # vectors hold no text to restore
                reply = masked.restorer.reply(reply)
        except ClientGone:
            self._ledger.left(journey, exchange)
            raise
        finally:
            exchange.close()
        self._ledger.count(journey, exchange, content_bytes(reply))
        journey.finish = finish_of(reply)
        body = stages.dialects[journey.call.dialect].reply(journey.call, route.id, reply)
        journey.delivered.add(body)
        self._ledger.settle(journey, Outcome.CLIENT_GONE if journey.client.gone else Outcome.COMPLETED)
        return Answer(self.headers(journey), body)

    def _stream(self, journey: Journey, exchange: Exchange) -> Answer:
        """The answer as it comes; until its first chunk is there, a failure is an HTTP error like any other."""
        route = journey.route
        assert route is not None
        renderer = self._stages.dialects[journey.call.dialect].stream(journey.call, route.id)
        stream = Stream(journey, exchange, renderer, self._ledger, self._stages.clock)
        try:
            stream.begin()
        except ClientGone:
            self._ledger.left(journey, exchange)
            raise
        return Answer(self.headers(journey), pieces=self.running.pieces(journey.caller.key_id, stream))

    def _fail(self, journey: Journey, problem: Problem) -> None:
        """Every refusal and failure leaves its record; a database that is away cannot take one."""
        journey.problem = problem
        if journey.opened is not None:
            denied = isinstance(problem, ResidencyUnverified | PiiBlocked)  # nothing was sent
            self._ledger.settle(journey, Outcome.DENIED if denied else Outcome.UPSTREAM_ERROR)
        elif isinstance(problem, UNRECORDED):
            with suppress(Problem):  # the headers say where the call would have gone
                self._resolve(journey)
        elif not isinstance(problem, StoreUnavailable):
            self._ledger.note(journey, Outcome.DENIED, RecordKind.DENY)
