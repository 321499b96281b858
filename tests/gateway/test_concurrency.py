"""Slots: no more than there are, a short wait, and a refusal that says whose limit it was."""

import threading
from collections.abc import Callable

import pytest

from ni.domain.errors import Overloaded, Problem, RateLimited
from ni.gateway.checks import Concurrency


def outcome(step: Callable[[], None]) -> type[Problem] | None:
    try:
        step()
    except Problem as refusal:
        assert refusal.retry_after_s  # noqa: PT017 - the refusal is the value here
        return type(refusal)
    return None


@pytest.mark.parametrize(
    ("slots", "per_key", "refusal"), [(2, 9, Overloaded), (9, 2, RateLimited), (2, 2, RateLimited)]
)
def test_the_third_is_refused_by_the_limit_it_met(slots: int, per_key: int, refusal: type[Problem]) -> None:
    concurrency = Concurrency(slots, per_key, wait_s=0.01)
    assert [outcome(lambda: concurrency.enter("a")) for _ in range(3)] == [None, None, refusal]
    assert concurrency.used() == concurrency.used("a") == 2


def test_one_key_does_not_take_the_slots_of_another() -> None:
    concurrency = Concurrency(4, 2, wait_s=0.01)
    outcomes = [outcome(lambda key=key: concurrency.enter(key)) for key in "aaabb"]  # type: ignore[misc]
    assert outcomes == [None, None, RateLimited, None, None]


def test_a_slot_that_comes_free_in_time_is_used() -> None:
    concurrency = Concurrency(1, 1, wait_s=30)
    left: list[str] = []

    def leave() -> None:
        left.append("a")
        concurrency.leave("a")

    concurrency.enter("a")
    threading.Timer(0.05, leave).start()
    concurrency.enter("b")
    assert left == ["a"]


def test_a_key_without_calls_is_not_remembered() -> None:
    concurrency = Concurrency(3, 3)
    for key in "abc":
        concurrency.enter(key)
    for key in "abc":
        concurrency.leave(key)
    assert concurrency.used() == 0
    assert not concurrency._used
