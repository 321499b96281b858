"""Keys: created with every field, shown once, changed, revoked."""

import re
from urllib.parse import urlencode

import pytest

from ni.access.accounts import DEFAULT
from ni.access.key_spec import last_day
from ni.access.keys import Key
from ni.domain.pii_labels import Label
from ni.domain.route import Tier
from ni.factory.gateway import Gateway
from tests.portal.cast import HOSTILE
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

NEW = "/portal/keys/new"
FILLED = {
    "name": "Build machine",
    "tiers": ["own_hardware", "managed_canadian_cloud"],
    "cap": "5,25",
    "rpm": "30",
    "expires_on": "2099-01-31",
    "pii": "y",
    "byok": "y",
    "strict": "y",
}


def newest(gateway: Gateway) -> Key:
    """The key that was made last."""
    return gateway.keys_of(DEFAULT).list()[0]


def test_a_key_is_made_with_all_that_was_decided(alice: Browser, gateway: Gateway) -> None:
    assert alice.post(NEW, FILLED, page=NEW).status_code == 200
    terms = newest(gateway).spec
    assert (terms.name, terms.tiers) == ("Build machine", frozenset({Tier.OWN_HARDWARE, Tier.CANADIAN_CLOUD}))
    assert (terms.cap_nanos, terms.rpm, str(last_day(terms.expires_at, "America/Toronto"))) == (
        5_250_000_000,
        30,
        "2099-01-31",
    )
    assert (terms.byok, terms.pii, terms.pii_may_disable, terms.strict) == (True, True, False, True)


def test_a_key_that_blocks_says_so_in_the_form_and_in_the_list(alice: Browser, gateway: Gateway) -> None:
    assert "refuses" not in alice.get("/portal/keys").text
    assert alice.post(NEW, FILLED | {"block_labels": ["CREDIT_CARD", "SIN"]}, page=NEW).status_code == 200
    key = newest(gateway)
    assert key.spec.block_labels == frozenset({Label.CREDIT_CARD, Label.SIN})
    assert "refuses credit cards, social insurance numbers" in alice.get("/portal/keys").text
    form = alice.get(f"/portal/keys/{key.id}").text
    assert 'value="CREDIT_CARD" checked' in form
    assert 'value="EMAIL" checked' not in form
    assert alice.post(NEW, FILLED | {"block_labels": ["SHOE_SIZE"]}, page=NEW).status_code == 400


def test_the_key_is_shown_once_with_a_request_ready_to_paste(alice: Browser) -> None:
    shown = alice.post(NEW, FILLED, page=NEW)
    text = re.findall(r"ni_live_[0-9A-Za-z]{54}", shown.text)
    assert len(text) == 3  # to copy, in the example, and in the form that fills it into the guides
    assert len(set(text)) == 1
    assert "curl http://127.0.0.1:8000/v1/chat/completions" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert text[0] not in alice.get("/portal/keys").text


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "bell\x07"),
        ("tiers", []),
        ("tiers", ["elsewhere"]),
        ("cap", "-1"),
        ("cap", "five"),
        ("cap", "NaN"),
        ("cap", "1e999"),
        ("rpm", "0"),
        ("rpm", "many"),
        ("expires_on", "31/01/2099"),
        ("expires_on", "2026-11-19"),
        ("expires_on", "9999-12-31"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_nothing_is_made(
    alice: Browser, gateway: Gateway, field: str, answer: object
) -> None:
    before = len(gateway.keys_of(DEFAULT).list())
    refused = alice.post(NEW, FILLED | {field: answer}, page=NEW)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert len(gateway.keys_of(DEFAULT).list()) == before


def test_changing_a_key_starts_from_what_was_decided(alice: Browser, gateway: Gateway, scene: Scene) -> None:
    page = "/portal/keys/{key}"
    assert 'value="5.00"' in alice.get(page).text
    alice.post(page, FILLED | {"cap": ""}, page=page)
    key = gateway.keys_of(DEFAULT).get(scene.places["key"])
    assert key is not None
    assert key.spec.cap_nanos is None
    assert key.spec.name == "Build machine"


def test_revoking_asks_first_and_then_is_final(alice: Browser, scene: Scene) -> None:
    page = "/portal/keys/{key}/revoke"
    last4 = scene.places["key_text"][-4:]
    assert last4 in alice.get(page).text
    assert alice.post(page, page=page).location == "/portal/keys"
    assert alice.get(page).status_code == 404


def test_a_hostile_name_is_shown_literally(alice: Browser) -> None:
    text = alice.get("/portal/keys").text
    assert HOSTILE not in text
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=cursor", ["Cursor on the build machine"]),
        ("q=LAPTOP", ["Old laptop"]),
        ("status=revoked", ["Old laptop"]),
        ("q=nobody", []),
    ],
)
def test_keys_are_found_by_name_and_state(alice: Browser, query: str, names: list[str]) -> None:
    text = alice.get(f"/portal/keys?{query}").text
    heads = re.findall(r'<th scope="row" class="name-cell">(?:<input [^>]+>)?(?:<a [^>]+>)?([^<]+)', text)
    assert heads == names


def test_a_key_s_page_says_what_it_spent_and_leads_to_its_failures(alice: Browser, scene: Scene) -> None:
    text = alice.get("/portal/keys/{key}").text
    assert "of its cap of $5.00" in text
    assert scene.filled("/portal/usage?key_id={key}&amp;outcome=failed") in text
    assert "by Alice Tremblay" in text


def test_rotating_shows_the_new_text_once_and_says_how_long_the_former_is_good(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    page = "/portal/keys/{key}/rotate"
    shown = alice.post(page, {"overlap": "24"}, page=page)
    (text,) = set(re.findall(r"ni_live_[0-9A-Za-z]{54}", shown.text))
    assert text != scene.places["key_text"]
    for good in (text, scene.places["key_text"]):
        assert gateway.keys.authenticate(good).key_id == scene.places["key"]
    assert "The former text of this key works until" in alice.get("/portal/keys/{key}").text
    assert alice.post(page, {"overlap": "999"}, page=page).status_code == 400


def test_a_key_s_owner_is_chosen_among_the_people_of_the_account(alice: Browser, gateway: Gateway) -> None:
    bob = gateway.access.users.by_email("bob@example.ca")
    assert bob is not None
    assert f'<option value="{bob.id}">' in alice.get(NEW).text
    assert alice.post(NEW, FILLED | {"owner_id": bob.id}, page=NEW).status_code == 200
    assert newest(gateway).spec.owner_id == bob.id
    assert alice.post(NEW, FILLED | {"owner_id": "usr_none"}, page=NEW).status_code == 400


def test_a_list_of_networks_that_is_none_is_refused_beside_its_field(alice: Browser) -> None:
    assert "Write networks such as" in alice.post(NEW, FILLED | {"networks": "here"}, page=NEW).text


def test_several_keys_are_revoked_at_once_after_a_question(alice: Browser, gateway: Gateway) -> None:
    keys = gateway.keys_of(DEFAULT)
    live = [key.id for key in keys.list() if key.revoked_at is None]
    asked = urlencode([("key", key_id) for key_id in live[:2]])
    page = alice.get(f"/portal/keys/revoke?{asked}")
    assert f"Revoke {len(live[:2])} keys" in page.text
    answer = alice.post("/portal/keys/revoke", {"key": live[:2]}, page=f"/portal/keys/revoke?{asked}")
    assert answer.status_code == 303
    assert {key.id for key in keys.list() if key.revoked_at is None} == set(live[2:])


def test_no_key_is_revoked_that_is_another_account_s_or_was_not_selected(
    charlie: Browser, gateway: Gateway, scene: Scene
) -> None:
    before = gateway.keys_of(DEFAULT).list()
    assert charlie.get("/portal/keys/revoke?key={key}").status_code == 303
    charlie.post("/portal/keys/revoke", {"key": [scene.places["key"]]}, page="/portal/")
    assert gateway.keys_of(DEFAULT).list() == before


def test_a_revoked_key_has_a_page_to_read_and_nothing_to_send(alice: Browser, gateway: Gateway) -> None:
    (key,) = [key for key in gateway.keys_of(DEFAULT).list() if key.revoked_at]
    assert f'href="/portal/keys/{key.id}">{key.spec.name}</a>' in alice.get("/portal/keys").text
    main = alice.get(f"/portal/keys/{key.id}").text.partition("<main")[2].partition("</main>")[0]
    assert "This key was revoked" in main
    assert "Max spend per day" in main
    assert "<form" not in main
    acts = alice.get(f"/portal/activity?kind=key&text={key.id}").text
    assert "Key revoked" in acts
    assert alice.post(f"/portal/keys/{key.id}", {"name": "Again"}, page="/portal/").status_code == 404


def test_a_name_that_another_active_key_has_is_noticed(alice: Browser) -> None:
    form = {"name": "Twice", "tiers": ["provider_api"], "pii": "y"}
    first, second = (alice.post("/portal/keys/new", form, page="/portal/keys/new").text for _ in range(2))
    assert "Another active key has the name" not in first
    assert "Another active key has the name “Twice” too." in second
