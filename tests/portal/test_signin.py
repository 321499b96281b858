"""Set-up, sign-in and sign-out: who gets in, and what is left behind."""

from ni.web.portal.services import PortalServices
from tests.portal.cast import ALICE, PASSWORD, SET_UP_TOKEN, WEAK, FakePeople
from tests.portal.conftest import Browser
from tests.portal.fakes import CODE

SET_UP = f"/portal/set-up/{SET_UP_TOKEN}"
FIRST = {"name": "Zoé", "email": "zoe@example.com", "password": "a sentence that is long"}


def test_the_set_up_link_makes_the_first_person_and_signs_them_in(nobody: Browser) -> None:
    assert nobody.post(SET_UP, FIRST, page=SET_UP).location == "/portal/"
    assert "Zoé" in nobody.get("/portal/").text


def test_a_set_up_link_works_once(nobody: Browser) -> None:
    nobody.post(SET_UP, FIRST, page=SET_UP)
    assert nobody.get(SET_UP).status_code == 410
    assert nobody.post(SET_UP, FIRST, page="/").status_code == 410


def test_a_short_password_is_refused_with_its_reason_beside_the_field(nobody: Browser) -> None:
    answer = nobody.post(SET_UP, FIRST | {"password": "short"}, page=SET_UP)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert 'id="password-error-1"' in answer.text


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
    for _attempt in range(5):
        nobody.post("/portal/sign-in", {"email": ALICE.email, "password": "wrong"})
    answer = nobody.post("/portal/sign-in", {"email": ALICE.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait 60 seconds" in answer.text


def test_a_cookie_from_before_sign_in_is_worthless(nobody: Browser) -> None:
    nobody.get("/portal/sign-in")
    before = nobody.client.get_cookie("ni", domain="127.0.0.1")
    nobody.sign_in(ALICE)
    assert before is not None
    nobody.client.set_cookie("ni", before.value, domain="127.0.0.1")
    assert nobody.get("/portal/").status_code == 303


def test_signing_out_ends_the_session_also_for_a_stolen_cookie(
    alice: Browser, services: PortalServices
) -> None:
    stolen = alice.client.get_cookie("ni", domain="127.0.0.1")
    alice.post("/portal/sign-out", page="/portal/")
    assert stolen is not None
    alice.client.set_cookie("ni", stolen.value, domain="127.0.0.1")
    assert alice.get("/portal/").location == "/portal/sign-in?next=/portal/"


def test_a_weak_password_at_set_up_is_told_beside_its_field(nobody: Browser) -> None:
    answer = nobody.post(SET_UP, FIRST | {"password": WEAK}, page=SET_UP)
    assert answer.status_code == 400
    assert "first that anyone would try" in answer.text.partition('id="password-error-1"')[2]


def test_sign_in_tells_the_browser_and_the_session_it_had_before(
    alice: Browser, services: PortalServices
) -> None:
    alice.post("/portal/sign-in", {"email": ALICE.email, "password": PASSWORD}, page="/", User_Agent="Elinks")
    assert isinstance(services.people, FakePeople)
    visit = services.people.visits[-1]
    assert (visit.remote, visit.agent, visit.former) == ("127.0.0.1", "Elinks", "session-0")


def test_a_second_factor_is_asked_for_after_the_password(nobody: Browser, services: PortalServices) -> None:
    assert isinstance(services.people, FakePeople)
    services.people.with_codes.add(ALICE.user_id)
    asked = nobody.post(
        "/portal/sign-in?next=/portal/usage", {"email": ALICE.email, "password": PASSWORD}
    ).location
    assert asked == "/portal/sign-in/code?next=/portal/usage"
    assert nobody.get("/portal/").status_code == 303
    assert nobody.post(asked, {"code": "000000"}, page=asked).status_code == 403
    assert nobody.post(asked, {"code": CODE}, page=asked).location == "/portal/usage"
    assert nobody.get("/portal/").status_code == 200


def test_the_page_for_a_code_opens_only_after_a_password(nobody: Browser) -> None:
    assert nobody.get("/portal/sign-in/code").location == "/portal/sign-in"
    assert nobody.post("/portal/sign-in/code", {"code": CODE}).location == "/portal/sign-in"
