"""Decides whether a call may be sent to a route, and which jurisdiction, region and grade may be claimed. Pure.

It is called twice: with the route alone, for lists and before any preparation, and with the addresses of its endpoint,
before the first byte is sent. The tags of a deployment must agree; then its addresses, where lists cover them, must be
where the route claims. The weakest address determines the grade.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType

from ni.domain.provider_descriptor import Proof
from ni.domain.route import Route, Tier
from ni.residency.rules import (
    ANYWHERE,
    Decision,
    Fault,
    Grade,
    NamedEndpoint,
    Permit,
    Refusal,
    ResidencyRule,
    contradiction,
    crosses_regions,
    jurisdiction_of,
    read_endpoint,
)

UNKNOWN_REGION = "unknown"


class Listing(Enum):
    """Which of the address lists of a provider are stored: none, some, all but too old, or all."""

    NONE = auto()
    SOME = auto()
    STALE = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address of an endpoint.

    `label` is its region by the lists, empty for the vendor at large, None where no list has it.
    """

    address: str
    private: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ResidencyPolicy:
    """`enforce` refuses, otherwise faults are recorded; `least` is the grade demanded, empty for none."""

    enforce: bool = True
    least: str = ""


@dataclass(frozen=True, slots=True)
class SeenAddresses:
    """The addresses that would be connected to, and the lists they were looked up in; none before they are known.

    `vouchers` is whether the operator opened private networks: else no name but the vendor's can ever be right.
    """

    sightings: tuple[Sighting, ...] = ()
    listing: Listing = Listing.NONE
    lists: str = ""
    vouchers: bool = True

    @property
    def public(self) -> tuple[Sighting, ...]:
        """The addresses outside the operator's networks."""
        return tuple(sighting for sighting in self.sightings if not sighting.private)


def decide(policy: ResidencyPolicy, route: Route, endpoint: str, seen: SeenAddresses) -> Decision:
    """The permit, or the refusal that names the rule. `endpoint` is the address that the provider would call."""
    named = read_endpoint(route.provider, endpoint)
    weighed = contradiction(route, named) or _WEIGH[route.tier](route, named, seen)
    if isinstance(weighed, Fault):
        unverified = Permit(ANYWHERE, Grade.UNKNOWN, str(weighed), UNKNOWN_REGION, weighed, seen.lists)
        return Refusal(weighed) if policy.enforce else unverified
    best = weighed.grade if seen.sightings else _best(route, named, seen, weighed.grade)
    if not best.reaches(policy.least):
        lacking = Fault(ResidencyRule.EVIDENCE, f"grade {policy.least} or better", f"grade {best}")
        return Refusal(lacking) if policy.enforce else replace(weighed, fault=lacking)
    return weighed


def _anywhere(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    return Permit(ANYWHERE, Grade.UNKNOWN, "runs wherever the provider likes", route.deployment.region)


def _own(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    return _permit(route, Grade.DECLARED, "the operator's own machine")


def _claimed(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    """A route that says where it runs: by what its addresses prove; private ones count as declared by the operator."""
    if seen.sightings and not seen.public:
        return _permit(route, Grade.DECLARED, "a private network that the operator declared")
    weighed = _PROVE[named.proof](route, named, seen)
    if isinstance(weighed, Permit) and len(seen.public) < len(seen.sightings):
        return replace(weighed, grade=max(weighed.grade, Grade.DECLARED), lists=seen.lists)
    return replace(weighed, lists=seen.lists) if isinstance(weighed, Permit) else weighed


def _by_region(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    if fault := _stale(route, seen) or _unlisted(route, seen):
        return fault
    contract = _permit(route, Grade.PROVIDER_CONTRACT, "the region's own endpoint, by the provider's terms")
    if not seen.public or seen.listing in (Listing.NONE, Listing.STALE):
        return contract
    exact = True
    for sighting in seen.public:
        if sighting.label and jurisdiction_of(sighting.label) != route.jurisdiction:
            return Fault(
                ResidencyRule.ADDRESS, route.deployment.region, f"{sighting.address} in {sighting.label}"
            )
        if sighting.label and _is_region(route) and sighting.label != route.deployment.region.lower():
            return Fault(
                ResidencyRule.ADDRESS, route.deployment.region, f"{sighting.address} in {sighting.label}"
            )
        exact = exact and bool(sighting.label)
    if not exact or not _is_region(route) or crosses_regions(route):
        return contract
    return _permit(route, Grade.REGIONAL_ADDRESS, "the region's own endpoint at addresses of the region")


def _by_provider(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    fault = _stale(route, seen) or _unlisted(route, seen)
    return fault or _permit(route, Grade.PROVIDER_CONTRACT, "the endpoint's name, by the provider's terms")


def _by_declaration(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    """Front ends are shared between regions: an address of another region is recorded and refutes nothing."""
    if fault := _unlisted(route, seen):
        return fault
    permit = _permit(route, Grade.DECLARED, "region and SKU of the deployment, declared by the operator")
    for sighting in seen.public:
        if sighting.label and sighting.label != route.deployment.region.lower():
            noted = Fault(
                ResidencyRule.ADDRESS, route.deployment.region, f"{sighting.address} in {sighting.label}"
            )
            return replace(permit, fault=noted)
    return permit


def _by_terms(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    return _permit(route, Grade.PROVIDER_CONTRACT, "the provider's public API, by its terms")


def _by_nothing(route: Route, named: NamedEndpoint, seen: SeenAddresses) -> Permit | Fault:
    """A name that is not the vendor's: it may lead to a private network; a public address proves no place."""
    if not seen.sightings and (seen.vouchers or not named.host):
        return _permit(route, Grade.DECLARED, "an endpoint that the operator declared, not looked at yet")
    if route.tier is Tier.CANADIAN_CLOUD:
        return Fault(
            ResidencyRule.ENDPOINT, "an endpoint of the provider, or a private network", named.host[:80]
        )
    return Permit(ANYWHERE, Grade.UNKNOWN, "not an endpoint of the provider", UNKNOWN_REGION)


def _stale(route: Route, seen: SeenAddresses) -> Fault | None:
    """Old lists refuse routes of the Canadian tier; for others they count as missing."""
    if seen.listing is Listing.STALE and seen.public and route.tier is Tier.CANADIAN_CLOUD:
        return Fault(ResidencyRule.STALE, "address lists of these days", "older ones")
    return None


def _unlisted(route: Route, seen: SeenAddresses) -> Fault | None:
    if seen.listing is not Listing.ALL:
        return None
    for sighting in seen.public:
        if sighting.label is None:
            return Fault(
                ResidencyRule.ADDRESS,
                f"an address of {route.provider}",
                f"{sighting.address}, not among them",
            )
    return None


def _best(route: Route, named: NamedEndpoint, seen: SeenAddresses, grade: Grade) -> Grade:
    """The best grade that is possible once addresses are known."""
    listed = seen.listing in (Listing.SOME, Listing.ALL)
    exact = _is_region(route) and not crosses_regions(route)
    return Grade.REGIONAL_ADDRESS if named.proof is Proof.REGION and listed and exact else grade


def _is_region(route: Route) -> bool:
    """Whether the route claims one region rather than a country."""
    return route.deployment.region.lower() != route.jurisdiction.lower()


def _permit(route: Route, grade: Grade, reason: str) -> Permit:
    return Permit(route.jurisdiction, grade, reason, route.deployment.region)


_Weigh = Callable[[Route, NamedEndpoint, SeenAddresses], Permit | Fault]
_WEIGH: Mapping[Tier, _Weigh] = MappingProxyType(
    {
        Tier.OWN_HARDWARE: _own,
        Tier.CANADIAN_CLOUD: _claimed,
        Tier.US_CLOUD: _claimed,
        Tier.GLOBAL_CLOUD: _anywhere,
        Tier.PROVIDER_API: _claimed,
    }
)
_PROVE: Mapping[Proof, _Weigh] = MappingProxyType(
    {
        Proof.REGION: _by_region,
        Proof.PROVIDER: _by_provider,
        Proof.DECLARED: _by_declaration,
        Proof.TERMS: _by_terms,
        Proof.OWN: _own,
        Proof.NOTHING: _by_nothing,
    }
)
