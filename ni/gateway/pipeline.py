"""The life of one call, in the order of its phases: resolved, limited, masked, admitted, sent, answered, settled.

`Pipeline.run` gets an authenticated, parsed call from the web layer. Each phase takes the value of the one before.
"""

import logging
from dataclasses import replace

from ni.custody.record import RecordKind
from ni.domain.errors import ClientGone, ModelNotFound, Problem, ResidencyUnverified, StoreUnavailable
from ni.domain.reply import Outcome
from ni.domain.route import CallKind
from ni.domain.timeline import Phase
from ni.gateway.accounting import make_accounting, written_bytes
from ni.gateway.audit_fields import AuditFields, finish_of
from ni.gateway.checks import UNRECORDED, CallLimits, ResidencyCheck, fitted
from ni.gateway.context import Answered, CallResponse, RequestContext, Resolved, SentRequest
from ni.gateway.dependencies import Dependencies
from ni.gateway.failover import make_sender
from ni.gateway.local_replies import LocalReplies
from ni.gateway.told_usage import told
from ni.gateway.upstream import RunningStreams, Stream
from ni.inchat.answer import Resolution
from ni.residency.rules import Permit

log = logging.getLogger(__name__)


class Pipeline:
    """Takes parsed calls to their responses."""

    def __init__(self, parts: Dependencies) -> None:
        self.running = RunningStreams()
        self._inchat, self._dialects, self._providers = parts.inchat, parts.dialects, parts.providers
        self._shield, self._credentials = parts.shield, parts.credentials
        self._audit = AuditFields(parts.instance, parts.entities, parts.random, parts.model_names.stored)
        self._limits = CallLimits(parts.queues, parts.journal, parts.claims)
        self._accounting = make_accounting(parts, self._audit, self._limits)
        self._local_replies = LocalReplies(parts.dialects, self._accounting, self._audit)
        self._residency_check = ResidencyCheck(parts.guard, parts.catalog)
        self._translate = parts.translate
        self._sender = make_sender(parts, self._residency_check, self._limits)

    def run(self, context: RequestContext) -> CallResponse:
        """The response to a call. Raises `Problem` after recording it, `ClientGone` when the client has left."""
        try:
            return self._answer(context)
        except Problem as problem:
            self._fail(context, problem)
            raise
        except ClientGone:
            self._accounting.settle_abandoned(context)
            raise
        except Exception as fault:  # a fault of ours must not leave the call open, nor its reservation held
            log.exception("the call broke", extra=context.log_ids)
            unforeseen = Problem()
            self._fail(context, unforeseen)
            raise unforeseen from fault
        finally:
            if context.admitted is None:  # else the slot is kept until the call is settled
                self._limits.leave(context)

    def headers(self, context: RequestContext) -> list[tuple[str, str]]:
        """The response headers, with what is known of the call so far."""
        return self._audit.headers(context)

    def _answer(self, context: RequestContext) -> CallResponse:
        resolution = self._inchat.resolve(context.caller, context.parsed.model)
        resolved = self._resolve(context, resolution)
        self._limits.enter(context)
        reply = self._inchat.answer(context.caller, context.parsed, resolution)
        if reply is not None:
            return self._local_replies.respond(context, reply)
        if resolved is None:  # such names were answered above; nothing may leave for one
            raise ModelNotFound(param="model", model=context.parsed.model[:256])
        resolved = self._checked(context, resolved)
        self._accounting.require_funds(context, resolved)
        self._limits.enter_deployment(context, resolved.route)
        with self._limits.masking(context):
            self._accounting.passed(context, Phase.QUEUE)
            context.masked = masked = self._shield.substitute(context.caller, resolved.outgoing)
        context.admitted = self._accounting.admit(context, resolved, masked)
        sent = self._sender.send(context, context.admitted)
        return self._stream(context, sent) if resolved.call.stream else self._whole(context, sent)

    def _resolve(self, context: RequestContext, resolution: Resolution) -> Resolved | None:
        """The route that the name stands for, with the residency decision; None if the key cannot call it."""
        context.resolution, caller, route = resolution, context.caller, resolution.destination
        if route is None:
            return None
        spread = self._sender.failover.spread(context, route) if route.further else None
        route = spread.candidates[0].route if spread is not None else route
        decision = self._residency_check.decide(caller, route)
        context.permit = decision if isinstance(decision, Permit) else None
        byok = caller.byok and route.provider in caller.own_providers
        context.resolved = Resolved(route, decision, context.parsed, context.parsed, byok, spread=spread)
        return context.resolved

    def _checked(self, context: RequestContext, resolved: Resolved) -> Resolved:
        """The call fitted to its route, in the form in which it is sent. Raises the refusal if it cannot be sent."""
        route, caller = resolved.route, context.caller
        self._residency_check.require(context, resolved, resolved.decision)
        call = fitted(resolved.call, route, caller)
        context.resolved = resolved = resolved if call is resolved.call else replace(resolved, call=call)
        outgoing = call.for_upstream(self._providers[route.provider].native_format(route))
        call = call.warned(outgoing.warnings)
        credential = self._credentials.of(caller.account_id, route.provider) if caller.byok else {}
        context.resolved = replace(
            resolved, call=call, outgoing=outgoing, byok=bool(credential), credential=credential
        )
        return context.resolved

    def _whole(self, context: RequestContext, sent: SentRequest) -> CallResponse:
        """The whole answer: restored, rendered, and settled before its first byte is sent."""
        admitted, exchange, resolved = sent.admitted, sent.exchange, sent.admitted.resolved
        reply = sent.first or {}
        exchange.close()
        if resolved.call.kind is CallKind.CHAT:  # vectors hold no text to restore
            reply = admitted.masked.restorer.reply(reply)
        usage = self._accounting.count(admitted, exchange, written_bytes(reply))
        context.answered = Answered(exchange.peer, usage, finish_of(reply), None, sent.delivered)
        reply = told(reply, usage)
        body = self._dialects[resolved.call.dialect].reply(resolved.call, resolved.route.id, reply)
        sent.delivered.add(body)
        outcome = Outcome.CLIENT_GONE if context.client.gone else Outcome.COMPLETED
        self._accounting.settle(context, admitted, outcome)
        return CallResponse(self.headers(context), body)

    def _stream(self, context: RequestContext, sent: SentRequest) -> CallResponse:
        """The streamed answer, whose first chunk is there: until then a failure is an HTTP error response."""
        resolved = sent.admitted.resolved
        renderer = self._dialects[resolved.call.dialect].stream(resolved.call, resolved.route.id)
        stream = Stream(context, sent, renderer, self._accounting, self._translate)
        pieces = self.running.pieces(context.caller.key_id, stream)
        next(pieces)  # from here on the call is settled when they are closed, also before any was read
        return CallResponse(self.headers(context), pieces=pieces)

    def _fail(self, context: RequestContext, problem: Problem) -> None:
        """Record a refusal or failure, except refusals by the limits, and any while the database is away."""
        context.problem = problem
        admitted = context.admitted
        if admitted is not None:
            denied = isinstance(problem, ResidencyUnverified) and admitted.sent_bodies.value is None
            self._accounting.settle(context, admitted, Outcome.DENIED if denied else Outcome.UPSTREAM_ERROR)
        elif isinstance(problem, (*UNRECORDED, StoreUnavailable)):
            self._accounting.refuse(context)
        else:
            self._accounting.note(context, Outcome.DENIED, RecordKind.DENY)
