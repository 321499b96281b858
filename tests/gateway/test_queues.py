"""Queues of calls: no more than there are slots, room for interactive calls, and a fair, bounded wait."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

import gevent
import pytest

from ni.domain.caller import Priority
from ni.domain.errors import ClientGone, Overloaded, Problem, RateLimited
from ni.gateway import queues
from ni.gateway.queues import LONGEST_S, Arrival, CallQueue, CallQueues, QueueLimits, QueueSettings, QueueSlot
from tests.cast import StandingClock

INTERACTIVE, BATCH = Priority.INTERACTIVE, Priority.BATCH
T = TypeVar("T")


class House:
    """A queue, the calls that came, and what became of each."""

    def __init__(self, slots: int, waiting: int = 100, wait_s: float = 5.0, per_key: int = 10_000) -> None:
        self.clock = StandingClock()
        self.queue = CallQueue("calls", QueueLimits(slots, waiting, wait_s, per_key), self.clock)
        self.slots: list[tuple[str, QueueSlot]] = []
        self.order: list[str] = []
        self.refused: list[tuple[str, Problem]] = []
        self.left: list[str] = []
        self.greenlets: dict[str, gevent.Greenlet[..., None]] = {}

    def come(self, name: str, key: str = "k", priority: Priority = INTERACTIVE, size: int = 10) -> None:
        """A call comes, and waits if it has to."""
        self.greenlets[name] = gevent.spawn(self._come, name, Arrival(key, priority, size, step_of))
        settle()

    def _come(self, name: str, call: Arrival) -> None:
        try:
            slot = self.queue.enter(call)
        except Problem as refusal:
            self.refused.append((name, refusal))
        except ClientGone:
            self.left.append(name)
        else:
            self.order.append(name)
            self.slots.append((name, slot))

    def end(self, after_s: float = 0.0) -> None:
        """The call that has had its slot for longest ends."""
        self.clock.move(seconds=after_s)
        self.slots.pop(0)[1].close()
        settle()

    def leave(self, name: str) -> None:
        """The client of a waiting call leaves."""
        self.greenlets[name].kill(ClientGone, block=True)


def settle() -> None:
    """Let everything run that was woken."""
    for _ in range(3):
        gevent.sleep(0)


def step_of(step: Callable[[], T]) -> T:
    return step()


def test_a_call_waits_for_a_slot_and_no_more_run_than_there_are() -> None:
    house = House(slots=2)
    for name in "abcd":
        house.come(name)
    assert (house.order, house.queue.state().waiting, house.queue.running) == (["a", "b"], 2, 2)
    house.end()
    house.end()
    assert (house.order, house.queue.state().waiting, house.queue.running) == (list("abcd"), 0, 2)


def test_interactive_calls_go_first_and_batch_leaves_slots_for_them() -> None:
    house = House(slots=16)
    for number in range(20):
        house.come(f"batch {number}", "b", BATCH)
    assert house.queue.running == 14
    house.come("quick 1", "i")
    house.come("quick 2", "i")
    assert house.order[-2:] == ["quick 1", "quick 2"]
    house.come("quick 3", "i")
    assert house.queue.state().waiting == 7
    house.end()
    assert house.order[-1] == "quick 3"
    for _ in range(3):
        house.end()
    assert house.order[-1] == "batch 14"


@pytest.mark.parametrize(("slots", "for_batch"), [(1, 1), (2, 1), (8, 7), (9, 7), (1000, 875)])
def test_batch_leaves_one_slot_in_eight_where_there_are_two(slots: int, for_batch: int) -> None:
    house = House(slots=slots, waiting=0)
    for number in range(slots):
        house.come(str(number), "b", BATCH)
    assert house.queue.running == for_batch


def test_a_key_that_floods_waits_for_the_others() -> None:
    house = House(slots=1)
    for number in range(5):
        house.come(f"flood {number}", "flood")
    house.come("other 1", "other")
    house.come("other 2", "other")
    for _ in range(4):
        house.end()
    assert house.order == ["flood 0", "flood 1", "other 1", "flood 2", "other 2"]


def test_a_full_queue_sends_away_batch_for_interactive_and_of_the_fullest_key() -> None:
    house = House(slots=1, waiting=3)
    house.come("runs", "x")
    for number in range(4):
        house.come(f"batch {number}", "b", BATCH)
    assert [name for name, _ in house.refused] == ["batch 3"]
    house.come("other batch", "c", BATCH)
    assert [name for name, _ in house.refused] == ["batch 3", "batch 2"]
    house.come("quick", "i")
    assert [name for name, _ in house.refused][-1] == "batch 1"
    house.come("batch late", "b", BATCH)
    assert [name for name, _ in house.refused][-1] == "batch late"
    for _ in range(3):
        house.end()
    assert house.order == ["runs", "quick", "batch 0", "other batch"]


def test_bodies_that_wait_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "WAITING_BYTES", 100)
    house = House(slots=1)
    for name in "abcd":
        house.come(name, name, size=40)
    assert [name for name, _ in house.refused] == ["d"]
    house.come("small", size=10)
    assert house.queue.state().waiting == 3


def test_a_wait_ends_with_its_time() -> None:
    house = House(slots=1, wait_s=0.01)
    house.come("runs")
    house.come("waits")
    gevent.sleep(0.03)
    ((name, refusal),) = house.refused
    assert (name, type(refusal), house.queue.state().waiting) == ("waits", Overloaded, 0)
    house.end()
    assert house.queue.idle


def test_who_leaves_frees_the_place() -> None:
    house = House(slots=1)
    for name in "abc":
        house.come(name)
    house.leave("b")
    assert (house.left, house.queue.state().waiting) == (["b"], 1)
    house.end()
    assert house.order == ["a", "c"]


def test_who_leaves_with_a_slot_that_was_just_given_gives_it_back() -> None:
    def leaves(step: Callable[[], T]) -> T:
        step()
        raise ClientGone

    house = House(slots=1)
    house.come("a")
    waits = gevent.spawn(house._come, "b", Arrival("k", INTERACTIVE, 10, leaves))
    settle()
    house.end()
    assert (house.left, house.queue.idle, waits.ready()) == (["b"], True, True)


def test_a_key_is_refused_at_its_own_limit_without_a_wait() -> None:
    house = House(slots=9, per_key=2)
    for name in "abc":
        house.come(name)
    assert [type(refusal) for _, refusal in house.refused] == [RateLimited]
    house.come("other", "other")
    assert house.order == ["a", "b", "other"]


def test_a_key_without_calls_is_not_remembered() -> None:
    house = House(slots=1)
    for key in "abc":
        house.come(key, key)
    for _ in range(3):
        house.end()
    assert house.queue.idle
    assert not house.queue._used
    assert not any(house.queue._lanes)


def retry_after(house: House) -> int:
    house.come("late", "late")
    name, refusal = house.refused[-1]
    assert name == "late"
    return refusal.retry_after_s or 0


@pytest.mark.parametrize(("held_s", "waiting", "wait_s"), [(2.0, 9, 5), (0.01, 9, 1), (30.0, 9, 75)])
def test_retry_after_is_the_time_in_which_the_queue_drains(held_s: float, waiting: int, wait_s: int) -> None:
    """Four slots, each held for so long: (waiting + 1) / (4 / held)."""
    house = House(slots=4, waiting=waiting)
    for number in range(4):
        house.come(f"first {number}")
    house.clock.move(seconds=held_s)
    for _ in range(4):
        house.end()
    for number in range(4 + waiting):
        house.come(f"next {number}", f"key {number}")
    assert house.queue.state().drain_per_s == pytest.approx(4 / held_s, rel=0.01)
    assert retry_after(house) == wait_s


def test_calls_that_hold_out_longer_than_before_slow_the_drain_down() -> None:
    house = House(slots=2, waiting=1)
    house.come("quick")
    house.end(after_s=0.1)
    for number in range(3):
        house.come(f"slow {number}", f"key {number}")
    assert retry_after(house) == 1
    house.clock.move(seconds=60)
    assert retry_after(house) == 60
    house.clock.move(seconds=3600)
    assert retry_after(house) == LONGEST_S


def test_a_queue_says_what_waits_and_for_how_long() -> None:
    house = House(slots=1)
    for name in "abc":
        house.come(name)
        house.clock.move(seconds=2)
    state = house.queue.state()
    assert (state.waiting, state.running, state.slots, state.longest_ms) == (2, 1, 1, 4000)


def fates(seed: int) -> Iterator[tuple[str, str, Priority]]:
    drawn = random.Random(seed)  # noqa: S311 - the same each time
    for number in range(300):
        yield str(number), drawn.choice("abcd"), drawn.choice([INTERACTIVE, BATCH])


@pytest.mark.parametrize("seed", range(8))
def test_in_any_order_of_comings_endings_and_leavings_slots_are_neither_lost_nor_doubled(seed: int) -> None:
    drawn = random.Random(seed + 100)  # noqa: S311 - the same each time
    house = House(slots=drawn_slots(seed), waiting=6)
    for name, key, priority in fates(seed):
        house.come(name, key, priority)
        waiting = [one for one, run in house.greenlets.items() if not run.ready()]
        fate = drawn.random()
        if fate < 0.3 and house.slots:
            house.end(after_s=drawn.random())
        elif fate < 0.45 and waiting:
            house.leave(drawn.choice(waiting))
        state = house.queue.state()
        assert state.running == len(house.slots) <= state.slots
        assert state.waiting == sum(not run.ready() for run in house.greenlets.values()) <= 6
    while house.slots:
        house.end()
    assert house.queue.idle
    told = Counter(house.order) + Counter(house.left) + Counter(name for name, _ in house.refused)
    assert sorted(told.elements()) == sorted(house.greenlets)


def drawn_slots(seed: int) -> int:
    return (1, 2, 3, 4, 8, 9, 16, 20)[seed]


def test_deployments_have_queues_of_their_own_with_slots_of_their_own() -> None:
    settings = QueueSettings(9, 9, 9, 5, 1, 0.0, {"gpu": 1})
    several = CallQueues(settings, StandingClock())
    slots = {state.name: state.slots for state in several.states()}
    assert slots == {"calls": 9, "masking": 9}
    several.deployment("gpu").enter(Arrival("k", INTERACTIVE, 1, step_of))
    with pytest.raises(Overloaded):
        several.deployment("gpu").enter(Arrival("k", INTERACTIVE, 1, step_of))
    several.deployment("other").enter(Arrival("k", INTERACTIVE, 1, step_of))
    slots = {state.name: state.slots for state in several.states()}
    assert slots == {"calls": 9, "masking": 9, "deployment gpu": 1, "deployment other": 5}


def test_queues_of_deployments_are_bounded_in_number() -> None:
    several = CallQueues(QueueSettings(9, 9, 9, 9, 1, 0.0), StandingClock())
    busy = several.deployment("busy")
    busy.enter(Arrival("k", INTERACTIVE, 1, step_of))
    for number in range(queues.MOST_DEPLOYMENTS + 10):
        several.deployment(str(number))
    assert several.deployment("busy") is busy
    assert len(several.states()) < queues.MOST_DEPLOYMENTS
