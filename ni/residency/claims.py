"""The check of a deployment's tags: region, SKU, profile and endpoint must agree with what the catalog claims.

Nothing is asked of anybody here; what the words alone can show is shown before a call, and for the lists. A Canadian
endpoint is not Canadian inference: a profile or a SKU that runs elsewhere breaks the claim, whatever the address.
"""

import re

from ni.domain.route import Route, Tier
from ni.residency.evidence import Fault, Rule
from ni.residency.hosts import Named
from ni.residency.places import jurisdiction_of

_CLAIMING = frozenset({Tier.CANADIAN_CLOUD, Tier.US_CLOUD})
_REGION_OPTIONS = ("api_region", "location")
_PROFILE = re.compile(r"(?:arn:[^/]*/)?(?P<geo>us|us-gov|eu|apac|ap|jp|au|ca|sa|me|af|in|global)\..+")
_APPLICATION = re.compile(r"arn:[^/]*:application-inference-profile/.+")
_REGIONAL_SKUS = frozenset({"standard", "provisioned", "provisionedmanaged", "regionalbatch"})
_ZONE_SKUS = frozenset({"datazonestandard", "datazoneprovisionedmanaged", "datazonebatch"})


def claims_a_place(route: Route) -> bool:
    """Whether a route of a cloud says where it runs, which must then be so."""
    return route.tier in _CLAIMING


def contradiction(route: Route, named: Named) -> Fault | None:
    """What of a route's tags disagrees with its claim; None if they agree, or if it claims no place."""
    if not claims_a_place(route):
        return None
    return _wrong_place(route) or _wrong_endpoint(route, named) or _wrong_profile(route) or _wrong_sku(route)


def stated_sku(route: Route) -> str:
    """The deployment SKU that the operator states for the route's model, or for the whole deployment."""
    options = route.deployment.options
    return options.get(f"sku:{route.upstream_model}") or options.get("sku", "")


def _wrong_place(route: Route) -> Fault | None:
    """The region itself, and the regions that options name."""
    region = route.deployment.region
    if jurisdiction_of(region) != route.jurisdiction:
        return Fault(Rule.REGION, f"a region in {route.jurisdiction}", region or "no region")
    for option in _REGION_OPTIONS:
        named = route.deployment.options.get(option, "")
        if named and not _within(named, route):
            return Fault(Rule.REGION, region, f"{option} {named}"[:80])
    return None


def _wrong_endpoint(route: Route, named: Named) -> Fault | None:
    if named.region and not _within(named.region, route):
        return Fault(Rule.HOST, route.deployment.region, named.host[:80])
    return None


def _wrong_profile(route: Route) -> Fault | None:
    """A profile is called in one region and runs in others: only one of the claimed jurisdiction may be named."""
    profile = _PROFILE.fullmatch(route.upstream_model)
    if _APPLICATION.fullmatch(route.upstream_model):
        return Fault(Rule.PROFILE, "a model or a profile by its name", "an application profile")
    if profile is None or (route.tier is Tier.US_CLOUD and profile["geo"] == "us"):
        return None
    return Fault(Rule.PROFILE, "no inference profile across regions", f"profile {profile['geo']}")


def _wrong_sku(route: Route) -> Fault | None:
    sku = stated_sku(route)
    known = _REGIONAL_SKUS | (_ZONE_SKUS if route.tier is Tier.US_CLOUD else frozenset())
    if sku and sku.lower() not in known:
        return Fault(Rule.SKU, "a regional SKU", sku[:80])
    return None


def _within(region: str, route: Route) -> bool:
    """A route of one region stays in it; one of a whole country stays in that country."""
    claimed = route.deployment.region
    if claimed == route.jurisdiction.lower():
        return jurisdiction_of(region) == route.jurisdiction
    return region.lower() == claimed.lower()


def crosses_regions(route: Route) -> bool:
    """Whether the model is called in one region and runs in several, so that no address can show which."""
    return _PROFILE.fullmatch(route.upstream_model) is not None
