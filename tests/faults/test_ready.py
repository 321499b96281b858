"""`/readyz` says so where calls could not be served: by an instance that cannot mask, or whose key was retired."""

import contextlib
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningGateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path)
    instance.ni("init")
    yield instance.start()
    instance.stop()


def checks(gateway: RunningGateway) -> tuple[int, dict[str, bool]]:
    try:
        with urllib.request.urlopen(f"{gateway.url}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)["checks"]
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)["checks"]


def test_without_workers_it_is_ready_only_while_no_key_is_masked(gateway: RunningGateway) -> None:
    assert checks(gateway)[0] == 200
    gateway.key("--pii", "off")
    assert checks(gateway)[0] == 200
    masked = gateway.ni("key", "create", "--name", "masked", "--pii", "on")
    status, found = checks(gateway)
    assert (status, found["names"]) == (503, False)
    gateway.ni("key", "revoke", masked["id"])
    assert checks(gateway)[0] == 200


def test_a_process_whose_custody_key_was_retired_is_not_ready_until_it_is_restarted(
    gateway: RunningGateway,
) -> None:
    assert checks(gateway)[1]["custody"]
    gateway.ni("custody", "rotate")
    status, found = checks(gateway)
    assert (status, found["custody"]) == (503, False)
    gateway.stop()
    gateway.start()
    assert checks(gateway)[1]["custody"]


def test_a_held_database_is_told_before_a_balancer_loses_its_patience(gateway: RunningGateway) -> None:
    held = sqlite3.connect(gateway.home / "ni.db", isolation_level=None)
    with contextlib.closing(held):
        held.execute("BEGIN EXCLUSIVE")
        assert [checks(gateway)[1]["database"] for _ in range(2)] == [False, False]
        held.execute("ROLLBACK")
    assert any(checks(gateway)[0] == 200 for _ in range(20))


def test_an_instance_whose_custody_log_lost_its_head_says_so_wherever_it_is_asked(
    gateway: RunningGateway,
) -> None:
    with contextlib.closing(sqlite3.connect(gateway.home / "ni.db")) as connection:
        connection.execute("DELETE FROM custody_logs")
        connection.commit()
    assert checks(gateway)[1]["custody"] is False
    for told in ("doctor", "custody fsck"):
        with pytest.raises(AssertionError):  # its status is not 0
            gateway.ni(*told.split())
    gateway.stop()
    with pytest.raises(AssertionError):
        gateway.start()
    assert "The custody log is damaged: custody_records has rows of log 1" in gateway.log.read_text()
