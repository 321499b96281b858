"""Where a call may leave: the guard's decision before anything is prepared, and once more on the very addresses.

The second time is in the door's hand, before a byte is sent; what it finds is what headers and records then say. A
refusal takes back whatever was already noted of sending.
"""

from collections.abc import Callable, Sequence

from ni.domain.errors import ResidencyUnverified
from ni.gateway.journey import Journey
from ni.gateway.local import Local
from ni.gateway.outcome import place
from ni.gateway.stages import Stages
from ni.residency.evidence import Decision, Refusal

Vet = Callable[[Sequence[str]], None]


class Border:
    """Asks the guard, and puts what it says on the journey."""

    def __init__(self, stages: Stages, local: Local) -> None:
        self._guard = stages.guard
        self._home = stages.instance.jurisdiction
        self._local = local

    def decide(self, journey: Journey) -> None:
        """Whether the call may go to its route at all. Raises `ResidencyUnverified`."""
        assert journey.route is not None
        self._apply(journey, self._guard.decide(journey.route, journey.caller.min_evidence))

    def vet(self, journey: Journey) -> Vet:
        """What the door asks about the addresses that it would send this call to."""

        def vet(addresses: Sequence[str]) -> None:
            assert journey.route is not None
            self._apply(journey, self._guard.vet(journey.route, journey.caller.min_evidence, addresses))

        return vet

    def _apply(self, journey: Journey, decision: Decision) -> None:
        route = journey.route
        assert route is not None
        if isinstance(decision, Refusal):
            journey.permit = journey.sent = journey.sent_at = None
            place(journey, self._home)
            alternative = self._local.alternative(journey, route)
            raise ResidencyUnverified(route=route.id, reason=decision.reason, alternative=alternative)
        if decision is not journey.permit:
            journey.permit = decision
            place(journey, self._home)
