"""Killing the gateway under load loses nothing: what a client saw a byte of is on record, once, after the restart."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import SETUPS, Fleet

ROUNDS = {"one": 30, "two": 10, "postgres": 10}
CLIENTS = 50
LOAD_S, MOST_S = 0.4, 10.0


@pytest.fixture
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.mark.parametrize("setup", list(SETUPS))
def test_kills_under_fifty_clients_lose_and_double_nothing(
    setup: str, tmp_path: Path, upstream: PacedUpstream, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("fresh_postgres") if setup == "postgres" else ""
    with SETUPS[setup](tmp_path, upstream, url) as fleet:
        key, seen = fleet.first.key("--max-spend-per-day", "1000"), set[str]()
        for _ in range(ROUNDS[setup]):
            crowd = Crowd(fleet.start().port, key, CLIENTS).begin(go_on=True)
            _wait_for_answers(crowd)
            fleet.kill()
            seen |= crowd.join().seen
            assert set(crowd.statuses) <= {200}
        began = time.monotonic()
        fleet.start()
        recovery_s = time.monotonic() - began
        fleet.wait_until_settled(5)
        print(f"{ROUNDS[setup]} kills, {len(seen)} answers seen, start with recovery {recovery_s:.1f} s")
        check(fleet, seen)
        assert len(seen) > ROUNDS[setup] * CLIENTS / 2


def _wait_for_answers(crowd: Crowd) -> None:
    """Some load, and on a slow machine as much more as it takes until answers flow."""
    began = time.monotonic()
    time.sleep(LOAD_S)
    while len(crowd.seen) < CLIENTS and time.monotonic() < began + MOST_S:
        time.sleep(0.02)


def check(fleet: Fleet, seen: set[str]) -> None:
    """One usage row, one opening and one closing record each; the sums agree; nothing is held."""
    counts = fleet.counts()
    assert {name: counts.get(name) for name in seen} == dict.fromkeys(seen, (1, 1, 1))
    assert set(counts.values()) == {(1, 1, 1)}
    assert fleet.spent_and_held()[1] == 0
    fleet.check_sums()
