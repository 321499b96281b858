"""A provider that serves OpenAI's API is added by a descriptor and a line of the registry, and by nothing else."""

import gc
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from ni.access.onboarding import Link, Links, Purpose
from ni.catalog import changes
from ni.catalog.load import load
from ni.catalog.sheet import CatalogFault
from ni.domain.provider_descriptor import (
    CredentialField,
    OpenAIApi,
    Proof,
    ProviderDescriptor,
    ProviderSetting,
    host_rule,
)
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment, Tier
from ni.providers.base import ServedModel
from ni.providers.registry import BUILDERS, build_providers, lister_of, openai_compatible
from ni.residency.rules import jurisdiction_of, read_endpoint
from ni.web.portal.byok import _form_of
from tests.assembled import ORIGIN, Assembled, assembled
from tests.fakes.doors import make_door
from tests.fakes.openai_server import KEY, MODELS, FakeOpenAI
from tests.fakes.orders import settings
from tests.portal.conftest import Browser

TOY = ProviderDescriptor(
    name="toy",
    label="Toy Cloud",
    short_name="Toy",
    regions={Tier.CANADIAN_CLOUD: frozenset({"toy-east-1"})},
    host_rules=(host_rule(r"(?P<region>toy-[a-z]+-\d)\.api\.toy\.example", Proof.PROVIDER),),
    domains=("toy.example",),
    credential=(
        CredentialField("toy_token", label="Toy token", pattern=r"sk-[a-z]+-\d{10}", example="sk-a-1"),
    ),
    settings=(ProviderSetting("TOY_API_KEY", "none", "Toy Cloud."),),
    api=OpenAIApi("https://toy-east-1.api.toy.example/v1", "TOY_BASE_URL", "TOY_API_KEY"),
    lists_models=True,
    other_makers=True,
)
CATALOG = """
[[deployments]]
id = "toy"
provider = "toy"
region = "toy-east-1"
jurisdiction = "CA"

[[routes]]
id = "toy/bear-ca"
provider = "toy"
upstream_model = "bear"
tier = "managed_canadian_cloud"
suffix = "-ca"
region = "toy-east-1"
jurisdiction = "CA"
deployment = "toy"
prices = [{ since = "2026-11-01", input = "1", output = "2" }]
"""
ROUTE = "toy/bear-ca"
DEPLOYMENT = Deployment("toy", "toy", "toy-east-1", "CA")
CREDENTIAL = {"toy_token": KEY}  # the only one that the fake accepts
ALICE = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts the toy into both tables, wherever a module has imported them; its form is forgotten afterwards."""
    tables: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {
        "PROVIDERS": (PROVIDERS, {"toy": TOY}),
        "BUILDERS": (BUILDERS, {"toy": openai_compatible("toy")}),
    }
    for module in [module for name, module in list(sys.modules.items()) if name.startswith("ni.")]:
        for name, (table, entry) in tables.items():
            if getattr(module, name, None) is table:
                monkeypatch.setattr(module, name, MappingProxyType({**table, **entry}))
    yield
    _form_of.cache_clear()
    gc.collect()  # tests of the portal look at every form class there is


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "toy.toml"
    path.write_text(CATALOG)
    return path


@pytest.fixture
def instance(toy: None, tmp_path: Path, catalog: Path, fake: FakeOpenAI) -> Iterator[Assembled]:
    """An instance with the toy's route; its operator has no key of the provider."""
    environ = {"NI_PRIVATE_NETWORKS": "127.0.0.0/8", "TOY_BASE_URL": fake.base_url}
    with assembled(tmp_path / "home", **environ) as made:
        made.gateway.log_service.start("gw.example/custody/2026")
        changes.store(load(catalog), made.gateway.database, made.gateway.journal, made.gateway.base.activity)
        yield made
        made.gateway.egress.forget()


@pytest.fixture
def alice(instance: Assembled) -> Browser:
    """The first person: operator, and owner of account `default`."""
    browser = Browser(instance.client)
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    assert browser.post(path, ALICE, page=path).status_code == 303
    return browser


def test_the_catalog_accepts_its_route_and_refuses_a_region_that_it_has_not(toy: None, catalog: Path) -> None:
    assert [route.id for route in load(catalog).routes] == [ROUTE]
    catalog.write_text(CATALOG.replace("toy-east-1", "toy-west-1"))
    with pytest.raises(CatalogFault, match="cannot run in region `toy-west-1`"):
        load(catalog)


def test_without_the_descriptor_the_catalog_refuses_the_route(catalog: Path) -> None:
    with pytest.raises(CatalogFault, match="unknown provider `toy`"):
        load(catalog)


def test_the_residency_guard_reads_its_host_and_knows_its_region(toy: None) -> None:
    named = read_endpoint("toy", "https://toy-east-1.api.toy.example/v1")
    assert (named.proof, named.region) == (Proof.PROVIDER, "toy-east-1")
    assert jurisdiction_of(named.region) == "CA"
    assert read_endpoint("toy", "https://elsewhere.example/v1").proof is Proof.NOTHING
    assert read_endpoint("toy", "https://toy-east-1.api.toy.example.evil.example/v1").proof is Proof.FALSE


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_goes_out_with_the_accounts_own_credential(
    instance: Assembled, alice: Browser, fake: FakeOpenAI, stream: bool
) -> None:
    form = alice.get("/portal/byok/toy").text
    assert 'name="toy_token"' in form
    assert "Toy token" in form
    assert "Toy Cloud" in form
    assert alice.post("/portal/byok/toy", CREDENTIAL, page="/portal/byok/toy").status_code == 303
    page = alice.get("/portal/byok").text
    assert "Toy Cloud" in page
    assert KEY not in page
    body = {
        "model": ROUTE,
        "messages": [{"role": "user", "content": "Count to seven"}],
        "max_completion_tokens": 50,
        "stream": stream,
    }
    headers = instance.headers(tiers=frozenset({Tier.CANADIAN_CLOUD}), byok=True, pii=False)
    answer = instance.client.post("/v1/chat/completions", base_url=ORIGIN, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert '"finish_reason":"stop"' in answer.text
    assert fake.headers[-1]["authorization"] == f"Bearer {KEY}"
    sent = fake.requests[-1]
    assert (sent["model"], sent["max_tokens"]) == ("bear", 50)  # the common name of the limit
    record = instance.client.get(
        f"/api/usage/custody/{answer.headers['X-NI-Request-ID']}", base_url=ORIGIN, headers=headers
    ).get_json()
    assert [hop["entity"] for hop in record["hops"]] == ["NI", "Toy"]


def test_a_refused_credential_names_the_provider_and_a_wrong_one_is_not_stored(
    instance: Assembled, alice: Browser
) -> None:
    wrong = alice.post("/portal/byok/toy", {"toy_token": "sk toy"}, page="/portal/byok/toy")
    assert wrong.status_code == 400
    assert 'id="toy_token-error-1"' in wrong.text
    refused = alice.post("/portal/byok/toy", {"toy_token": "sk-other-0123456789"}, page="/portal/byok/toy")
    assert refused.status_code == 303
    assert "Toy refused the credential" in alice.get("/portal/byok").text


def test_the_operator_is_told_what_to_set(toy: None) -> None:
    provider = build_providers(make_door(), settings())["toy"]
    assert provider.missing(DEPLOYMENT) == "Set TOY_API_KEY to an API key of Toy Cloud."
    assert provider.endpoint(DEPLOYMENT) == "https://toy-east-1.api.toy.example/v1"


def test_it_lists_its_models_where_the_descriptor_says_so(toy: None, fake: FakeOpenAI) -> None:
    lookup = settings(TOY_API_KEY=KEY, TOY_BASE_URL=fake.base_url)
    lister = lister_of("toy", build_providers(make_door(), lookup))
    assert lister
    assert lister.list_models(DEPLOYMENT) == [ServedModel(name) for name in MODELS]
