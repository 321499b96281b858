"""Room on the disk for what must still be written when the disk is full: a file that is given up then.

While the file is there, everything is written. When the database cannot grow, the file is removed and its room lets
calls under way be settled; what is new is refused until the file can be made again. Its existence is the state, so that
all processes of a machine agree without a word.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

log = logging.getLogger(__name__)

ROOM = 16 * 2**20
"""Bytes: a settlement takes about 3 kB, so that this is some five thousand of them."""
RETRY_S = 1.0
NAME = "ni.reserve"
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE"})


class Reserve:
    """The file beside the database. Without a folder (PostgreSQL, a database in memory) nothing is kept back."""

    def __init__(
        self, folder: Path | None, room: int = ROOM, monotonic_s: Callable[[], float] = monotonic
    ) -> None:
        self._path = folder / NAME if folder is not None else None
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
