"""Killing the gateway under load loses nothing: what a client saw a byte of is on record, once, after the restart."""

import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.paced_upstream import PacedUpstream
from tests.running import RunningGateway

ROUNDS = 30
CLIENTS = 50
LOAD_S = 0.6


@pytest.fixture
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.fixture
def gateway(tmp_path: Path, upstream: PacedUpstream) -> Iterator[RunningGateway]:
    instance = RunningGateway(tmp_path, NI_LOCAL_BASE_URL=upstream.base_url)
    instance.ni("init")
    yield instance
    instance.kill()


class Clients:
    """Fifty clients that ask until the gateway is gone; half of them stream. `seen` are ids with at least a byte."""

    def __init__(self, port: int, key: str) -> None:
        self.seen: set[str] = set()
        self.whole = 0
        self._port = port
        self._key = key
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Start asking."""
        self._threads = [threading.Thread(target=self._ask, args=(at % 2 == 0,)) for at in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have noticed the end."""
        for thread in self._threads:
            thread.join(20)

    def _ask(self, stream: bool) -> None:
        body = json.dumps({"model": "local/paced-local", "stream": stream,
                           "messages": [{"role": "user", "content": "go"}]})  # fmt: skip
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        try:
            while True:
                connection.request("POST", "/v1/chat/completions", body, headers)
                response = connection.getresponse()
                assert response.status == 200, response.read()
                while response.read(64):
                    self.seen.add(response.headers["X-NI-Request-ID"])
                self.whole += 1
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()


def test_thirty_kills_under_fifty_clients_lose_and_double_nothing(gateway: RunningGateway) -> None:
    key, seen, whole = gateway.key("--max-spend-per-day", "1000"), set[str](), 0
    for _ in range(ROUNDS):
        gateway.start()
        clients = Clients(gateway.port, key)
        clients.begin()
        time.sleep(LOAD_S)
        gateway.kill()
        clients.join()
        seen |= clients.seen
        whole += clients.whole
    began = time.monotonic()
    gateway.start()
    recovery_s = time.monotonic() - began
    _wait_until_settled(gateway.home)
    counts = _counts(gateway.home)
    print(
        f"invariants checked for {len(seen)} requests ({whole} whole), start with recovery {recovery_s:.1f} s"
    )
    assert len(seen) > ROUNDS * CLIENTS / 2
    assert {identity: counts.get(identity) for identity in seen} == dict.fromkeys(seen, (1, 1, 1))
    assert set(counts.values()) == {(1, 1, 1)}
    assert _held(gateway.home) == 0


def _wait_until_settled(home: Path) -> None:
    ends_at = time.monotonic() + 5
    while time.monotonic() < ends_at:
        with sqlite3.connect(home / "ni.db") as database:
            if database.execute("SELECT count(*) FROM open_calls").fetchone() == (0,):
                return
        time.sleep(0.1)
    raise AssertionError("calls of dead processes are still open")


def _counts(home: Path) -> dict[str, tuple[int, int, int]]:
    """Usage rows, opening and closing records by request id."""
    with sqlite3.connect(home / "ni.db") as database:
        used = dict(database.execute("SELECT request_id, count(*) FROM usage GROUP BY 1"))
        opened = dict(
            database.execute(
                "SELECT request_id, count(*) FROM custody_records WHERE kind = 'open' GROUP BY 1"
            )
        )
        closed = dict(
            database.execute(
                "SELECT request_id, count(*) FROM custody_records WHERE kind = 'close' GROUP BY 1"
            )
        )
    return {identity: (used.get(identity, 0), opened.get(identity, 0), closed.get(identity, 0))
            for identity in used.keys() | opened.keys() | closed.keys()}  # fmt: skip


def _held(home: Path) -> int:
    with sqlite3.connect(home / "ni.db") as database:
        held: int = database.execute("SELECT coalesce(sum(held_nanos), 0) FROM budgets").fetchone()[0]
        return held
