"""Sends a call to a deployment of its route, and to the next one where that is safe and the first cannot take it.

The deployments are tried in the catalog's order, because prompt caches warm up that way; a conversation that was moved
stays where it is for `STICKY_S` after its last call. The next one is tried where the deployment has no free slot, was
not reached, refused the operator's credential or the load, failed or was slow, and nothing has reached the client: for
a stream before its first piece, for a whole answer before its end. It has the same provider, model and jurisdiction,
and its evidence is no weaker than what was claimed for the one before. All of it is one call: one reservation, one
usage row, one custody record that names each attempt.

A call whose route has one deployment is sent to it once more if the provider said that it did not take the request
(throttled, overloaded, not reached). We wait at least as long as the provider asks for; a wait over `LONGEST_S` is left
to the client, in `Retry-After`. At most one call in ten is sent again, so that a provider in trouble gets little more
load.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import takewhile

import orjson

from ni.catalog.health import Breakers, BreakerState, breaker_name
from ni.custody.record import Commitment
from ni.domain.call import Call, Json
from ni.domain.caller import Caller
from ni.domain.clock import Clock, rfc3339
from ni.domain.errors import (
    Problem,
    RateLimited,
    ResidencyUnverified,
    UnsupportedParameter,
    UpstreamAuth,
    UpstreamBusy,
    UpstreamError,
    UpstreamMissing,
    UpstreamQuota,
    UpstreamTimeout,
)
from ni.domain.ids import Random
from ni.domain.route import CallKind, Route
from ni.domain.timeline import ANSWERED, DeploymentAttempt, Phase
from ni.gateway.checks import NAMES, CallLimits, ResidencyCheck
from ni.gateway.context import Admitted, Answered, Candidate, RequestContext, SentRequest, Spread
from ni.gateway.dependencies import Dependencies
from ni.providers.base import Embedder, Provider, ProviderRequest, ProviderResponse
from ni.providers.prompted_tools import send_with_prompted_tools
from ni.residency.rules import Permit

DRAIN_S = 0.5
"""How long a whole answer is waited for after its client left: to learn what it cost, if it was about to end."""
LONGEST_S = 2.0
USUAL_S = 0.2
JITTER_S = 0.3
SHARE = 0.1
MOST_SAVED = 10.0
LATEST_S = 60.0
"""A call that was first sent so long ago is not sent elsewhere: its client has hardly the patience."""
STICKY_S = 300.0
MOST_CONVERSATIONS = 10_000
ELSEWHERE = (
    RateLimited,
    UpstreamAuth,
    UpstreamError,
    UpstreamMissing,
    UpstreamQuota,
    UpstreamTimeout,
)
"""What another deployment may do better; all of them count as failures of the one that was asked."""
_SUCCEEDED = (
    "%(provider)s does not serve this model any more. The catalog names `%(successor)s` as its successor."
)


def _succeeded(missing: UpstreamMissing, successor: str) -> UpstreamMissing:
    """The same problem, which also says which route to choose."""
    problem = UpstreamMissing(_SUCCEEDED, provider=missing.fields["provider"], successor=successor)
    problem.upstream_status = missing.upstream_status
    return problem


class Conversations:
    """At which deployment conversations are that were moved away from the first; of this process alone."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._key = random(32)
        self._places: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def name(self, caller: Caller, route: Route, call: Call) -> bytes:
        """A keyed digest of how a conversation begins, up to the first words of the user; empty where it has none."""
        opening = list(takewhile(lambda message: message.get("role") != "user", call.messages))
        opening += call.messages[len(opening) : len(opening) + 1]
        if not opening:
            return b""
        begun = blake2b(f"{caller.account_id}\n{route.id}\n".encode(), key=self._key, digest_size=16)
        begun.update(orjson.dumps(opening, default=str))
        return begun.digest()

    def place(self, conversation: bytes) -> str:
        """The id of the deployment that it is at; empty for the first one."""
        name, until_s = self._places.get(conversation, ("", 0.0))
        return name if until_s > self._clock.monotonic() else ""

    def stay(self, conversation: bytes, deployment: str, first: bool) -> None:
        """The conversation was answered at this deployment; `first` says whether it is the route's first."""
        if not conversation or (first and conversation not in self._places):
            return
        self._places.pop(conversation, None)
        if not first:
            self._places[conversation] = deployment, self._clock.monotonic() + STICKY_S
            if len(self._places) > MOST_CONVERSATIONS:
                self._places.popitem(last=False)


class Failover:
    """Which deployments a call may be sent to, in which order."""

    def __init__(
        self, check: ResidencyCheck, limits: CallLimits, breakers: Breakers, conversations: Conversations
    ) -> None:
        self.breakers = breakers
        self._check = check
        self._limits = limits
        self._conversations = conversations

    def spread(self, context: RequestContext, route: Route) -> Spread | None:
        """The deployments that are set up and permitted, the likeliest first; None where there are none."""
        caller = context.caller
        own = caller.own_providers if caller.byok else frozenset[str]()
        found: list[Candidate] = []
        for place in route.places:
            if place.jurisdiction != route.jurisdiction or not self._check.is_ready(place, own):
                continue  # the catalog refuses other jurisdictions too, when it is changed
            decision = self._check.decide(caller, place)
            if isinstance(decision, Permit) and all(_no_weaker(decision, one.permit) for one in found[:1]):
                found.append(Candidate(place, decision))
        if not found:
            return None
        conversation = self._conversations.name(caller, route, context.parsed)
        at = self._conversations.place(conversation)

        def reluctance(candidate: Candidate) -> tuple[bool, bool, bool]:
            place = candidate.route
            name = breaker_name(place.deployment.id, caller.account_id if route.provider in own else "")
            resting = self.breakers.state(name) is BreakerState.OPEN
            return resting, not self._limits.has_room(context, place), place.deployment.id != at

        return Spread(tuple(sorted(found, key=reluctance)), found[0].route.deployment.id, conversation)

    def take(self, context: RequestContext, waiting: list[Candidate]) -> Candidate | None:
        """Take the next deployment that has room and does not rest out of those that wait; None if there is none."""
        while waiting:
            route = (candidate := waiting.pop(0)).route
            if self._limits.has_room(context, route) and self.breakers.admits(context.breaker(route)):
                self._limits.move(context, route)
                return candidate
        return None

    def stay(self, spread: Spread, route: Route) -> None:
        """The conversation was answered at this deployment."""
        name = route.deployment.id
        self._conversations.stay(spread.conversation, name, name == spread.home)


def _no_weaker(permit: Permit, than: Permit) -> bool:
    """Whether a permit claims what another one claims, on evidence that is as good."""
    return permit.jurisdiction == than.jurisdiction and permit.grade.reaches(than.grade)


@dataclass(frozen=True, slots=True)
class SendingTerms:
    """Time, randomness, and how long a stream's first piece is waited for while another deployment could send it."""

    clock: Clock
    random: Random
    patience_s: float


class Sender:
    """Sends requests of one process; `_allowance` is how many may still be repeated."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        residency_check: ResidencyCheck,
        failover: Failover,
        terms: SendingTerms,
    ) -> None:
        self._providers = providers
        self._residency_check = residency_check
        self.failover = failover
        self._clock = terms.clock
        self._random = terms.random
        self._patience_s = terms.patience_s
        self._allowance = MOST_SAVED

    def send(self, context: RequestContext, admitted: Admitted) -> SentRequest:
        """Send, and wait for the first piece or the whole answer. Raises `Problem`, `ClientGone`."""
        spread = admitted.resolved.spread
        if spread is None or len(spread.candidates) == 1:
            return self._repeated(context, admitted)
        waiting, causes = list(spread.candidates), list[Problem]()
        following: Candidate | None = self.failover.take(context, waiting) or spread.candidates[0]
        while following is not None:
            before = context.resolved, context.admitted, context.permit
            admitted = self._at(context, admitted, following)
            try:
                sent = self._tried(context, admitted, more=bool(waiting))
            except ELSEWHERE as problem:
                causes.append(problem)
            except ResidencyUnverified as refusal:  # found at its addresses, before a byte was sent there
                if causes:
                    context.resolved, context.admitted, context.permit = before
                else:
                    causes.append(refusal)
            else:
                self.failover.stay(spread, following.route)
                return sent
            late = self._clock.monotonic() - context.started_s > LATEST_S
            following = None if late else self.failover.take(context, waiting)
        raise causes[-1]

    def _repeated(self, context: RequestContext, admitted: Admitted) -> SentRequest:
        """At the one deployment, once more where it did not take the request."""
        self._allowance = min(MOST_SAVED, self._allowance + SHARE)
        try:
            return self._tried(context, admitted)
        except (RateLimited, UpstreamBusy) as problem:
            wait_s = pause_before_again(problem, self._random)
            if wait_s is None or self._allowance < 1:
                raise
        self._allowance -= 1
        context.client.watch(partial(time.sleep, wait_s))
        return self._tried(context, admitted)

    def _at(self, context: RequestContext, admitted: Admitted, candidate: Candidate) -> Admitted:
        """The call as it is sent to this deployment; what is claimed of it may not become weaker."""
        if candidate.route is admitted.resolved.route:
            return admitted
        claimed = context.permit.grade.value if context.permit is not None and context.attempts else ""
        resolved = replace(
            context.resolved or admitted.resolved, route=candidate.route, decision=candidate.permit
        )
        now, now_s = self._clock.now(), self._clock.monotonic()
        moved = replace(admitted, resolved=resolved, sent_at=now, sent_s=now_s, least=claimed)
        context.resolved, context.admitted, context.permit = resolved, moved, candidate.permit
        context.sent, context.answered = None, Answered()
        return moved

    def _tried(self, context: RequestContext, admitted: Admitted, more: bool = False) -> SentRequest:
        """One attempt, noted in the context; `more` says whether another deployment waits."""
        deployment = admitted.resolved.route.deployment
        context.timeline.again()
        attempt = partial(
            DeploymentAttempt,
            deployment.id,
            deployment.region,
            rfc3339(self._clock.now()),
            started_s=self._clock.monotonic(),
        )
        context.attempts.append(attempt())
        try:
            sent = self._sent(context, admitted, more and admitted.resolved.call.stream)
        except Problem as problem:
            context.attempts[-1] = attempt(problem.code or "", failed_s=self._clock.monotonic())
            if isinstance(problem, ELSEWHERE):
                name = context.breaker(admitted.resolved.route)
                self.failover.breakers.failed(name, vars(problem).get("retry_after_s"))
            if isinstance(problem, UpstreamMissing) and admitted.resolved.route.successor:
                raise _succeeded(problem, admitted.resolved.route.successor) from problem
            raise
        context.attempts[-1] = attempt(ANSWERED)
        return sent

    def _sent(self, context: RequestContext, admitted: Admitted, hasty: bool) -> SentRequest:
        """The exchange with its first piece or its whole answer; a `hasty` one is given up when it is slow to begin."""
        ends_s = self._clock.monotonic() + self._patience_s if hasty else None
        call = admitted.resolved.call
        exchange = self._accepted(context, admitted, hasty)
        context.timeline.end(Phase.FIRST_BYTE, self._clock.monotonic())
        chunks = exchange.chunks() if call.stream else iter(())
        sent = context.sent = SentRequest(admitted, exchange, Commitment(self._random), chunks)
        context.answered = Answered(exchange.peer, delivered=sent.delivered)
        try:
            if call.stream:
                first = context.client.watch(partial(self._begun, sent, ends_s))
            else:
                first = context.client.watch(exchange.reply, DRAIN_S)
                context.timeline.end(Phase.FIRST_TOKEN, self._clock.monotonic())
        except BaseException:
            exchange.close()
            raise
        context.sent = SentRequest(admitted, exchange, sent.delivered, chunks, first)
        return context.sent

    def _begun(self, sent: SentRequest, ends_s: float | None) -> Json | None:
        """The first chunk; where there is an end to the patience, the first that is not empty. Raises `Problem`."""
        chunk = next(sent.chunks, None)
        while chunk is not None and not chunk and ends_s is not None:
            if self._clock.monotonic() >= ends_s:
                name = self._providers[sent.admitted.resolved.route.provider].display_name
                raise UpstreamTimeout(provider=name)
            chunk = next(sent.chunks, None)
        return chunk

    def _accepted(self, context: RequestContext, admitted: Admitted, hasty: bool) -> ProviderResponse:
        """The exchange that the provider began."""
        resolved, masked = admitted.resolved, admitted.masked

        def written(body: bytes) -> None:
            context.timeline.end(Phase.CONNECT, self._clock.monotonic())
            admitted.sent_bodies.add(body)

        order = ProviderRequest(
            context.request_id,
            resolved.route,
            masked.body,
            resolved.call.stream,
            cache_tag=context.caller.account_id,
            locale=context.caller.language,
            headers=resolved.call.headers,
            form=masked.form,
            byok=resolved.credential,
            vet=self._residency_check.vet(context, admitted),
            sent=written,
            dropped=partial(_warn, context),
            trace=context.trace.headers(len(context.attempts)) if context.trace is not None else {},
            patience_s=self._patience_s if hasty else None,
        )
        method = _method(self._providers[resolved.route.provider], resolved.call.kind)
        if "messages" in masked.body and not resolved.route.capabilities.has_own_tools:
            method = partial(send_with_prompted_tools, method)
        return context.client.watch(partial(method, order), 0.0 if resolved.call.stream else DRAIN_S)


def make_sender(parts: Dependencies, check: ResidencyCheck, limits: CallLimits) -> Sender:
    """The sender of a pipeline with these services."""
    conversations = Conversations(parts.clock, parts.random)
    failover = Failover(check, limits, parts.breakers, conversations)
    terms = SendingTerms(parts.clock, parts.random, parts.patience_s)
    return Sender(parts.providers, check, failover, terms)


def _warn(context: RequestContext, names: Sequence[str]) -> None:
    """Name in `X-NI-Warning` what a second try left out."""
    if context.resolved is not None and names:
        call = context.resolved.call
        shown = NAMES.get(call.dialect, {})
        clause = f"dropped parameters: {', '.join(shown.get(name, name) for name in names)}"
        context.resolved = replace(context.resolved, call=call.warned((*call.warnings, clause)))


def _method(provider: Provider, kind: CallKind) -> Callable[[ProviderRequest], ProviderResponse]:
    """The provider's method for calls of this kind. Raises `UnsupportedParameter` where it makes no embeddings."""
    if kind is CallKind.CHAT:
        return provider.send
    if not isinstance(provider, Embedder):
        raise UnsupportedParameter(
            "%(provider)s makes no vectors. Choose a route of kind `embedding`.",
            param="model",
            provider=provider.display_name,
        )
    return provider.embed


def pause_before_again(problem: Problem, random: Random) -> float | None:
    """Seconds to wait before sending again; None if the client has to repeat the call."""
    # The provider's own value, not the class default that clients get where it gave none.
    asked_s = vars(problem).get("retry_after_s")
    floor_s = USUAL_S if asked_s is None else float(asked_s)
    return None if floor_s > LONGEST_S else floor_s + JITTER_S * random(1)[0] / 255
