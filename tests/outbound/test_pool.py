"""The pool is bounded: in number, in idle time and in age."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from ni.outbound.addresses import Origin
from ni.outbound.connection import Connection, Pool, PoolLimits
from tests.fakes.doors import HandClock

A, B = Origin("https", "a.test", 443), Origin("https", "b.test", 443)
Connect = Callable[[], tuple[Connection, socket.socket]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def connect(clock: HandClock) -> Iterator[Connect]:
    """Makes connections, each with the socket at its other end."""
    with ExitStack() as opened:

        def make() -> tuple[Connection, socket.socket]:
            here, there = socket.socketpair()
            opened.enter_context(here)
            opened.enter_context(there)
            return Connection(here, "192.0.2.1", "", clock.monotonic()), there

        yield make


def test_no_more_than_the_limit_are_kept_over_all_origins(clock: HandClock, connect: Connect) -> None:
    pool = Pool(clock, PoolLimits(idle=2))
    pairs = [connect() for _ in range(3)]
    for origin, (kept, _) in zip((A, B, A), pairs, strict=True):
        pool.give(origin, kept)
    assert (len(pool), pairs[2][0].closed, pairs[2][1].recv(1)) == (2, True, b"")
    pool.clear()
    assert len(pool) == 0
    assert all(kept.closed for kept, _ in pairs)


def test_old_connections_of_other_origins_are_swept_out(clock: HandClock, connect: Connect) -> None:
    pool = Pool(clock, PoolLimits(idle=1))
    (old, _), (new, _) = connect(), connect()
    pool.give(A, old)
    clock.ahead_s = 61
    pool.give(B, new)
    assert old.closed
    assert pool.take(A) is None


def test_the_newest_is_taken_first_and_belongs_to_its_origin(clock: HandClock, connect: Connect) -> None:
    pool = Pool(clock, PoolLimits())
    (first, _), (second, _) = connect(), connect()
    pool.give(A, first)
    pool.give(A, second)
    assert pool.take(B) is None
    assert pool.take(A) is second


def test_a_connection_that_the_peer_closed_is_not_given_out(clock: HandClock, connect: Connect) -> None:
    pool = Pool(clock, PoolLimits())
    kept, peer = connect()
    pool.give(A, kept)
    peer.close()
    assert pool.take(A) is None
    assert kept.closed


@pytest.mark.parametrize("age_s", [30, 300])
def test_a_connection_in_constant_use_grows_no_older_than_its_age(
    clock: HandClock, connect: Connect, age_s: int
) -> None:
    """However busy, its name is resolved and vetted anew in the end."""
    pool = Pool(clock, PoolLimits(age_s=age_s))
    busy, _ = connect()
    began_s = clock.monotonic()
    while clock.monotonic() - began_s < age_s:
        pool.give(A, busy)
        assert pool.take(A) is busy
        clock.ahead_s += 10
    pool.give(A, busy)
    assert pool.take(A) is None
    assert busy.closed
