"""Alerts: shown to their account, sent to its receivers, which owners add, test and remove; the operator's apart."""

import pytest

from ni.access.accounts import DEFAULT
from ni.alerts.receivers import OPERATOR, Channel, Receiver
from ni.domain.alerts import Alert, AlertKind
from ni.factory.gateway import Gateway
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from tests.fakes.raw_server import RawServer
from tests.portal.cast import HOSTILE
from tests.portal.conftest import Browser

PAGE = "/portal/alerts"
HOOK = "https://hooks.example.ca/ni"
FAILING = Alert(
    AlertKind.DEPLOYMENT, OPERATOR, "azure-ca", "2026-11-20", {"deployment": "azure-ca", "count": 5}
)


def receivers(gateway: Gateway, account_id: str = DEFAULT) -> list[Receiver]:
    return list(gateway.alerts.receivers_of(account_id).list())


@pytest.fixture
def spent(gateway: Gateway) -> None:
    """A budget of the account that is spent to more than a half."""
    budgets = gateway.budgets_of(DEFAULT, "America/Toronto")
    standing = budgets.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 1))
    budgets.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, standing.spent_nanos * 10 // 7))
    gateway.look_at_accounts()


@pytest.mark.usefixtures("spent")
def test_a_budget_that_is_half_spent_is_on_both_pages_of_its_account_alone(
    alice: Browser, bob: Browser, charlie: Browser
) -> None:
    for page in (PAGE, "/portal/"):
        assert "Budget of the month, whole account: 70% is spent" in alice.get(page).text
        assert "The alert is set at 50%" in bob.get(page).text
        assert "is spent" not in charlie.get(page).text


@pytest.mark.usefixtures("spent")
def test_the_operator_alone_sees_the_alerts_of_the_instance(
    alice: Browser, bob: Browser, gateway: Gateway
) -> None:
    gateway.alerts.book.raise_all([FAILING])
    assert "The deployment azure-ca fails" in alice.get(PAGE).text
    assert "The deployment azure-ca fails" in alice.get("/portal/").text
    assert "azure-ca" not in bob.get(PAGE).text


def test_receivers_are_added_for_the_account_or_the_instance_and_removed(
    alice: Browser, gateway: Gateway
) -> None:
    alice.post(PAGE, {"channel": "webhook", "address": HOOK}, page=PAGE)
    alice.post(PAGE, {"channel": "webhook", "address": f"{HOOK}/2", "of": "instance"}, page=PAGE)
    assert [each.address for each in receivers(gateway)] == [HOOK]
    (of_instance,) = receivers(gateway, OPERATOR)
    assert gateway.alerts.signing_secret(of_instance).reveal() in alice.get(PAGE).text
    alice.post(f"{PAGE}/remove", {"receiver": of_instance.id}, page=PAGE)
    assert receivers(gateway, OPERATOR) == [of_instance]
    alice.post(f"{PAGE}/remove", {"receiver": of_instance.id, "of": "instance"}, page=PAGE)
    assert receivers(gateway, OPERATOR) == []


def test_who_is_no_operator_changes_nothing_of_the_instance(charlie: Browser, gateway: Gateway) -> None:
    answers = {"channel": "webhook", "address": HOOK, "of": "instance"}
    assert charlie.post(PAGE, answers, page=PAGE).status_code == 403
    charlie.post(PAGE, {**answers, "of": ""}, page=PAGE)
    assert receivers(gateway, OPERATOR) == []
    (own,) = receivers(gateway, gateway.accounts.list()[0].id) or receivers(
        gateway, gateway.accounts.list()[1].id
    )
    assert not own.inside


def test_members_see_receivers_and_no_secret(alice: Browser, bob: Browser, gateway: Gateway) -> None:
    alice.post(PAGE, {"channel": "webhook", "address": HOOK}, page=PAGE)
    text = bob.get(PAGE).text
    assert HOOK in text
    assert gateway.alerts.signing_secret(receivers(gateway)[0]).reveal() not in text
    assert "Send a test" not in text


@pytest.mark.parametrize(
    "answers",
    [
        {"channel": "webhook", "address": "not an address"},
        {"channel": "webhook", "address": ""},
        {"channel": "mail", "address": "ops@example.ca"},
        {"channel": "pigeon", "address": HOOK},
    ],
)
def test_wrong_input_is_refused_beside_its_field(
    alice: Browser, gateway: Gateway, answers: dict[str, str]
) -> None:
    answer = alice.post(PAGE, answers, page=PAGE)
    assert answer.status_code == 400
    assert 'class="error"' in answer.text
    assert receivers(gateway) == []


@pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
def test_a_test_says_whether_it_arrived(alice: Browser, gateway: Gateway) -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with RawServer([ok]) as server:
        receiver = gateway.alerts.receivers_of(DEFAULT).add(
            Channel.WEBHOOK, f"http://127.0.0.1:{server.port}/ni", inside=True
        )
        alice.post(f"{PAGE}/test", {"receiver": receiver.id}, page=PAGE)
    text = alice.get(PAGE).text
    assert ("The test has arrived." in text) is bool(server.seen)
    assert "not a public address" in text or "The test has arrived." in text
    assert alice.post(f"{PAGE}/test", {"receiver": "nobody"}, page=PAGE).status_code == 303


def test_what_others_named_is_text(alice: Browser, gateway: Gateway) -> None:
    details = {"deployment": HOSTILE, "count": 5}
    gateway.alerts.book.raise_all([Alert(AlertKind.DEPLOYMENT, OPERATOR, "x", "x", details)])
    assert "<img src=x" not in alice.get(PAGE).text
