"""A greenlet that computes gives way so that sockets are looked at, and so that a call of somebody else can end."""

import time
from collections.abc import Iterator

import gevent
import pytest
from gevent import socket

from ni.domain.clock import LONGEST_S, TURNS, Pace, paced


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pace]:
    """The pace of this thread's loop, whose sleeps are gevent's."""
    monkeypatch.setattr("ni.domain.clock.time.sleep", gevent.sleep)
    pace, turns = Pace(), gevent.get_hub().loop.check(ref=False)
    turns.start(pace.turned)
    gevent.sleep(0.001)  # the loop has turned once
    yield pace
    turns.stop()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def compute(pace: Pace, steps: int, answered: list[int]) -> int:
    """How many steps were done before somebody had their answer; each step is long enough that it gives way."""
    for step in range(steps):
        ends_at = time.monotonic() + 1.2 * LONGEST_S
        while time.monotonic() < ends_at:
            pass
        pace.give_way()
        if answered:
            return step + 1
    return steps + 1


@pytest.mark.parametrize(("others", "most"), [(0, 3), (3, 12)], ids=["alone", "beside others that compute"])
def test_an_exchange_over_a_socket_ends_within_a_few_steps_of_whoever_computes(
    pace: Pace, pair: tuple[socket.socket, socket.socket], others: int, most: int
) -> None:
    ours, theirs = pair
    answered: list[int] = []

    def serve() -> None:
        for _ in range(TURNS // 4):
            theirs.sendall(theirs.recv(1))

    def ask() -> None:
        for _ in range(TURNS // 4):
            ours.sendall(b"x")
            ours.recv(1)
        answered.append(1)

    gevent.spawn(serve)
    gevent.spawn(ask)
    computing = [gevent.spawn(compute, pace, 20, answered) for _ in range(1 + others)]
    assert max(greenlet.get(timeout=20) for greenlet in computing) <= most


def test_who_computes_for_less_than_the_limit_does_not_give_way(
    pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("ni.domain.clock.time.sleep", slept.append)
    pace.turned()
    pace.give_way()
    assert not slept


def test_items_are_paced_and_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    gaps: list[int] = []
    monkeypatch.setattr("ni.domain.clock.give_way", lambda: gaps.append(1))
    assert list(paced(range(1000), 100)) == list(range(1000))
    assert len(gaps) == 10
