"""The queues of one process in which calls wait for a slot: of the process, of masking, of each deployment.

A call that finds a free slot takes it. Else it waits, for a limited time and among a limited number of calls and bytes.
A slot that comes free goes to an interactive call before any batch call, then to the key with the fewest calls under
way, then to the call that came first. Batch calls leave one slot in `RESERVED` free, where there are two or more, so
that an interactive call need not wait for the end of a batch call. A full queue makes room for a call by sending away
the newest of a lower priority, or else of the key with the most calls in it; where there is none, the call itself is
refused. `Retry-After` is the time that the queue takes to drain, as measured.

The calls are greenlets of one thread: none gives way between looking and taking, so there is no lock.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from gevent.event import Event

from ni.domain.caller import Priority
from ni.domain.clock import Clock
from ni.domain.errors import DeploymentFull, MaskingFull, Overloaded, RateLimited
from ni.domain.queues import QueueState

RESERVED = 8
WAITING_BYTES = 256 * 2**20
"""Bodies that wait in one queue: a waiting call keeps its body in memory."""
WEIGHT = 1 / 16
"""Of the newest call in the mean of how long calls hold a slot."""
LONGEST_S = 300
MOST_DEPLOYMENTS = 1000


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """Slots in all and for one key, how many calls may wait, and for how long."""

    slots: int
    waiting: int
    wait_s: float
    per_key: int = 2**31


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that asks for a slot, with the bytes that it keeps in memory.

    `watch` gives the value of a step that waits, and raises `ClientGone` once the client has left.
    """

    key_id: str
    priority: Priority
    size: int
    watch: Callable[[Callable[[], bool]], bool]

    @property
    def batch(self) -> bool:
        """Whether it may wait for interactive calls."""
        return self.priority is Priority.BATCH


@dataclass(slots=True, eq=False)
class Ticket:
    """A call that waits since `came_s`; it is `over` once it was given a slot or sent away."""

    call: Arrival
    came_s: float
    woken: Event = field(default_factory=Event)
    slot: "QueueSlot | None" = None
    over: bool = False

    def end(self, slot: "QueueSlot | None") -> None:
        """It waits no more: wake it."""
        self.slot, self.over = slot, True
        self.woken.set()


@dataclass(frozen=True, slots=True)
class QueueSlot:
    """A slot that a call has since `began_s`."""

    queue: "CallQueue"
    key_id: str
    began_s: float

    def close(self) -> None:
        """Give it back; once."""
        self.queue.leave(self)


class CallQueue:
    """A number of slots, and the calls that wait for one; `full` is what refuses a call."""

    def __init__(
        self, name: str, limits: QueueLimits, clock: Clock, full: type[Overloaded] = Overloaded
    ) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._full = full
        self._for_batch = limits.slots - (-(-limits.slots // RESERVED) if limits.slots > 1 else 0)
        self.running = 0
        self._used: Counter[str] = Counter()
        self._began_s = 0.0  # the sum over the calls that have a slot
        self._held_s = 0.0
        self._lanes: tuple[dict[str, deque[Ticket]], dict[str, deque[Ticket]]] = (
            {},
            {},
        )  # batch is the second
        self._waiting = 0
        self._waiting_bytes = 0
        self._refused = 0

    def enter(self, call: Arrival) -> QueueSlot:
        """A slot, at once or after a wait. Raises `RateLimited`, `Overloaded`, `ClientGone`."""
        used = self._used[call.key_id]
        if used + len(self._lanes[call.batch].get(call.key_id, ())) >= self._limits.per_key:
            self._refused += 1
            wait_s = self._wait_s(1, used)
            raise RateLimited(retry_after_s=wait_s, wait_s=wait_s)
        return self.take(call.key_id) if self.is_free(batch=call.batch) else self._wait(call)

    def take(self, key_id: str) -> QueueSlot:
        """A slot now, whether one is free or not."""
        slot = QueueSlot(self, key_id, self._clock.monotonic())
        self.running += 1
        self._used[key_id] += 1
        self._began_s += slot.began_s
        return slot

    def is_free(self, *, batch: bool) -> bool:
        """Whether a call of this priority need not wait."""
        return self.running < (self._for_batch if batch else self._limits.slots)

    def leave(self, slot: QueueSlot) -> None:
        """Give a slot back, and serve those who wait."""
        held_s = self._clock.monotonic() - slot.began_s
        self._held_s += (held_s - self._held_s) * (WEIGHT if self._held_s else 1)
        self.running -= 1
        self._used[slot.key_id] -= 1
        if not self._used[slot.key_id]:
            del self._used[slot.key_id]
        self._began_s = self._began_s - slot.began_s if self.running else 0.0
        self._serve()

    def state(self) -> QueueState:
        """What waits now, and how fast it drains."""
        now_s = self._clock.monotonic()
        oldest_s = min((lane[0].came_s for lanes in self._lanes for lane in lanes.values()), default=now_s)
        return QueueState(
            self._name,
            self._waiting,
            self.running,
            self._limits.slots,
            round(self._drain(self.running), 3),
            round((now_s - oldest_s) * 1000),
            self._refused,
        )

    @property
    def idle(self) -> bool:
        """Whether no call has a slot or waits."""
        return not self.running and not self._waiting

    def _wait(self, call: Arrival) -> QueueSlot:
        """A slot after a wait. Raises `Overloaded`, `ClientGone`."""
        self._make_room(call)
        ticket = Ticket(call, self._clock.monotonic())
        self._lanes[call.batch].setdefault(call.key_id, deque()).append(ticket)
        self._waiting += 1
        self._waiting_bytes += call.size
        try:
            call.watch(partial(ticket.woken.wait, self._limits.wait_s))
        except BaseException:
            if ticket.slot is not None:
                self.leave(ticket.slot)
            raise
        finally:
            if not ticket.over:
                self._forget(ticket)
        if ticket.slot is None:
            raise self._refusal()
        return ticket.slot

    def _make_room(self, call: Arrival) -> None:
        """Send waiting calls away until this one fits. Raises `Overloaded` if none has to give way to it."""
        while self._waiting >= self._limits.waiting or self._waiting_bytes + call.size > WAITING_BYTES:
            loser = self._loser(call)
            if loser is None:
                raise self._refusal()
            self._forget(loser)
            loser.end(None)

    def _loser(self, call: Arrival) -> Ticket | None:
        """The waiting call that gives way to this one: the newest of the longest lane of the lower priority."""
        batch = bool(self._lanes[True])
        lanes = self._lanes[batch]
        longest = max(lanes.values(), key=len, default=None)
        if longest is None or batch < call.batch:
            return None
        own = len(lanes.get(call.key_id, ()))
        return longest[-1] if batch > call.batch or len(longest) > own + 1 else None

    def _forget(self, ticket: Ticket) -> None:
        """The ticket waits no more."""
        lanes, key_id = self._lanes[ticket.call.batch], ticket.call.key_id
        lanes[key_id].remove(ticket)
        if not lanes[key_id]:
            del lanes[key_id]
        self._waiting -= 1
        self._waiting_bytes -= ticket.call.size

    def _serve(self) -> None:
        """Give the slots that are free to those who wait."""
        for batch, lanes in enumerate(self._lanes):
            while lanes and self.is_free(batch=bool(batch)):
                key_id = min(lanes, key=self._used.__getitem__)
                ticket = lanes[key_id][0]
                self._forget(ticket)
                if key_id in lanes:
                    lanes[key_id] = lanes.pop(
                        key_id
                    )  # of keys with equally many, the one that was served last
                ticket.end(self.take(key_id))

    def _drain(self, running: int) -> float:
        """Slots that come free in a second while so many calls run: their number by how long a call holds one.

        That is the mean of the calls that ended, or the mean age of those under way where they hold out longer.
        """
        ages_s = self.running * self._clock.monotonic() - self._began_s
        held_s = max(self._held_s, ages_s / self.running if self.running else 0.0)
        return running / held_s if held_s > 0 else 0.0

    def _wait_s(self, places: int, running: int) -> int:
        """Whole seconds until so many slots will have come free."""
        rate = self._drain(running)
        return max(1, min(LONGEST_S, math.ceil(places / rate))) if rate else 1

    def _refusal(self) -> Overloaded:
        self._refused += 1
        wait_s = self._wait_s(self._waiting + 1, self.running)
        return self._full(retry_after_s=wait_s, wait_s=wait_s)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """The limits of all queues; `by_deployment` are slots of deployments that have others than `per_deployment`."""

    calls: int
    per_key: int
    masking: int
    per_deployment: int
    waiting: int
    wait_s: float
    by_deployment: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def limits(self, slots: int) -> QueueLimits:
        """The limits of a queue with so many slots."""
        return QueueLimits(slots, self.waiting, self.wait_s)


class CallQueues:
    """The queues of one process. Those of deployments are made when they are first asked for."""

    def __init__(self, settings: QueueSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        every = QueueLimits(settings.calls, settings.waiting, settings.wait_s, settings.per_key)
        self.calls = CallQueue("calls", every, clock)
        self.masking = CallQueue("masking", settings.limits(settings.masking), clock, MaskingFull)
        self._deployments: dict[str, CallQueue] = {}

    def deployment(self, deployment_id: str) -> CallQueue:
        """The queue before a deployment."""
        known = self._deployments.get(deployment_id)
        if known is None:
            if len(self._deployments) >= MOST_DEPLOYMENTS:
                self._deployments = {name: one for name, one in self._deployments.items() if not one.idle}
            slots = self._settings.by_deployment.get(deployment_id, self._settings.per_deployment)
            limits, name = self._settings.limits(slots), f"deployment {deployment_id}"
            known = self._deployments[deployment_id] = CallQueue(name, limits, self._clock, DeploymentFull)
        return known

    def states(self) -> list[QueueState]:
        """What waits now, in every queue."""
        before = (one for _, one in sorted(self._deployments.items()))
        return [one.state() for one in (self.calls, self.masking, *before)]
