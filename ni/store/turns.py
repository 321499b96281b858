"""How a process takes its turn to write, and how it learns whether a commit went through when the line broke.

One process writes at a time, on both databases: SQLite by its own lock, PostgreSQL by an advisory lock that the turn's
transaction holds. Batches are short, so that turns are too, and no two processes wait for each other in a circle.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from ni.store.database import Database

WRITING = 0x4E49_5752
"""Number of the PostgreSQL advisory lock that a turn holds."""
IN_DOUBT_S = 10.0
PAUSE_S = 0.1
RETRIED = frozenset({"40001", "40P01"})
"""SQLSTATEs of PostgreSQL after which the same transaction may succeed: serialization failure, deadlock."""


class Turns(Protocol):
    """Begins transactions on a driver connection."""

    def begin(self, connection: Any) -> str:
        """Begin a turn; what identifies it. Raises the driver's error after waiting for `BUSY_MS`."""

    def committed(self, turn: str) -> bool:
        """Whether a turn whose COMMIT failed was committed after all."""


def turns_of(database: Database, sleep: Callable[[float], None] = time.sleep) -> Turns:
    """The turns of this database; `sleep` must block the writer's thread alone."""
    return SqliteTurns() if database.sqlite else PostgresTurns(database, sleep)


class SqliteTurns:
    """`BEGIN IMMEDIATE` waits for the file's one write lock; a failed COMMIT has committed nothing."""

    def begin(self, connection: Any) -> str:
        """Take the lock."""
        connection.execute("BEGIN IMMEDIATE")
        return ""

    def committed(self, turn: str) -> bool:
        """Never."""
        return False


class PostgresTurns:
    """A transaction with an id of its own, about which the server can be asked when the connection was lost."""

    def __init__(self, database: Database, sleep: Callable[[float], None]) -> None:
        self._database = database
        self._sleep = sleep

    def begin(self, connection: Any) -> str:
        """Begin and wait for the lock; the transaction's id."""
        connection.execute("BEGIN")
        row = connection.execute(
            f"SELECT pg_current_xact_id()::text, pg_advisory_xact_lock({WRITING})"
        ).fetchone()
        return str(row[0])

    def committed(self, turn: str) -> bool:
        """Ask until the server is back and knows; after `IN_DOUBT_S` the answer is no."""
        for _ in range(int(IN_DOUBT_S / PAUSE_S)):
            status = self._status(turn)
            if status in ("committed", "aborted"):
                return status == "committed"
            self._sleep(PAUSE_S)
        return False

    def _status(self, turn: str) -> str | None:
        try:
            connection = self._database.open_driver()
        except Exception:  # noqa: BLE001 - still away, in whatever way
            return None
        try:
            row = connection.execute("SELECT pg_xact_status(%s::xid8)", (turn,)).fetchone()
        except Exception:  # noqa: BLE001 - away again
            return None
        finally:
            connection.close()
        return None if row is None or row[0] is None else str(row[0])


def may_succeed_again(fault: Exception) -> bool:
    """Whether the same transaction may succeed if it is simply tried again."""
    return getattr(fault, "sqlstate", None) in RETRIED
