"""Where a call may leave: the guard's decision before anything is prepared, and once more on the very addresses.

The second time is in the door's hand, before a byte is sent; what it finds is what headers and records then say. A
refusal takes back whatever was already noted of sending.
"""

from collections.abc import Callable, Sequence

from ni.domain.errors import ResidencyUnverified
from ni.gateway.audit_fields import place
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Dependencies
from ni.gateway.local_replies import LocalReplies
from ni.residency.evidence import Decision, Refusal

Vet = Callable[[Sequence[str]], None]


class ResidencyCheck:
    """Asks the guard, and puts what it says on the context."""

    def __init__(self, dependencies: Dependencies, local: LocalReplies) -> None:
        self._guard = dependencies.guard
        self._home = dependencies.instance.jurisdiction
        self._local_replies = local

    def decide(self, context: RequestContext) -> None:
        """Whether the call may go to its route at all. Raises `ResidencyUnverified`."""
        assert context.route is not None
        self._apply(context, self._guard.decide(context.route, context.caller.min_evidence))

    def vet(self, context: RequestContext) -> Vet:
        """What the door asks about the addresses that it would send this call to."""

        def vet(addresses: Sequence[str]) -> None:
            assert context.route is not None
            self._apply(context, self._guard.vet(context.route, context.caller.min_evidence, addresses))

        return vet

    def _apply(self, context: RequestContext, decision: Decision) -> None:
        route = context.route
        assert route is not None
        if isinstance(decision, Refusal):
            context.permit = context.sent = context.sent_at = None
            place(context, self._home)
            alternative = self._local_replies.alternative(context, route)
            raise ResidencyUnverified(route=route.id, reason=decision.reason, alternative=alternative)
        if decision is not context.permit:
            context.permit = decision
            place(context, self._home)
