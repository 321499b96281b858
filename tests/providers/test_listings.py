"""What providers say they serve, beside what the catalog says."""

import json
from typing import Any

import pytest

from ni.domain import errors
from ni.domain.route import Deployment
from ni.providers.base import ModelLister, ServedModel, SettingLookup
from ni.providers.registry import Finding, build_providers, compare, lister_of, unknown
from tests.fakes.doors import make_door
from tests.fakes.orders import route, settings
from tests.fakes.raw_server import RawServer

KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}
NAMED = {
    "OPENAI_API_KEY": "k",
    "ANTHROPIC_API_KEY": "k",
    "AZURE_OPENAI_API_KEY": "k",
    "NI_VERTEX_ACCESS_TOKEN": "t",
    **KEYS,
}
FOUNDATION = {"modelSummaries": [{"modelId": "m:0", "modelLifecycle": {"status": "LEGACY"}}]}
PROFILES = {"inferenceProfileSummaries": [{"inferenceProfileId": "global.m", "status": "ACTIVE"}]}


def answer(found: Any, status: int = 200) -> bytes:
    body = json.dumps(found).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def listing(provider: str, lookup: SettingLookup) -> ModelLister | None:
    return lister_of(provider, build_providers(make_door(), lookup))


@pytest.mark.parametrize(
    ("provider", "answers", "expected", "path"),
    [
        ("openai", [{"data": [{"id": "gpt-4.1"}, 7]}], [ServedModel("gpt-4.1")], b"GET /models "),
        (
            "anthropic",
            [{"data": [{"id": "claude-x", "max_input_tokens": 200_000}]}],
            [ServedModel("claude-x", context_window=200_000)],
            b"GET /v1/models?limit=1000 ",
        ),
        (
            "azure",
            [{"data": [{"id": "gpt-x", "lifecycle_status": "deprecating"}]}],
            [ServedModel("gpt-x", "legacy")],
            b"GET /openai/v1/models ",
        ),
        (
            "bedrock",
            [FOUNDATION, PROFILES],
            [ServedModel("m:0", "legacy"), ServedModel("global.m")],
            b"GET /foundation-models ",
        ),
        (
            "vertex_ai",
            [{"publisherModels": [{"name": "publishers/google/models/gemini-x", "launchStage": "GA"}]}],
            [ServedModel("gemini-x")],
            b"GET /v1beta1/publishers/google/models?pageSize=1000 ",
        ),
        ("openai", [{"data": None}], [], b"GET /models "),
    ],
)
def test_each_provider_is_asked_for_its_listing(
    provider: str, answers: list[Any], expected: list[ServedModel], path: bytes
) -> None:
    with RawServer([answer(found) for found in answers]) as server:
        url = f"http://127.0.0.1:{server.port}"
        lookup = settings(**NAMED, AWS_ENDPOINT_URL_BEDROCK=url, NI_VERTEX_ENDPOINT=url)
        deployment = Deployment(provider, provider, "ca-central-1", "CA", endpoint=url)
        lister = listing(provider, lookup)
        assert lister
        assert lister.list_models(deployment) == expected
    assert server.seen[0].startswith(path)


def test_a_refused_credential_is_told() -> None:
    with RawServer([answer({}, 401)]) as server:
        deployment = Deployment("o", "openai", "us", "US", endpoint=f"http://127.0.0.1:{server.port}")
        lister = listing("openai", settings(**NAMED))
        assert lister
        with pytest.raises(errors.UpstreamAuth):
            lister.list_models(deployment)
    assert listing("sandbox", settings()) is None
    assert listing("local", settings()) is None


def test_routes_stand_beside_what_is_served() -> None:
    kept, gone = route("openai", "a"), route("openai", "b")
    served = [ServedModel("a", "legacy"), ServedModel("c")]
    assert compare([kept, gone], served) == [Finding(kept, served[0]), Finding(gone, None)]
    assert unknown([kept, gone], served) == [ServedModel("c")]
