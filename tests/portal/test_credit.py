"""Credit: the operator grants it once and after a question, the owner of a prepaid account sees what became of it."""

import csv
import io
import re
from collections.abc import Callable

import pytest

from ni.access.accounts import DEFAULT
from ni.factory.gateway import Gateway
from tests.portal.cast import HOSTILE
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene

PAGE = "/portal/accounts/{austral}"


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the question."""
    return dict(re.findall(r'name="(amount|note|once)" value="([^"]*)"', text))


@pytest.fixture
def balance(gateway: Gateway, scene: Scene) -> Callable[[], int]:
    """What Charlie's account has, in nanos."""
    return lambda: gateway.balances.of(scene.places["austral"]).nanos


def test_credit_is_granted_after_a_question_and_once(
    alice: Browser, balance: Callable[[], int], scene: Scene
) -> None:
    asked = alice.post(f"{PAGE}/credit", {"amount": "25,50", "note": "Invoice 7"}, page=PAGE)
    assert "$25.50" in asked.text
    assert balance() == 0
    for _ in range(2):  # a second press of the button, a reload
        answer = alice.post(f"{PAGE}/credit", hidden(asked.text), page=PAGE)
        assert answer.location == scene.filled(PAGE)
    assert balance() == 25_500_000_000
    assert "Invoice 7" in alice.get(PAGE).text


def test_credit_is_taken_back_with_a_minus(alice: Browser, balance: Callable[[], int], scene: Scene) -> None:
    asked = alice.post(f"{PAGE}/credit", {"amount": "-1.5"}, page=PAGE).text
    assert "Take $1.50 back from Austral?" in asked
    alice.post(f"{PAGE}/credit", hidden(asked), page=PAGE)
    assert balance() == -1_500_000_000


@pytest.mark.parametrize("amount", ["", "0", "-0.00", "much", "1e99", "--5", "0.0000000001", "5" * 30])
def test_what_is_no_amount_is_told_beside_its_field(
    alice: Browser, balance: Callable[[], int], amount: str
) -> None:
    answer = alice.post(f"{PAGE}/credit", {"amount": amount, "once": "grant_x"}, page=PAGE)
    assert answer.status_code == 400
    assert 'id="amount-error-1"' in answer.text
    assert balance() == 0


def test_an_account_that_does_not_exist_is_not_there(alice: Browser) -> None:
    assert alice.get("/portal/accounts/nobody").status_code == 404
    assert alice.post("/portal/accounts/nobody/credit", {"amount": "1"}, page=PAGE).status_code == 404


def test_the_owner_sees_the_newest_lines_first_and_pages_to_the_grant(alice: Browser) -> None:
    newest = alice.get("/portal/balance").text
    assert newest.count("Charges of the day") == 50
    assert "Jan" not in newest
    older = re.search(r'rel="next" href="([^"]+)"', newest)
    assert older
    oldest = alice.get(older[1]).text
    assert "2026-01-02" in oldest
    assert HOSTILE not in oldest
    assert 'rel="next"' not in oldest


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 40, "0"])
def test_a_cursor_that_is_none_does_no_harm(alice: Browser, cursor: str) -> None:
    assert alice.get(f"/portal/balance?before={cursor}").status_code == 200


def test_the_file_has_every_line_and_its_last_balance_is_the_balance(
    alice: Browser, gateway: Gateway
) -> None:
    answer = alice.get("/portal/balance/statement.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == len(gateway.balances.statement(DEFAULT))
    assert rows[-1]["balance"] == "220.18518763"
    assert answer.text == alice.get("/portal/accounts/{boreal}/statement.csv").text


def test_an_empty_balance_is_told_on_the_first_page(charlie: Browser) -> None:
    assert "The balance is used up" in charlie.get("/portal/").text


def test_without_prepayment_there_is_no_balance_page_and_no_tile(
    alice: Browser, options: Callable[..., None]
) -> None:
    options(prepaid=False)
    assert alice.get("/portal/balance").status_code == 404
    assert alice.get("/portal/balance/statement.csv").status_code == 404
    assert "Balance" not in alice.get("/portal/").text
    assert "NI_PREPAID is off" in alice.get(PAGE).text


def test_a_member_is_not_led_to_a_page_that_is_not_for_them(alice: Browser, bob: Browser) -> None:
    link = 'href="/portal/balance"'
    assert (link in alice.get("/portal/").text, link in bob.get("/portal/").text) == (True, False)
