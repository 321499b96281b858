"""Writes a batch of units as one durable transaction; without threads or greenlets, which are the journal's.

A batch that fails is rolled back and rerun unit by unit, so that a faulty unit does not fail the others. A crash
anywhere before COMMIT leaves no trace of the transaction.

One process writes at a time: SQLite has its write lock; on PostgreSQL each transaction of the journal (a "turn") holds
an advisory lock. Batches are short, so waits are too, and processes never deadlock. The outcome of a commit whose
connection broke is asked of the database.
"""

import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from gevent.monkey import get_original

from ni.domain.errors import Problem, StoreUnavailable
from ni.store.database import BUSY_MS, Database
from ni.store.unit import Change, Conflict, PartWriter, Transaction, Unit
from ni.store.write_faults import Aside, DiskReserve, Unwritable, is_full, is_units_own

WRITING = 0x4E49_5752
"""Number of the PostgreSQL advisory lock that a turn holds."""
LOOK_S = 0.002
"""Interval between attempts to take a lock that another process holds; turns last a few times as long."""
IN_DOUBT_S = 10.0
PAUSE_S = 0.1
TAKE = f"SELECT set_config('lock_timeout', '{BUSY_MS}', true), pg_advisory_xact_lock(%s)"
"""Waits for the lock of all turns for `BUSY_MS` at most, and so for each lock of this transaction. The limit is not one
of the connection: a pooler may give the next transaction another."""
NUMBER = f"""
WITH mine AS ({TAKE})
INSERT INTO writers (name, turn, at) SELECT %s, %s, extract(epoch FROM now()) * 1000 FROM mine
ON CONFLICT (name) DO UPDATE SET turn = excluded.turn, at = excluded.at
"""  # noqa: S608 - a number of ours is all that is put into it
"""Takes the lock and writes the turn's number, in one exchange with the server."""
FORGET = "DELETE FROM writers WHERE at < extract(epoch FROM now() - interval '1 day') * 1000"
"""Rows are queried within seconds of their turn; those older than a day are never needed."""
RETRIED = frozenset({"40001", "40P01"})
"""SQLSTATEs of PostgreSQL after which the same transaction may succeed: serialization failure, deadlock."""

_SLEEP: Callable[[float], None] = get_original("time", "sleep")
"""The unpatched `time.sleep`: blocks only the thread of the writer."""


class WriteLock(Protocol):
    """Begins transactions on a driver connection."""

    at_once: bool
    """Whether beginning a turn without waiting for the lock needs no network."""

    def begin(self, connection: Any, patient: bool = True) -> str:
        """Begin a turn; returns its identifier. Raises the driver's error if the lock is not free within `BUSY_MS`, or
        immediately if not `patient`."""

    def committed(self, turn: str) -> bool:
        """Whether a turn whose COMMIT failed was committed after all."""


def write_lock_of(database: Database) -> WriteLock:
    """The write lock for this database."""
    return SqliteWriteLock(_SLEEP) if database.sqlite else PostgresWriteLock(database, _SLEEP)


class SqliteWriteLock:
    """`BEGIN IMMEDIATE` takes the file's one write lock; a failed COMMIT has committed nothing.

    The wait is done here because SQLite's busy timeout applies to a connection, not to a statement.
    """

    at_once = True

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep

    def begin(self, connection: Any, patient: bool = True) -> str:
        """Take the lock; the turn has no identifier."""
        ends_at_s = time.monotonic() + BUSY_MS / 1000 if patient else 0.0
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                if not _is_busy(fault) or time.monotonic() >= ends_at_s:
                    raise
                self._sleep(LOOK_S)
            else:
                return ""

    def committed(self, turn: str) -> bool:
        """Always false: a failed COMMIT leaves nothing."""
        return False


class PostgresWriteLock:
    """Every turn writes its number into the row of its writer; whether it is there shows whether the turn committed.

    `pg_xact_status` is no substitute: ids of transactions that never reached the disk are reused after a crash, so that
    a lost transaction looks committed once another has taken its id.
    """

    at_once = False

    def __init__(self, database: Database, sleep: Callable[[float], None]) -> None:
        self._database = database
        self._sleep = sleep
        self._writer = secrets.token_hex(8)
        self._count = 0

    def begin(self, connection: Any, patient: bool = True) -> str:
        """Begin, wait for the lock, and number the turn."""
        connection.execute("BEGIN")
        self._count += 1
        connection.execute(NUMBER, (WRITING, self._writer, self._count))
        if self._count == 1:
            connection.execute(FORGET)
        return str(self._count)

    def committed(self, turn: str) -> bool:
        """Query until the server answers; false after `IN_DOUBT_S`."""
        for _ in range(int(IN_DOUBT_S / PAUSE_S)):
            last = self._last_turn()
            if last is not None:
                return last == int(turn)
            self._sleep(PAUSE_S)
        return False

    def _last_turn(self) -> int | None:
        """The number of this writer's newest committed turn, 0 for none; None if the server cannot be reached."""
        try:
            connection = self._database.open_driver()
        except Exception:  # noqa: BLE001 - not reachable, for any reason
            return None
        try:
            # With the lock, so that a turn still under way at the server's end is over before it is asked about.
            connection.execute("BEGIN")
            connection.execute(TAKE, (WRITING,))
            row = connection.execute("SELECT turn FROM writers WHERE name = %s", (self._writer,)).fetchone()
        except Exception:  # noqa: BLE001 - not reachable any more
            return None
        finally:
            connection.close()
        return int(row[0]) if row else 0


def _is_busy(fault: sqlite3.OperationalError) -> bool:
    """Whether another holds the lock (https://sqlite.org/rescode.html: the low byte is the primary code)."""
    return fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def may_succeed_again(fault: Exception) -> bool:
    """Whether the same transaction may succeed on a retry."""
    return getattr(fault, "sqlstate", None) in RETRIED


log = logging.getLogger(__name__)

TRIES = 5

Result = tuple[object, ...] | Exception
"""One value per part of the unit, or why the unit was not written."""


class _Unbegun(Exception):
    """No transaction could be begun."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class Writer:
    """Writes batches on a private driver connection, calling the part writers in the order given."""

    def __init__(
        self,
        database: Database,
        part_writers: Sequence[PartWriter],
        reserve: DiskReserve | None = None,
        aside: Aside | None = None,
    ) -> None:
        self.aside = aside or Aside(None)
        self._database = database
        self._reserve = reserve or DiskReserve(None)
        self._part_writers: tuple[PartWriter, ...] = (ChangeWriter(database), *part_writers)
        self._turns = write_lock_of(database)
        self._connection: Any = None

    def run(self, units: Sequence[Unit]) -> list[Result]:
        """One result per unit; every unit with a tuple is durable when this returns."""
        if not self._reserve.there():
            return self._only_must(units)
        for _ in range(TRIES):
            try:
                return self._turn(units)
            except _Unbegun as fault:
                return [_named(fault.cause)] * len(units)
            except Exception as fault:  # noqa: BLE001 - whatever failed: the next lines find out whose it is
                self._roll_back(fault)
                if is_full(fault):
                    self._reserve.give_up()
                    return self._only_must(units)
                if not may_succeed_again(fault):
                    return self._alone(units, fault)
        return [StoreUnavailable()] * len(units)

    def at_once(self, unit: Unit) -> Result | None:
        """The unit's result; None, with nothing written, on any fault: the caller then uses `run`, which reports it.

        Never waits for a lock, and returns None for a server, whose latency is unknown.
        """
        if self._connection is None or not self._turns.at_once or not self._reserve.there():
            return None
        try:
            turn = self._turns.begin(self._connection, patient=False)
        except Exception:  # noqa: BLE001 - locked, or worse
            return None
        try:
            return self._batch(turn, [unit])[0]
        except Exception as fault:  # noqa: BLE001 - whatever failed fails again in `run`, which knows what to do
            self._roll_back(fault)
            return None

    def _turn(self, units: Sequence[Unit]) -> list[Result]:
        """Write the units in one transaction. Raises `_Unbegun` and what the database raises."""
        try:
            turn = self._begin()
        except Exception as fault:  # locked for too long, or away: the same for every unit
            self._roll_back(fault)
            raise _Unbegun(fault) from fault
        return self._batch(turn, units)

    def _alone(self, units: Sequence[Unit], fault: Exception) -> list[Result]:
        """Write each unit of a failed batch in a separate transaction."""
        if len(units) == 1:
            return [self._refused(units[0], fault)]
        return [self.run([unit])[0] for unit in units]

    def _only_must(self, units: Sequence[Unit]) -> list[Result]:
        """Write only `must` units, while the disk is full; refuse the others."""
        return [self._past(unit) if unit.must else StoreUnavailable() for unit in units]

    def _past(self, unit: Unit) -> Result:
        try:
            return self._turn([unit])[0]
        except _Unbegun as fault:
            return _named(fault.cause)
        except Exception as fault:  # noqa: BLE001 - its caller waits, and it is tried again if that can help
            self._roll_back(fault)
            return self._refused(unit, fault)

    def _refused(self, unit: Unit, fault: Exception) -> Exception:
        """Why a unit was not written. A `must` unit that can never be written is set aside."""
        if isinstance(fault, Conflict | Problem) or not is_units_own(fault):
            return _named(fault)
        if unit.must:
            self.aside.put(unit, fault)
        named = Unwritable()
        named.__cause__ = _named(fault)
        return named

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _batch(self, turn: str, units: Sequence[Unit]) -> list[Result]:
        transaction = DriverTransaction(self._connection)
        values: list[list[object]] = [[None] * len(unit.parts) for unit in units]
        refused: dict[int, Exception] = {}
        places_of: dict[type, list[tuple[int, int]]] = {}
        for at, unit in enumerate(units):
            for place, part in enumerate(unit.parts):
                places_of.setdefault(type(part), []).append((at, place))
        for part_writer in self._part_writers:
            places = places_of.get(part_writer.writes)
            if places and refused:
                places = [each for each in places if each[0] not in refused]
            if not places:
                continue
            results = part_writer.write(transaction, [units[at].parts[place] for at, place in places])
            for (at, place), result in zip(places, results, strict=True):
                values[at][place] = result
                if isinstance(result, Exception):
                    refused.setdefault(at, result)
        self._commit(turn)
        return [refused.get(at) or tuple(results_of_unit) for at, results_of_unit in enumerate(values)]

    def _begin(self) -> str:
        if self._connection is None:
            self._connection = self._database.open_driver()
        return self._turns.begin(self._connection)

    def _commit(self, turn: str) -> None:
        """Commit. If the connection breaks meanwhile, the outcome is unknown; query it, or a retry may write twice."""
        try:
            self._connection.execute("COMMIT")
        except Exception:  # whatever it was is raised again unless the commit went through
            if not self._turns.committed(turn):
                raise
            log.warning("journal: the connection broke after a commit that went through")
            self._drop()

    def _roll_back(self, fault: Exception) -> None:
        for part_writer in self._part_writers:
            part_writer.rolled_back()
        if self._connection is None:
            return
        try:
            self._connection.execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - the connection is gone, or had no transaction: start anew
            log.warning("journal: reconnecting after %s", type(fault).__name__)
            self._drop()

    def _drop(self) -> None:
        self._connection.close()
        self._connection = None


class DriverTransaction:
    """The open transaction on a sqlite3 or psycopg connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> int:
        """Execute once; the number of rows touched."""
        touched: int = self._connection.execute(sql, values).rowcount
        return touched

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute for each row."""
        if len(rows) == 1:
            self._connection.execute(sql, rows[0])
        elif rows:
            self._connection.cursor().executemany(sql, rows)

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Fetch all rows."""
        fetched: list[tuple[Any, ...]] = self._connection.execute(sql, values).fetchall()
        return fetched


class ChangeWriter:
    """Writes plain statements: what people change in the portal and on the command line."""

    writes = Change

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, transaction: Transaction, parts: Sequence[Change]) -> Sequence[object]:
        """The number of rows each statement touched; raises `Conflict`, or its own, where another was expected."""
        return [self._one(transaction, part) for part in parts]

    def _one(self, transaction: Transaction, part: Change) -> int:
        compiled = part.statement.compile(
            dialect=self._database.engine.dialect, column_keys=list(part.values)
        )
        touched = transaction.run(str(compiled), {**compiled.params, **part.values})
        if part.expect is not None and touched != part.expect:
            raise part.otherwise or Conflict(f"{touched} rows instead of {part.expect}")
        return touched

    def rolled_back(self) -> None:
        """Nothing is kept."""


def _named(fault: Exception) -> Exception:
    """Log a fault of the database and wrap it in `StoreUnavailable`; `Conflict` and `Problem` stay what they are."""
    if isinstance(fault, Conflict | Problem):
        return fault
    # The first line only: what PostgreSQL adds after it may quote values.
    log.error(
        "journal: a unit could not be written: %s: %s", type(fault).__name__, str(fault).partition("\n")[0]
    )
    named = StoreUnavailable()
    named.__cause__ = fault
    return named
