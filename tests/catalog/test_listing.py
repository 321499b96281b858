"""The JSON lists, and the two `jq` lines that the published guide gives its readers."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import date

import pytest

from ni.catalog.capabilities import capabilities_of
from ni.catalog.listing import billing_models, capabilities_object, model_object, models_list
from ni.catalog.load import SHIPPED, load
from ni.catalog.routes import build
from ni.domain.call import Json
from ni.domain.route import Route

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")


@pytest.fixture(scope="module")
def routes() -> Sequence[Route]:
    sheet = load(SHIPPED)
    deployments = {row.id: row for row in sheet.deployments}
    return [build(row, deployments[row.deployment], date(2026, 11, 23)) for row in sheet.routes]


def jq(program: str, value: Json) -> list[str]:
    done = subprocess.run(
        ["jq", program], input=json.dumps(value), capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@needs_jq
def test_the_guides_line_lists_every_model_id(routes: Sequence[Route]) -> None:
    assert jq(".models[].model_id", billing_models(routes)) == [route.id for route in routes]


def test_the_public_list_shows_the_bands_of_long_prompts(routes: Sequence[Route]) -> None:
    (gemini,) = (
        model["pricing"]
        for model in billing_models(routes)["models"]
        if model["model_id"] == "vertex_ai/gemini-2.5-pro-ca"
    )
    assert gemini["bands"] == [
        {
            "above": 200_000,
            "input": 2.5,
            "cached_input": 0.25,
            "cache_write": 2.5,
            "cache_write_1h": 2.5,
            "output": 15.0,
        }
    ]


@needs_jq
def test_the_guides_line_lists_the_routes_that_see(routes: Sequence[Route]) -> None:
    seeing = jq(".data[] | select(.supports_vision) | .id", models_list(routes, lambda _: ()))
    assert "vertex_ai/gemini-2.5-pro-ca" in seeing
    assert "bedrock/global.anthropic.claude-sonnet-4-6-global" in seeing
    assert "bedrock/meta.llama3-70b-instruct-v1:0-ca" not in seeing


def test_a_model_object_is_openais_with_what_ni_adds(routes: Sequence[Route]) -> None:
    shown = model_object(routes[0], lambda _: ("tools",))
    assert (shown["object"], shown["owned_by"]) == ("model", "vertex_ai")
    assert isinstance(shown["created"], int)
    assert shown["route_tier"] == "managed_canadian_cloud"
    assert shown["jurisdiction"] == "CA"
    assert set(shown["capabilities"]) == {
        "supports_vision",
        "modalities",
        "context_window",
        "max_output_tokens",
        "supports_function_calling",
        "tool_calling",
        "supports_streaming",
        "supports_json_schema",
        "supports_reasoning",
    }


@pytest.mark.parametrize(
    ("model", "can", "how"),
    [
        ("gpt-4.1-mini", True, "native"),
        ("meta.llama3-70b-instruct-v1:0", True, "prompted"),
        ("nobody/knows-this", False, "none"),
    ],
)
def test_a_list_says_whether_tools_may_be_offered_and_how(model: str, can: bool, how: str) -> None:
    shown = capabilities_object(capabilities_of(model, {}))
    assert (shown["supports_function_calling"], shown["tool_calling"]) == (can, how)


def test_the_public_list_shows_prices_per_million_tokens(routes: Sequence[Route]) -> None:
    (sonnet,) = (
        model
        for model in billing_models(routes)["models"]
        if model["model_id"] == "bedrock/global.anthropic.claude-sonnet-4-6-global"
    )
    assert sonnet["pricing"] == {
        "currency": "USD",
        "unit": "per_million_tokens",
        "input": 3.0,
        "cached_input": 0.3,
        "cache_write": 3.75,
        "cache_write_1h": 6.0,
        "output": 15.0,
        "request": 0.0,
        "image": 0.0,
        "bands": [],
        "since": sonnet["pricing"]["since"],
    }
    assert (sonnet["provider"], sonnet["route_tier"], sonnet["region"], sonnet["jurisdiction"]) == (
        "bedrock",
        "managed_global_cloud",
        "global",
        "GLOBAL",
    )
