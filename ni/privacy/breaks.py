"""Breaks in long work, so that other requests are not held up by it: taken by the clock, asked for often."""

from collections.abc import Callable
from time import monotonic

STRETCH_S = 0.002
"""How long one request works before others get a turn; a call beside it needs several turns until its answer."""


def no_pause() -> None:
    """For programs that serve nobody else meanwhile."""


class Breaks:
    """The breaks of one request; `pause` lets others run."""

    def __init__(self, pause: Callable[[], None] = no_pause, clock: Callable[[], float] = monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._rested_at = clock()

    def take(self) -> None:
        """A pause if there was none for a while: asked often, it is seldom one."""
        if self._clock() - self._rested_at > STRETCH_S:
            self._pause()
            self._rested_at = self._clock()

    def had(self) -> None:
        """Others had their turn while something was waited for."""
        self._rested_at = self._clock()
