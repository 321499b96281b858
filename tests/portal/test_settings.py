"""Settings: password, sign-ins, second factor; the account, its people and invitations."""

import re
from collections.abc import Callable

import pytest

from ni.access.accounts import DEFAULT, AccountSettings
from ni.domain.pii_labels import Label
from ni.domain.secret import Secret
from ni.factory.gateway import Gateway
from tests.portal.cast import ALICE, BOB, PASSWORD, WEAK, Person
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, code_of

PAGE = "/portal/settings"
FACTOR = "/portal/settings/second-factor"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


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
    for mark in re.findall("/portal/settings/sessions/([0-9a-f]+)/end", here.get(f"{PAGE}/security").text):
        assert here.post(f"{PAGE}/sessions/{mark}/end", page=PAGE).status_code == 303
    assert (here.get("/portal/").status_code, there.get("/portal/").status_code) == (200, 303)


def test_a_sign_in_of_somebody_else_cannot_be_ended(
    alice: Browser, bob: Browser, gateway: Gateway, scene: Scene
) -> None:
    mark = gateway.access.sessions.list(scene.places["bob"])[0].mark
    assert alice.post(f"{PAGE}/sessions/{mark}/end", page=PAGE).status_code == 404
    assert bob.get("/portal/").status_code == 200


@pytest.fixture
def enrolment(gateway: Gateway) -> dict[str, str]:
    """The form that switches the second factor on, rightly filled in."""
    return {"secret": SECRET, "code": code_of(gateway, Secret(SECRET)), "current": PASSWORD}


def has_factor(gateway: Gateway, scene: Scene) -> bool:
    return gateway.access.second_factor.on(scene.places["alice"])


@pytest.mark.parametrize("wrong", [{"code": "000000"}, {"current": "not it"}, {"code": ""}])
def test_a_second_factor_needs_a_code_that_fits_and_the_password(
    alice: Browser, gateway: Gateway, scene: Scene, enrolment: dict[str, str], wrong: dict[str, str]
) -> None:
    answer = alice.post(FACTOR, enrolment | wrong, page=FACTOR)
    assert answer.status_code == 400
    assert SECRET in answer.text
    assert not has_factor(gateway, scene)


def test_recovery_codes_are_shown_once_and_switching_off_needs_the_password(
    alice: Browser, gateway: Gateway, scene: Scene, enrolment: dict[str, str]
) -> None:
    codes = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", alice.post(FACTOR, enrolment, page=FACTOR).text)
    assert len(set(codes)) == 10
    assert codes[0] not in alice.get(FACTOR).text
    assert alice.post(f"{FACTOR}/off", {"current": "not it"}, page=FACTOR).status_code == 400
    assert has_factor(gateway, scene)
    assert alice.post(f"{FACTOR}/off", {"current": PASSWORD}, page=FACTOR).status_code == 303
    assert not has_factor(gateway, scene)


def test_an_owner_decides_about_the_account(alice: Browser, gateway: Gateway) -> None:
    answers = {"account_name": "Boreal North", "time_zone": "America/Halifax", "min_evidence": "B"}
    alice.post(f"{PAGE}/account", answers | {"block_labels": ["SIN"]}, page=PAGE)
    account = gateway.accounts.get(DEFAULT)
    assert account
    decided = AccountSettings(
        account.name, account.time_zone, account.commands, account.min_evidence,
        account.shares_mappings, account.block_labels,
    )  # fmt: skip
    blocked = frozenset({Label.SIN})
    assert decided == AccountSettings("Boreal North", "America/Halifax", False, "B", block_labels=blocked)
    assert '<option selected value="B">' in alice.get(f"{PAGE}/account").text
    assert 'value="SIN" checked' in alice.get(f"{PAGE}/account").text


def test_who_changes_what_an_account_demands_is_in_the_log(
    alice: Browser, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    answers = {"account_name": "Boreal North", "time_zone": "America/Halifax", "min_evidence": "A"}
    for _ in range(2):
        alice.post(f"{PAGE}/account", answers, page=PAGE)
    assert alice.post(f"{PAGE}/account", answers | {"min_evidence": "D"}, page=PAGE).status_code == 400
    said = f"account {DEFAULT} demands evidence A and no more any, by user {scene.places['alice']}"
    assert [record.getMessage() for record in caplog.records if "evidence" in record.getMessage()] == [said]


def test_a_name_that_is_taken_is_told_beside_its_field(alice: Browser) -> None:
    answers = {"account_name": "Austral", "time_zone": "America/Halifax"}
    answer = alice.post(f"{PAGE}/account", answers, page=PAGE)
    assert answer.status_code == 400
    assert 'id="account_name-error-1"' in answer.text


def test_an_invitation_is_an_address_of_this_instance(alice: Browser) -> None:
    text = alice.post(f"{PAGE}/invite", {"role": "member"}, page=PAGE).text
    assert re.search(r"http://127\.0\.0\.1:8000/portal/invite/[A-Za-z0-9_-]{43}", text)


def test_an_owner_sees_the_open_invitations_and_withdraws_one(
    alice: Browser, bob: Browser, nobody: Browser
) -> None:
    address = re.search(
        r"/portal/invite/([\w-]{43})", alice.post(f"{PAGE}/invite", {"role": "auditor"}, page=PAGE).text
    )
    assert address
    page = alice.get(f"{PAGE}/people").text
    rows = re.findall(r"<tr><th scope=\"row\">Auditor</th>.*?</tr>", page, re.DOTALL)
    (row,) = rows
    assert ALICE.email in row
    assert "in the portal" in row
    assert address[1] not in page
    assert "Open invitations" not in bob.get(f"{PAGE}/people").text
    withdraw = re.search(r'action="([^"]+/withdraw)"', row)
    assert withdraw
    assert nobody.get(address[0]).status_code == 200
    assert alice.post(withdraw[1], page=PAGE).location == "/portal/settings/people"
    assert "no longer works" in alice.get(f"{PAGE}/people").text
    assert nobody.get(address[0]).status_code == 410
    assert alice.post(withdraw[1], page=PAGE).status_code == 404


def test_an_invitation_to_another_account_is_neither_listed_nor_withdrawn(
    charlie: Browser, gateway: Gateway
) -> None:
    (invitation,) = gateway.access.invitations_of(DEFAULT).list()
    assert invitation.id not in charlie.get(f"{PAGE}/people").text
    assert charlie.post(f"{PAGE}/invitations/{invitation.id}/withdraw", page=PAGE).status_code == 404
    assert gateway.access.invitations_of(DEFAULT).list() == (invitation,)


def test_roles_change_and_people_leave_after_a_question(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    bob, members = f"{PAGE}/members/{{bob}}", gateway.access.members_of(DEFAULT)
    alice.post(f"{bob}/role", {"role": "owner"}, page=PAGE)
    assert [member.role for member in members.list()] == ["owner", "owner"]
    assert BOB.email in alice.get(f"{bob}/remove").text
    alice.post(f"{bob}/remove", page=PAGE)
    assert [member.user_id for member in members.list()] == [scene.places["alice"]]


def test_the_last_owner_stays_and_the_reason_is_told(alice: Browser) -> None:
    alice.post(f"{PAGE}/members/{{alice}}/role", {"role": "member"}, page=PAGE)
    assert "An account needs an owner" in alice.get(PAGE).text


def test_a_role_that_is_none_is_refused(alice: Browser) -> None:
    assert alice.post(f"{PAGE}/members/{{bob}}/role", {"role": "king"}, page=PAGE).status_code == 400


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("profile", {"name": "", "language": "en"}),
        ("password", {"current": "x", "new": WEAK, "again": WEAK}),
        ("account", {"account_name": ""}),
        ("invite", {"role": "king"}),
    ],
)
def test_after_an_error_the_address_shows_the_form_again(
    alice: Browser, path: str, answers: dict[str, str]
) -> None:
    address = f"{PAGE}/{path}"
    assert alice.post(address, answers, page=address).status_code == 400
    reloaded = alice.get(address)
    assert reloaded.status_code == 200
    assert f'action="{address}"' in reloaded.text


def test_time_zones_are_places_and_those_of_canada_come_first(alice: Browser) -> None:
    text = alice.get(f"{PAGE}/account").text.partition('name="time_zone"')[2].partition("</select>")[0]
    zones = re.findall(r'value="([^"]+)"', text)
    assert zones.index("America/Toronto") < zones.index("UTC") < zones.index("Europe/Paris")
    assert not {"Factory", "localtime", "Etc/GMT+5", "Canada/Eastern"} & set(zones)
