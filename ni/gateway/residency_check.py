"""Whether a call may leave for its route: asked by the tags of the deployment, then by the addresses of the connection.

The HTTP client asks the second time after DNS resolution and before a byte is sent. Headers and records claim what the
guard decided last. A refusal names another route of the same jurisdiction, which the catalog is asked for.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from ni.domain.caller import Caller
from ni.domain.errors import ResidencyUnverified
from ni.domain.route import Route, Tier
from ni.gateway.context import Admitted, RequestContext, Resolved
from ni.residency.evidence import Decision, Refusal

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
        self, tiers: AbstractSet[Tier], own: AbstractSet[str] = frozenset(), least: str = ""
    ) -> Sequence[Route]:
        """The routes that a key with these tiers, own credentials and demanded evidence can call."""


class ResidencyCheck:
    """Asks the guard; the permit that it gives is put into the context."""

    def __init__(self, guard: ResidencyGuard, routes: RouteQuery) -> None:
        self._guard = guard
        self._routes = routes

    def decide(self, caller: Caller, route: Route) -> Decision:
        """The decision by the tags of the deployment."""
        return self._guard.decide(route, caller.min_evidence)

    def require(self, context: RequestContext, resolved: Resolved, decision: Decision) -> None:
        """Note the permit. Raises `ResidencyUnverified` for a refusal."""
        if isinstance(decision, Refusal):
            context.permit = None
            raise self._unverified(context, resolved.route, decision)
        context.permit = decision

    def vet(self, context: RequestContext, admitted: Admitted) -> Vet:
        """What the HTTP client asks about the addresses; raises `ResidencyUnverified` for ones that are refused.

        A call may take several requests. Where one of them has left, the permit under which it left stays on record.
        """
        route, least = admitted.resolved.route, context.caller.min_evidence

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
        for route in self._routes.callable_by(caller.tiers, caller.own_providers, caller.min_evidence):
            of_kind = route.capabilities.serves(context.call.kind)
            if route.is_model and of_kind and route.jurisdiction == refused.jurisdiction:
                return f"`{route.id}`"
        return "none that this key can call; ask the operator"
