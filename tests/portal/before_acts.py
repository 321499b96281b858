"""What must be there before some administrative acts, one function for each."""

from typing import Any

from ni.access.accounts import DEFAULT, Role
from ni.access.admin_tokens import TokenSpec
from ni.access.onboarding import Link, Purpose
from ni.alerts.receivers import Channel
from ni.factory.gateway import Gateway
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from ni.store.tables.catalog import prices, routes
from tests.portal.cast import BOB
from tests.portal.conftest import Browser
from tests.portal.scenes import code_of, give_second_factor

NEW = "another orchard in September"
ADDRESS = "127.0.0.1"
HOOK = "https://hooks.example.ca/ni"


def bob_has_a_factor(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    give_second_factor(gateway, browser.scene.places["bob"])


def alice_has_a_factor(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    give_second_factor(gateway, browser.scene.places["alice"])


def a_code_that_fits(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    secret = gateway.access.second_factor.fresh()
    answers |= {"secret": secret.reveal(), "code": code_of(gateway, secret)}


def the_password_was_right(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    secret = give_second_factor(gateway, browser.scene.places["bob"])
    assert browser.sign_in(BOB).status_code == 303
    answers["code"] = code_of(gateway, secret)


def alice_is_in_austral(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    places = browser.scene.places
    gateway.access.onboarding.join(invited(gateway, places["austral"]), places["alice"])
    answers["account"] = places["austral"]


def a_token_is_there(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    spec = TokenSpec("T", frozenset({"keys:read"}), DEFAULT)
    browser.scene.places["token"] = gateway.access.admin_tokens.create(spec)[0]


def invited(gateway: Gateway, account_id: str, role: Role = Role.MEMBER) -> str:
    """The token of a new invitation."""
    return gateway.access.links.issue(Link(Purpose.INVITE, account_id=account_id, role=role)).reveal()


def an_invitation_is_open(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    browser.scene.places["invitation"] = gateway.access.invitations_of(DEFAULT).list()[0].id


def an_offer(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    with gateway.database.engine.begin() as connection:
        connection.execute(prices.delete())
        connection.execute(routes.delete().where(routes.c.provider == "anthropic"))
    answers["decline"] = gateway.offers.open()[0].id


def the_key_is_selected(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    answers["key"] = browser.scene.places["key"]


def a_budget(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    spec = BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.DAY, 10**9)
    answers["budget"] = gateway.budgets_of(DEFAULT, "UTC").set(spec).id


def a_receiver(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    receivers = gateway.alerts.receivers_of(DEFAULT)
    answers["receiver"] = receivers.add(Channel.WEBHOOK, HOOK).id


def bob_runs_the_instance(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.access.users.promote(browser.scene.places["bob"])


PERSON = {"email": "new@example.ca", "name": "New", "password": NEW, "again": NEW, "new": NEW}


ELSEWHERE = {
    "/portal/set-up/<token>": "test_the_first_user_is_on_record",
    "/portal/invite/<token>/join": "test_who_joins_a_second_account_is_on_record_there",
    "/portal/sso/groups": "test_who_lets_a_group_in_is_on_record",
    "/portal/sso/groups/remove": "test_who_lets_a_group_in_is_on_record",
    "/portal/sso/logout": "test_what_the_provider_says_is_on_record",
}
"""Forms whose record another test of the walk holds, by that test's name."""
