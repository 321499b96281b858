"""The pool is bounded: in number, in idle time and in age."""

import socket

from ni.outbound.connection import Connection
from ni.outbound.pool import Pool, PoolLimits
from ni.outbound.target import Origin
from tests.fakes.doors import HandClock

A, B = Origin("https", "a.test", 443), Origin("https", "b.test", 443)


def connection(clock: HandClock) -> tuple[Connection, socket.socket]:
    here, there = socket.socketpair()
    return Connection(here, "192.0.2.1", "", clock.monotonic()), there


def test_no_more_than_the_limit_are_kept_over_all_origins() -> None:
    clock = HandClock()
    pool = Pool(clock, PoolLimits(idle=2))
    pairs = [connection(clock) for _ in range(3)]
    for origin, (kept, _) in zip((A, B, A), pairs, strict=True):
        pool.give(origin, kept)
    assert (len(pool), pairs[2][0].closed, pairs[2][1].recv(1)) == (2, True, b"")
    pool.clear()
    assert len(pool) == 0 and all(kept.closed for kept, _ in pairs)


def test_old_connections_of_other_origins_are_swept_out() -> None:
    clock = HandClock()
    pool = Pool(clock, PoolLimits(idle=1))
    (old, _), (new, _) = connection(clock), connection(clock)
    pool.give(A, old)
    clock.ahead_s = 61
    pool.give(B, new)
    assert old.closed and pool.take(B) is new and pool.take(A) is None


def test_the_newest_is_taken_first_and_belongs_to_its_origin() -> None:
    clock = HandClock()
    pool = Pool(clock, PoolLimits())
    (first, peer), (second, _) = connection(clock), connection(clock)
    pool.give(A, first)
    pool.give(A, second)
    assert pool.take(B) is None
    assert pool.take(A) is second
    peer.close()
    assert pool.take(A) is None and first.closed
