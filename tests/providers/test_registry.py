"""The table of providers."""

import pytest

from ni.domain.provider_descriptor import ProviderDescriptor
from ni.domain.providers import PROVIDERS
from ni.providers.registry import BUILDERS, build_providers
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


def test_every_provider_that_is_described_is_built_and_no_other() -> None:
    assert set(BUILDERS) == set(PROVIDERS)


def test_every_provider_of_the_table_has_its_hop_name() -> None:
    assert {
        name: built.display_name for name, built in build_providers(make_door(), settings()).items()
    }.items() >= HOPS.items()


@pytest.mark.parametrize("name", sorted(HOPS))
def test_what_is_missing_is_a_sentence(name: str) -> None:
    missing = build_providers(make_door(), settings())[name].missing(route(name).deployment)
    assert missing is None if name == "sandbox" else missing is not None and missing.endswith(".")


@pytest.mark.parametrize("descriptor", PROVIDERS.values(), ids=lambda one: one.name)
def test_a_description_leaves_nothing_out(descriptor: ProviderDescriptor) -> None:
    assert descriptor.label
    assert descriptor.regions
    assert all(descriptor.regions.values())
    assert descriptor.host_rules
    assert len({one.name for one in descriptor.credential}) == len(descriptor.credential)
    assert all(one.label or one.optional for one in descriptor.credential)


def test_no_two_providers_share_an_alias_and_none_is_another_ones_name() -> None:
    names = [name for one in PROVIDERS.values() for name in (one.name, *one.aliases)]
    assert sorted(names) == sorted(set(names))
