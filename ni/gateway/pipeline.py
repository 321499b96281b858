"""The line: the life of one call, left to right, in the order of its verbs.

Receive and authenticate happen where the bytes come in, because authorisation comes before the body; from then
on a call travels here. No step knows the next one, and none is named after a provider or a dialect.
"""

import logging
from contextlib import suppress

from ni.custody.commitment import Commitment
from ni.custody.record import Kind
from ni.domain.errors import ClientGone, PiiBlocked, Problem, ResidencyUnverified, StoreUnavailable
from ni.domain.reply import Outcome
from ni.domain.route import CallKind
from ni.gateway.abilities import require_abilities, require_readable
from ni.gateway.accounting import Accounting
from ni.gateway.audit_fields import content_bytes, finish_of, headers
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Answer, Dependencies
from ni.gateway.fitting import fitted
from ni.gateway.limits import UNRECORDED, Limits
from ni.gateway.local_replies import LocalReplies
from ni.gateway.residency_check import ResidencyCheck
from ni.gateway.running import Running
from ni.gateway.sealing import limit, seal
from ni.gateway.stream import Stream
from ni.gateway.upstream import DRAIN_S, Sender
from ni.providers.provider import Exchange

log = logging.getLogger(__name__)


class Pipeline:
    """Takes parsed calls to their answers."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._accounting = Accounting(dependencies)
        self.running = Running()
        self._limits = Limits(dependencies, self._accounting)
        self._local_replies = LocalReplies(dependencies, self._accounting)
        self._residency_check = ResidencyCheck(dependencies, self._local_replies)
        self._sender = Sender(dependencies, self._residency_check)
        self._entities = dependencies.entities

    def run(self, context: RequestContext) -> Answer:
        """The answer to a call. Raises `Problem` after recording it, `ClientGone` when nobody is left to answer."""
        try:
            self._limits.enter(context)
            answer = self._local_replies.answer(context)
            if answer is not None:
                return answer
            self._resolve(context)
            self._limits.require_money(context)
            self._substitute(context)
            self._accounting.admit(context)
            limit(context, self._dependencies.random)
            exchange = self._send(context)
            return self._stream(context, exchange) if context.call.stream else self._reply(context, exchange)
        except Problem as problem:
            self._fail(context, problem)
            raise
        except ClientGone:
            raise
        except Exception as fault:  # a fault of ours must not leave the call open, nor its reservation held
            log.exception("the line broke", extra={"request_id": context.request_id})
            unforeseen = Problem()
            self._fail(context, unforeseen)
            raise unforeseen from fault
        finally:
            self._limits.leave(context)

    def headers(self, context: RequestContext) -> list[tuple[str, str]]:
        """The response headers, as much as is known of the call by now."""
        return headers(context, self._dependencies.instance.jurisdiction, self._entities)

    def _resolve(self, context: RequestContext) -> None:
        """The route that was named, and whether the call may go there."""
        route = self._local_replies.route(context)
        context.route = route
        self._residency_check.decide(context)
        require_abilities(context.call, route)
        require_readable(context.call, context.caller)
        context.call = fitted(context.call, route)
        context.credential = self._dependencies.credential(context.caller, route)

    def _substitute(self, context: RequestContext) -> None:
        """What leaves, leaves masked."""
        route = context.route
        assert route is not None
        leaving = context.call.leaving(self._dependencies.providers[route.provider].speaks(route))
        context.masked = self._dependencies.shield.substitute(context.caller, leaving)
        seal(context, self._dependencies.random)

    def _send(self, context: RequestContext) -> Exchange:
        """Ask the provider and wait for its headers, for as long as the client waits too."""
        try:
            exchange = self._sender.send(context)
        except ClientGone:
            self._accounting.left(context)
            raise
        context.peer = exchange.peer
        context.delivered = Commitment(self._dependencies.random)
        return exchange

    def _reply(self, context: RequestContext, exchange: Exchange) -> Answer:
        """The whole answer: restored, settled, rendered. Not a byte of it leaves before it is settled."""
        dependencies, masked, route = self._dependencies, context.masked, context.route
        assert masked is not None and route is not None and context.delivered is not None
        try:
            reply = context.client.watch(exchange.reply, DRAIN_S)
            if context.call.kind is CallKind.CHAT:  # vectors hold no text to restore
                reply = masked.restorer.reply(reply)
        except ClientGone:
            self._accounting.left(context, exchange)
            raise
        finally:
            exchange.close()
        self._accounting.count(context, exchange, content_bytes(reply))
        context.finish = finish_of(reply)
        body = dependencies.dialects[context.call.dialect].reply(context.call, route.id, reply)
        context.delivered.add(body)
        self._accounting.settle(context, Outcome.CLIENT_GONE if context.client.gone else Outcome.COMPLETED)
        return Answer(self.headers(context), body)

    def _stream(self, context: RequestContext, exchange: Exchange) -> Answer:
        """The answer as it comes; until its first chunk is there, a failure is an HTTP error like any other."""
        route = context.route
        assert route is not None
        renderer = self._dependencies.dialects[context.call.dialect].stream(context.call, route.id)
        stream = Stream(context, exchange, renderer, self._accounting, self._dependencies.clock)
        try:
            stream.begin()
        except ClientGone:
            self._accounting.left(context, exchange)
            raise
        return Answer(self.headers(context), pieces=self.running.pieces(context.caller.key_id, stream))

    def _fail(self, context: RequestContext, problem: Problem) -> None:
        """Every refusal and failure leaves its record; a database that is away cannot take one."""
        context.problem = problem
        if context.opened is not None:
            denied = isinstance(problem, ResidencyUnverified | PiiBlocked)  # nothing was sent
            self._accounting.settle(context, Outcome.DENIED if denied else Outcome.UPSTREAM_ERROR)
        elif isinstance(problem, UNRECORDED):
            with suppress(Problem):  # the headers say where the call would have gone
                self._resolve(context)
        elif not isinstance(problem, StoreUnavailable):
            self._accounting.note(context, Outcome.DENIED, Kind.DENY)
