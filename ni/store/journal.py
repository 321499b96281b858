"""The journal: many greenlets hand in units, one native thread writes them in batches, each caller waits for its own.

There is no lag timer: what one turn of the event loop has gathered is handed over together, and the thread takes
whatever is queued, one batch at a time, so that batches grow with load. A unit of the only call that is under way is
written where its caller stands: that saves the way to the thread and back, and the event loop, which the disk holds up
meanwhile, has nobody else to serve. Where anything stands in the way of that, or the disk was slow a moment ago, the
thread writes it after all. `DirectJournal` is the same without a thread, for the command line and tests.
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
from ni.store.unit import Unit
from ni.store.write_faults import Unwritable
from ni.store.writer import Result, Writer

log = logging.getLogger(__name__)

BATCH = 256
RETRY_S = 0.25
SLOW_S = 0.1
"""What nobody notices: a disk that took longer is slow, and is left to the thread for a while."""
DISTRUST_S = 10.0
LATE_S = 2.0
TOLD_S = 60.0
"""How long a process that set a unit aside says that it is not ready, so that whoever watches it sees it."""


class Journal(Protocol):
    """Where all writes go."""

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Wait until durable; one value per part. Raises what refused the unit, `Conflict`, `StoreUnavailable`.

        `Unwritable` of a unit that records the past: it was set aside, and is not tried again.

        `alone` says that no other call is under way in this process, so that the wait may hold up its event loop.
        """

    def works(self) -> bool:
        """Whether what must be written is."""


class DirectJournal:
    """Writes each unit at once, in the caller's thread."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Write the unit; one value per part. Raises what refused it."""
        return _value(self._writer.run([unit])[0])

    def works(self) -> bool:
        """Who writes hears at once."""
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
        self._stopped = Event()
        self._thread = get_original("_thread", "start_new_thread")(self._work, ())

    def write(self, unit: Unit, alone: bool = False) -> tuple[Any, ...]:
        """Wait until the unit is durable; one value per part. Raises what refused it."""
        if self._closed:
            raise StoreUnavailable()
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
        """The result of a unit written here and now, or None: it is not written, and for the thread."""
        began_s = self._monotonic_s()
        if began_s < self._trusted_from_s:
            return None
        result = self._writer.at_once(unit)
        ended_s = self._monotonic_s()
        if ended_s - began_s > SLOW_S:
            self._trusted_from_s = ended_s + DISTRUST_S
        return result

    def works(self) -> bool:
        """Whether what must be written is: no unit waits for longer than `LATE_S`, none was set aside just now."""
        now, since, refused = self._monotonic_s(), self._failing_since_s, self._refused_at_s
        late = since is not None and now - since > LATE_S
        return not late and (refused is None or now - refused > TOLD_S)

    def depth(self) -> int:
        """Units that wait to be written."""
        waiting: int = self._queue.qsize()
        return waiting

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
        """On the hub, before it waits for events again: what this turn of the loop has gathered becomes one batch."""
        for ticket in self._gathered:
            self._queue.put(ticket)
        self._gathered.clear()

    def _wake(self) -> None:
        """On the hub: let every caller whose unit is written go on."""
        while self._done:
            ticket = self._done.popleft()
            if ticket is None:
                self._stopped.set()
            else:
                self._under_way -= 1
                ticket.waiter.switch(None)

    def _work(self) -> None:
        """In the thread: batches, until the closing mark. An unforeseen fault here must not leave callers waiting."""
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
        results = self._writer.run([ticket.unit for ticket in tickets])
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
        """Back into the queue: what happened cannot be refused. Callers wait; a crash leaves open calls."""
        if tickets:
            self._sleep(RETRY_S)
        for ticket in tickets:
            self._queue.put(ticket)


def _value(result: Result | None) -> tuple[Any, ...]:
    if isinstance(result, Exception):
        raise result
    return result or ()
