"""Budgets: several at once, each refusing by itself; windows in the account's zone; what setting and removing does."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from ni.metering.account_budgets import (
    AccountBudgets,
    BudgetRefused,
    BudgetScope,
    BudgetSpan,
    BudgetSpec,
    BudgetStanding,
    BudgetTools,
    marked_tags,
)
from ni.metering.budget import BudgetExceeded, CapExceeded, ReservationRequest, SpendCheck
from ni.metering.days import day_of, month_ends_at
from ni.metering.settlement import Release
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables.access import accounts, keys
from ni.store.tables.metering import budget_spans
from ni.store.unit import Unit
from tests.cast import StandingClock, tell
from tests.metering.books import DAY, Books, Held

ZONE = "America/Toronto"
WHOSE = {"key": "key", "person": "ann", "tag": "red", "account": ""}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    with database.engine.begin() as connection:
        connection.execute(
            accounts.insert(), {"id": "acc", "name": "Acme", "time_zone": ZONE, "created_at": 0}
        )
    opened = Books(database)
    yield opened
    opened.check()
    opened.writer.close()


@pytest.fixture
def service(books: Books, clock: StandingClock) -> AccountBudgets:
    drawn = iter(range(1000))
    tools = BudgetTools(
        books.database, DirectJournal(books.writer), clock, lambda size: next(drawn).to_bytes(size), tell
    )
    return AccountBudgets(tools, "acc", ZONE, "test")


def spec(scope: str, span: str, limit: int, subject: str | None = None) -> BudgetSpec:
    return BudgetSpec(
        BudgetScope(scope), WHOSE[scope] if subject is None else subject, BudgetSpan(span), limit
    )


def asked(
    most: int, least: int | None = None, cap: int | None = None, tag: str = "red"
) -> ReservationRequest:
    return ReservationRequest(
        "acc", "key", DAY, most, most if least is None else least, cap, False, "ann", marked_tags(tag.split())
    )


def held(outcome: object) -> Held:
    assert isinstance(outcome, Held)
    return outcome


def figures(standings: tuple[BudgetStanding, ...]) -> list[tuple[str, str, int, int]]:
    return [
        (each.spec.scope.value, each.spec.span.value, each.spent_nanos, each.held_nanos) for each in standings
    ]


@pytest.mark.parametrize("scope", WHOSE)
@pytest.mark.parametrize("span", ["day", "month"])
def test_of_one_batch_as_many_are_admitted_as_a_budget_holds(
    books: Books, service: AccountBudgets, scope: str, span: str
) -> None:
    service.set(spec(scope, span, 100))
    outcomes = books.admit(*[asked(10)] * 14)
    assert [isinstance(outcome, Held) for outcome in outcomes] == [True] * 10 + [False] * 4
    assert figures(service.list()) == [(scope, span, 0, 100)]


def test_the_first_that_would_be_exceeded_is_named_with_the_figures_that_pages_show(
    books: Books, service: AccountBudgets
) -> None:
    for scope, span, limit in (
        ("account", "month", 70), ("tag", "day", 60), ("person", "month", 90), ("key", "month", 80),
    ):  # fmt: skip
        service.set(spec(scope, span, limit))
    books.settle(held(books.admit(asked(50))[0]), 40)
    refusal = books.admit(asked(25))[0]
    assert isinstance(refusal, BudgetExceeded)
    assert refusal.standing.spec == spec("tag", "day", 60)
    assert refusal.standing in service.list()
    refusal = books.admit(asked(45))[0]
    assert isinstance(refusal, BudgetExceeded)
    assert refusal.standing.spec == spec("key", "month", 80)
    assert isinstance(books.admit(asked(1, cap=40))[0], CapExceeded)


def test_a_refusal_holds_nothing_against_any_other_limit(books: Books, service: AccountBudgets) -> None:
    service.set(spec("key", "day", 100))
    service.set(spec("account", "month", 20))
    assert isinstance(books.admit(asked(30, cap=1000))[0], BudgetExceeded)
    assert [each[2:] for each in figures(service.list())] == [(0, 0), (0, 0)]
    assert books.spent_and_held() == (0, 0)


def test_a_call_without_a_limit_is_granted_half_of_what_the_tightest_leaves(
    books: Books, service: AccountBudgets
) -> None:
    service.set(spec("key", "day", 1000))
    service.set(spec("tag", "month", 100))
    assert [held(books.admit(asked(10_000, least=5))[0]).nanos for _ in range(3)] == [50, 25, 12]


def test_what_counts_for_no_budget_is_held_against_none(books: Books, service: AccountBudgets) -> None:
    for scope, subject in (("key", "other"), ("person", "bob"), ("tag", "blue")):
        service.set(spec(scope, "day", 1, subject))
    assert held(books.admit(asked(50, tag=""))[0]).budgets == ()
    assert held(books.admit(asked(0))[0]).budgets == ()


@pytest.mark.parametrize("tags", ["red", "blue red", "a red z"])
@pytest.mark.parametrize("name", ["red", "blue", "re", "ed", "a", "%", "_"])
def test_a_call_counts_for_each_of_its_tags_and_for_no_part_of_one(
    books: Books, service: AccountBudgets, tags: str, name: str
) -> None:
    service.set(spec("tag", "day", 100, name))
    assert len(held(books.admit(asked(5, tag=tags))[0]).budgets) == (name in tags.split())


def test_a_budget_of_nothing_refuses_all_but_what_is_free(books: Books, service: AccountBudgets) -> None:
    service.set(spec("account", "day", 0))
    assert isinstance(books.admit(asked(1))[0], BudgetExceeded)
    assert held(books.admit(asked(0))[0]).nanos == 0


def test_one_that_is_set_in_the_middle_counts_what_was_spent(books: Books, service: AccountBudgets) -> None:
    with books.database.engine.begin() as connection:
        connection.execute(
            keys.insert(),
            {
                "id": "key", "public_id": "p", "account_id": "acc", "name": "k", "digest": b"", "created_at": 0,
                "pepper_version": 1, "last4": "", "tiers": "", "created_by": "ann",
            },
        )  # fmt: skip
    books.settle(held(books.admit(asked(50))[0]), 30)
    yesterday = ReservationRequest("acc", "key", "2026-11-02", 9, 9, None, False, "ann", marked_tags(["red"]))
    books.settle(held(books.admit(yesterday)[0]), 7)
    books.settle(held(books.admit(asked(50, tag="blue"))[0]), 5)
    for scope in WHOSE:
        for span in BudgetSpan:
            service.set(spec(scope, span.value, 100))
    assert [(scope, span, spent) for scope, span, spent, _ in figures(service.list())] == [
        ("key", "day", 35), ("key", "month", 42), ("person", "day", 35), ("person", "month", 42),
        ("tag", "day", 30), ("tag", "month", 37), ("account", "day", 35), ("account", "month", 42),
    ]  # fmt: skip


def test_setting_again_keeps_what_was_spent(books: Books, service: AccountBudgets) -> None:
    first = service.set(spec("key", "day", 50))
    books.settle(held(books.admit(asked(50))[0]), 50)
    assert isinstance(books.admit(asked(1))[0], BudgetExceeded)
    again = service.set(spec("key", "day", 60))
    assert (again.id, again.spent_nanos, again.left_nanos) == (first.id, 50, 10)
    held(books.admit(asked(10))[0])


def test_one_that_is_removed_holds_nobody_back_and_calls_under_way_end_well(
    books: Books, service: AccountBudgets
) -> None:
    budget, running = service.set(spec("key", "day", 50)), held(books.admit(asked(50))[0])
    assert service.remove(budget.id)
    assert not service.remove(budget.id)
    assert not service.remove("budget_of_nobody")
    again = service.set(spec("key", "day", 50))
    books.settle(running, 40)
    assert again.id != budget.id
    assert figures(service.list()) == [("key", "day", 0, 0)]


def test_budgets_of_another_account_are_neither_seen_nor_changed(
    books: Books, service: AccountBudgets, clock: StandingClock
) -> None:
    budget = service.set(spec("account", "day", 50))
    other = AccountBudgets(service._tools, "elsewhere", ZONE)
    assert other.list() == ()
    assert other.get(budget.id) is None
    assert not other.remove(budget.id)
    assert service.get(budget.id) == budget


def test_a_release_gives_back_what_is_held_of_every_budget(books: Books, service: AccountBudgets) -> None:
    service.set(spec("key", "day", 50))
    service.set(spec("account", "month", 80))
    running = held(books.admit(asked(50))[0])
    books.writer.run([Unit((Release(running.request_id),))])
    assert [each[2:] for each in figures(service.list())] == [(0, 0), (0, 0)]


def test_a_budget_that_is_used_up_refuses_before_any_work(
    books: Books, service: AccountBudgets, clock: StandingClock
) -> None:
    check = SpendCheck(books.database, clock)
    assert check.refusal(asked(5)) is None
    service.set(spec("person", "month", 0))
    clock.move(seconds=3)
    assert isinstance(check.refusal(asked(5)), BudgetExceeded)
    assert check.refusal(asked(0)) is None


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (spec("key", "day", -1), "limit"),
        (spec("key", "day", 1, ""), "subject"),
        (spec("account", "day", 1, "key"), "subject"),
        (BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 1, "", (80, 50)), "alerts"),
        (BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 1, "", (0,)), "alerts"),
        (BudgetSpec(BudgetScope.KEY, "key", BudgetSpan.DAY, 1, "", (101,)), "alerts"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_by_the_field(
    service: AccountBudgets, bad: BudgetSpec, field: str
) -> None:
    with pytest.raises(BudgetRefused) as caught:
        service.set(bad)
    assert caught.value.field == field


WINDOWS = [  # instant, zone, day, end of the day, end of the month, all in UTC
    ("2026-11-30T12:00", "America/Toronto", "2026-11-30", "2026-12-01T05:00", "2026-12-01T05:00"),
    ("2026-12-01T04:59", "America/Toronto", "2026-11-30", "2026-12-01T05:00", "2026-12-01T05:00"),
    ("2026-12-01T05:00", "America/Toronto", "2026-12-01", "2026-12-02T05:00", "2027-01-01T05:00"),
    ("2026-12-31T23:30", "America/Toronto", "2026-12-31", "2027-01-01T05:00", "2027-01-01T05:00"),
    ("2028-02-29T10:00", "America/Toronto", "2028-02-29", "2028-03-01T05:00", "2028-03-01T05:00"),
    ("2026-03-08T06:00", "America/Toronto", "2026-03-08", "2026-03-09T04:00", "2026-04-01T04:00"),  # 23 hours
    ("2026-11-01T05:30", "America/Toronto", "2026-11-01", "2026-11-02T05:00", "2026-12-01T05:00"),  # 25 hours
    ("2026-10-31T12:00", "America/St_Johns", "2026-10-31", "2026-11-01T02:30", "2026-11-01T02:30"),
    ("2026-03-29T12:00", "Europe/Paris", "2026-03-29", "2026-03-29T22:00", "2026-03-31T22:00"),
    (
        "2026-03-08T03:00",
        "America/Havana",
        "2026-03-07",
        "2026-03-08T05:00",
        "2026-04-01T04:00",
    ),  # no midnight
    ("2026-11-30T23:00", "Pacific/Kiritimati", "2026-12-01", "2026-12-01T10:00", "2026-12-31T10:00"),
    ("2026-11-30T23:00", "Pacific/Niue", "2026-11-30", "2026-12-01T11:00", "2026-12-01T11:00"),
    ("2026-11-30T18:29", "Asia/Kolkata", "2026-11-30", "2026-11-30T18:30", "2026-11-30T18:30"),
]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("moment", "zone", "day", "day_ends", "month_ends"), WINDOWS)
def test_windows_end_where_the_accounts_days_and_months_end(
    moment: str, zone: str, day: str, day_ends: str, month_ends: str
) -> None:
    now = instant(moment)
    ends = {}
    for span in BudgetSpan:
        standing = BudgetStanding("id", "acc", spec("key", span.value, 1), "", 0, 0)
        ends[span] = standing.resets_at(now, zone)
    assert day_of(now, zone) == day
    assert ends == {BudgetSpan.DAY: instant(day_ends), BudgetSpan.MONTH: instant(month_ends)}
    assert month_ends_at(ends[BudgetSpan.MONTH], zone) > ends[BudgetSpan.MONTH]


@pytest.mark.parametrize(
    ("before", "after", "day_spent", "month_spent"),
    [
        ("America/Toronto", "America/Vancouver", 0, 9),  # the day before begins again, the month goes on
        ("America/Vancouver", "America/Toronto", 0, 0),  # a later day, and another month
        ("America/Toronto", "America/Montreal", 9, 9),
        ("America/Vancouver", "Pacific/Kiritimati", 0, 0),
        ("America/Toronto", "UTC", 9, 9),
    ],
)
def test_a_change_of_the_zone_goes_on_with_the_window_of_that_name(
    books: Books, clock: StandingClock, before: str, after: str, day_spent: int, month_spent: int
) -> None:
    clock.moment = instant("2026-12-01T06:00")  # the first in Toronto, still November in Vancouver
    if (before, after) == ("America/Toronto", "America/Vancouver"):
        clock.moment = instant("2026-12-02T06:00")
    drawn = iter(range(1000))
    tools = BudgetTools(
        books.database, DirectJournal(books.writer), clock, lambda size: next(drawn).to_bytes(size), tell
    )
    first = AccountBudgets(tools, "acc", before)
    for span in BudgetSpan:
        first.set(spec("account", span.value, 100))
    today = day_of(clock.now(), before)
    books.settle(held(books.admit(ReservationRequest("acc", "key", today, 9, 9))[0]), 9)
    now = {each.spec.span: each.spent_nanos for each in AccountBudgets(tools, "acc", after).list()}
    assert now == {BudgetSpan.DAY: day_spent, BudgetSpan.MONTH: month_spent}


def test_each_window_begins_at_nothing(books: Books, service: AccountBudgets, clock: StandingClock) -> None:
    service.set(spec("key", "day", 100))
    service.set(spec("key", "month", 100))
    books.settle(held(books.admit(asked(60))[0]), 60)
    clock.move(days=1)
    tomorrow = ReservationRequest(
        "acc", "key", "2026-11-24", 50, 50, None, False, "ann", marked_tags(["red"])
    )
    refusal = books.admit(tomorrow)[0]
    assert isinstance(refusal, BudgetExceeded)
    assert refusal.standing.spec.span is BudgetSpan.MONTH
    assert [each[2] for each in figures(service.list())] == [0, 60]
    with books.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(budget_spans)) == 2
