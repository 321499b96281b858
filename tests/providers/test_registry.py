"""The table of providers."""

import pytest

from ni.providers.registry import build_providers
from tests.fakes.doors import make_door
from tests.fakes.orders import route, settings

HOPS = {
    "anthropic": "Anthropic",
    "azure": "Azure",
    "bedrock": "Bedrock",
    "local": "Local",
    "openai": "OpenAI",
    "sandbox": "Sandbox",
    "vertex_ai": "Vertex",
}


def test_every_provider_of_the_table_has_its_hop_name() -> None:
    assert {name: built.entity for name, built in build_providers(make_door(), settings()).items()} == HOPS


@pytest.mark.parametrize("name", sorted(HOPS))
def test_what_is_missing_is_a_sentence(name: str) -> None:
    missing = build_providers(make_door(), settings())[name].missing(route(name).deployment)
    assert missing is None if name == "sandbox" else missing is not None and missing.endswith(".")
