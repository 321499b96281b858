"""Several accounts for one person, and a second factor that somebody lost."""

import logging
import re

import pytest

from ni.access.accounts import DEFAULT, Role
from ni.factory.gateway import Gateway
from tests.portal.cast import BOB, CHARLIE
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, give_second_factor

SETTINGS = "/portal/settings"
LINK = "/portal/invite/{invite}"
FACTOR = f"{SETTINGS}/members/{{bob}}/second-factor"


def has_factor(gateway: Gateway, user_id: str) -> bool:
    return gateway.access.second_factor.on(user_id)


def test_who_is_signed_in_joins_with_one_button_and_goes_on_there(charlie: Browser) -> None:
    assert CHARLIE.email in charlie.get(LINK).text
    charlie.post(f"{LINK}/join", page=LINK)
    text = charlie.get("/portal/").text
    assert "You have joined Boreal." in text
    assert charlie.get("/portal/keys/new").status_code == 403  # a member there, an owner at home
    assert charlie.get(LINK).status_code == 410


def test_the_account_is_switched_by_a_form_and_the_session_gets_another_text(
    charlie: Browser, gateway: Gateway, scene: Scene
) -> None:
    charlie.post(f"{LINK}/join", page=LINK)
    sessions = gateway.access.sessions
    (before,) = sessions.list(scene.places["charlie"])
    answer = charlie.post("/portal/switch-account", {"account": scene.places["austral"]}, page="/portal/")
    assert answer.location == "/portal/"
    (after,) = sessions.list(scene.places["charlie"])
    assert before.mark != after.mark
    assert charlie.get("/portal/keys/new").status_code == 200
    assert "Cursor on the build" not in charlie.get("/portal/keys").text


def test_the_page_s_buttons_switch_to_each_of_the_accounts_and_back(charlie: Browser) -> None:
    charlie.post(f"{LINK}/join", page=LINK)
    boreal, austral = charlie.scene.places["boreal"], charlie.scene.places["austral"]
    assert boreal == DEFAULT
    for wanted in (austral, DEFAULT, austral):
        offered = set(
            re.findall(r'<button[^>]* name="account" value="([^"]*)"', charlie.get("/portal/").text)
        )
        assert offered == {wanted}
        answer = charlie.post("/portal/switch-account", {"account": offered.pop()}, page="/portal/")
        assert answer.location == "/portal/"


def test_an_account_that_one_is_not_in_is_not_there(charlie: Browser) -> None:
    answer = charlie.post(
        "/portal/switch-account", {"account": charlie.scene.places["boreal"]}, page="/portal/"
    )
    assert answer.status_code == 404
    assert "Austral" in charlie.get("/portal/").text


def test_an_invitation_to_one_s_own_account_is_refused_and_stays_good(bob: Browser, nobody: Browser) -> None:
    bob.post(f"{LINK}/join", page=LINK)
    assert "You are in this account already." in bob.get("/portal/").text
    assert nobody.get(LINK).status_code == 200


def test_nobody_joins_without_a_sign_in(nobody: Browser) -> None:
    assert nobody.post(f"{LINK}/join", page=LINK).location == "/portal/sign-in"


def test_an_owner_clears_a_lost_second_factor_after_a_question_and_it_is_logged(
    alice: Browser, gateway: Gateway, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    bob = scene.places["bob"]
    give_second_factor(gateway, bob)
    assert scene.filled(FACTOR) in alice.get(f"{SETTINGS}/people").text
    assert BOB.email in alice.get(FACTOR).text
    with caplog.at_level(logging.WARNING):
        alice.post(FACTOR, page=FACTOR)
    assert not has_factor(gateway, bob)
    assert f"second factor of {bob} cleared by {scene.places['alice']}" in caplog.text


def test_there_is_nothing_to_clear_of_who_has_no_second_factor(alice: Browser, scene: Scene) -> None:
    assert alice.get(FACTOR).status_code == 404
    assert scene.filled(FACTOR) not in alice.get(f"{SETTINGS}/people").text


def test_one_s_own_second_factor_is_switched_off_with_the_password_alone(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    give_second_factor(gateway, scene.places["alice"])
    mine = f"{SETTINGS}/members/{{alice}}/second-factor"
    for path in (mine, "/portal/accounts/{boreal}/people/{alice}/second-factor"):
        assert alice.post(path, page=SETTINGS).location == "/portal/settings/second-factor"
    assert has_factor(gateway, scene.places["alice"])


def test_the_operator_finds_people_on_the_page_of_their_account(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    give_second_factor(gateway, scene.places["charlie"])
    account = "/portal/accounts/{austral}"
    path = f"{account}/people/{{charlie}}/second-factor"
    assert scene.filled(path) in alice.get(account).text
    assert alice.post(path, page=path).location == scene.filled(account)
    assert not has_factor(gateway, scene.places["charlie"])


def test_an_owner_does_not_weaken_who_is_in_another_account_too(
    alice: Browser, charlie: Browser, gateway: Gateway, scene: Scene
) -> None:
    """Charlie, in Boreal too by invitation, keeps their second factor from Boreal's owner who is no operator."""
    charlie.post(f"{LINK}/join", page=LINK)
    access = gateway.access
    access.members_of("default").set_role(scene.places["bob"], Role.OWNER)
    give_second_factor(gateway, scene.places["charlie"])
    owner = Browser(alice.client.application.test_client(), scene)
    owner.sign_in(BOB)
    path = f"{SETTINGS}/members/{{charlie}}/second-factor"
    owner.post(path, page=path)
    assert has_factor(gateway, scene.places["charlie"])
    assert "The operator can do it." in owner.get(SETTINGS).text
