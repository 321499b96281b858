"""The lock under which one process writes at a time, and the outcome of a commit whose connection broke.

SQLite has its write lock; on PostgreSQL each transaction of the journal (a "turn") holds an advisory lock. Batches are
short, so waits are too, and processes never deadlock.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable
from typing import Any, Protocol

from gevent.monkey import get_original

from ni.store.database import BUSY_MS, Database

WRITING = 0x4E49_5752
"""Number of the PostgreSQL advisory lock that a turn holds."""
LOOK_S = 0.002
"""Interval between attempts to take a lock that another process holds; turns last a few times as long."""
IN_DOUBT_S = 10.0
PAUSE_S = 0.1
NUMBER = """
WITH mine AS (SELECT pg_advisory_xact_lock(%s))
INSERT INTO writers (name, turn, at) SELECT %s, %s, extract(epoch FROM now()) * 1000 FROM mine
ON CONFLICT (name) DO UPDATE SET turn = excluded.turn, at = excluded.at
"""
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
        if not self._count:
            connection.execute(FORGET)
        self._count += 1
        connection.execute(NUMBER, (WRITING, self._writer, self._count))
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
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITING,))
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
