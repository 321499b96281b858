"""Endpoints and models that an operator typed, or was talked into: providers x endpoints x spellings.

Whatever is not the vendor's own endpoint of the claimed region is refused before a connection, whether its addresses
are known or not, and is not listed; a harmless spelling of the right one is not.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.domain.route import Tier
from ni.residency.guard import Listing, ResidencyPolicy, SeenAddresses, Sighting, decide
from ni.residency.rules import Fault, Permit, Refusal, ResidencyRule
from tests.residency.test_guard import route
from tests.residency.world import ROUTES, World, world

RIGHT = {
    "bedrock": "bedrock-runtime.ca-central-1.amazonaws.com",
    "vertex_ai": "northamerica-northeast1-aiplatform.googleapis.com",
    "azure": "resource.openai.azure.com",
}
IMITATIONS = (
    "{right}.evil.example",
    "{right}-evil.example",
    "{right}.cn",
    "{right}.evil.example.",
    "evil.{right}.example",
)
"""Names in which the right one stands; nobody gives a host of his own such a name by chance."""
OTHERS = {
    "bedrock": (
        "bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime.ca-west-1.amazonaws.com",
        "bedrock.ca-central-1.amazonaws.com", "bedrock-agent-runtime.ca-central-1.amazonaws.com",
        "s3.ca-central-1.amazonaws.com", "bedrock-runtime.ca-central-1.amazonaws.co",
        "bedrock-runtime.ca-central-1.amazonawsxcom", "bedrock-runtime.amazonaws.com",
        "bedrock-runtime.global.amazonaws.com", "bedrock-runtime-ca-central-1-amazonaws-com.example.com",
        "bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "bedrock-runtime.us-east-1.api.aws",
        "vpce-0a.bedrock-runtime.us-east-1.vpce.amazonaws.com", "x.bedrock-runtime.ca-central-1.amazonaws.com",
    ),
    "vertex_ai": (
        "us-central1-aiplatform.googleapis.com", "aiplatform.googleapis.com", "aiplatform.us.rep.googleapis.com",
        "northamerica-northeast2-aiplatform.googleapis.com", "storage.googleapis.com",
        "northamerica-northeast1-aiplatform.googleapis.co", "northamerica-northeast1-notebooks.googleapis.com",
        "x.northamerica-northeast1-aiplatform.googleapis.com", "generativelanguage.googleapis.com",
        "northamerica-northeast1-x-aiplatform.googleapis.com", "northamerica-northeast1.googleapis.com",
    ),
    "azure": (
        "eastus.api.cognitive.microsoft.com", "resource.openai.azure.us", "resource.openai.azure.cn",
        "resource.blob.core.windows.net", "resource.azurewebsites.net", "openai.azure.com",
        "x.resource.openai.azure.com", "resource.openai.azure.co", "resourceopenai.azure.com",
        "resource.azure-api.net", "resource-openai-azure-com.example.com",
    ),
}  # fmt: skip
ODD = (
    "https://{right}@evil.example", "https://user:word@{right}", "https://{right}:8443@evil.example", "http://{right}",
    "https://{right}:8443", "https://{right}:80", "https://{right}\\@evil.example", "https://evil.example\\.{right}",
    "https://{right}%2eevil.example", "https://evil.example#.{right}", "https://evil.example?.{right}",
    "https://evil.example/{right}", "https://\u0435vil.{right}", "https://\uff42{right}", "https://{right}\u3002evil.example",
    "https://{right}\u200b", "https://{right}\t.evil.example", "https://{right} .evil.example", "//{right}", "{right}",
    "ftp://{right}", "https:{right}", "https://{right}..", "https://.{right}", "https://xn--80ak6aa92e.{right}",
    "https://[{right}]", "https://8.8.8.8", "https://[2001:4860:4860::8888]", "https://134744072",
)  # fmt: skip
SPELLINGS = ("https://{}", "HTTPS://{}", "https://{}.", "https://{}:443", "https://{}/openai/v1?x=1#y")


def spelled(host: str) -> Iterator[str]:
    """The ways in which the same host is written."""
    for form in SPELLINGS:
        for written in {host, host.upper(), host.title()}:
            yield form.format(written)


def wrong(provider: str) -> Iterator[str]:
    right = RIGHT[provider]
    for host in (*OTHERS[provider], *(form.format(right=right) for form in IMITATIONS)):
        yield from spelled(host)
    yield from (form.format(right=right) for form in ODD)


PUBLIC = Sighting("9.9.9.9", False, None)
SIGHTS = (
    SeenAddresses(vouchers=False),
    SeenAddresses((PUBLIC,)),
    SeenAddresses((PUBLIC,), Listing.ALL),
    SeenAddresses((PUBLIC, Sighting("10.0.0.1", True))),
)


def refused(decision: object) -> Fault | None:
    return decision.fault if isinstance(decision, Refusal) else None


@pytest.mark.parametrize("provider", RIGHT)
def test_what_is_not_the_vendors_endpoint_of_the_region_is_refused(provider: str) -> None:
    tried = 0
    for endpoint in wrong(provider):
        for seen in SIGHTS:
            fault = refused(
                decide(ResidencyPolicy(), route(provider, region=_region(provider)), endpoint, seen)
            )
            assert fault is not None, (endpoint, seen)
            assert fault.rule in (ResidencyRule.ENDPOINT, ResidencyRule.HOST), (endpoint, fault)
            tried += 1
        claimed = decide(
            ResidencyPolicy(enforce=False), route(provider, region=_region(provider)), endpoint, SIGHTS[1]
        )
        assert isinstance(claimed, Permit)
        assert (claimed.jurisdiction, claimed.grade.value, claimed.region) == ("GLOBAL", "X", "unknown")
    assert tried > 500


def _region(provider: str) -> str:
    return "canadaeast" if provider == "azure" else route(provider).deployment.region


@pytest.mark.parametrize("provider", RIGHT)
@pytest.mark.parametrize("tier", [Tier.CANADIAN_CLOUD, Tier.US_CLOUD, Tier.GLOBAL_CLOUD])
def test_nothing_vouches_for_an_imitation(provider: str, tier: Tier) -> None:
    """Neither a tier that promises less, nor a private network."""
    private = SeenAddresses((Sighting("10.0.0.1", True),))
    region = {Tier.US_CLOUD: "us", Tier.GLOBAL_CLOUD: "global"}.get(tier, _region(provider))
    for form in IMITATIONS:
        endpoint = f"https://{form.format(right=RIGHT[provider])}"
        fault = refused(
            decide(ResidencyPolicy(), route(provider, tier=tier, region=region), endpoint, private)
        )
        assert fault is not None
        assert fault.rule is ResidencyRule.ENDPOINT, endpoint


@pytest.mark.parametrize("provider", RIGHT)
def test_the_right_endpoint_may_be_spelled_as_urls_are(provider: str) -> None:
    for endpoint in spelled(RIGHT[provider]):
        decision = decide(
            ResidencyPolicy(),
            route(provider, region=_region(provider)),
            endpoint,
            SeenAddresses(vouchers=False),
        )
        assert isinstance(decision, Permit), endpoint
        assert decision.grade.value in "BC"


RESOURCES = (
    "foundation-model/mistral.mistral-large-2402-v1:0",
    "provisioned-model/abc123",
    "imported-model/abc123",
    "custom-model-deployment/abc123",
)


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_arn_of_the_region_may_be_called(resource: str) -> None:
    arn = f"arn:aws:bedrock:ca-central-1:111122223333:{resource}"
    assert isinstance(
        decide(ResidencyPolicy(), route("bedrock", arn), f"https://{RIGHT['bedrock']}", SeenAddresses()),
        Permit,
    )


def wrong_arns() -> Iterator[str]:
    for resource in RESOURCES:
        for region in (
            "us-east-1",
            "ca-west-1",
            "",
            "*",
            "CA-CENTRAL-1",
            "ca-central-1 ",
            "ca-central-1a",
            "global",
        ):
            yield f"arn:aws:bedrock:{region}:111122223333:{resource}"
        for head in (
            "arn:aws-us-gov:bedrock",
            "arn:aws-cn:bedrock",
            "arn::bedrock",
            "arn:aws:sagemaker",
            "arn:aws:s3",
        ):
            yield f"{head}:ca-central-1:111122223333:{resource}"
        for head in ("ARN:aws:bedrock", "Arn:Aws:Bedrock", "arn:AWS:bedrock", "arn:aws:Bedrock"):
            yield f"{head}:ca-central-1:111122223333:{resource}"
    for kind in (
        "prompt-router",
        "default-prompt-router",
        "application-inference-profile",
        "agent",
        "Foundation-Model",
    ):
        yield f"arn:aws:bedrock:ca-central-1:111122223333:{kind}/x"
    for geo in ("us", "US", "Us", "global", "GLOBAL", "eu", "ca", "xx", "eu-sovereign"):
        yield f"{geo}.anthropic.claude-x-v1:0"
        yield f"arn:aws:bedrock:ca-central-1:111122223333:inference-profile/{geo}.anthropic.claude-x-v1:0"
        yield f"arn:aws:bedrock:ca-central-1::foundation-model/{geo}.anthropic.claude-x-v1:0"
    yield from (
        "arn:",
        "arn:aws:bedrock",
        "arn:aws:bedrock:ca-central-1:1:",
        "arn:aws:bedrock:ca-central-1:1:inference-profile/z",
    )
    yield "arn:aws:bedrock:ca-central-1:1:foundation-model"


@pytest.mark.parametrize("arn", list(wrong_arns()))
def test_an_arn_or_profile_that_may_run_elsewhere_is_refused(arn: str) -> None:
    fault = refused(
        decide(ResidencyPolicy(), route("bedrock", arn), f"https://{RIGHT['bedrock']}", SeenAddresses())
    )
    assert fault is not None
    assert fault.rule in (ResidencyRule.REGION, ResidencyRule.PROFILE)


@pytest.mark.parametrize(
    "model", ["mistral.mistral-large-2402-v1:0", "deepseek.v3.1", "zai.glm-4.7", "ai21.jamba-1-5-v1:0"]
)
def test_a_model_by_its_own_name_is_no_profile(model: str) -> None:
    assert isinstance(
        decide(ResidencyPolicy(), route("bedrock", model), f"https://{RIGHT['bedrock']}", SeenAddresses()),
        Permit,
    )


SETTINGS = {
    "bedrock": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "vertex_ai": "NI_VERTEX_ENDPOINT",
    "azure": "AZURE_OPENAI_ENDPOINT",
}


@pytest.mark.parametrize("provider", RIGHT)
def test_a_call_is_403_before_a_connection_and_the_route_is_not_listed(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"https://{RIGHT[provider]}.evil.example"
    with world(tmp_path, monkeypatch, **{SETTINGS[provider]: endpoint}) as here:
        here.resolved[f"{RIGHT[provider]}.evil.example"] = ("9.9.9.9",)
        _refused_call(here, ROUTES[provider])


def _refused_call(here: World, model: str) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
    headers, client = here.instance.headers(), here.instance.client
    answer = client.post("/v1/chat/completions", json=body, headers=headers)
    error = (answer.json or {})["error"]
    assert (answer.status_code, error["code"]) == (403, "residency_unverified")
    assert "endpoint" in error["message"]
    assert answer.headers["X-NI-Custody-Path"] == "NI-CA"  # the gateway's own hop alone: nothing left
    assert "X-NI-Resolved-Region" not in answer.headers
    listed = [entry["id"] for entry in (client.get("/v1/models", headers=headers).json or {})["data"]]
    assert model not in listed
    assert here.dialled == []
    assert here.seen() == 0
