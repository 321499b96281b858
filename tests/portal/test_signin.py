"""Set-up, sign-in and sign-out: who gets in, and what is left behind."""

import pytest

from ni.factory.gateway import Gateway
from tests.portal.cast import ALICE, PASSWORD, WEAK
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, code_of, give_second_factor

SET_UP = "/portal/set-up/{set_up}"
FIRST = {"name": "Zoé", "email": "zoe@example.com", "password": "a sentence that is long"}


class TestSetUp:
    """An instance that nobody has set up."""

    @pytest.fixture
    def scene(self, fresh_scene: Scene) -> Scene:
        return fresh_scene

    def test_the_set_up_link_makes_the_first_person_and_signs_them_in(self, nobody: Browser) -> None:
        assert nobody.post(SET_UP, FIRST, page=SET_UP).location == "/portal/"
        assert "Zoé" in nobody.get("/portal/").text

    def test_a_set_up_link_works_once(self, nobody: Browser) -> None:
        nobody.post(SET_UP, FIRST, page=SET_UP)
        assert nobody.get(SET_UP).status_code == 410
        assert nobody.post(SET_UP, FIRST, page="/").status_code == 410

    def test_a_short_password_is_refused_with_its_reason_beside_the_field(self, nobody: Browser) -> None:
        answer = nobody.post(SET_UP, FIRST | {"password": "short"}, page=SET_UP)
        assert answer.status_code == 400
        assert 'aria-invalid="true"' in answer.text
        assert 'id="password-error-1"' in answer.text

    def test_a_weak_password_at_set_up_is_told_beside_its_field(self, nobody: Browser) -> None:
        answer = nobody.post(SET_UP, FIRST | {"password": WEAK}, page=SET_UP)
        assert answer.status_code == 400
        assert "first that anyone would try" in answer.text.partition('id="password-error-1"')[2]


def test_signing_in_leads_to_the_page_that_was_asked_for(nobody: Browser) -> None:
    asked = nobody.get("/portal/usage?by=route").location
    assert asked == "/portal/sign-in?next=/portal/usage?by%3Droute"
    answer = nobody.post(asked, {"email": ALICE.email, "password": PASSWORD}, page=asked)
    assert answer.location == "/portal/usage?by=route"


def test_the_way_on_never_leaves_this_site(nobody: Browser) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        nobody.client.delete_cookie("ni", domain="127.0.0.1")
        answer = nobody.post(
            f"/portal/sign-in?next={elsewhere}", {"email": ALICE.email, "password": PASSWORD}
        )
        assert answer.location == "/portal/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(nobody: Browser) -> None:
    answers = [
        nobody.post("/portal/sign-in", {"email": email, "password": "wrong"})
        for email in (ALICE.email, "nobody@example.com")
    ]
    texts = {
        answer.text.replace(email, "")
        for answer, email in zip(answers, (ALICE.email, "nobody@example.com"), strict=True)
    }
    assert {answer.status_code for answer in answers} == {403}
    assert len({text.partition('role="alert"')[2].partition("</div>")[0] for text in texts}) == 1


def test_a_password_is_never_sent_back(nobody: Browser) -> None:
    assert (
        "hunter2-hunter2"
        not in nobody.post("/portal/sign-in", {"email": ALICE.email, "password": "hunter2-hunter2"}).text
    )


def test_too_many_failures_say_how_long_to_wait(nobody: Browser) -> None:
    answers = [
        nobody.post("/portal/sign-in", {"email": f"{number}@example.ca", "password": "wrong"})
        for number in range(21)
    ]
    assert [answer.status_code for answer in answers] == [403] * 20 + [429]
    assert "Wait 6 s " in answers[-1].text


def test_a_cookie_from_before_sign_in_is_worthless(nobody: Browser) -> None:
    nobody.get("/portal/sign-in")
    before = nobody.client.get_cookie("ni", domain="127.0.0.1")
    nobody.sign_in(ALICE)
    assert before is not None
    nobody.client.set_cookie("ni", before.value, domain="127.0.0.1")
    assert nobody.get("/portal/").status_code == 303


def test_signing_out_ends_the_session_also_for_a_stolen_cookie(alice: Browser, gateway: Gateway) -> None:
    stolen = alice.client.get_cookie("ni", domain="127.0.0.1")
    alice.post("/portal/sign-out", page="/portal/")
    assert stolen is not None
    alice.client.set_cookie("ni", stolen.value, domain="127.0.0.1")
    assert alice.get("/portal/").location == "/portal/sign-in?next=/portal/"


def test_sign_in_tells_the_browser_and_ends_the_session_it_had_before(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    sessions = gateway.access.sessions
    before = {one.mark for one in sessions.list(scene.places["alice"])}
    alice.post("/portal/sign-in", {"email": ALICE.email, "password": PASSWORD}, page="/", User_Agent="Elinks")
    after = sessions.list(scene.places["alice"])
    assert "Elinks" in [one.agent for one in after]
    assert len(before - {one.mark for one in after}) == 1


def test_a_second_factor_is_asked_for_after_the_password(
    nobody: Browser, gateway: Gateway, scene: Scene
) -> None:
    secret = give_second_factor(gateway, scene.places["alice"])
    asked = nobody.post(
        "/portal/sign-in?next=/portal/usage", {"email": ALICE.email, "password": PASSWORD}
    ).location
    assert asked == "/portal/sign-in/code?next=/portal/usage"
    assert nobody.get("/portal/").status_code == 303
    assert nobody.post(asked, {"code": "000000"}, page=asked).status_code == 403
    answer = nobody.post(asked, {"code": code_of(gateway, secret)}, page=asked)
    assert answer.location == "/portal/usage"
    assert nobody.get("/portal/").status_code == 200


def test_the_page_for_a_code_opens_only_after_a_password(nobody: Browser) -> None:
    assert nobody.get("/portal/sign-in/code").location == "/portal/sign-in"
    assert nobody.post("/portal/sign-in/code", {"code": "246810"}).location == "/portal/sign-in"
