"""Providers: credentials of the operator by form, for every provider that its descriptor says takes one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.access.platform_credentials import CredentialSlot
from ni.domain.activity import ActivityKind
from ni.factory.gateway import Gateway
from tests.assembled import opened
from tests.cast import StandingClock
from tests.portal.acts import acts
from tests.portal.cast import NOW
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene
from tests.provider_forms import BAD, CANARY, SLOTS, VALUES, Wire, answers, put_on_the_wire

PAGE = "/portal/providers"


@pytest.fixture
def environ() -> dict[str, str]:
    """The variables of the environment: none of a provider, unless a test sets some."""
    return {}


@pytest.fixture
def gateway(scene: Scene, tmp_path: Path, environ: dict[str, str]) -> Iterator[Gateway]:
    """The gateway of a copy of the scene, without the scene's credentials of providers."""
    shutil.copytree(scene.home, tmp_path / "home")
    with opened(tmp_path / "home", {"NI_PREPAID": "on", **environ}, StandingClock(NOW)) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def wires(gateway: Gateway) -> dict[str, Wire]:
    """Nothing leaves: what is tried when it is stored goes to a fake."""
    return put_on_the_wire(gateway.providers, gateway.access.platform_credentials.lookup)


@pytest.mark.parametrize("slot", SLOTS.values(), ids=SLOTS)
def test_each_credential_is_stored_tried_shown_without_secret_and_removed(
    slot: CredentialSlot, alice: Browser, gateway: Gateway, wires: dict[str, Wire]
) -> None:
    form = alice.get(f"{PAGE}/{slot.name}").text
    assert form.count('type="password"') == sum(each.field.secret for each in slot.fields)
    sent = alice.post(f"{PAGE}/{slot.name}", answers(slot), page=f"{PAGE}/{slot.name}")
    assert sent.location == PAGE, sent.text
    listed = alice.get(PAGE).text
    assert "answered on" in listed
    assert wires[slot.provider].sent
    texts = [listed, alice.get(f"{PAGE}/{slot.name}").text, alice.get("/portal/activity").text]
    assert all(CANARY not in text for text in texts)
    ready = [each for each in gateway.catalog.routes() if gateway.catalog.is_ready(each)]
    assert slot.provider in {each.provider for each in ready}
    alice.post(f"{PAGE}/{slot.name}/remove", page=f"{PAGE}/{slot.name}/remove")
    kinds = [act.kind for act in acts(gateway)[:2]]
    assert kinds == [ActivityKind.CREDENTIAL_REMOVED, ActivityKind.CREDENTIAL_STORED]
    ready = [each for each in gateway.catalog.routes() if gateway.catalog.is_ready(each)]
    assert slot.provider not in {each.provider for each in ready}


def test_what_the_provider_refuses_is_said_and_stays_stored(alice: Browser) -> None:
    alice.post(f"{PAGE}/OPENAI_API_KEY", {"api_key": BAD}, page=f"{PAGE}/OPENAI_API_KEY")
    text = alice.get(PAGE).text
    assert "refused" in text
    assert "OpenAI" in text
    assert BAD not in text


def test_a_wrong_form_is_refused_beside_its_field_and_gives_no_secret_back(alice: Browser) -> None:
    wrong = {"api_key": VALUES["api_key"], "endpoint": "https://north.example.ca"}
    answer = alice.post(f"{PAGE}/AZURE_OPENAI_API_KEY", wrong, page=f"{PAGE}/AZURE_OPENAI_API_KEY")
    assert answer.status_code == 400
    assert 'id="endpoint-error-1"' in answer.text
    assert CANARY not in answer.text


def test_the_overview_says_that_no_provider_is_configured_until_one_is(alice: Browser, bob: Browser) -> None:
    said = "No provider is configured"
    assert said in alice.get("/portal/").text
    assert said in alice.get("/portal/connect").text
    assert said not in bob.get("/portal/").text
    assert f'href="{PAGE}/ANTHROPIC_API_KEY"' in alice.get("/portal/models").text
    address = f"{PAGE}/ANTHROPIC_API_KEY"
    alice.post(address, {"api_key": VALUES["api_key"]}, page=address)
    for page in ("/portal/", "/portal/connect"):
        assert said not in alice.get(page).text
    assert f'href="{address}"' not in alice.get("/portal/models").text


def test_a_credential_that_does_not_open_leaves_its_provider_unconfigured_and_is_said(
    alice: Browser, gateway: Gateway
) -> None:
    address = f"{PAGE}/OPENAI_API_KEY"
    alice.post(address, {"api_key": VALUES["api_key"]}, page=address)
    stored = gateway.access.platform_credentials
    with gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE platform_credentials SET sealed = x'00', id = 'cred_other'")
    stored.renew()
    gateway.catalog.refresh()
    assert "Does not open" in alice.get(PAGE).text
    assert "does not open: enter it again" in alice.get("/portal/").text
    assert stored.lookup("OPENAI_API_KEY") is None
    assert alice.get("/portal/deployments").status_code == 200


def test_operators_alone_reach_the_pages(bob: Browser, nobody: Browser) -> None:
    for path in (PAGE, f"{PAGE}/OPENAI_API_KEY", "/portal/placing", "/portal/placing/new/azure"):
        assert bob.get(path).status_code in (403, 404)
        assert nobody.get(path).status_code == 303


def test_a_place_that_no_provider_has_is_not_found(alice: Browser) -> None:
    assert alice.get(f"{PAGE}/HOME").status_code == 404
    assert alice.post(f"{PAGE}/HOME", {"api_key": "x" * 20}, page=PAGE).status_code == 404


@pytest.mark.parametrize("slot", SLOTS.values(), ids=SLOTS)
@pytest.mark.parametrize(
    "environ", [{name: VALUES["api_key"] for slot in SLOTS.values() for name in slot.settings.values()}]
)
def test_a_variable_of_the_environment_wins_and_makes_the_form_read_only(
    slot: CredentialSlot, alice: Browser
) -> None:
    text = alice.get(f"{PAGE}/{slot.name}").text
    assert f"{next(iter(slot.settings.values()))} is set in the environment" in text
    assert 'type="password"' not in text
    assert slot.name in alice.get(PAGE).text
    assert CANARY not in alice.get(PAGE).text + text
    refused = alice.post(f"{PAGE}/{slot.name}", answers(slot), page=PAGE)
    assert refused.status_code == 400
    assert CANARY not in refused.text


@pytest.mark.parametrize("environ", [{"AWS_BEARER_TOKEN_BEDROCK": VALUES["api_key"]}])
def test_the_credential_that_lets_in_is_the_only_one_in_use(alice: Browser) -> None:
    used = alice.get(PAGE).text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Amazon Bedrock (API key)" in used
    assert "Amazon Bedrock (Access key)" not in used
