"""Checks of a deployment's tags: region, SKU, inference profile and endpoint must agree with the route's claim.

Nothing is looked up here; a contradiction in the tags is found before a call, and for lists. A Canadian endpoint is not
Canadian inference: a profile or SKU that runs elsewhere contradicts the claim. `jurisdiction_of` maps regions to
jurisdictions by name, and by prefix only where the vendor documents it (AWS, Google: `us-*`); other regions are
`elsewhere`. `read_endpoint` applies the host rules of the provider's descriptor. `MENDS` has one sentence of advice per
rule. What the guard decides is a `Permit` with its grade of evidence, or a `Refusal` with its fault.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ni.domain.provider_descriptor import HostRule, Proof
from ni.domain.providers import PROVIDERS
from ni.domain.route import Route, Tier
from ni.outbound.addresses import Origin, parse_url
from ni.outbound.errors import Unsendable


class Grade(StrEnum):
    """What supports a statement of residency, best first."""

    REGIONAL_ADDRESS = "A"
    PROVIDER_CONTRACT = "B"
    DECLARED = "C"
    UNKNOWN = "X"

    def reaches(self, least: str) -> bool:
        """Whether this is as good as the grade demanded; an empty demand is always met."""
        return not least or self.value <= least


class ResidencyRule(StrEnum):
    """The rules that can refuse a call."""

    REGION = "region"
    SKU = "sku"
    PROFILE = "profile"
    HOST = "host"
    ENDPOINT = "endpoint"
    ADDRESS = "address"
    STALE = "stale_ranges"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Fault:
    """What was expected and what was found instead, in short texts without confidential data."""

    rule: ResidencyRule
    expected: str
    found: str

    @property
    def is_drift(self) -> bool:
        """Whether a claim of the catalog is wrong; false if the caller demands better evidence than there is."""
        return self.rule is not ResidencyRule.EVIDENCE

    def __str__(self) -> str:
        return f"{self.rule.value}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Permit:
    """The call may be sent; `jurisdiction` and `region` are what may be claimed for it, on this evidence.

    `fault` is what was found wrong where faults are only recorded. `lists` names the address lists that were consulted,
    with the first digits of their hashes.
    """

    jurisdiction: str
    grade: Grade
    reason: str
    region: str
    fault: Fault | None = None
    lists: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not be sent."""

    fault: Fault

    @property
    def reason(self) -> str:
        """The fault as text for the caller."""
        return str(self.fault)


Decision = Permit | Refusal


_UNSERVED_STATES = frozenset({"eastus3", "westcentralus"})
"""Azure's regions in the United States in which no descriptor has routes."""
ANYWHERE = "GLOBAL"
ELSEWHERE = "elsewhere"


def jurisdiction_of(region: str) -> str:
    """`CA`, `US`, `GLOBAL` for what is bound to no place, or `elsewhere`."""
    name = region.lower()
    if name in _regions(Tier.CANADIAN_CLOUD):
        return "CA"
    american = name in _UNSERVED_STATES or name in _regions(Tier.US_CLOUD)
    if american or (name.startswith("us-") and not name.startswith("us-gov")):
        return "US"
    return ANYWHERE if name in ("", "global") else ELSEWHERE


def _regions(tier: Tier) -> set[str]:
    """The regions in which the descriptors have routes of a tier."""
    return {region for one in PROVIDERS.values() for region in one.regions.get(tier, ())}


@dataclass(frozen=True, slots=True)
class NamedEndpoint:
    """What an endpoint's name says: its host, what its addresses can prove, and the region if the name has one."""

    host: str
    proof: Proof
    region: str


_INTERNATIONAL = "xn--"
"""Begins a label of other letters than ASCII (RFC 5890 section 2.3.2.1); no vendor's endpoint has one."""


def read_endpoint(provider: str, endpoint: str) -> NamedEndpoint:
    """What the address of a provider's endpoint says; it is read by the same parser that connections are made with."""
    rules = PROVIDERS[provider].host_rules
    if any(rule.proof is Proof.OWN for rule in rules):
        return NamedEndpoint(endpoint[:80], Proof.OWN, "")
    if not endpoint:
        return NamedEndpoint("", Proof.NOTHING, "")
    try:
        origin = parse_url(endpoint).origin
    except Unsendable:
        return NamedEndpoint("an address that is no plain URL", Proof.FALSE, "")
    host = origin.host.lower().removesuffix(".")
    if _imitates(host):
        return NamedEndpoint(host, Proof.FALSE, "")
    fitting = _fitting(rules, host) if _is_vendors_port(origin) else None
    return fitting or NamedEndpoint(host, Proof.NOTHING, "")


def _fitting(rules: tuple[HostRule, ...], host: str) -> NamedEndpoint | None:
    for rule in rules:
        if match := rule.form.fullmatch(host):
            return NamedEndpoint(host, rule.proof, rule.region or match.groupdict().get("region") or "")
    return None


def _is_vendors_port(origin: Origin) -> bool:
    """The vendors' endpoints are https on its own port; on another, somebody else's program answers."""
    return origin.scheme == "https" and origin.port == 443


def _imitates(host: str) -> bool:
    """Whether a vendor's domain stands anywhere in the name but at its end, or a label is internationalised."""
    if any(label.startswith(_INTERNATIONAL) for label in host.split(".")):
        return True
    return any(
        domain in host.removesuffix(domain) if f".{host}".endswith(f".{domain}") else domain in host
        for descriptor in PROVIDERS.values()
        for domain in descriptor.domains
    )


_CLAIMING = frozenset({Tier.CANADIAN_CLOUD, Tier.US_CLOUD})
BEDROCK = "bedrock"
_REGION_OPTIONS = ("api_region", "location")
_GEOGRAPHIES = "us|us-gov|eu|apac|ap|jp|au|ca|sa|me|af|in|global"
_MAKERS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|"
    "stability|twelvelabs|writer|zai"
)
_PROFILE = re.compile(rf"(?P<geo>{_GEOGRAPHIES})\..+|(?P<other>[a-z0-9-]+)\.(?:{_MAKERS})\..+", re.IGNORECASE)
"""An inference profile across regions: a geography, then the model's id (`maker.model`). A geography that AWS adds
later shows by the maker's name in second place."""
_IN_REGION = frozenset({"foundation-model", "provisioned-model", "imported-model", "custom-model-deployment"})
"""Resources that answer in the region of their ARN; prompt routers and application profiles may call others.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html#amazonbedrock-resources-for-iam-policies
"""
_REGIONAL_SKUS = frozenset({"standard", "provisioned", "provisionedmanaged", "regionalbatch"})
_ZONE_SKUS = frozenset({"datazonestandard", "datazoneprovisionedmanaged", "datazonebatch"})


def claims_a_place(route: Route) -> bool:
    """Whether the route is of a tier that claims a place."""
    return route.tier in _CLAIMING


def contradiction(route: Route, named: NamedEndpoint) -> Fault | None:
    """The first tag that contradicts the route's claim; None if they agree, or if it claims no place."""
    if named.proof is Proof.FALSE:
        return Fault(ResidencyRule.ENDPOINT, "an endpoint of the provider", named.host[:80])
    if not claims_a_place(route):
        return None
    return _wrong_place(route) or _wrong_endpoint(route, named) or _wrong_model(route) or _wrong_sku(route)


def stated_sku(route: Route) -> str:
    """The deployment SKU that the operator states for the route's model, or for the whole deployment."""
    options = route.deployment.options
    return options.get(f"sku:{route.upstream_model}") or options.get("sku", "")


def _wrong_place(route: Route) -> Fault | None:
    """Checks the region and the regions in options."""
    region = route.deployment.region
    if jurisdiction_of(region) != route.jurisdiction:
        return Fault(ResidencyRule.REGION, f"a region in {route.jurisdiction}", region or "no region")
    for option in _REGION_OPTIONS:
        named = route.deployment.options.get(option, "")
        if named and not _within(named, route):
            return Fault(ResidencyRule.REGION, region, f"{option} {named}"[:80])
    return None


def _wrong_endpoint(route: Route, named: NamedEndpoint) -> Fault | None:
    if named.region and not _within(named.region, route):
        return Fault(ResidencyRule.HOST, route.deployment.region, named.host[:80])
    return None


def _wrong_model(route: Route) -> Fault | None:
    """A profile is called in one region and runs in others: only one of the claimed jurisdiction may be named."""
    model = route.upstream_model
    if model[:4].lower() == "arn:":
        return _wrong_resource(route, model)
    return _wrong_profile(route, model)


def _wrong_resource(route: Route, arn: str) -> Fault | None:
    """`arn:partition:service:region:account:kind/id`, compared as it is written: AWS names have one spelling.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    head, partition, service, region, _, resource = [*arn.split(":", 5), *[""] * 5][:6]
    kind, _, name = resource.partition("/")
    if (head, partition, service) != ("arn", "aws", "bedrock"):
        return Fault(ResidencyRule.PROFILE, "a resource of Bedrock, arn:aws:bedrock:...", arn[:40])
    if region != region.lower() or not _within(region, route):
        return Fault(ResidencyRule.REGION, route.deployment.region, f"an ARN of {region or 'no region'}"[:80])
    if kind == "inference-profile":
        unknown = Fault(ResidencyRule.PROFILE, "a profile by its name", "a profile without geography")
        return _wrong_profile(route, name) if _PROFILE.fullmatch(name) else unknown
    if kind not in _IN_REGION or not name:
        return Fault(ResidencyRule.PROFILE, "a model or a profile by its name", kind[:40] or "nothing")
    return _wrong_profile(route, name)


def _wrong_profile(route: Route, name: str) -> Fault | None:
    profile = _PROFILE.fullmatch(name) if route.provider == BEDROCK else None
    if profile is None or (route.tier is Tier.US_CLOUD and profile["geo"] == "us"):
        return None
    return Fault(
        ResidencyRule.PROFILE,
        "no inference profile across regions",
        f"profile {profile['geo'] or profile['other']}"[:80],
    )


def _wrong_sku(route: Route) -> Fault | None:
    sku = stated_sku(route)
    known = _REGIONAL_SKUS | (_ZONE_SKUS if route.tier is Tier.US_CLOUD else frozenset())
    if sku and sku.lower() not in known:
        return Fault(ResidencyRule.SKU, "a regional SKU", sku[:80])
    return None


def _within(region: str, route: Route) -> bool:
    """A route of one region stays in it; one of a whole country stays in that country."""
    claimed = route.deployment.region
    if claimed == route.jurisdiction.lower():
        return jurisdiction_of(region) == route.jurisdiction
    return region.lower() == claimed.lower()


def crosses_regions(route: Route) -> bool:
    """Whether the model is called in one region and runs in several, so that no address can show which."""
    if route.provider != BEDROCK:
        return False
    return _PROFILE.fullmatch(route.upstream_model.rpartition("/")[2]) is not None


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


MENDS: Mapping[ResidencyRule, str] = MappingProxyType(
    {
        ResidencyRule.REGION: _(
            "Let the catalog's region and the options of the deployment name the same region."
        ),
        ResidencyRule.SKU: _(
            "Deploy the model with a regional SKU and state it as option `sku`, or list it as a -global route."
        ),
        ResidencyRule.PROFILE: _(
            "Name the model without a profile across regions, or list it as a -us or -global route."
        ),
        ResidencyRule.HOST: _(
            "Set the endpoint to the claimed region's own, or list the deployment under the region it is in."
        ),
        ResidencyRule.ENDPOINT: _(
            "Use the provider's own endpoint, or name the private network behind it in NI_PRIVATE_NETWORKS."
        ),
        ResidencyRule.ADDRESS: _(
            "Look at what resolves the name (DNS, proxy, VPN), then at the age of the address lists."
        ),
        ResidencyRule.STALE: _(
            "Run `python -m ni residency refresh`, with --file where there is no internet."
        ),
        ResidencyRule.EVIDENCE: _(
            "Choose a route with better evidence, or let the key or the account demand less."
        ),
    }
)
