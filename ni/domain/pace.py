"""Cooperative scheduling: long work gives way, so that no other request waits for it longer than it must.

A greenlet that always finds data on its socket, or that computes, never returns to the event loop by itself (gevent's
`recv` and `sendall` switch only where they would block). `give_way` is called after each small step: it costs one look
at a clock, and yields once the loop has not turned for `LONGEST_S`. Without gevent it merely yields the processor.
"""

import time

LONGEST_S = 0.01
"""How long one greenlet may keep the event loop."""


class Pace:
    """When the event loop of this process last turned; who runs a loop says so with `turned`, at each turn."""

    def __init__(self) -> None:
        self._turned_s = time.monotonic()
        self._told = False

    def turned(self) -> None:
        """The loop begins another turn."""
        self._told = True
        self._turned_s = time.monotonic()

    def give_way(self) -> None:
        """Let others run, if the loop has not turned for `LONGEST_S`."""
        if time.monotonic() - self._turned_s >= LONGEST_S:
            time.sleep(0)  # looked up at each call: gevent puts its own here
            if not self._told:
                self._turned_s = time.monotonic()


PACE = Pace()
give_way = PACE.give_way
