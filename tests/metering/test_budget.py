"""Caps and balances, each limit by itself, on both databases."""

from collections.abc import Iterator

import pytest

from ni.domain.clock import SystemClock
from ni.domain.errors import BalanceEmpty, CapReached, RateLimited
from ni.metering.balance import Balances
from ni.metering.budget import BalanceShort, CapExceeded, ReservationRequest, Spending
from ni.metering.usage_queries import Reports
from ni.store.database import Database
from ni.store.journal import DirectJournal
from tests.cast import tell
from tests.metering.books import DAY, Books, Held


@pytest.fixture
def books(database: Database) -> Iterator[Books]:
    opened = Books(database)
    yield opened
    opened.check()
    opened.writer.close()


@pytest.fixture
def balances(books: Books) -> Balances:
    drawn = iter(range(1000))
    return Balances(
        books.database,
        DirectJournal(books.writer),
        SystemClock(),
        lambda size: next(drawn).to_bytes(size),
        tell,
    )


def reservation(
    most: int, least: int | None = None, cap: int | None = 100, prepaid: bool = False
) -> ReservationRequest:
    return ReservationRequest("acc", "key", DAY, most, most if least is None else least, cap, prepaid)


def held(outcome: object) -> Held:
    assert isinstance(outcome, Held)
    return outcome


def test_of_one_batch_as_many_are_admitted_as_the_cap_holds(books: Books) -> None:
    outcomes = books.admit(*[reservation(10)] * 14)
    assert [isinstance(outcome, Held) for outcome in outcomes] == [True] * 10 + [False] * 4
    assert books.spent_and_held() == (0, 100)


def test_the_refusal_carries_the_numbers_that_pages_show(books: Books) -> None:
    books.settle(held(books.admit(reservation(60))[0]), 42)
    held(books.admit(reservation(50))[0])
    refusal = books.admit(reservation(9))[0]
    assert isinstance(refusal, CapExceeded)
    assert refusal.spending == Spending(42, 50) == Reports(books.database).spending(["key"], DAY)["key"]


def test_what_was_held_and_not_spent_can_be_spent_again(books: Books) -> None:
    for _ in range(20):
        books.settle(held(books.admit(reservation(80))[0]), 1)
    assert books.spent_and_held() == (20, 0)


def test_a_call_without_a_limit_of_its_own_is_granted_half_of_what_is_left(books: Books) -> None:
    grants = [held(books.admit(reservation(1_000, least=5))[0]).nanos for _ in range(5)]
    assert grants == [50, 25, 12, 6, 5]
    assert isinstance(books.admit(reservation(1_000, least=5))[0], CapReached)


def test_a_bounded_call_is_granted_what_it_asks_or_nothing(books: Books) -> None:
    assert isinstance(books.admit(reservation(101))[0], CapReached)
    assert held(books.admit(reservation(100))[0]).nanos == 100


@pytest.mark.parametrize("cap", [0, 30])
def test_a_cap_that_is_reached_refuses_all_but_what_costs_nothing(books: Books, cap: int) -> None:
    if cap:
        books.settle(held(books.admit(reservation(30, cap=cap))[0]), 30)
    assert isinstance(books.admit(reservation(1, cap=cap))[0], CapReached)
    free = held(books.admit(reservation(0, cap=cap))[0])
    assert free.nanos == 0
    books.settle(free, 0)
    assert books.spent_and_held() == (cap, 0)


def test_a_cap_that_was_lowered_below_what_is_spent_refuses(books: Books) -> None:
    books.settle(held(books.admit(reservation(90))[0]), 90)
    assert isinstance(books.admit(reservation(1, cap=50))[0], CapReached)


def test_without_a_cap_everything_is_admitted_and_counted(books: Books) -> None:
    books.settle(held(books.admit(reservation(10**15, cap=None))[0]), 10**15)
    assert books.spent_and_held() == (10**15, 0)


def test_an_empty_balance_refuses_all_but_what_costs_nothing(books: Books, balances: Balances) -> None:
    assert isinstance(books.admit(reservation(1, prepaid=True))[0], BalanceEmpty)
    assert held(books.admit(reservation(0, prepaid=True))[0]).nanos == 0
    balances.grant("acc", "UTC", 1)
    books.settle(held(books.admit(reservation(1, prepaid=True))[0]), 1)
    assert balances.of("acc").nanos == 0
    assert isinstance(books.admit(reservation(1, prepaid=True))[0], BalanceEmpty)


def test_a_refusal_for_the_balance_holds_nothing_against_the_cap(books: Books, balances: Balances) -> None:
    balances.grant("acc", "UTC", 20)
    refusal = books.admit(reservation(30, prepaid=True))[0]
    assert isinstance(refusal, BalanceShort)
    assert refusal.balance.nanos == 20
    assert books.spent_and_held() == (0, 0)


def test_a_call_is_clamped_to_the_tighter_of_cap_and_balance(books: Books, balances: Balances) -> None:
    balances.grant("acc", "UTC", 20)
    assert held(books.admit(reservation(1_000, least=2, prepaid=True))[0]).nanos == 10


def test_the_statement_adds_up_to_the_balance(books: Books, balances: Balances) -> None:
    balances.grant("acc", "UTC", 70, "invoice 12")
    books.settle(held(books.admit(reservation(30, prepaid=True))[0]), 25)
    balances.grant("acc", "UTC", -5, "mistake")
    lines = balances.statement("acc")
    assert sum(line.amount_nanos for line in lines) == balances.of("acc").nanos == 40
    assert lines[-1].balance_nanos == 40
    assert balances.check("acc")


def test_a_minute_holds_as_many_requests_as_the_rate_and_the_wait_is_computed(books: Books) -> None:
    outcomes = books.admit(*[reservation(0)] * 8, rpm=6, at_ms=60_000)
    assert [isinstance(outcome, Held) for outcome in outcomes] == [True] * 6 + [False] * 2
    refusal = outcomes[-1]
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after_s == 10
    assert isinstance(books.admit(reservation(0), rpm=6, at_ms=69_999)[0], RateLimited)
    assert isinstance(books.admit(reservation(0), rpm=6, at_ms=70_000)[0], Held)


@pytest.mark.parametrize("back_s", [1, 59, 61, 3600, 2 * 86_400, 13 * 366 * 86_400])
def test_a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_two_minutes(
    books: Books, back_s: int
) -> None:
    now_ms = 20 * 366 * 86_400_000
    books.admit(*[reservation(0)] * 6, rpm=6, at_ms=now_ms)
    outcomes = books.admit(*[reservation(0)] * 8, rpm=6, at_ms=now_ms - back_s * 1000)
    refusal = outcomes[-1]
    assert isinstance(refusal, RateLimited)
    assert refusal.retry_after_s <= 120
    assert [isinstance(outcome, Held) for outcome in outcomes] == [back_s > 60] * 6 + [False] * 2


def test_two_processes_share_one_rate(books: Books) -> None:
    other = Books(books.database)
    other._made = 1000
    admitted = [
        isinstance(each.admit(reservation(0), rpm=7, at_ms=0)[0], Held)
        for each in (books, other)
        for _ in range(7)
    ]
    other.writer.close()
    assert sum(admitted) == 7


def test_settling_twice_is_refused_and_counts_once(books: Books) -> None:
    first = held(books.admit(reservation(10))[0])
    books.settle(first, 8)
    assert isinstance(books.settle(first, 8), Exception)
    assert books.spent_and_held() == (8, 0)
