"""Pages begin in order, a few in each turn of the event loop, so that any number of them leaves room for the rest.

Thousands of pages asked for at once would else be ready together, and a health check or a program's call would wait
for all of them: a turn of gevent's loop runs all that is ready.
"""

from collections import deque

import gevent
from gevent.event import Event

PAGES_A_TURN = 2
"""A page takes one or two milliseconds of the processor."""


class PageQueue:
    """The queue of one worker's pages; made in the process that serves them, once its event loop is there."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._begun = 0
        # A timer without delay is due in the next turn, and keeps the loop from sleeping until then.
        self._next_turn = gevent.get_hub().loop.timer(0)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def wait(self) -> None:
        """Return when the page may begin."""
        if self._begun == PAGES_A_TURN or self._waiting:
            mine = Event()
            self._waiting.append(mine)
            mine.wait()
            return
        if not self._begun:
            self._next_turn.start(self._turned)
        self._begun += 1

    def _turned(self) -> None:
        self._next_turn.stop()
        self._begun = min(PAGES_A_TURN, len(self._waiting))
        for _ in range(self._begun):
            self._waiting.popleft().set()
        if self._begun:
            self._next_turn.start(self._turned)
