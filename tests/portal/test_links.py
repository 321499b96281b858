"""One-time links: a new password, and joining an account."""

from tests.portal.cast import ALICE, WEAK
from tests.portal.conftest import Browser

RESET = "/portal/reset/{reset}"
INVITE = "/portal/invite/{invite}"
NEW = "a sentence that is long"
ZOE = {"name": "Zoé", "email": "zoe@example.com", "password": NEW}


def test_a_reset_link_sets_a_password_once(nobody: Browser) -> None:
    assert nobody.post(RESET, {"new": NEW, "again": NEW}, page=RESET).location == "/portal/sign-in"
    assert nobody.sign_in(ALICE, NEW).status_code == 303
    assert nobody.get(RESET).status_code == 410
    assert nobody.post(RESET, {"new": NEW, "again": NEW}, page="/").status_code == 410


def test_a_weak_password_leaves_the_reset_link_good(nobody: Browser) -> None:
    answer = nobody.post(RESET, {"new": WEAK, "again": WEAK}, page=RESET)
    assert answer.status_code == 400
    assert 'id="new-error-1"' in answer.text
    assert nobody.get(RESET).status_code == 200


def test_an_invitation_names_the_account_and_works_once(nobody: Browser) -> None:
    assert "Boreal" in nobody.get(INVITE).text
    assert nobody.post(INVITE, ZOE, page=INVITE).location == "/portal/sign-in"
    answers = {"email": ZOE["email"], "password": NEW}
    assert nobody.post("/portal/sign-in", answers).status_code == 303
    assert "Boreal" in nobody.get("/portal/").text
    assert nobody.post(INVITE, ZOE, page="/").status_code == 410


def test_a_link_that_never_was_tells_nothing(nobody: Browser) -> None:
    assert {nobody.get(f"/portal/{kind}/nonsense").status_code for kind in ("reset", "invite")} == {410}
