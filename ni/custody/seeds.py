"""The seed files of the log's keys, beside the other secrets: the current one, the one before, the one to come.

custody.seed            signs
custody.seed.retired    signs too while a rotation overlaps
custody.seed.next       drawn by a rotation that is not finished
"""

from collections.abc import Callable
from pathlib import Path

from ni.domain.ids import Random

SEED_BYTES = 32
CURRENT = "custody.seed"
BESIDE = ("custody.seed.retired", "custody.seed.next")
"""Files that are there only around a rotation; a backup holds those that are."""


class SeedFiles:
    """The files in the folder of secrets; `write` makes a new private file, durable on return."""

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None]) -> None:
        self._current = folder / CURRENT
        self._retired, self._next = (folder / name for name in BESIDE)
        self._write = write

    def load(self, current: bytes) -> list[bytes]:
        """The seeds, the newest first; `current` was read and checked with the other secrets."""
        return [current, *([self._retired.read_bytes()] if self._retired.is_file() else [])]

    def next_seed(self, random: Random) -> bytes:
        """A new seed, or that of a rotation that was cut short."""
        if not self._next.is_file():
            self._write(self._next, random(SEED_BYTES))
        return self._next.read_bytes()

    def turn(self) -> None:
        """The next seed becomes the current one; there is a current one at every moment."""
        self._write(self._retired, self._current.read_bytes())
        self._next.replace(self._current)
