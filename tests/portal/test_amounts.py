"""Amounts of money are taken as pages show them and as people type them, in every form that asks for one."""

import pytest

from ni.access.accounts import DEFAULT
from ni.domain.money import parse_amount
from ni.factory.gateway import Gateway
from ni.web.portal.forms import decimal_of
from tests.portal.conftest import Browser

WAYS = ("5.00 CAD", "5 cad", "$5", "5,00 $", "5,00\u00a0$\u00a0CA", "CA$5.00", "CAD 5.00", " 5.00 ", "5")


@pytest.mark.parametrize("typed", WAYS)
def test_an_amount_may_carry_the_currency_of_the_instance(typed: str) -> None:
    assert parse_amount(decimal_of(typed, "CAD")) == 5_000_000_000


@pytest.mark.parametrize(
    ("typed", "unit", "plain"),
    [
        ("1 234,50 $", "CAD", "1234.50"),
        ("−25,00 $", "CAD", "-25.00"),
        ("-$5", "CAD", "-5"),
        ("US$0.25", "USD", "0.25"),
        ("0,25 € ", "EUR", "0.25"),
        ("2,5 %", "%", "2.5"),
    ],
)
def test_the_decimal_is_what_stays(typed: str, unit: str, plain: str) -> None:
    assert decimal_of(typed, unit) == plain


@pytest.mark.parametrize(
    "typed", ["5 USD", "US$5", "5 €", "5 %", "5 00", "five", "5 CAD CAD x", "1,234.50", ""]
)
def test_another_currency_and_what_is_no_amount_are_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the text
        parse_amount(decimal_of(typed, "CAD"))


def test_the_placeholder_of_a_cap_can_be_typed(alice: Browser, gateway: Gateway) -> None:
    path = "/portal/keys/new"
    assert 'placeholder="5.00 CAD"' in alice.get(path).text
    form = {"name": "Typed", "tiers": ["provider_api"], "cap": "5.00 CAD", "pii": "y"}
    assert "ni_live_" in alice.post(path, form, page=path).text
    assert gateway.keys_of(DEFAULT).list()[0].spec.cap_nanos == 5_000_000_000


def test_a_budget_is_set_with_the_sign_that_pages_show(alice: Browser) -> None:
    form = {"whose": "account:", "span": "day", "limit": "$1234.50", "alerts": ""}
    assert alice.post("/portal/budgets", form).status_code == 303
    assert "$1,234.50" in alice.get("/portal/budgets").text
