"""The database is held, restarted or out of room: refusals come before dispatch, and no settlement is lost."""

import contextlib
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crowd import Crowd
from tests.databases import restart
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import SETUPS, Fleet

CLIENTS = 20
LONG_S = 10.0
AWAY = (503, "store_unavailable", True)  # with Retry-After


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.fixture
def slow_upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream(pause_s=0.2) as served:
        yield served


@pytest.fixture(scope="module", params=["one", "two"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: PacedUpstream
) -> Iterator[Fleet]:
    with SETUPS[request.param](tmp_path_factory.mktemp("away"), upstream, "") as made:
        yield made.start()


@contextlib.contextmanager
def held_by_another(home: Path) -> Iterator[None]:
    """Another process's exclusive lock, as a backup tool or a person with a shell may hold it."""
    other = sqlite3.connect(home / "ni.db", isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def all_whole(fleet: Fleet, crowd: Crowd) -> None:
    """Whatever a client saw is on record once, opened and closed, and the sums agree."""
    counts = fleet.counts()
    assert {name: counts.get(name) for name in crowd.seen} == dict.fromkeys(crowd.seen, (1, 1, 1))
    assert set(counts.values()) == {(1, 1, 1)}
    fleet.check_sums()


def test_three_seconds_of_a_foreign_lock_cause_no_error(fleet: Fleet) -> None:
    crowd = Crowd(fleet.port, fleet.first.key(), CLIENTS).begin(go_on=True)
    time.sleep(0.5)
    with held_by_another(fleet.first.home):
        time.sleep(3)
    time.sleep(0.5)
    crowd.stop()
    crowd.join()
    fleet.wait_until_settled()
    print(f"{crowd.statuses}")
    assert not crowd.broken
    assert set(crowd.statuses) == {200}
    all_whole(fleet, crowd)


def test_ten_seconds_of_a_foreign_lock_refuse_before_dispatch_and_lose_nothing(
    fleet: Fleet, upstream: PacedUpstream
) -> None:
    key = fleet.first.key()
    crowd = Crowd(fleet.port, key, CLIENTS).begin(go_on=True)
    time.sleep(0.5)
    with held_by_another(fleet.first.home):
        began = time.monotonic()
        time.sleep(1)
        crowd.stop()
        asked, under_way = upstream.served, fleet.open_calls()
        late = Crowd(fleet.port, key, CLIENTS).begin().join()
        assert upstream.served == asked
        time.sleep(max(0.0, LONG_S - (time.monotonic() - began)))
    crowd.join()
    fleet.wait_until_settled(5)
    print(f"during the lock {late.statuses}, around it {crowd.statuses}, {len(under_way)} calls under way")
    assert late.statuses == {503: CLIENTS}
    assert set(crowd.statuses) <= {200, 503}
    assert late.refusals | crowd.refusals == {AWAY}
    assert not crowd.broken
    assert under_way
    assert fleet.outcomes(under_way) == {"completed"}
    all_whole(fleet, crowd)


def test_a_lonely_call_that_meets_a_lock_does_not_hold_up_the_others(fleet: Fleet) -> None:
    lonely = Crowd(fleet.port, fleet.first.key(), 1).begin(go_on=True)
    time.sleep(0.5)
    with held_by_another(fleet.first.home):
        waits_s = []
        for _ in range(10):
            began = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{fleet.port()}/healthz", timeout=10) as healthy:
                assert healthy.status == 200
            waits_s.append(time.monotonic() - began)
            time.sleep(0.1)
    time.sleep(0.5)
    lonely.stop()
    lonely.join()
    fleet.wait_until_settled()
    print(f"longest wait {max(waits_s) * 1000:.0f} ms")
    assert max(waits_s) < 0.5
    assert set(lonely.statuses) == {200}
    assert not lonely.broken
    all_whole(fleet, lonely)


def test_a_restarted_postgres_costs_seconds_of_503_and_no_row(
    tmp_path: Path, upstream: PacedUpstream, fresh_postgres: str
) -> None:
    with SETUPS["postgres"](tmp_path, upstream, fresh_postgres) as fleet:
        crowd = Crowd(fleet.start().port, fleet.first.key(), CLIENTS).begin(go_on=True)
        time.sleep(1)
        began = time.monotonic()
        restart(fresh_postgres)
        while Crowd(fleet.port, crowd.key, 1).begin().join().statuses != {200: 1}:
            assert time.monotonic() < began + 10
            time.sleep(0.1)
        away_s = time.monotonic() - began
        time.sleep(1)
        crowd.stop()
        crowd.join()
        fleet.wait_until_settled(5)
        print(f"{crowd.statuses}, first 200 after {away_s:.1f} s")
        assert not crowd.broken
        assert set(crowd.statuses) <= {200, 503}
        assert crowd.statuses[200] > CLIENTS
        all_whole(fleet, crowd)


def test_on_a_full_disk_calls_under_way_are_recorded_and_new_ones_refused(
    tmp_path: Path, slow_upstream: PacedUpstream
) -> None:
    with small_disk(tmp_path) as disk, SETUPS["one"](disk, slow_upstream, "") as fleet:
        key = fleet.start().first.key()
        workers = fleet.first.workers()
        crowd = Crowd(fleet.port, key, CLIENTS).begin()
        time.sleep(0.5)
        fill(disk / "filler")
        under_way, refused = fleet.open_calls(), first_refusal(fleet, key)
        asked = slow_upstream.served
        late = Crowd(fleet.port, key, 5).begin().join()
        assert slow_upstream.served == asked
        crowd.join()
        fleet.wait_until_settled(3)
        print(f"under way {crowd.statuses}, on the full disk {late.statuses} after {refused} served")
        assert crowd.statuses == {200: CLIENTS}
        assert (late.statuses, late.refusals) == ({503: 5}, {AWAY})
        assert under_way
        assert fleet.outcomes(under_way) == {"completed"}
        all_whole(fleet, crowd)
        (disk / "filler").unlink()
        wait_for_200(fleet, key)
        assert Crowd(fleet.port, key, 5).begin().join().statuses == {200: 5}
        assert fleet.first.workers() == workers


def first_refusal(fleet: Fleet, key: str) -> int:
    """How many calls still found room on the disk before one was refused."""
    for served in range(CLIENTS):
        if Crowd(fleet.port, key, 1).begin().join().statuses == {503: 1}:
            return served
    raise AssertionError("the disk is full and nothing is refused")


def wait_for_200(fleet: Fleet, key: str) -> None:
    """Until the gateway takes calls again by itself."""
    ends_at = time.monotonic() + LONG_S
    while Crowd(fleet.port, key, 1).begin().join().statuses != {200: 1}:
        assert time.monotonic() < ends_at
        time.sleep(0.1)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 24 MiB in memory; needs the right to mount."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24M", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def fill(path: Path) -> None:
    """Take what is left of the disk."""
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (2**16, 2**12, 1):
            with contextlib.suppress(OSError):
                while filler.write(b"\0" * size):
                    pass
