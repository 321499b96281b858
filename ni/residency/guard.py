"""May this call go there, and what may be said of it? A pure decision with its reasons.

It is asked twice: with the route alone, for lists and before anything is prepared, and with the addresses of its
endpoint, before a byte leaves. The tags of a deployment must agree; then its addresses, where they can tell, must lie
where the route says. What is claimed is never more than that shows: the weakest address decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from types import MappingProxyType

from ni.domain.providers import Proof
from ni.domain.route import Route, Tier
from ni.residency.evidence import Decision, Fault, Grade, Permit, Refusal, ResidencyRule
from ni.residency.rules import ANYWHERE, Named, contradiction, crosses_regions, jurisdiction_of, read_endpoint

UNKNOWN_REGION = "unknown"


class Listing(Enum):
    """How the address lists of a provider stand: none here, some of them, too old, or all there."""

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
    """`enforce` refuses, else what is wrong is recorded; `least` is the grade demanded, empty for none."""

    enforce: bool = True
    least: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The addresses that would be connected to, and the lists they were looked up in; none before they are known.

    `vouchers` is whether the operator opened private networks: else no name but the vendor's can ever be right.
    """

    sightings: tuple[Sighting, ...] = ()
    listing: Listing = Listing.NONE
    lists: str = ""
    vouchers: bool = True

    @property
    def public(self) -> tuple[Sighting, ...]:
        """Those that are not in a network of the operator's."""
        return tuple(one for one in self.sightings if not one.private)


def decide(policy: ResidencyPolicy, route: Route, endpoint: str, seen: Seen) -> Decision:
    """The permit, or the refusal that names the rule. `endpoint` is the address that the provider would call."""
    named = read_endpoint(route.provider, endpoint)
    found = contradiction(route, named) or _WEIGH[route.tier](route, named, seen)
    if isinstance(found, Fault):
        unverified = Permit(ANYWHERE, Grade.UNKNOWN, str(found), UNKNOWN_REGION, found, seen.lists)
        return Refusal(found) if policy.enforce else unverified
    best = found.grade if seen.sightings else _best(route, named, seen, found.grade)
    if not best.reaches(policy.least):
        lacking = Fault(ResidencyRule.EVIDENCE, f"grade {policy.least} or better", f"grade {best}")
        return Refusal(lacking) if policy.enforce else replace(found, fault=lacking)
    return found


def _anywhere(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    return Permit(ANYWHERE, Grade.UNKNOWN, "runs wherever the provider likes", route.deployment.region)


def _own(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    return _permit(route, Grade.DECLARED, "the operator's own machine")


def _claimed(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    """A route that says where it runs: by what its addresses can prove, private ones by the operator's word."""
    if seen.sightings and not seen.public:
        return _permit(route, Grade.DECLARED, "a private network that the operator declared")
    found = _PROVE[named.proof](route, named, seen)
    if isinstance(found, Permit) and len(seen.public) < len(seen.sightings):
        return replace(found, grade=max(found.grade, Grade.DECLARED), lists=seen.lists)
    return replace(found, lists=seen.lists) if isinstance(found, Permit) else found


def _by_region(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    if fault := _stale(route, seen) or _unlisted(route, seen):
        return fault
    contract = _permit(route, Grade.PROVIDER_CONTRACT, "the region's own endpoint, by the provider's terms")
    if not seen.public or seen.listing in (Listing.NONE, Listing.STALE):
        return contract
    exact = True
    for one in seen.public:
        if one.label and jurisdiction_of(one.label) != route.jurisdiction:
            return Fault(ResidencyRule.ADDRESS, route.deployment.region, f"{one.address} in {one.label}")
        if one.label and _is_region(route) and one.label != route.deployment.region.lower():
            return Fault(ResidencyRule.ADDRESS, route.deployment.region, f"{one.address} in {one.label}")
        exact = exact and bool(one.label)
    if not exact or not _is_region(route) or crosses_regions(route):
        return contract
    return _permit(route, Grade.REGIONAL_ADDRESS, "the region's own endpoint at addresses of the region")


def _by_provider(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    fault = _stale(route, seen) or _unlisted(route, seen)
    return fault or _permit(route, Grade.PROVIDER_CONTRACT, "the endpoint's name, by the provider's terms")


def _by_declaration(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    """Front ends are shared between regions: one of another region is noted, and proves nothing against the claim."""
    if fault := _unlisted(route, seen):
        return fault
    permit = _permit(route, Grade.DECLARED, "region and SKU of the deployment, declared by the operator")
    for one in seen.public:
        if one.label and one.label != route.deployment.region.lower():
            noted = Fault(ResidencyRule.ADDRESS, route.deployment.region, f"{one.address} in {one.label}")
            return replace(permit, fault=noted)
    return permit


def _by_terms(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    return _permit(route, Grade.PROVIDER_CONTRACT, "the provider's public API, by its terms")


def _by_nothing(route: Route, named: Named, seen: Seen) -> Permit | Fault:
    """Not the vendor's name: a private network may stand behind it; a public one ties the call to no place."""
    if not seen.sightings and (seen.vouchers or not named.host):
        return _permit(route, Grade.DECLARED, "an endpoint that the operator declared, not looked at yet")
    if route.tier is Tier.CANADIAN_CLOUD:
        return Fault(
            ResidencyRule.ENDPOINT, "an endpoint of the provider, or a private network", named.host[:80]
        )
    return Permit(ANYWHERE, Grade.UNKNOWN, "not an endpoint of the provider", UNKNOWN_REGION)


def _stale(route: Route, seen: Seen) -> Fault | None:
    """Old lists stop what is promised to be in Canada; elsewhere they are as if there were none."""
    if seen.listing is Listing.STALE and seen.public and route.tier is Tier.CANADIAN_CLOUD:
        return Fault(ResidencyRule.STALE, "address lists of these days", "older ones")
    return None


def _unlisted(route: Route, seen: Seen) -> Fault | None:
    if seen.listing is not Listing.ALL:
        return None
    for one in seen.public:
        if one.label is None:
            return Fault(
                ResidencyRule.ADDRESS, f"an address of {route.provider}", f"{one.address}, not among them"
            )
    return None


def _best(route: Route, named: Named, seen: Seen, grade: Grade) -> Grade:
    """The grade that addresses could still bring."""
    told = seen.listing in (Listing.SOME, Listing.ALL)
    exact = _is_region(route) and not crosses_regions(route)
    return Grade.REGIONAL_ADDRESS if named.proof is Proof.REGION and told and exact else grade


def _is_region(route: Route) -> bool:
    """Whether the route claims one region rather than a country."""
    return route.deployment.region.lower() != route.jurisdiction.lower()


def _permit(route: Route, grade: Grade, reason: str) -> Permit:
    return Permit(route.jurisdiction, grade, reason, route.deployment.region)


_Weigh = Callable[[Route, Named, Seen], Permit | Fault]
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
