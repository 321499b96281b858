"""What the guard makes of a deployment's tags, and of addresses where the tags agree."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ni.catalog.load import SHIPPED, load
from ni.catalog.routes import build
from ni.domain.clock import SystemClock
from ni.domain.route import Capabilities, Deployment, Route, Tier
from ni.residency.guard import Listing, ResidencyPolicy, SeenAddresses, Sighting, decide
from ni.residency.rules import Fault, Grade, Permit, Refusal, ResidencyRule, jurisdiction_of, read_endpoint

AWS_CA = "https://bedrock-runtime.ca-central-1.amazonaws.com"
AWS_US = "https://bedrock-runtime.us-east-1.amazonaws.com"
REP = "https://aiplatform.northamerica-northeast1.rep.googleapis.com"
LOCATIONAL = "https://northamerica-northeast1-aiplatform.googleapis.com"
RESOURCE = "https://resource.openai.azure.com"
CANADA, STATES = Tier.CANADIAN_CLOUD, Tier.US_CLOUD
REGIONS = {"bedrock": "ca-central-1", "vertex_ai": "northamerica-northeast1", "azure": "canadaeast"}
UNSEEN = SeenAddresses()


def route(provider: str, model: str = "maker.model", tier: Tier = CANADA, **tags: str) -> Route:
    """A route with a deployment of these tags; further tags are options."""
    region = tags.pop("region", REGIONS.get(provider, "us"))
    jurisdiction = tags.pop("jurisdiction", "CA" if tier is CANADA else "US")
    options: Mapping[str, str] = {name.replace("__", ":"): value for name, value in tags.items()}
    deployment = Deployment("d", provider, region, jurisdiction, options=options)
    return Route("r", provider, model, tier, deployment, Capabilities(), None)


def seen(*labels: str | None, listing: Listing = Listing.ALL, private: int = 0) -> SeenAddresses:
    """Public addresses with these labels, and some private ones."""
    public = tuple(Sighting("9.9.9.9", False, label) for label in labels)
    return SeenAddresses(public + (Sighting("10.0.0.1", True),) * private, listing)


@pytest.mark.parametrize(
    ("of", "endpoint", "rule"),
    [
        (route("bedrock"), AWS_CA, None),
        (route("bedrock"), AWS_US, ResidencyRule.HOST),
        (route("bedrock"), "https://BEDROCK-runtime.US-east-1.amazonaws.com.", ResidencyRule.HOST),
        (route("bedrock"), "https://bedrock-runtime.ca-west-1.amazonaws.com", ResidencyRule.HOST),
        (
            route("bedrock"),
            "https://vpce-0a.bedrock-runtime.us-east-1.vpce.amazonaws.com",
            ResidencyRule.HOST,
        ),
        (route("bedrock"), "https://bedrock-runtime.us-east-1.api.aws", ResidencyRule.HOST),
        (route("bedrock", api_region="us-east-1"), AWS_CA, ResidencyRule.REGION),
        (route("bedrock", region="us-east-1"), AWS_US, ResidencyRule.REGION),
        (route("bedrock", region="ca-south-9"), AWS_CA, ResidencyRule.REGION),
        (route("bedrock", "global.anthropic.claude-x"), AWS_CA, ResidencyRule.PROFILE),
        (route("bedrock", "us.anthropic.claude-x"), AWS_CA, ResidencyRule.PROFILE),
        (route("bedrock", "ca.amazon.nova-x"), AWS_CA, ResidencyRule.PROFILE),
        (
            route("bedrock", "arn:aws:bedrock:ca-central-1:1:inference-profile/us.x.y"),
            AWS_CA,
            ResidencyRule.PROFILE,
        ),
        (
            route("bedrock", "arn:aws:bedrock:ca-central-1:1:application-inference-profile/z"),
            AWS_CA,
            ResidencyRule.PROFILE,
        ),
        (route("bedrock", "us.anthropic.claude-x", STATES, region="us"), AWS_US, None),
        (route("bedrock", "eu.anthropic.claude-x", STATES, region="us"), AWS_US, ResidencyRule.PROFILE),
        (route("bedrock", "maker.x", STATES, region="us"), AWS_CA, ResidencyRule.HOST),
        (route("bedrock", "maker.x", STATES, region="us-west-2"), AWS_US, ResidencyRule.HOST),
        (route("vertex_ai"), LOCATIONAL, None),
        (route("vertex_ai"), REP, None),
        (route("vertex_ai"), "https://us-central1-aiplatform.googleapis.com", ResidencyRule.HOST),
        (route("vertex_ai"), "https://aiplatform.googleapis.com", ResidencyRule.HOST),
        (route("vertex_ai"), "https://aiplatform.us.rep.googleapis.com", ResidencyRule.HOST),
        (route("vertex_ai", location="us-central1"), LOCATIONAL, ResidencyRule.REGION),
        (route("azure"), RESOURCE, None),
        (route("azure", sku="Standard"), RESOURCE, None),
        (route("azure", sku="GlobalStandard"), RESOURCE, ResidencyRule.SKU),
        (route("azure", sku="DataZoneStandard"), RESOURCE, ResidencyRule.SKU),
        (route("azure", "gpt", sku="Standard", sku__gpt="GlobalStandard"), RESOURCE, ResidencyRule.SKU),
        (route("azure", tier=STATES, region="eastus", sku="DataZoneStandard"), RESOURCE, None),
        (route("azure"), "https://eastus.api.cognitive.microsoft.com", ResidencyRule.HOST),
    ],
)
def test_tags_that_disagree_with_the_claim_break_it(
    of: Route, endpoint: str, rule: ResidencyRule | None
) -> None:
    decision = decide(ResidencyPolicy(), of, endpoint, UNSEEN)
    assert (decision.fault.rule if decision.fault else None) is rule
    assert isinstance(decision, Permit if rule is None else Refusal)


@pytest.mark.parametrize(
    ("of", "endpoint", "found", "expected"),
    [
        (route("bedrock"), AWS_CA, UNSEEN, "B"),
        (route("bedrock"), AWS_CA, seen("ca-central-1"), "A"),
        (route("bedrock"), AWS_CA, seen("ca-central-1", "ca-central-1"), "A"),
        (route("bedrock"), AWS_CA, seen("ca-central-1", "us-east-1"), ResidencyRule.ADDRESS),
        (route("bedrock"), AWS_CA, seen("ca-west-1"), ResidencyRule.ADDRESS),
        (route("bedrock"), AWS_CA, seen("global"), ResidencyRule.ADDRESS),
        (route("bedrock"), AWS_CA, seen(None), ResidencyRule.ADDRESS),
        (route("bedrock"), AWS_CA, seen("ca-central-1", private=1), "C"),
        (route("bedrock"), AWS_CA, seen(private=2), "C"),
        (route("bedrock"), AWS_CA, seen(None, private=1), ResidencyRule.ADDRESS),
        (route("bedrock"), AWS_CA, seen("ca-central-1", listing=Listing.STALE), ResidencyRule.STALE),
        (route("bedrock"), AWS_CA, seen(None, listing=Listing.NONE), "B"),
        (route("bedrock"), AWS_CA, seen(private=1, listing=Listing.STALE), "C"),
        (route("bedrock", "us.a.b", STATES, region="us"), AWS_US, seen("us-east-1"), "B"),
        (
            route("bedrock", "us.a.b", STATES, region="us"),
            AWS_US,
            seen("ca-central-1"),
            ResidencyRule.ADDRESS,
        ),
        (route("bedrock", "us.a.b", STATES, region="us"), AWS_US, seen(None, listing=Listing.STALE), "B"),
        (route("bedrock", "a.b", STATES, region="us-east-1"), AWS_US, seen("us-east-1"), "A"),
        (route("bedrock", "us.a.b", STATES, region="us-east-1"), AWS_US, seen("us-east-1"), "B"),
        (route("vertex_ai"), LOCATIONAL, seen(""), "B"),
        (route("vertex_ai"), LOCATIONAL, seen("us-central1"), "B"),
        (route("vertex_ai"), LOCATIONAL, seen(None), ResidencyRule.ADDRESS),
        (route("vertex_ai"), LOCATIONAL, seen(None, listing=Listing.SOME), "B"),
        (route("vertex_ai"), LOCATIONAL, seen("", listing=Listing.STALE), ResidencyRule.STALE),
        (route("vertex_ai"), REP, seen("northamerica-northeast1"), "A"),
        (route("vertex_ai"), REP, seen("us-central1"), ResidencyRule.ADDRESS),
        (route("vertex_ai"), REP, seen(""), "B"),
        (route("azure"), RESOURCE, seen("canadaeast"), "C"),
        (route("azure"), RESOURCE, seen(None), ResidencyRule.ADDRESS),
        (route("azure"), RESOURCE, seen("canadaeast", listing=Listing.STALE), "C"),
        (route("bedrock"), "https://proxy.example.ca", UNSEEN, "C"),
        (route("bedrock"), "https://proxy.example.ca", seen(private=1), "C"),
        (route("bedrock"), "https://proxy.example.ca", seen("ca-central-1"), ResidencyRule.ENDPOINT),
        (
            route("bedrock"),
            "https://bedrock-runtime.ca-central-1.amazonaws.com.evil.example",
            seen(None),
            ResidencyRule.ENDPOINT,
        ),
        (route("openai", tier=Tier.PROVIDER_API), "https://api.openai.com/v1", seen(None), "B"),
        (route("openai", tier=Tier.PROVIDER_API), "http://127.0.0.1:9/v1", seen(private=1), "C"),
        (route("openai", tier=Tier.PROVIDER_API), "https://models.example.com/v1", seen(None), "X"),
        (route("sandbox", tier=Tier.OWN_HARDWARE, jurisdiction="CA"), "", UNSEEN, "C"),
        (
            route("local", tier=Tier.OWN_HARDWARE, jurisdiction="CA"),
            "https://gpu.example.ca",
            seen(None),
            "C",
        ),
    ],
)
def test_addresses_grade_or_break_a_claim(
    of: Route, endpoint: str, found: SeenAddresses, expected: str | ResidencyRule
) -> None:
    decision = decide(ResidencyPolicy(), of, endpoint, found)
    if isinstance(expected, ResidencyRule):
        assert isinstance(decision, Refusal)
        assert decision.fault.rule is expected
    else:
        assert isinstance(decision, Permit)
        assert decision.grade.value == expected
        assert decision.jurisdiction == ("GLOBAL" if expected == "X" else of.jurisdiction)


def test_a_shared_front_end_of_another_region_is_noted_and_breaks_nothing() -> None:
    decision = decide(ResidencyPolicy(), route("azure", sku="Standard"), RESOURCE, seen("eastus"))
    assert isinstance(decision, Permit)
    assert (decision.grade, decision.jurisdiction) == (Grade.DECLARED, "CA")
    assert decision.fault == Fault(ResidencyRule.ADDRESS, "canadaeast", "9.9.9.9 in eastus")


def test_a_watching_instance_lets_everything_go_and_claims_nothing_for_what_is_wrong() -> None:
    decision = decide(ResidencyPolicy(enforce=False), route("bedrock"), AWS_US, UNSEEN)
    assert isinstance(decision, Permit)
    assert (decision.jurisdiction, decision.grade, decision.region) == ("GLOBAL", Grade.UNKNOWN, "unknown")
    assert decision.fault is not None


@pytest.mark.parametrize("address", ["ca-central-1", "us-east-1", None])
def test_a_global_route_is_global_wherever_its_first_hop_is(address: str | None) -> None:
    of = route("bedrock", "global.a.b", Tier.GLOBAL_CLOUD, region="global", jurisdiction="GLOBAL")
    decision = decide(ResidencyPolicy(), of, AWS_CA, seen(address))
    assert isinstance(decision, Permit)
    assert (decision.jurisdiction, decision.grade) == ("GLOBAL", Grade.UNKNOWN)


@pytest.mark.parametrize(
    ("least", "found", "goes"),
    [
        ("A", seen("ca-central-1"), True),
        ("A", seen(None, listing=Listing.NONE), False),
        ("B", seen(None, listing=Listing.NONE), True),
        ("A", seen(private=1), False),
        ("C", seen(private=1), True),
        ("", seen(private=1), True),
        ("A", SeenAddresses(listing=Listing.ALL), True),
        ("A", UNSEEN, False),
    ],
)
def test_a_demanded_grade_is_reached_or_the_call_refused(
    least: str, found: SeenAddresses, goes: bool
) -> None:
    decision = decide(ResidencyPolicy(least=least), route("bedrock"), AWS_CA, found)
    assert isinstance(decision, Permit) is goes
    if not goes:
        assert decision.fault is not None
        assert not decision.fault.is_drift


def test_the_shipped_catalog_is_callable_before_any_list_is_there_with_no_grade_too_many() -> None:
    sheet, day = load(SHIPPED), SystemClock().now().date()
    endpoints = {"bedrock-ca": AWS_CA, "bedrock-us": AWS_US, "bedrock-us-east-1": AWS_US, "bedrock-global": AWS_CA,
                 "vertex-ca": LOCATIONAL, "vertex-global": "https://aiplatform.googleapis.com", "azure-ca": RESOURCE,
                 "azure-global": RESOURCE, "openai": "https://api.openai.com/v1",
                 "anthropic": "https://api.anthropic.com", "sandbox": ""}  # fmt: skip
    deployments = {
        one.id: replace(one, jurisdiction=one.jurisdiction.replace("operator", "CA"))
        for one in sheet.deployments
    }
    grades = {}
    for row in sheet.routes:
        decision = decide(
            ResidencyPolicy(), build(row, deployments[row.deployment], day), endpoints[row.deployment], UNSEEN
        )
        assert isinstance(decision, Permit), row.id
        grades[row.deployment] = decision.grade.value
    assert grades == {"bedrock-ca": "B", "bedrock-us": "B", "bedrock-us-east-1": "B", "bedrock-global": "X",
                      "vertex-ca": "B", "vertex-global": "X", "azure-ca": "C", "azure-global": "X", "openai": "B",
                      "anthropic": "B", "sandbox": "C"}  # fmt: skip


@pytest.mark.parametrize("endpoint", ["", "not a url", "https://[::1", "//"])
def test_an_address_that_is_none_has_no_name(endpoint: str) -> None:
    assert read_endpoint("bedrock", endpoint).region == ""


def test_regions_lie_where_their_vendors_say() -> None:
    found = {
        name: jurisdiction_of(name)
        for name in ("ca-central-1", "us-gov-west-1", "eu-west-1", "global", "eastus", "us-east4")
    }
    assert found == {"ca-central-1": "CA", "us-gov-west-1": "elsewhere", "eu-west-1": "elsewhere", "global": "GLOBAL",
                     "eastus": "US", "us-east4": "US"}  # fmt: skip
