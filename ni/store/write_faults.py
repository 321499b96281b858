"""Whose fault a failed write is: the database's, which may pass, or the unit's, which fails again however often.

Sources: https://sqlite.org/rescode.html (the low byte is the primary code); PostgreSQL, appendix A (the first two
characters of a SQLSTATE are its class).

What could not be written, kept beside the database for a person to look at: one line of JSON for each unit.

The file holds what the parts themselves say is fit for it (`aside`): ids, counts and amounts, never content and never
a credential. While it has lines, `ni doctor` says so.

Room on the disk for what must still be written when the disk is full: a file that is given up then.

While the file is there, everything is written. When the database cannot grow, the file is removed and its room lets
calls under way be settled; what is new is refused until the file can be made again. Its existence is the state, so that
all processes of a machine agree without a word.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from ni.domain.errors import StoreUnavailable
from ni.store.unit import Unit

_UNITS_OWN = frozenset(
    {
        sqlite3.SQLITE_ERROR,  # a statement that is wrong
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_MISUSE,
        sqlite3.SQLITE_RANGE,
    }
)
_CLASSES = frozenset({"21", "22", "23", "42", "0A"})
"""Cardinality, data (out of range), constraints, syntax and names, not supported."""


class Unwritable(StoreUnavailable):
    """The database is there and cannot take this unit: trying again is of no use."""


def is_units_own(fault: BaseException) -> bool:
    """Whether the unit can never be written: all that neither the database nor the disk said of itself."""
    state = getattr(fault, "sqlstate", None)
    if isinstance(state, str):
        return state[:2] in _CLASSES
    code = getattr(fault, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _UNITS_OWN
    if isinstance(fault, StoreUnavailable | OSError):
        return isinstance(fault, Unwritable)
    module = type(fault).__module__.partition(".")[0]
    if module in (
        "sqlite3",
        "psycopg",
    ):  # without a code: a value that cannot be bound, or a connection that is gone
        return type(fault).__name__ in (
            "DataError",
            "IntegrityError",
            "NotSupportedError",
            "ProgrammingError",
        )
    return True  # OverflowError, TypeError and their like: of our own making


log = logging.getLogger(__name__)

ASIDE_FILE = "set-aside.jsonl"
MOST_BYTES = 16 * 2**20
"""More is only counted: by then a person has been told thousands of times."""


class Aside:
    """The file in a folder, readable by its owner alone; without a folder the log must do."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / ASIDE_FILE if folder is not None else None
        self.count = 0

    def put(self, unit: Unit, fault: BaseException) -> None:
        """Keep a unit; never raises, for the next units wait."""
        self.count += 1
        facts = [each for part in unit.parts if (each := _fit_to_keep(part))]
        names = sorted({type(part).__name__ for part in unit.parts})
        log.error(
            "journal: a unit cannot be written and is set aside: %s (%s)",
            type(fault).__name__,
            ", ".join(names),
        )
        line = {"at": round(time.time() * 1000), "fault": type(fault).__name__, "parts": names, "told": facts}
        if self._path is None:
            return
        try:
            _append(self._path, orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))
        except (OSError, TypeError) as broken:
            log.error("journal: what was set aside could not be kept: %s", type(broken).__name__)  # noqa: TRY400


def set_aside(folder: Path) -> int:
    """How many units lie aside in a folder."""
    try:
        return (folder / ASIDE_FILE).read_bytes().count(b"\n")
    except OSError:
        return 0


def _fit_to_keep(part: object) -> Mapping[str, Any]:
    tell = getattr(part, "aside", None)
    return {name: _plain(value) for name, value in tell().items()} if tell else {}


def _plain(value: Any) -> Any:
    """JSON's integers end at 64 bits here; what is beyond is why the unit lies here."""
    return str(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < MOST_BYTES:
            os.write(descriptor, line)
    finally:
        os.close(descriptor)


log = logging.getLogger(__name__)

ROOM = 16 * 2**20
"""Bytes: a settlement takes about 3 kB, so that this is some five thousand of them."""
RETRY_S = 1.0
RESERVE_FILE = "ni.reserve"
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE"})


class Reserve:
    """The file beside the database. Without a folder (PostgreSQL, a database in memory) nothing is kept back."""

    def __init__(
        self, folder: Path | None, room: int = ROOM, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._path = folder / RESERVE_FILE if folder is not None else None
        self._room = room
        self._monotonic_s = monotonic_s
        self._tried_at = -RETRY_S

    def there(self) -> bool:
        """Whether new work may be written; tries to make the file again, at most once a second."""
        if self._path is None or self._path.exists():
            return True
        now = self._monotonic_s()
        if now - self._tried_at < RETRY_S:
            return False
        self._tried_at = now
        return self._make(self._path)

    def give_up(self) -> None:
        """Free the room."""
        if self._path is not None and self._path.exists():
            self._path.unlink(missing_ok=True)
            self._tried_at = self._monotonic_s()
            log.error(
                "the disk is full: calls under way are settled in the room kept back, new ones are refused"
            )

    def _make(self, path: Path) -> bool:
        """Whether the whole room could be had. A process that dies meanwhile leaves a draft, written over next time."""
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._room)
            finally:
                os.close(descriptor)
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            return False
        return True


def is_full(fault: BaseException) -> bool:
    """Whether the database could not grow: SQLite's codes for a full disk and for a write past a size limit."""
    return getattr(fault, "sqlite_errorname", "") in _FULL
