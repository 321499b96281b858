"""The one table by which tier, suffix and jurisdiction of a route must agree; regions are the providers' own.

A catalog that says two things about where a route runs is refused when it is loaded. Whether a region is really
reached is not decided here: that is the residency guard's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ni.domain.route import Tier

OPERATOR = "operator"
"""Stands in the catalog for the jurisdiction of the operator's own machines, which is a setting of the instance."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What a tier says about its routes."""

    suffix: str
    jurisdiction: str


PLACEMENTS: Mapping[Tier, Placement] = {
    Tier.OWN_HARDWARE: Placement("-local", OPERATOR),
    Tier.CANADIAN_CLOUD: Placement("-ca", "CA"),
    Tier.US_CLOUD: Placement("-us", "US"),
    Tier.GLOBAL_CLOUD: Placement("-global", "GLOBAL"),
    Tier.PROVIDER_API: Placement("-us", "US"),
}
