"""May this call go there? A pure decision with its reasons.

The catalog's claim is checked for consistency when it is loaded; here it becomes a grade that says what supports it,
and never more: `B` where the provider's contract for the endpoint says so, `C` where the operator declares it (own
hardware, private networks), `X` where nothing ties the call to a place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ni.domain.route import Route, Tier


class Grade(StrEnum):
    """What supports a statement of residency, best first."""

    REGIONAL_ADDRESS = "A"
    PROVIDER_CONTRACT = "B"
    DECLARED = "C"
    UNKNOWN = "X"


@dataclass(frozen=True, slots=True)
class Permit:
    """The call may go; `jurisdiction` is what may be claimed for it, on this evidence."""

    jurisdiction: str
    grade: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not go; `rule` names what forbids it."""

    rule: str


Decision = Permit | Refusal
Check = Callable[[Route], str | None]
"""Names the rule that a route breaks, or None."""

_GRADES = {
    Tier.OWN_HARDWARE: (Grade.DECLARED, "the operator's own machines, declared"),
    Tier.CANADIAN_CLOUD: (Grade.PROVIDER_CONTRACT, "regional endpoint of the provider"),
    Tier.US_CLOUD: (Grade.PROVIDER_CONTRACT, "United States endpoint or profile of the provider"),
    Tier.GLOBAL_CLOUD: (Grade.UNKNOWN, "provider-wide profile, runs anywhere"),
    Tier.PROVIDER_API: (Grade.PROVIDER_CONTRACT, "public API of a provider under United States law"),
}


def decide(route: Route, check: Check = lambda route: None) -> Decision:
    """The permit of a route whose claims agree with each other, else the refusal."""
    broken = check(route)
    if broken is not None:
        return Refusal(broken)
    grade, reason = _GRADES[route.tier]
    return Permit(route.jurisdiction, grade, reason)
