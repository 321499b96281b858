"""The playground and the API give the same answer for the same key: one table of what a key may decide."""

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

import pytest

from ni.access.key_spec import KeySpec
from ni.access.onboarding import Link, Links, Purpose
from ni.domain.pii_labels import Label
from ni.domain.route import Deployment, Tier
from ni.domain.secret import Secret
from ni.providers.base import ProviderRequest
from ni.providers.sandbox import Sandbox, SandboxResponse
from tests.assembled import ORIGIN, Assembled, assembled
from tests.portal.conftest import Browser

ALICE = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}
ECHO, OWN = "sandbox/echo-local", "openai/gpt-4.1-mini-us"
KEY = "sk-canary-0123456789abcdefWXYZ"
PROMPT = "Write to marie@example.ca."
HEADERS = (
    "X-NI-PII",
    "X-NI-Credential-Source",
    "X-NI-Residency-Evidence",
    "X-NI-Resolved-Tier",
    "X-NI-Custody-Path",
)
CASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "what is allowed": (ECHO, {}),
    "more evidence than there is": (ECHO, {"min_evidence": "A"}),
    "as much evidence as there is": (ECHO, {"min_evidence": "C"}),
    "a tier that is not allowed": (ECHO, {"tiers": frozenset({Tier.US_CLOUD})}),
    "a provider reached with the account's credential": (OWN, {"byok": True}),
    "the same without BYOK": (OWN, {}),
    "a route that is not among those that the key names": (ECHO, {"routes": frozenset({OWN})}),
    "a route that the key names": (ECHO, {"routes": frozenset({ECHO})}),
    "another network": (ECHO, {"networks": frozenset({ip_network("203.0.113.0/24")})}),
    "this network": (ECHO, {"networks": frozenset({ip_network("127.0.0.0/8")})}),
    "masking": (ECHO, {"pii": True}),
    "no masking": (ECHO, {"pii": False}),
    "a kind of personal data that is refused": (ECHO, {"block_labels": frozenset({Label.EMAIL})}),
    "the same without masking": (ECHO, {"pii": False, "block_labels": frozenset({Label.EMAIL})}),
    "a cap of nothing, where nothing is charged": (ECHO, {"cap_nanos": 0}),
    "a cap of nothing": (OWN, {"byok": True, "cap_nanos": 0}),
    "a name that is no route": ("gpt-nine", {}),
    "a name that is no route, strictly": ("gpt-nine", {"strict": True}),
}


class OwnCredentialsOnly(Sandbox):
    """A provider without a credential of the platform; it takes the account's own, and echoes."""

    display_name = "OpenAI"

    def endpoint(self, deployment: Deployment) -> str:
        return "https://api.openai.com/v1"

    def missing(self, deployment: Deployment) -> str | None:
        return "Set OPENAI_API_KEY."

    def send(self, order: ProviderRequest) -> SandboxResponse:
        assert order.byok["api_key"].reveal() == KEY
        return super().send(order)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as made:
        fields = {"api_key": Secret(KEY)}
        made.gateway.credentials.store("default", "openai", fields, "alice")
        providers: Any = made.gateway.providers
        providers["openai"] = OwnCredentialsOnly()
        yield made


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> Browser:
    browser = Browser(instance.client)
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    assert browser.post(path, ALICE, page=path).status_code == 303
    return browser


def api(instance: Assembled, text: str, model: str) -> tuple[str, dict[str, str], str]:
    """The error's code, the headers, and the sentence of the error or the answer."""
    body = {"model": model, "messages": [{"role": "user", "content": PROMPT}]}
    answer = instance.client.post(
        "/v1/chat/completions", base_url=ORIGIN, json=body, headers={"Authorization": f"Bearer {text}"}
    )
    value = answer.get_json()
    said = value["error"]["message"] if "error" in value else value["choices"][0]["message"]["content"]
    code = value["error"]["code"] if "error" in value else ""
    return code, {name: answer.headers[name] for name in HEADERS if name in answer.headers}, said


def playground(alice: Browser, key_id: str, model: str) -> tuple[str, dict[str, str], str]:
    """What the page's script is told: whether it failed, the headers that the page shows, and the text."""
    answers = {"key": key_id, "model": model, "prompt": PROMPT}
    told = alice.post("/portal/playground/stream", answers, page="/portal/playground").text
    lines = [json.loads(line) for line in told.splitlines()]
    headers: dict[str, str] = next((value["headers"] for kind, value in lines if kind == "sent"), {})
    failed = any(kind == "error" for kind, _ in lines)
    text = "".join(value for kind, value in lines if kind in ("text", "error"))
    return "error" if failed else "", headers, text


def words(said: str) -> str:
    """A sentence without its amounts: a bound on the cost counts bytes, and the two requests are not equally long."""
    return re.sub(r"\d+\.\d+", "#", said)


@pytest.mark.parametrize("case", CASES)
def test_a_key_is_answered_alike(instance: Assembled, alice: Browser, case: str) -> None:
    model, decided = CASES[case]
    created = instance.gateway.keys_of("default").create(KeySpec(name=case, **decided))
    code, headers, said = api(instance, created.text.reveal(), model)
    failed, shown, text = playground(alice, created.id, model)
    assert (bool(code), words(said)) == (bool(failed), words(text)), (case, code)
    assert {name: value for name, value in headers.items() if name in shown} == {
        name: value for name, value in shown.items() if name in headers
    }


def test_the_routes_of_the_table_are_routes(instance: Assembled) -> None:
    assert all(instance.gateway.catalog.resolve(model) for model in (ECHO, OWN))


def test_a_key_over_its_rate_is_refused_in_both(instance: Assembled, alice: Browser) -> None:
    created = instance.gateway.keys_of("default").create(KeySpec(name="slow", rpm=1))
    answers = [api(instance, created.text.reveal(), ECHO)[0] for _ in range(3)]
    assert "rate_limit_exceeded" in answers
    failed, _, text = playground(alice, created.id, ECHO)
    assert failed
    assert re.search("requests", text)


def test_every_field_that_decides_a_call_is_in_the_table() -> None:
    """The others decide nothing about what is answered to a call that is let in; `rpm` has a test of its own."""
    tried = {name for _, decided in CASES.values() for name in decided}
    apart = {"name", "expires_at", "rpm", "pii_may_disable"}
    apart |= {"owner_id", "tags", "remind_days", "server_timing", "priority"}
    assert tried | apart == set(KeySpec.__dataclass_fields__)
