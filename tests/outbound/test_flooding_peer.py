"""A peer that sends faster than it is read is read for a third of the time, and no other peer ever waits for that."""

import socket
import time
from collections.abc import Iterator

import pytest

from ni.domain.clock import AT_ONCE_S, PACE
from ni.outbound.connection import FLOOD_BYTES, FLOOD_S, REST_S, Connection

PIECES = 4
FLOOD = FLOOD_BYTES // 2
"""The third such piece makes a flood."""


class Turning:
    """A socket during each of whose reads the loop turns so many times."""

    def __init__(self, sock: socket.socket) -> None:
        self.each = 0
        self._sock = sock

    def recv(self, size: int) -> bytes:
        PACE.turns += self.each
        return self._sock.recv(size)

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)


class Clock:
    """Time that stands still unless a test moves it."""

    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("ni.outbound.connection.time.monotonic", clock.monotonic)
    monkeypatch.setattr(PACE, "turns", 1)
    return clock


@pytest.fixture
def pair(clock: Clock) -> Iterator[tuple[Connection, Turning, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * FLOOD_BYTES)
    turning = Turning(ours)
    connection = Connection(turning, "192.0.2.1", "", clock.now_s)  # type: ignore[arg-type]
    yield connection, turning, theirs
    connection.close()
    theirs.close()


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long it rested, yielding aside."""
    rests: list[float] = []
    monkeypatch.setattr(
        "ni.outbound.connection.time.sleep",
        lambda wait_s: rests.append(wait_s) if wait_s > AT_ONCE_S else None,
    )
    return rests


def read(connection: Connection, peer: socket.socket, size: int) -> None:
    """Everything of one piece that the peer sends; it is at hand when it is read."""
    peer.sendall(b"x" * size)
    while size:
        size -= len(connection.receive(1.0))


@pytest.mark.parametrize(
    ("size", "turns_each", "each_s", "rested"),
    [
        (FLOOD, 0, FLOOD_S, True),
        (FLOOD, 0, 0.0, False),
        (FLOOD, 1, FLOOD_S, False),
        (300, 0, 10 * FLOOD_S, False),
    ],
    ids=["a flood", "a burst", "others had their turns", "a few events while the loop was busy"],
)
def test_only_a_flood_rests(
    pair: tuple[Connection, Turning, socket.socket], rests: list[float], clock: Clock,
    size: int, turns_each: int, each_s: float, rested: bool,
) -> None:  # fmt: skip
    connection, ours, peer = pair
    ours.each = turns_each
    for _ in range(PIECES):
        clock.now_s += each_s
        read(connection, peer, size)
    assert bool(rests) is rested
    assert all(rest <= REST_S for rest in rests)


@pytest.mark.parametrize("idle_s", [0.0, 1.0, 60.0])
def test_an_answer_that_is_at_hand_at_once_does_not_rest_however_long_the_connection_idled(
    pair: tuple[Connection, Turning, socket.socket], rests: list[float], clock: Clock, idle_s: float
) -> None:
    connection, _, peer = pair
    for size in (100, FLOOD, FLOOD, FLOOD):
        clock.now_s += idle_s
        connection.send(b"asked", 1.0)
        assert peer.recv(100) == b"asked"
        read(connection, peer, size)
    assert not rests


def test_a_flood_rests_for_twice_as_long_as_its_last_piece_took(
    pair: tuple[Connection, Turning, socket.socket], rests: list[float], clock: Clock
) -> None:
    connection, _, peer = pair
    for _ in range(3):
        clock.now_s += FLOOD_S
        read(connection, peer, FLOOD)
    rests.clear()
    clock.now_s += 0.004
    read(connection, peer, 100)
    assert rests == [pytest.approx(0.008)]
