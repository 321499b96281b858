"""What owners and the operator do in the portal, over the real packages: credit, second accounts, erasure."""

import json
import re
from collections.abc import Iterator

import pytest

import ni_verify
from ni.access.accounts import DEFAULT, Role
from ni.access.onboarding import Link, Links, Purpose
from tests.assembled import ORIGIN, Assembled, assembled
from tests.portal.conftest import Browser

PASSWORD = "an orchard in September"
ALICE = {"name": "Alice", "email": "alice@example.ca", "password": PASSWORD}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home"), NI_PREPAID="on") as made:
        made.gateway.log_service.start("gw.example/custody/2026")
        yield made


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> Browser:
    """The first person: operator, and owner of account `default`."""
    browser = Browser(instance.client)
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    assert browser.post(path, ALICE, page=path).status_code == 303
    return browser


def grant(alice: Browser, amount: str) -> None:
    """Ask, and confirm."""
    page = f"/portal/accounts/{DEFAULT}"
    asked = alice.post(f"{page}/credit", {"amount": amount, "note": "Invoice 7"}, page=page).text
    answers = dict(re.findall(r'name="(amount|note|once)" value="([^"]*)"', asked))
    for _ in range(2):
        assert alice.post(f"{page}/credit", answers, page=page).status_code == 303


def call(instance: Assembled) -> str:
    """A request to the sandbox; its id."""
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "Hello"}]}
    answer = instance.client.post(
        "/v1/chat/completions", base_url=ORIGIN, json=body, headers=instance.headers(pii=False)
    )
    assert answer.status_code == 200, answer.text
    return answer.headers["X-NI-Request-ID"]


def test_credit_that_is_granted_is_what_calls_are_held_against(instance: Assembled, alice: Browser) -> None:
    assert "The balance is used up" in alice.get("/portal/balance").text
    grant(alice, "12.50")
    grant(alice, "-2,50")
    assert instance.gateway.balances.of(DEFAULT).nanos == 10_000_000_000
    assert instance.gateway.balances.check(DEFAULT)
    page = alice.get("/portal/balance").text
    assert page.count("Invoice 7") == 2
    assert page.count("$10.00") >= 2
    assert call(instance)


def test_one_person_in_two_accounts_sees_each_alone(instance: Assembled, alice: Browser) -> None:
    orchard = instance.gateway.accounts.create("Orchard")
    offer = Link(Purpose.INVITE, account_id=orchard.id, role=Role.MEMBER)
    path = f"/portal/invite/{Links(instance.gateway.base).issue(offer).reveal()}"
    assert alice.post(f"{path}/join", page=path).location == "/portal/"
    assert "You have joined Orchard." in alice.get("/portal/").text
    assert alice.get("/portal/keys/new").status_code == 403
    alice.post("/portal/switch-account", {"account": DEFAULT}, page="/portal/")
    assert alice.get("/portal/keys/new").status_code == 200
    assert alice.get(path).status_code == 410


def test_what_an_owner_demands_holds_for_the_keys_there_are_and_the_operator_sees_it(
    instance: Assembled, alice: Browser
) -> None:
    grant(alice, "1")
    headers, settings = instance.headers(pii=False), "/portal/settings"

    def demand(grade: str) -> int:
        answers = {"account_name": "default", "time_zone": "America/Toronto", "min_evidence": grade}
        alice.post(f"{settings}/account", answers, page=settings)
        body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "Hello"}]}
        path = "/v1/chat/completions"
        return instance.client.post(path, base_url=ORIGIN, json=body, headers=headers).status_code

    assert demand("B") == 403
    assert "demands evidence B or better" in alice.get(f"/portal/accounts/{DEFAULT}").text
    assert demand("") == 200
    assert "demands evidence" not in alice.get(f"/portal/accounts/{DEFAULT}").text


def test_what_is_erased_is_gone_and_the_receipt_given_out_before_stays_good(
    instance: Assembled, alice: Browser
) -> None:
    grant(alice, "1")
    request_id = call(instance)
    page = f"/portal/custody/{request_id}"
    before = alice.get(f"{page}/receipt").data
    assert "client_model" in alice.get(f"{page}/erase").text
    alice.post(
        f"{page}/erase", {"names": ["client_model", "peer_ip"], "reason": "asked for"}, page=f"{page}/erase"
    )
    shown = alice.get(page).text
    assert "fields of this record were erased" in shown
    assert "client_model" not in alice.get(f"{page}/erase").text
    alice.post(f"{page}/erase", {"whole": "1", "reason": "asked for"}, page=f"{page}/erase")
    assert "Nothing to erase" in alice.get(f"{page}/erase").text
    assert "No provider was called" not in alice.get(page).text
    for octets in (before, alice.get(f"{page}/receipt").data):
        assert ni_verify.verify(octets, keys_of(instance), ni_verify.Memory()).startswith("intact")


def test_the_key_that_is_shown_checks_the_export_of_the_account(instance: Assembled, alice: Browser) -> None:
    shown = alice.post("/portal/custody/account-key", page="/portal/custody/account-key").text
    found = re.search(r'id="account-key">([^<]+)<', shown)
    assert found
    export = instance.gateway.log_service.receipts.export(DEFAULT)
    assert json.loads(export)["account"] == DEFAULT
    said = ni_verify.account(export, keys_of(instance), ni_verify.Memory(), found[1])
    assert "not checked" not in said


def keys_of(instance: Assembled) -> ni_verify.Keys:
    """The keys that sign the log."""
    described = instance.gateway.log_service.described()
    return dict(ni_verify.parse_vkey(one["vkey"]) for one in described["vkeys"])
