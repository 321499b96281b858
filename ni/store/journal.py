"""The journal: greenlets submit units, one native thread writes them in batches, each caller waits for its unit.

There is no timer: units gathered in one turn of the event loop are queued together, and the thread writes whatever is
queued, one batch at a time, so that batches grow with load. If only one call is under way, its unit is written in the
calling greenlet: that saves two thread switches, and blocking the event loop delays no other call. If that fails, or
the disk was slow recently, the thread writes it. `DirectJournal` works without a thread, for the command line and
tests.
"""

import _queue  # the C queue, which gevent does not patch: its `get` blocks the thread and nothing else
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

import gevent
from gevent.event import Event
from gevent.hub import Waiter
from gevent.monkey import get_original

from ni.domain.errors import StoreUnavailable
from ni.domain.queues import QueueState
from ni.store.held_rows import values_of, with_held
from ni.store.unit import Unit
from ni.store.write_faults import Unwritable
from ni.store.writer import Result, Writer

log = logging.getLogger(__name__)

BATCH = 256
RETRY_S = 0.25
SLOW_S = 0.1
"""After a write in the calling greenlet that took longer, the thread does all writing for `DISTRUST_S`."""
DISTRUST_S = 10.0
LATE_S = 2.0
WEIGHT = 1 / 16
"""Of the newest batch in the mean of how many units are written in a second."""
TOLD_S = 60.0
"""How long a process that set a unit aside reports that it is not ready, so that monitoring notices."""


class Journal(Protocol):
    """Writes units durably."""

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Wait until durable; one value per part. Raises what refused the unit, `Conflict`, `StoreUnavailable`.

        `Unwritable` of a unit that records the past: it was set aside, and is not tried again.

        `alone` says that no other call is under way in this process, so that the wait may hold up its event loop.
        """

    def works(self) -> bool:
        """Whether `must` units are being written."""


class DirectJournal:
    """Writes each unit at once, in the caller's thread."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Write the unit; one value per part. Raises what refused it."""
        return values_of(unit, _value(self._writer.run([with_held(unit)])[0]))

    def works(self) -> bool:
        """Always true: a fault is raised to the caller of `write`."""
        return True


@dataclass(slots=True)
class _Ticket:
    unit: Unit
    waiter: Any
    result: Result | None = None


class ThreadJournal:
    """The journal of a serving process. Build it in the process and thread that serve; `close()` drains it."""

    def __init__(
        self,
        writer: Writer,
        sleep: Callable[[float], None] | None = None,
        monotonic_s: Callable[[], float] = monotonic,
    ) -> None:
        self._writer = writer
        self._sleep = sleep or get_original("time", "sleep")
        self._monotonic_s = monotonic_s
        self._trusted_from_s = 0.0
        self._under_way = 0  # units that the thread was given: while there is one, the writer is the thread's
        self._queue: Any = _queue.SimpleQueue()
        self._done: deque[_Ticket | None] = deque()  # None: the thread has ended
        self._watcher = gevent.get_hub().loop.async_()
        self._watcher.start(self._wake)
        self._gathered: list[_Ticket] = []
        self._closed = False
        self._failing_since_s: float | None = None
        self._refused_at_s: float | None = None
        self._batch = 0  # units that are being written, since `_begun_s`
        self._begun_s = 0.0
        self._rate = 0.0
        self._stopped = Event()
        self._thread = get_original("_thread", "start_new_thread")(self._work, ())

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Wait until the unit is durable; one value per part. Raises what refused it."""
        if self._closed:
            raise StoreUnavailable()
        return values_of(unit, self._written(with_held(unit), alone))

    def _written(self, unit: Unit, alone: bool) -> tuple[Any, ...]:
        if alone and not self._under_way:
            result = self._at_once(unit)
            if result is not None:
                return _value(result)
        ticket = _Ticket(unit, Waiter())
        self._under_way += 1
        if not self._gathered:
            gevent.get_hub().loop.run_callback(self._hand_over)
        self._gathered.append(ticket)
        ticket.waiter.get()
        return _value(ticket.result)

    def _at_once(self, unit: Unit) -> Result | None:
        """The result of a unit written in this greenlet; None if it was not written and the thread must do it."""
        began_s = self._monotonic_s()
        if began_s < self._trusted_from_s:
            return None
        result = self._writer.at_once(unit)
        ended_s = self._monotonic_s()
        if ended_s - began_s > SLOW_S:
            self._trusted_from_s = ended_s + DISTRUST_S
        return result

    def works(self) -> bool:
        """Whether no `must` unit has waited for longer than `LATE_S` and none was set aside in the last `TOLD_S`."""
        now, since, refused = self._monotonic_s(), self._failing_since_s, self._refused_at_s
        late = since is not None and now - since > LATE_S
        return not late and (refused is None or now - refused > TOLD_S)

    def depth(self) -> int:
        """The number of queued units."""
        waiting: int = self._queue.qsize()
        return waiting

    def states(self) -> Sequence[QueueState]:
        """The units that wait for the batch that is being written, and how many are written in a second.

        They came after it had begun.
        """
        waiting, running, begun_s = self.depth(), self._batch, self._begun_s
        longest_s = self._monotonic_s() - begun_s if waiting and running else 0.0
        return (
            QueueState("journal", waiting, running, BATCH, round(self._rate, 3), round(longest_s * 1000)),
        )

    def close(self, wait_s: float = 10.0) -> None:
        """Take no more units, write those that are queued, and stop the thread."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)
            self._stopped.wait(wait_s)
            self._watcher.stop()
            self._watcher.close()

    def _hand_over(self) -> None:
        """Queue the units gathered in this turn of the loop. Runs on the hub, before it waits for events again."""
        for ticket in self._gathered:
            self._queue.put(ticket)
        self._gathered.clear()

    def _wake(self) -> None:
        """Resume the callers of units that are written. Runs on the hub."""
        while self._done:
            ticket = self._done.popleft()
            if ticket is None:
                self._stopped.set()
            else:
                self._under_way -= 1
                ticket.waiter.switch(None)

    def _work(self) -> None:
        """Write batches until the closing None. Runs in the thread; a fault here would leave callers waiting."""
        open_for_more = True
        while open_for_more:
            batch = [self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get())
            open_for_more = None not in batch
            tickets = [ticket for ticket in batch if ticket is not None]
            if tickets:
                self._write(tickets)
        self._writer.close()
        self._done.append(None)
        self._watcher.send()

    def _write(self, tickets: Sequence[_Ticket]) -> None:
        self._batch, self._begun_s = len(tickets), self._monotonic_s()
        results = self._writer.run([ticket.unit for ticket in tickets])
        took_s = max(self._monotonic_s() - self._begun_s, 1e-6)
        self._rate += (len(tickets) / took_s - self._rate) * (WEIGHT if self._rate else 1)
        self._batch = 0
        again: list[_Ticket] = []
        for ticket, result in zip(tickets, results, strict=True):
            lost = isinstance(result, Unwritable)
            if ticket.unit.must and isinstance(result, StoreUnavailable) and not lost and not self._closed:
                again.append(ticket)
                continue
            if lost and ticket.unit.must:
                self._refused_at_s = self._monotonic_s()
            ticket.result = result
            self._done.append(ticket)
        self._watcher.send()
        self._failing_since_s = (self._failing_since_s or self._monotonic_s()) if again else None
        self._again(again)

    def _again(self, tickets: Sequence[_Ticket]) -> None:
        """Queue `must` units again. Their callers wait; a crash leaves open calls, which recovery settles."""
        if tickets:
            self._sleep(RETRY_S)
        for ticket in tickets:
            self._queue.put(ticket)


def _value(result: Result | None) -> tuple[Any, ...]:
    if isinstance(result, Exception):
        raise result
    return result or ()
