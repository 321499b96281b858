"""How long something holds the event loop: the processor time between two moments at which others may run.

What other programs do on the machine, and what other threads of this one do, is not in it.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import pytest

from ni.domain import clock
from ni.factory.serving import COLLECT_AFTER

LONGEST_S = 3 * clock.LONGEST_S
"""What the loop is promised is `LONGEST_S`; a machine that others use as well is slower by a factor of two or three."""


@contextmanager
def collector_of_a_server() -> Iterator[None]:
    """The garbage collector as in a server."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Held:
    """Measures what happens within the block."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.longest_s = 0.0
        self._patch = patch
        self._rested_s = time.thread_time()

    def rest(self, _: float = 0.0) -> None:
        """Others may run now."""
        now_s = time.thread_time()
        self.longest_s = max(self.longest_s, now_s - self._rested_s)
        self._rested_s = time.thread_time()

    def __enter__(self) -> Self:
        self._patch.setattr("time.sleep", self.rest)
        self._rested_s = time.thread_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()
        self._patch.undo()
