"""Percentages of budgets: the highest that was reached, in the window of now, once it is raised."""

from collections.abc import Iterator

import pytest

from ni.metering.account_budgets import (
    AccountBudgets,
    BudgetRefused,
    BudgetScope,
    BudgetSpan,
    BudgetSpec,
    BudgetTools,
)
from ni.metering.budget import ReservationRequest
from ni.metering.budget_alerts import BudgetAlerts
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables.access import accounts
from tests.cast import StandingClock, tell
from tests.metering.books import DAY, Books, Held


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    row = {"id": "acc", "name": "Acme", "time_zone": "America/Toronto", "created_at": 0}
    with database.engine.begin() as connection:
        connection.execute(accounts.insert(), row)
    opened = Books(database)
    yield opened
    opened.writer.close()


@pytest.fixture
def service(books: Books, clock: StandingClock) -> AccountBudgets:
    drawn = iter(range(1000))
    tools = BudgetTools(
        books.database, DirectJournal(books.writer), clock, lambda size: next(drawn).to_bytes(size), tell
    )
    return AccountBudgets(tools, "acc", "America/Toronto")


def told(books: Books, clock: StandingClock) -> list[tuple[int, str, str]]:
    found = BudgetAlerts(books.database, clock, "CAD", lambda _: {"key": "robot"}).alerts()
    return [(alert.details["percent"], alert.window, alert.details["name"]) for alert in found]


def spend(books: Books, nanos: int) -> None:
    (held,) = books.admit(ReservationRequest("acc", "key", DAY, nanos, nanos))
    assert isinstance(held, Held)
    books.settle(held, nanos)


def test_the_highest_percentage_that_was_reached_is_told(
    books: Books, service: AccountBudgets, clock: StandingClock
) -> None:
    service.set(BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 100, "", (50, 80, 100)))
    steps = []
    for nanos in (49, 1, 35, 14, 1):
        spend(books, nanos)
        steps += [told(books, clock)]
    assert steps == [
        [], [(50, DAY, "robot")], [(80, DAY, "robot")], [(80, DAY, "robot")], [(100, DAY, "robot")],
    ]  # fmt: skip


def test_what_is_held_is_not_spent_and_a_new_window_is_quiet(
    books: Books, service: AccountBudgets, clock: StandingClock
) -> None:
    service.set(BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 100))
    service.set(BudgetSpec(BudgetScope.ACCOUNT, "", BudgetSpan.MONTH, 100))
    books.admit(ReservationRequest("acc", "key", DAY, 90, 90))
    assert told(books, clock) == []
    spend(books, 10)
    service.set(BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 12, "", (50,)))
    assert told(books, clock) == [(50, DAY, "robot")]
    clock.move(days=1)
    assert told(books, clock) == []


def test_a_budget_without_alerts_is_quiet(
    books: Books, service: AccountBudgets, clock: StandingClock
) -> None:
    service.set(BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 10, "", ()))
    spend(books, 10)
    assert told(books, clock) == []


@pytest.mark.parametrize("title", ["line\nbreak", "a\x1fb", "\u202eright to left", "\x00"])
def test_a_tag_that_cannot_be_shown_has_no_budget(service: AccountBudgets, title: str) -> None:
    with pytest.raises(BudgetRefused, match="invisible"):
        service.set(BudgetSpec(BudgetScope.TAG, "label", BudgetSpan.DAY, 100, title))


def test_the_title_of_a_tag_is_kept_as_keys_have_theirs(service: AccountBudgets) -> None:
    made = service.set(BudgetSpec(BudgetScope.TAG, "label", BudgetSpan.DAY, 100, " U\u0308ni 🦆 "))
    assert made.spec.title == "Üni 🦆"
