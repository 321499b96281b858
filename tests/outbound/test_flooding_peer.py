"""A peer that sends faster than it is read is read for a third of the time, and no other peer ever waits for that."""

import socket
import time
from collections.abc import Iterator

import pytest

from ni.domain.clock import PACE
from ni.outbound.connection import FLOOD_S, REST_S, Connection


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    connection = Connection(ours, "192.0.2.1", "", time.monotonic())
    yield connection, theirs
    connection.close()
    theirs.close()


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    rests: list[float] = []
    monkeypatch.setattr("ni.outbound.connection.time.sleep", rests.append)
    return rests


@pytest.mark.parametrize(
    ("turns_each", "at_hand_s", "rested"),
    [(0, 2 * FLOOD_S, True), (0, 0.0, False), (1, 2 * FLOOD_S, False)],
    ids=["a flood", "a burst", "others had their turns"],
)
def test_only_a_flood_rests(
    pair: tuple[Connection, socket.socket], rests: list[float], monkeypatch: pytest.MonkeyPatch,
    turns_each: int, at_hand_s: float, rested: bool,
) -> None:  # fmt: skip
    connection, peer = pair
    monkeypatch.setattr(PACE, "turns", 1)
    now_s = time.monotonic() + at_hand_s
    monkeypatch.setattr("ni.outbound.connection.time.monotonic", lambda: now_s)
    peer.sendall(b"x" * 100)
    receive = connection._sock.recv

    class Turning:
        def recv(self, size: int) -> bytes:
            PACE.turns += turns_each
            return receive(size)

        def __getattr__(self, name: str) -> object:
            return getattr(socket.socket, name).__get__(ours)

    ours, connection._sock = connection._sock, Turning()  # type: ignore[assignment]
    assert connection.receive(1.0) == b"x" * 100
    connection._sock = ours
    assert bool([rest for rest in rests if rest]) is rested
    assert all(rest <= REST_S for rest in rests)
