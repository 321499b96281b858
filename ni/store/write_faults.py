"""What happens to writes that fail: whose fault it is, units that can never be written, and a full disk.

`is_units_own` tells a fault of the unit, which fails again every time, from one of the database, which may pass.
`Aside` appends a unit that can never be written to a file beside the database, one line of JSON each: what its parts'
`aside` methods give, which is ids, counts and amounts, never content or a credential. `ni doctor` reports the file.
`DiskReserve` keeps a file beside the database whose space is released when the disk is full, so that calls under way
can still be settled; new work is refused until the file can be made again. Its existence is the state that all
processes of a machine share.

Sources: https://sqlite.org/rescode.html (the low byte is the primary code); PostgreSQL, appendix A (the first two
characters of a SQLSTATE are its class).
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
    """The database works and cannot take this unit: a retry would fail too."""


def is_units_own(fault: BaseException) -> bool:
    """Whether the unit can never be written: any fault that is not one of the database or the disk."""
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
    return True  # OverflowError, TypeError and similar: a defect of the unit


log = logging.getLogger(__name__)

ASIDE_FILE = "set-aside.jsonl"
MOST_BYTES = 16 * 2**20
"""Units beyond this are counted and logged, but not stored."""


class Aside:
    """The file of units in a folder, readable by its owner alone; without a folder units are only logged."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / ASIDE_FILE if folder is not None else None
        self.count = 0

    def put(self, unit: Unit, fault: BaseException) -> None:
        """Log a unit and append it to the file. Never raises, as other units wait to be written."""
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
    """The number of units in the file in a folder."""
    try:
        return (folder / ASIDE_FILE).read_bytes().count(b"\n")
    except OSError:
        return 0


def _fit_to_keep(part: object) -> Mapping[str, Any]:
    tell = getattr(part, "aside", None)
    return {name: _plain(value) for name, value in tell().items()} if tell else {}


def _plain(value: Any) -> Any:
    """The value as orjson can write it: integers beyond 64 bits, which no column takes, become text."""
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
"""Bytes: about five thousand settlements of 3 kB."""
RETRY_S = 1.0
RESERVE_FILE = "ni.reserve"
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE"})


class DiskReserve:
    """The reserve file beside the database. Without a folder (PostgreSQL, a database in memory) there is none."""

    def __init__(
        self, folder: Path | None, room: int = ROOM, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._path = folder / RESERVE_FILE if folder is not None else None
        self._room = room
        self._monotonic_s = monotonic_s
        self._tried_at = -RETRY_S

    def there(self) -> bool:
        """Whether new work may be written, i.e. the file exists; tries to make it again at most once a second."""
        if self._path is None or self._path.exists():
            return True
        now = self._monotonic_s()
        if now - self._tried_at < RETRY_S:
            return False
        self._tried_at = now
        return self._make(self._path)

    def give_up(self) -> None:
        """Delete the file, which frees its space on the disk."""
        if self._path is not None and self._path.exists():
            self._path.unlink(missing_ok=True)
            self._tried_at = self._monotonic_s()
            log.error(
                "the disk is full: calls under way are settled in the room kept back, new ones are refused"
            )

    def _make(self, path: Path) -> bool:
        """Allocate the file; whether there was space. A draft that a crash left is overwritten."""
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
