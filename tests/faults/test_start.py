"""A start that custody refuses: one line that says why, no traceback, and no second try by the server."""

import os
import signal
import time
from pathlib import Path

import pytest
import requests

from tests.databases import control
from tests.running import RunningGateway

WHY = "ni: custody=rollback: folder: it holds what no key of the log has signed"


def test_a_start_that_custody_refuses_says_so_in_one_line(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / f"{9:020d}.txt").write_text("elsewhere\n9\nroot\n\n— elsewhere AAAA\n")
    with pytest.raises(AssertionError, match="did not start"):
        gateway.start()
    lines = gateway.log.read_text().splitlines()
    assert [line.startswith(WHY) for line in lines if line.startswith("ni: ")] == [True]
    assert not any("Traceback" in line for line in lines)


@pytest.mark.postgres
def test_a_start_before_the_database_waits_for_it_and_a_worker_that_dies_meanwhile_comes_back(
    tmp_path: Path, fresh_postgres: str
) -> None:
    gateway = RunningGateway(tmp_path, NI_DATABASE_URL=fresh_postgres, NI_WORKERS="2")
    gateway.ni("init")
    key = {"Authorization": f"Bearer {gateway.key()}"}
    control(fresh_postgres, "-m", "fast", "-w", "stop")
    try:
        gateway.start()
        os.kill(gateway.workers()[0], signal.SIGKILL)
        away = requests.get(f"{gateway.url}/v1/models", headers=key, timeout=5)
        assert (away.status_code, away.json()["error"]["code"]) == (503, "store_unavailable")
    finally:
        control(fresh_postgres, "-w", "start")
    ends_at, served = time.monotonic() + 20, 0
    while time.monotonic() < ends_at and served < 20:  # of both workers, each time
        answer = requests.get(f"{gateway.url}/v1/models", headers=key, timeout=5)
        served = served + 1 if answer.status_code == 200 else 0
        time.sleep(0.05)
    assert served == 20
    assert len(gateway.workers()) == 2
    assert gateway.stop() == 0


def test_no_process_leaves_a_core_dump(tmp_path: Path) -> None:
    """It would hold prompts and credentials."""
    gateway = RunningGateway(tmp_path, NI_PII_WORKERS="1")
    gateway.ni("init")
    gateway.start()
    for pid in gateway.workers():
        (line,) = [
            each for each in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in each
        ]
        assert line.split()[4:6] == ["0", "0"]
    assert gateway.stop() == 0


def test_a_stop_while_a_worker_begins_is_heard(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    gateway.ni("init")
    gateway.start()
    before = gateway.workers()
    os.kill(before[0], signal.SIGKILL)
    while not gateway.workers() or gateway.workers() == before:
        time.sleep(0.005)
    assert gateway.stop(wait_s=20) == 0  # the grace period is 60 s
