"""Several accounts for one person, and a second factor that somebody lost."""

import logging

import pytest

from ni.web.portal.services import PortalServices
from tests.portal.cast import ALICE, BOB, CHARLIE, FakePeople
from tests.portal.conftest import Browser
from tests.portal.fakes import INVITATION

SETTINGS = "/portal/settings"
LINK = f"/portal/invite/{INVITATION}"
FACTOR = f"{SETTINGS}/members/{BOB.user_id}/second-factor"


@pytest.fixture
def people(services: PortalServices) -> FakePeople:
    assert isinstance(services.people, FakePeople)
    return services.people


def test_who_is_signed_in_joins_with_one_button_and_goes_on_there(charlie: Browser) -> None:
    assert CHARLIE.email in charlie.get(LINK).text
    charlie.post(f"{LINK}/join", page=LINK)
    text = charlie.get("/portal/").text
    assert "You have joined Boreal." in text
    assert charlie.get("/portal/keys/new").status_code == 403  # a member there, an owner at home
    assert charlie.get(LINK).status_code == 410


def test_the_account_is_switched_by_a_form_and_the_session_gets_another_text(
    charlie: Browser, people: FakePeople
) -> None:
    charlie.post(f"{LINK}/join", page=LINK)
    before = set(people.sessions)
    answer = charlie.post("/portal/switch-account", {"account": CHARLIE.account_id}, page="/portal/")
    assert answer.location == "/portal/"
    assert not before & set(people.sessions)
    assert charlie.get("/portal/keys/new").status_code == 200
    assert "Cursor on the build" not in charlie.get("/portal/keys").text


def test_an_account_that_one_is_not_in_is_not_there(charlie: Browser) -> None:
    answer = charlie.post("/portal/switch-account", {"account": ALICE.account_id}, page="/portal/")
    assert answer.status_code == 404
    assert "Austral" in charlie.get("/portal/").text


def test_an_invitation_to_one_s_own_account_is_refused_and_stays_good(bob: Browser, nobody: Browser) -> None:
    bob.post(f"{LINK}/join", page=LINK)
    assert "You are in this account already." in bob.get("/portal/").text
    assert nobody.get(LINK).status_code == 200


def test_nobody_joins_without_a_sign_in(nobody: Browser) -> None:
    assert nobody.post(f"{LINK}/join", page=LINK).location == "/portal/sign-in"


def test_an_owner_clears_a_lost_second_factor_after_a_question_and_it_is_logged(
    alice: Browser, people: FakePeople, caplog: pytest.LogCaptureFixture
) -> None:
    people.with_codes.add(BOB.user_id)
    assert FACTOR in alice.get(SETTINGS).text
    assert BOB.email in alice.get(FACTOR).text
    with caplog.at_level(logging.WARNING):
        alice.post(FACTOR, page=FACTOR)
    assert BOB.user_id not in people.with_codes
    assert f"second factor of {BOB.user_id} cleared by {ALICE.user_id}" in caplog.text


def test_there_is_nothing_to_clear_of_who_has_no_second_factor(alice: Browser) -> None:
    assert alice.get(FACTOR).status_code == 404
    assert FACTOR not in alice.get(SETTINGS).text


def test_one_s_own_second_factor_is_switched_off_with_the_password_alone(
    alice: Browser, people: FakePeople
) -> None:
    mine = f"{SETTINGS}/members/{ALICE.user_id}/second-factor"
    people.with_codes.add(ALICE.user_id)
    for path in (mine, f"/portal/accounts/{ALICE.account_id}/people/{ALICE.user_id}/second-factor"):
        assert alice.post(path, page=SETTINGS).location == "/portal/settings/second-factor"
    assert ALICE.user_id in people.with_codes


def test_the_operator_finds_people_on_the_page_of_their_account(alice: Browser, people: FakePeople) -> None:
    people.with_codes.add(CHARLIE.user_id)
    path = f"/portal/accounts/{CHARLIE.account_id}/people/{CHARLIE.user_id}/second-factor"
    assert path in alice.get(f"/portal/accounts/{CHARLIE.account_id}").text
    assert alice.post(path, page=path).location == f"/portal/accounts/{CHARLIE.account_id}"
    assert CHARLIE.user_id not in people.with_codes


def test_an_owner_does_not_weaken_who_is_in_another_account_too(
    charlie: Browser, alice: Browser, people: FakePeople
) -> None:
    charlie.post(f"{LINK}/join", page=LINK)
    people.with_codes.add(BOB.user_id)
    people.joined[BOB.user_id] = people.joined[CHARLIE.user_id]
    people.users[ALICE.user_id] = ALICE.__class__(
        ALICE.user_id, ALICE.account_id, ALICE.account_name, ALICE.name, ALICE.email, ALICE.role
    )
    alice.post(FACTOR, page=FACTOR)
    assert BOB.user_id in people.with_codes
    assert "The operator can do it." in alice.get(SETTINGS).text
