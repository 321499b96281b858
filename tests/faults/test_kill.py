"""Killing the gateway under load loses nothing: what a client saw a byte of is on record, once, and nothing stays held.

In turn everything dies, as in a power cut, and one worker dies while the others serve on. A few rounds by default;
`make test-kills` runs thirty on each set-up.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crowd import Crowd
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import SETUPS, Fleet

ROUNDS = int(os.environ.get("NI_TEST_KILLS", "4"))
MANY = 50
LOAD_S, MOST_S, SWEPT_S = 0.4, 10.0, 20.0


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


# A lonely client's units are written by another way than those of many.
@pytest.mark.parametrize(("setup", "clients"), [*((name, MANY) for name in SETUPS), ("one", 1)])
def test_kills_under_load_lose_and_double_nothing(
    setup: str, clients: int, tmp_path: Path, upstream: PacedUpstream, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("fresh_postgres") if setup == "postgres" else ""
    with SETUPS[setup](tmp_path, upstream, url) as fleet:
        key, seen, began = fleet.first.key("--max-spend-per-day", "1000"), set[str](), time.monotonic()
        for kill in range(ROUNDS):
            fleet.start()
            crowd = Crowd(fleet.port, key, clients).begin(go_on=True)
            _wait_for_answers(crowd)
            _kill(fleet, crowd, everything=kill % 2 == 0)
            seen |= crowd.join().seen
            assert set(crowd.statuses) <= {200}
        fleet.start()
        swept_s = fleet.wait_until_settled(SWEPT_S)
        print(
            f"{setup}, {clients} clients: {ROUNDS} kills in {time.monotonic() - began:.0f} s, "
            f"{len(seen)} answers seen, {fleet.crashed()} calls cut and settled, "
            f"nothing held {swept_s:.1f} s after the last"
        )
        check(fleet, seen)
        assert len(seen) > ROUNDS * clients / 2
        assert fleet.crashed()


def _kill(fleet: Fleet, crowd: Crowd, *, everything: bool) -> None:
    if everything:
        fleet.kill()
    else:
        fleet.kill_a_worker()
        crowd.stop()


def _wait_for_answers(crowd: Crowd) -> None:
    """Some load, and on a slow machine as much more as it takes until answers flow."""
    began = time.monotonic()
    time.sleep(LOAD_S)
    while len(crowd.seen) < crowd.count and time.monotonic() < began + MOST_S:
        time.sleep(0.02)


def check(fleet: Fleet, seen: set[str]) -> None:
    """One usage row, one opening and one closing record each; the sums agree; nothing is held."""
    counts = fleet.counts()
    assert {name: counts.get(name) for name in seen} == dict.fromkeys(seen, (1, 1, 1))
    assert set(counts.values()) == {(1, 1, 1)}
    assert fleet.spent_and_held()[1] == 0
    fleet.check_sums()
