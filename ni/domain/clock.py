"""Time as a parameter: `Clock` gives wall and monotonic time. Instants convert to and from database milliseconds and to
RFC 3339; `give_way` yields to other greenlets.

A greenlet that always finds data on its socket, or that computes, never returns to the event loop by itself (gevent's
`recv` and `sendall` switch only where they would block). `give_way` is called after each small step: it costs one look
at a clock, and yields once the loop has not turned for `LONGEST_S`. Without gevent it merely yields the processor.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

Item = TypeVar("Item")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """What the packages need of time; tests pass one that stands still."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the Unix epoch, rounded down: the form in which the database keeps instants.

    In integers: `timestamp()` is a float, whose product with 1000 can be a millisecond short.
    """
    return (moment - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The instant, aware, UTC, of a value that `to_ms` made. Raises `OverflowError` outside the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=ms)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. `2026-11-23T10:15:31.007Z`."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


LONGEST_S = 0.01
"""How long one greenlet may keep the event loop."""
TURNS = 8
"""How many turns of the loop others get then: a call takes about so many until its answer."""
AT_ONCE_S = 1e-9
"""A sleep that ends in the loop's next turn, after it has looked at its sockets and timers.

After `sleep(0)` it goes on with its callbacks first, without a look, as long as there are any: two greenlets that
compute would keep it from its sockets for ever.
"""


class Pace:
    """When the event loop of this process last turned; who runs a loop says so with `turned`, at each turn."""

    def __init__(self) -> None:
        self._turned_s = time.monotonic()
        self._told = False
        self.turns = 0
        """How often the loop has turned; 0 where nobody tells."""

    def turned(self) -> None:
        """The loop begins another turn."""
        self._told = True
        self.turns += 1
        self._turned_s = time.monotonic()

    def give_way(self) -> None:
        """Let others run, if the loop has not turned for `LONGEST_S`.

        They get a few turns, as a call needs them until its answer; fewer once they have used as much time.
        """
        now_s = time.monotonic()
        if now_s - self._turned_s < LONGEST_S:
            return
        for _ in range(TURNS):
            time.sleep(AT_ONCE_S)  # looked up at each call: gevent puts its own here
            if not self._told:
                self._turned_s = time.monotonic()
            if not self._told or time.monotonic() - now_s > LONGEST_S:
                break


PACE = Pace()
give_way = PACE.give_way


def paced(items: Iterable[Item], every: int = 256) -> Iterator[Item]:
    """The items; others may run after each `every` of them."""
    for number, item in enumerate(items):
        if number % every == 0:
            give_way()
        yield item
