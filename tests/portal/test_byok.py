"""BYOK: written whole, never shown again, tested and deleted by owners of the account alone."""

import re
from typing import Any

import pytest

from ni.access.accounts import DEFAULT
from ni.domain.errors import CredentialRefused
from ni.domain.providers import PROVIDERS
from ni.domain.route import Deployment
from ni.factory.gateway import Gateway
from ni.providers.base import ProviderRequest
from ni.providers.sandbox import Sandbox, SandboxResponse
from tests.portal.cast import OPENAI_KEY
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

FORMS = {name: one.credential for name, one in PROVIDERS.items() if one.credential}
PAGE = "/portal/byok"
REFUSED_KEY = "sk-canary-that-nobody-takes-0bad"
AZURE = {"api_key": "azure-canary-0123456789", "endpoint": "https://north.openai.azure.com"}


class OpenAI(Sandbox):
    """A provider without a credential of the platform, that refuses one key."""

    def missing(self, deployment: Deployment) -> str | None:
        return "Set OPENAI_API_KEY."

    def send(self, order: ProviderRequest) -> SandboxResponse:
        if order.byok["api_key"].reveal() == REFUSED_KEY:
            raise CredentialRefused(provider="OpenAI")
        return super().send(order)


@pytest.fixture(autouse=True)
def providers(gateway: Gateway) -> None:
    """Nothing leaves: what is tried when it is stored goes to a fake."""
    replaced: Any = gateway.providers
    replaced["openai"], replaced["azure"] = OpenAI(), Sandbox()


def test_a_stored_credential_is_recognised_and_not_shown(alice: Browser, bob: Browser) -> None:
    for who in (alice, bob):
        text = who.get(PAGE).text
        assert "…x7Qa" in text
        assert re.search(r"[0-9a-f]{16}", text)
        assert OPENAI_KEY[:20] not in text


def test_members_see_no_way_to_change_anything(bob: Browser) -> None:
    text = bob.get(PAGE).text
    assert "/portal/byok/" not in text
    assert "Owners of the account" in text


@pytest.mark.parametrize("provider", FORMS)
def test_every_provider_has_a_form_with_its_secrets_masked(alice: Browser, provider: str) -> None:
    text = alice.get(f"{PAGE}/{provider}").text
    secrets = sum(field.secret for field in FORMS[provider])
    assert text.count('type="password"') == secrets


def test_what_is_stored_is_on_the_page_at_once(alice: Browser, charlie: Browser) -> None:
    assert alice.post(f"{PAGE}/azure", AZURE, page=f"{PAGE}/azure").location == PAGE
    assert "https://north.openai.azure.com" in alice.get(PAGE).text
    assert "north.openai" not in charlie.get(PAGE).text


def test_a_changed_address_asks_for_the_secret_again(alice: Browser, gateway: Gateway) -> None:
    alice.post(f"{PAGE}/azure", AZURE, page=f"{PAGE}/azure")
    form = alice.get(f"{PAGE}/azure").text
    assert 'value="https://north.openai.azure.com"' in form
    assert AZURE["api_key"] not in form
    moved = {"api_key": "", "endpoint": "https://south.openai.azure.com"}
    answer = alice.post(f"{PAGE}/azure", moved, page=f"{PAGE}/azure")
    assert answer.status_code == 400
    assert 'id="api_key-error-1"' in answer.text
    stored = {one.provider: one for one in gateway.credentials.list(DEFAULT)}
    assert stored["azure"].shown["endpoint"] == "https://north.openai.azure.com"


def test_a_refused_form_gives_no_secret_back(alice: Browser) -> None:
    wrong = AZURE | {"endpoint": "http://north.openai.azure.com"}
    answer = alice.post(f"{PAGE}/azure", wrong, page=f"{PAGE}/azure")
    assert answer.status_code == 400
    assert 'id="endpoint-error-1"' in answer.text
    assert AZURE["api_key"] not in answer.text


@pytest.mark.parametrize(
    ("key", "said"), [(OPENAI_KEY, "OpenAI accepted"), (REFUSED_KEY, "refused the credential stored")]
)
def test_a_test_tells_what_the_provider_said(alice: Browser, key: str, said: str) -> None:
    alice.post(f"{PAGE}/openai", {"api_key": key}, page=f"{PAGE}/openai")
    assert said in alice.get(PAGE).text  # it is tried when it is stored
    assert said not in alice.get(PAGE).text
    assert alice.post(f"{PAGE}/openai/test", page=PAGE).location == PAGE
    assert said in alice.get(PAGE).text


def test_deleting_asks_first_and_forgets(alice: Browser, gateway: Gateway) -> None:
    alice.get(f"{PAGE}/openai/remove")
    assert gateway.credentials.list(DEFAULT)
    alice.post(f"{PAGE}/openai/remove", page=f"{PAGE}/openai/remove")
    assert gateway.credentials.list(DEFAULT) == ()


@pytest.mark.parametrize("deed", ["test", "remove"])
def test_another_account_s_credential_is_not_found(
    charlie: Browser, gateway: Gateway, scene: Scene, deed: str
) -> None:
    assert charlie.post(f"{PAGE}/openai/{deed}", page="/portal/").status_code == 404
    assert gateway.credentials.list(DEFAULT)
    assert gateway.credentials.list(scene.places["austral"]) == ()


def test_a_provider_that_takes_no_credential_is_not_found(alice: Browser) -> None:
    assert alice.get(f"{PAGE}/sandbox").status_code == 404
    assert alice.post(f"{PAGE}/sandbox", {"api_key": "x"}, page=PAGE).status_code == 404


def test_routes_reached_with_one_s_own_credential_are_listed_and_marked_for_that_account_alone(
    alice: Browser, charlie: Browser, nobody: Browser
) -> None:
    own = "openai/gpt-4.1-mini-us"
    listed = alice.get("/portal/models?q=gpt-4.1-mini-us").text
    assert own in listed
    assert listed.partition(own)[2].partition("</tr>")[0].count("BYOK") == 1
    assert f'<option value="{own}">{own} (BYOK)</option>' in alice.get("/portal/playground").text
    for who, path in ((charlie, "/portal/models"), (charlie, "/portal/playground"), (nobody, "/models")):
        assert own not in who.get(path).text.partition("Not callable yet")[0]
