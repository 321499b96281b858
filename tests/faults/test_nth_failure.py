"""The n-th statement of a scenario fails, for every n: what was answered is on record once, and nothing is held."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.access.key_spec import KeySpec
from ni.catalog import changes
from ni.catalog.load import SHIPPED, load
from ni.domain.clock import to_ms
from ni.factory.application import create_app
from ni.factory.gateway import Gateway
from ni.privacy.names import NoNames
from ni.settings import Settings, secret_files
from ni.settings.secret_files import Secrets
from ni.store import schema
from ni.store.database import Database
from ni.store.journal import ThreadJournal
from ni.store.tables.custody import custody_records
from ni.store.tables.metering import budgets, open_calls, totals, usage
from ni.store.writer import Writer
from ni.web.metrics import Metrics
from tests.assembled import ROOT

SCENARIO = (
    {"model": "sandbox/echo-local"},
    {"model": "sandbox/echo-local", "stream": True},
    {"model": "ni-help"},
    {"model": "sandbox/echo-local"},
)
MOST = 400


class Shim:
    """A driver connection whose n-th statement fails, once."""

    def __init__(self) -> None:
        self.left = -1
        self.failed = False
        self.fault: Exception = RuntimeError()

    def count(self) -> None:
        if self.left == 0:
            self.failed = True
            self.left = -1
            raise self.fault
        self.left -= 1


class Counting:
    """Stands for a connection or a cursor of sqlite3."""

    def __init__(self, inner: Any, shim: Shim) -> None:
        self._inner, self._shim = inner, shim

    def execute(self, *given: Any) -> Any:
        if given[0] != "ROLLBACK":
            self._shim.count()
        return self._inner.execute(*given)

    def executemany(self, *given: Any) -> Any:
        self._shim.count()
        return self._inner.executemany(*given)

    def cursor(self) -> "Counting":
        return Counting(self._inner.cursor(), self._shim)

    def close(self) -> None:
        self._inner.close()


def fault_of(kind: type[sqlite3.Error], code: int) -> sqlite3.Error:
    fault = kind("made by the test")
    fault.sqlite_errorcode = code
    return fault


FAULTS = {
    "the disk": fault_of(sqlite3.OperationalError, sqlite3.SQLITE_IOERR),
    "the unit": fault_of(sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT),
    "a bug": OverflowError("made by the test"),
}


@pytest.fixture
def shim(monkeypatch: pytest.MonkeyPatch) -> Shim:
    made = Shim()
    open_driver = Database.open_driver
    monkeypatch.setattr(Database, "open_driver", lambda self: Counting(open_driver(self), made))
    return made


@pytest.fixture
def gateway(tmp_path: Path, shim: Shim) -> Iterator[Gateway]:
    secret_files.create(tmp_path, os.urandom)
    journals: list[ThreadJournal] = []

    def journal(writer: Writer) -> ThreadJournal:
        journals.append(ThreadJournal(writer, sleep=lambda _: None))
        return journals[-1]

    settings = Settings.from_environ({"NI_HOME": str(tmp_path)})
    made = Gateway(settings, Secrets.load(tmp_path), journal, Metrics(), NoNames())
    schema.upgrade(made.database)
    made.accounts.ensure_default()
    changes.store(load(SHIPPED), made.database, made.journal, made.base.activity)
    made.processes.register(to_ms(made.clock.now()))
    yield made
    journals[0].close()
    made.database.close()


def run(client: Any, headers: dict[str, str]) -> dict[str, int]:
    """Status by request id; every answer is read."""
    seen = {}
    for more in SCENARIO:
        body = {**more, "messages": [{"role": "user", "content": "hi"}]}
        answer = client.post("/v1/chat/completions", json=body, headers=headers)
        assert answer.data
        seen[answer.headers["X-NI-Request-ID"]] = answer.status_code
    return seen


def check(database: Database, seen: dict[str, int]) -> None:
    with database.read() as connection:
        assert connection.execute(sa.select(open_calls)).all() == []
        assert connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(budgets.c.held_nanos), 0))) == 0
        rows = list(connection.scalars(sa.select(usage.c.request_id)))
        assert len(rows) == len(set(rows))
        assert {name for name, status in seen.items() if status == 200} <= set(rows)
        assert connection.scalar(sa.select(sa.func.sum(totals.c.requests))) == len(rows)
        spent = connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(budgets.c.spent_nanos), 0)))
        assert spent == connection.scalar(sa.select(sa.func.sum(usage.c.ni_charge_nanos)))
        kinds = [
            set(
                connection.scalars(
                    sa.select(custody_records.c.request_id).where(custody_records.c.kind == kind)
                )
            )
            for kind in ("open", "close")
        ]
        assert kinds[0] == kinds[1]


@pytest.mark.parametrize("kind", FAULTS)
def test_the_nth_statement_fails_for_every_n(gateway: Gateway, shim: Shim, kind: str) -> None:
    client = create_app(gateway, Metrics(), str(ROOT)).test_client()
    text = (
        gateway.keys_of("default").create(KeySpec(name="test", rpm=100_000, cap_nanos=10**12)).text.reveal()
    )
    headers = {"Authorization": f"Bearer {text}"}
    run(client, headers)
    shim.fault = FAULTS[kind]
    refused = 0
    for at in range(MOST):
        shim.failed, shim.left = False, at
        seen = run(client, headers)
        assert set(seen.values()) <= {200, 503}
        refused += 503 in seen.values()
        check(gateway.database, seen)
        if not shim.failed:
            break
    print(f"{kind}: {at} statements failed in turn, {refused} runs with a 503, all invariants held")
    assert at > 20
