"""A unit that can never be written is not tried for ever: it is set aside, and the others go on."""

import json
import sqlite3
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
import pytest
import sqlalchemy as sa

from ni.domain.errors import StoreUnavailable
from ni.store.database import Database
from ni.store.journal import LATE_S, TOLD_S, ThreadJournal
from ni.store.tables.metering import rates
from ni.store.unit import Transaction, Unit
from ni.store.write_faults import ASIDE_FILE, Aside, Unwritable, is_units_own, set_aside
from ni.store.writer import Writer


@dataclass(frozen=True)
class Figure:
    """A row with a number that may be too large for any database."""

    name: str
    number: Any

    def aside(self) -> Mapping[str, Any]:
        return {"name": self.name, "number": self.number}


class FigureWriter:
    """Writes figures; raises `fault` as long as there are some."""

    writes = Figure

    def __init__(self, database: Database) -> None:
        self.tries = 0
        self.faults: list[Exception] = []
        self._sql = database.prepare(
            rates.insert().values(key_id=sa.bindparam("key_id"), due_us=sa.bindparam("due_us"))
        )

    def write(self, transaction: Transaction, parts: Sequence[Figure]) -> Sequence[object]:
        self.tries += 1
        if self.faults:
            raise self.faults.pop()
        transaction.run_many(self._sql, [{"key_id": part.name, "due_us": part.number} for part in parts])
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Nothing is kept."""


def kept(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(sa.select(rates.c.key_id)))


IMPOSSIBLE = [10**15 * 10**15, 2**63, -(2**63) - 1, "no number\0", None]


@pytest.mark.parametrize("number", IMPOSSIBLE)
def test_an_impossible_unit_is_set_aside_once_and_the_others_are_written(
    database: Database, tmp_path: Path, number: Any
) -> None:
    if database.sqlite and isinstance(number, str):
        pytest.skip("SQLite keeps any value in any column")
    part_writer, aside = FigureWriter(database), Aside(tmp_path)
    journal = ThreadJournal(Writer(database, [part_writer], aside=aside))
    units = [Unit((Figure(f"n{at}", at),), must=True) for at in range(5)]
    jobs = [gevent.spawn(journal.write, unit) for unit in (*units, Unit((Figure("bad", number),), must=True))]
    gevent.joinall(jobs, timeout=10)
    journal.close()
    assert isinstance(jobs[-1].exception, Unwritable)
    assert [job.exception for job in jobs[:-1]] == [None] * 5
    assert kept(database) == {f"n{at}" for at in range(5)}
    assert part_writer.tries <= 1 + len(jobs) + 1
    (line,) = (tmp_path / ASIDE_FILE).read_text().splitlines()
    assert json.loads(line)["told"][0]["name"] == "bad"
    assert stat.S_IMODE((tmp_path / ASIDE_FILE).stat().st_mode) == 0o600
    assert (set_aside(tmp_path), aside.count) == (1, 1)


def test_a_fault_that_may_pass_is_waited_out(database: Database, tmp_path: Path) -> None:
    part_writer = FigureWriter(database)
    away = sqlite3.OperationalError("disk I/O error")
    away.sqlite_errorcode = sqlite3.SQLITE_IOERR
    journal = ThreadJournal(Writer(database, [part_writer], aside=Aside(tmp_path)), sleep=lambda _: None)
    part_writer.faults = [away] * 3
    assert gevent.spawn(journal.write, Unit((Figure("a", 1),), must=True)).get(timeout=10) == (None,)
    journal.close()
    assert kept(database) == {"a"}
    assert not set_aside(tmp_path)


def test_what_need_not_be_written_is_refused_and_not_kept(database: Database, tmp_path: Path) -> None:
    journal = ThreadJournal(Writer(database, [FigureWriter(database)], aside=Aside(tmp_path)))
    with pytest.raises(StoreUnavailable):
        gevent.spawn(journal.write, Unit((Figure("bad", 2**63),))).get(timeout=10)
    journal.close()
    assert not set_aside(tmp_path)


def test_a_journal_says_that_it_does_not_work(database: Database, tmp_path: Path) -> None:
    now = [100.0]
    part_writer = FigureWriter(database)
    journal = ThreadJournal(
        Writer(database, [part_writer], aside=Aside(tmp_path)), sleep=gevent.sleep, monotonic_s=lambda: now[0]
    )
    assert journal.works()
    gevent.spawn(journal.write, Unit((Figure("bad", 2**63),), must=True)).join(10)
    assert not journal.works()
    now[0] += TOLD_S + 1
    assert journal.works()
    away = sqlite3.OperationalError("disk I/O error")
    away.sqlite_errorcode = sqlite3.SQLITE_IOERR
    part_writer.faults = [away] * 4
    waits = gevent.spawn(journal.write, Unit((Figure("late", 1),), must=True))
    gevent.sleep(0.1)
    now[0] += LATE_S + 1
    assert not journal.works()
    waits.join(10)
    gevent.sleep(0.3)
    assert journal.works()
    journal.close()


def coded(kind: type[sqlite3.Error], code: int) -> sqlite3.Error:
    fault = kind("said")
    fault.sqlite_errorcode = code
    return fault


PASSING = (
    [coded(sqlite3.OperationalError, code) for code in (5, 6, 8, 10, 13, 14, 15, 266, 522, 778)]
    + [coded(sqlite3.DatabaseError, code) for code in (11, 26)]
    + [OSError("disk"), StoreUnavailable()]
)
LASTING = [
    OverflowError("int too large"), TypeError("bad"), ValueError("bad"), RuntimeError("ours"),
    coded(sqlite3.OperationalError, 1), coded(sqlite3.IntegrityError, 2067), coded(sqlite3.DataError, 18),
    sqlite3.ProgrammingError("Error binding parameter"),
]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_what_the_database_or_the_disk_said_may_pass(fault: Exception) -> None:
    assert not is_units_own(fault)


@pytest.mark.parametrize("fault", LASTING, ids=repr)
def test_what_the_unit_is_does_not_pass(fault: Exception) -> None:
    assert is_units_own(fault)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("NumericValueOutOfRange", True), ("UntranslatableCharacter", True), ("UniqueViolation", True),
        ("UndefinedTable", True), ("AdminShutdown", False), ("DiskFull", False), ("LockNotAvailable", False),
        ("SerializationFailure", False), ("DeadlockDetected", False), ("ReadOnlySqlTransaction", False),
        ("CannotConnectNow", False), ("OperationalError", False), ("InterfaceError", False), ("DataError", True),
    ],
)  # fmt: skip
def test_postgres_says_by_its_codes_what_may_pass(name: str, own: bool) -> None:
    from psycopg import errors

    assert is_units_own(getattr(errors, name)("said")) is own
