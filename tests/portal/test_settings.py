"""Settings: password, sign-ins, second factor; the account, its people and invitations."""

from collections.abc import Callable

import pytest

from ni.domain.pii_labels import Label
from ni.domain.secret import Secret
from ni.web.portal.services import Person, PortalServices
from ni.web.portal.services_team import AccountTerms
from tests.portal.cast import ALICE, BOB, PASSWORD, WEAK
from tests.portal.conftest import Browser
from tests.portal.fakes import CODE

PAGE = "/portal/settings"
FACTOR = "/portal/settings/second-factor"


def test_a_changed_password_keeps_this_session_and_ends_the_others(
    visit: Callable[[Person], Browser],
) -> None:
    here, there = visit(ALICE), visit(ALICE)
    new = "another long enough sentence"
    answers = {"current": PASSWORD, "new": new, "again": new}
    here.post("/portal/settings/password", answers, page="/portal/settings")
    assert (here.get("/portal/").status_code, there.get("/portal/").status_code) == (200, 303)


@pytest.mark.parametrize(
    "wrong", [{"current": "not it"}, {"again": "something else entirely"}, {"new": "short"}]
)
def test_a_password_change_that_does_not_fit_changes_nothing(alice: Browser, wrong: dict[str, str]) -> None:
    new = "another long enough sentence"
    answers = {"current": PASSWORD, "new": new, "again": new} | wrong
    assert alice.post("/portal/settings/password", answers, page="/portal/settings").status_code == 400
    assert alice.sign_in(ALICE).status_code == 303


def test_a_weak_password_is_refused_beside_its_field_and_in_the_language(alice: Browser) -> None:
    answers = {"current": PASSWORD, "new": WEAK, "again": WEAK}
    answer = alice.post(f"{PAGE}/password", answers, page=PAGE, Accept_Language="fr")
    assert answer.status_code == 400
    assert "Choisissez-en un autre" in answer.text.partition('id="new-error-1"')[2].partition("</p>")[0]


def test_one_of_several_sign_ins_can_be_ended(visit: Callable[[Person], Browser]) -> None:
    here, there = visit(ALICE), visit(ALICE)
    mark = here.get(PAGE).text.partition("/portal/settings/sessions/")[2].partition("/end")[0]
    here.post(f"{PAGE}/sessions/{mark}/end", page=PAGE)
    assert (here.get("/portal/").status_code, there.get("/portal/").status_code) == (200, 303)


def test_a_sign_in_of_somebody_else_cannot_be_ended(
    alice: Browser, bob: Browser, services: PortalServices
) -> None:
    mark = services.protection.sessions(BOB.user_id, Secret(""))[0].mark
    assert alice.post(f"{PAGE}/sessions/{mark}/end", page=PAGE).status_code == 404
    assert bob.get("/portal/").status_code == 200


@pytest.mark.parametrize("wrong", [{"code": "000000"}, {"current": "not it"}, {"code": ""}])
def test_a_second_factor_needs_a_code_that_fits_and_the_password(
    alice: Browser, services: PortalServices, wrong: dict[str, str]
) -> None:
    answers = {"secret": "JBSWY3DPEHPK3PXP", "code": CODE, "current": PASSWORD} | wrong
    answer = alice.post(FACTOR, answers, page=FACTOR)
    assert answer.status_code == 400
    assert "JBSWY3DPEHPK3PXP" in answer.text
    assert not services.protection.has_second_factor(ALICE.user_id)


def test_recovery_codes_are_shown_once_and_switching_off_needs_the_password(
    alice: Browser, services: PortalServices
) -> None:
    answers = {"secret": "JBSWY3DPEHPK3PXP", "code": CODE, "current": PASSWORD}
    assert alice.post(FACTOR, answers, page=FACTOR).text.count("aaaa-bbbb-cccc-") == 10
    assert "aaaa-bbbb-cccc-" not in alice.get(FACTOR).text
    assert alice.post(f"{FACTOR}/off", {"current": "not it"}, page=FACTOR).status_code == 400
    assert services.protection.has_second_factor(ALICE.user_id)
    assert alice.post(f"{FACTOR}/off", {"current": PASSWORD}, page=FACTOR).status_code == 303
    assert not services.protection.has_second_factor(ALICE.user_id)


def test_an_owner_decides_about_the_account(alice: Browser, services: PortalServices) -> None:
    answers = {"account_name": "Boreal North", "time_zone": "America/Halifax", "min_evidence": "B"}
    alice.post(f"{PAGE}/account", answers | {"block_labels": ["SIN"]}, page=PAGE)
    terms = services.team.terms(ALICE.account_id)
    blocked = frozenset({Label.SIN})
    assert terms == AccountTerms("Boreal North", "America/Halifax", False, "B", block_labels=blocked)
    assert '<option selected value="B">' in alice.get(PAGE).text
    assert 'value="SIN" checked' in alice.get(PAGE).text


def test_who_changes_what_an_account_demands_is_in_the_log(
    alice: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answers = {"account_name": "Boreal North", "time_zone": "America/Halifax", "min_evidence": "A"}
    for _ in range(2):
        alice.post(f"{PAGE}/account", answers, page=PAGE)
    assert alice.post(f"{PAGE}/account", answers | {"min_evidence": "D"}, page=PAGE).status_code == 400
    said = f"account {ALICE.account_id} demands evidence A and no more any, by user {ALICE.user_id}"
    assert [record.getMessage() for record in caplog.records] == [said]


def test_a_name_that_is_taken_is_told_beside_its_field(alice: Browser) -> None:
    answers = {"account_name": "Taken", "time_zone": "America/Halifax"}
    answer = alice.post(f"{PAGE}/account", answers, page=PAGE)
    assert answer.status_code == 400
    assert 'id="account_name-error-1"' in answer.text


def test_an_invitation_is_an_address_of_this_instance(alice: Browser) -> None:
    text = alice.post(f"{PAGE}/invite", {"role": "member"}, page=PAGE).text
    assert "http://127.0.0.1:8000/portal/invite/invitation-of-at-least-32-characters-member" in text


def test_roles_change_and_people_leave_after_a_question(alice: Browser, services: PortalServices) -> None:
    alice.post(f"{PAGE}/members/{BOB.user_id}/role", {"role": "owner"}, page=PAGE)
    assert [one.role for one in services.team.members(ALICE.account_id)] == ["owner", "owner"]
    assert BOB.email in alice.get(f"{PAGE}/members/{BOB.user_id}/remove").text
    alice.post(f"{PAGE}/members/{BOB.user_id}/remove", page=PAGE)
    assert [one.user_id for one in services.team.members(ALICE.account_id)] == [ALICE.user_id]


def test_the_last_owner_stays_and_the_reason_is_told(alice: Browser) -> None:
    alice.post(f"{PAGE}/members/{ALICE.user_id}/role", {"role": "member"}, page=PAGE)
    assert "An account needs an owner" in alice.get(PAGE).text


def test_a_role_that_is_none_is_refused(alice: Browser) -> None:
    assert alice.post(f"{PAGE}/members/{BOB.user_id}/role", {"role": "king"}, page=PAGE).status_code == 400
