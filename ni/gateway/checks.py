"""What a call has to pass before its text is masked: limits, residency, and what its route's model can do.

`CallLimits` comes first, before any work is done: a slot, the key's rate, repeated calls. Masking costs more CPU than
everything else that the gateway does, so that a call takes the slot of its deployment before it, and one of masking. A
call that gets no slot or no token leaves no row: rows are bounded by the rate too. A key that uses all its slots is
refused with 429, a call that meets a full queue with 503, both with `Retry-After` (`queues.py`).

`ResidencyCheck` asks the residency guard twice: by the tags of the deployment, then by the addresses of the connection,
which the HTTP client hands over after DNS resolution and before a byte is sent. Headers and records claim what the
guard decided last.

A call is refused only for an ability that is known to be missing, naming the field; where nothing is known of a model,
the server that runs it decides. `fitted` gives the call with its parameters as the model takes them. What is left out
or changed is named in `X-NI-Warning`, in the words of the client's dialect.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.clock import to_ms
from ni.domain.errors import (
    BadRequest,
    IdempotencyInProgress,
    IdempotencyMismatch,
    IdempotencyUsed,
    Overloaded,
    RateLimited,
    ResidencyUnverified,
    UnsupportedParameter,
)
from ni.domain.route import CallKind, Route, Tier
from ni.gateway.context import Admitted, RequestContext, Resolved
from ni.gateway.queues import CallQueues
from ni.metering.admission import RateToken
from ni.metering.idempotency import Claims
from ni.providers.parameters import fit, most_images
from ni.residency.rules import Decision, Refusal
from ni.store.journal import Journal
from ni.store.unit import Unit

UNRECORDED = (RateLimited, Overloaded, IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed)
"""Refusals that leave no usage row and no record, where nothing was sent."""


class CallLimits:
    """Takes the slots and the token of each call, and refuses calls that were made before."""

    def __init__(self, queues: CallQueues, journal: Journal, claims: Claims) -> None:
        self._queues = queues
        self._journal = journal
        self._claims = claims

    def enter(self, context: RequestContext) -> None:
        """Take a slot of the process and a token of the key's rate.

        Raises `RateLimited`, `Overloaded`, `StoreUnavailable`, and the refusal of a call that was made before with the
        same `Idempotency-Key`.
        """
        caller = context.caller
        context.slot = self._queues.calls.enter(context.arrival)
        if caller.rpm is not None:
            self._journal.write(Unit((RateToken(caller.key_id, caller.rpm, to_ms(context.started_at)),)))
        refusal = self._claims.refusal(context.claim) if context.claim else None
        if refusal is not None:
            raise refusal

    def enter_deployment(self, context: RequestContext, route: Route) -> None:
        """Take a slot of the route's deployment, which the call keeps until it is settled. Raises `Overloaded`."""
        context.place = self._queues.deployment(route.deployment.id).enter(context.arrival)

    def has_room(self, context: RequestContext, route: Route) -> bool:
        """Whether the call has a slot at the route's deployment, or could have one without a wait."""
        queue = self._queues.deployment(route.deployment.id)
        has_it = context.place is not None and context.place.queue is queue
        return has_it or queue.is_free(batch=context.arrival.batch)

    def move(self, context: RequestContext, route: Route) -> None:
        """Give the slot of one deployment back for one of another."""
        queue = self._queues.deployment(route.deployment.id)
        if context.place is None or context.place.queue is not queue:
            self._leave_deployment(context)
            context.place = queue.take(context.caller.key_id)

    def masking(self, context: RequestContext) -> AbstractContextManager[object]:
        """A slot of masking, where the call's text is looked through. Raises `Overloaded`."""
        if not context.caller.pii and not context.caller.block_labels:
            return nullcontext()
        return closing(self._queues.masking.enter(context.arrival))

    def leave(self, context: RequestContext) -> None:
        """Give the slots back; further calls have no effect."""
        self._leave_deployment(context)
        slot, context.slot = context.slot, None
        if slot is not None:
            slot.close()

    def _leave_deployment(self, context: RequestContext) -> None:
        place, context.place = context.place, None
        if place is not None:
            place.close()

    @property
    def alone(self) -> bool:
        """Whether only one call is under way in this process."""
        return self._queues.calls.running == 1


Vet = Callable[[Sequence[str]], None]


class ResidencyGuard(Protocol):
    """The residency guard; `least` is the grade of evidence that the caller demands, empty for any."""

    def decide(self, route: Route, least: str = "") -> Decision:
        """The decision by the tags of the deployment, before anything is prepared."""

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        """The decision by the addresses that a call would be sent to."""


class RouteQuery(Protocol):
    """The catalog as the check asks it."""

    def callable_by(
        self,
        tiers: AbstractSet[Tier],
        own: AbstractSet[str] = frozenset(),
        least: str = "",
        names: AbstractSet[str] = frozenset(),
    ) -> Sequence[Route]:
        """The routes that a key with this reach can call."""

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        """Whether the route is callable at its deployment, apart from the residency guard."""


class ResidencyCheck:
    """Asks the guard; the permit that it gives is put into the context."""

    def __init__(self, guard: ResidencyGuard, routes: RouteQuery) -> None:
        self._guard = guard
        self._routes = routes

    def decide(self, caller: Caller, route: Route) -> Decision:
        """The decision by the tags of the deployment."""
        return self._guard.decide(route, caller.min_evidence)

    def is_ready(self, route: Route, own: AbstractSet[str]) -> bool:
        """Whether the route is callable at its deployment, apart from the guard."""
        return self._routes.is_ready(route, own)

    def require(self, context: RequestContext, resolved: Resolved, decision: Decision) -> None:
        """Note the permit. Raises `ResidencyUnverified` for a refusal."""
        if isinstance(decision, Refusal):
            context.permit = None
            raise self._unverified(context, resolved.route, decision)
        context.permit = decision

    def vet(self, context: RequestContext, admitted: Admitted) -> Vet:
        """What the HTTP client asks about the addresses; raises `ResidencyUnverified` for ones that are refused.

        A call may take several requests. Where one of them has left, the permit under which it left stays on record.
        What was claimed of a deployment that could not take the call is demanded of the next one.
        """
        route = admitted.resolved.route
        least = min(filter(None, (context.caller.min_evidence, admitted.least)), default="")  # A is the best

        def vet(addresses: Sequence[str]) -> None:
            decision = self._guard.vet(route, least, addresses)
            if isinstance(decision, Refusal) and admitted.sent_bodies.value is not None:
                raise self._unverified(context, route, decision)
            self.require(context, admitted.resolved, decision)

        return vet

    def _unverified(self, context: RequestContext, route: Route, refusal: Refusal) -> ResidencyUnverified:
        alternative = self._alternative(context, route)
        return ResidencyUnverified(route=route.id, reason=refusal.reason, alternative=alternative)

    def _alternative(self, context: RequestContext, refused: Route) -> str:
        """A callable route of the same jurisdiction and kind, or a sentence that there is none."""
        caller = context.caller
        for route in self._routes.callable_by(*caller.reach):
            of_kind = route.capabilities.serves(context.call.kind)
            if route.is_model and of_kind and route.jurisdiction == refused.jurisdiction:
                return f"`{route.id}`"
        return "none that this key can call; ask the operator"


_NO_PROMPTS = (
    "`%(route)s` makes vectors and answers no prompts. Send its texts to `/v1/embeddings`, or choose a route of kind "
    "`chat`."
)
_NO_VECTORS = (
    "`%(route)s` answers prompts and makes no vectors. Choose a route of kind `embedding`; `GET /v1/models` says the "
    "kind of each."
)

NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "messages": {
            "stop": "stop_sequences",
            "reasoning_effort": "thinking",
            "response_format": "output_config.format",
            "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
        },
        "responses": {
            "reasoning_effort": "reasoning",
            "response_format": "text.format",
            "verbosity": "text.verbosity",
            "max_tokens": "max_output_tokens",
        },
    }
)
"""Names of parameters in a dialect, where they differ from chat's."""
_LONGEST = 512


def require_abilities(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for a call of another kind, and for parts or tools that the model lacks."""
    if call.kind is CallKind.CHAT and not route.capabilities.serves(CallKind.CHAT):
        raise UnsupportedParameter(_NO_PROMPTS, param="model", route=route.id)
    if call.kind is CallKind.EMBEDDING and not route.capabilities.serves(CallKind.EMBEDDING):
        raise UnsupportedParameter(_NO_VECTORS, param="model", route=route.id)
    tools = next((name for name in ("tools", "functions") if call.body.get(name)), None)
    if tools and route.capabilities.refuses_tools:
        raise UnsupportedParameter(
            "`%(route)s` cannot call tools. Remove `%(field)s`, or choose a route whose capabilities say "
            "`supports_function_calling`.",
            param=tools,
            field=tools,
            route=route.id,
        )
    _require_parts(call, route)


def _require_parts(call: Call, route: Route) -> None:
    """Raise `UnsupportedParameter` for a part that the model cannot read, and for more images than it takes."""
    shown = list(call.images())
    most = most_images(route)
    if most is not None and len(shown) > most:
        raise UnsupportedParameter(
            "The request shows %(count)s images, and `%(route)s` takes %(limit)s. Leave out the oldest.",
            param=shown[most][0],
            count=len(shown),
            route=route.id,
            limit=most,
        )
    if route.tier is not Tier.OWN_HARDWARE and "audio" not in route.capabilities.modalities:
        for field in call.sounds():
            raise UnsupportedParameter(
                "`%(route)s` cannot listen to sound. Send its words as text, or choose another route.",
                param=field,
                route=route.id,
            )
    if route.tier is not Tier.OWN_HARDWARE:
        for field in call.unknown_parts():
            raise UnsupportedParameter(
                "`%(route)s` is sent text, images, sound and files, and `%(field)s` is another kind of part. Leave it "
                "out, or choose a server of your own that reads it.",
                param=f"{field}.type",
                field=f"{field}.type",
                route=route.id,
            )
    if route.capabilities.refuses_images:
        for field, _ in shown:
            raise UnsupportedParameter(
                "`%(route)s` cannot read images. Remove the image, or choose a route with `supports_vision`.",
                param=field,
                route=route.id,
            )


def _require_readable(call: Call, caller: Caller) -> None:
    """Raise `BadRequest` for text given as numbers of tokens by a key whose texts are looked through."""
    if caller.pii and call.token_field:
        raise BadRequest(
            "`%(field)s` holds token numbers, which cannot be looked through for personal data, and this key has PII "
            "substitution on. Send text.",
            param=call.token_field,
            field=call.token_field,
        )


def fitted(call: Call, route: Route, caller: Caller) -> Call:
    """The call with its chat body fitted to the route.

    Raises `UnsupportedParameter` naming the parameter or ability, `BadRequest` for text that cannot be looked through.
    """
    require_abilities(call, route)
    _require_readable(call, caller)
    if call.kind is not CallKind.CHAT:
        return call
    fit_call = fit(call.body, route, NAMES.get(call.dialect, {}), stream=call.stream)
    if fit_call.body is call.body and not fit_call.warnings:
        return call
    return replace(call, body=fit_call.body, warnings=(*call.warnings, *fit_call.warnings))


def warning(call: Call) -> str:
    """The value of `X-NI-Warning`, each kind once; empty where nothing was left out or changed."""
    kinds: dict[str, dict[str, None]] = {}
    for clause in call.warnings:
        kind, _, names = clause.partition(": ")
        kinds.setdefault(kind, {}).update(dict.fromkeys(filter(None, names.split(", "))))
    return "; ".join(f"{kind}: {', '.join(names)}" if names else kind for kind, names in kinds.items())[
        :_LONGEST
    ]
