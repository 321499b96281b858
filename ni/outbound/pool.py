"""Idle connections by origin. Bounded in number, in idle time and in age, so that a changed address or a new range
file takes hold within minutes, and so that addresses named by customers cannot fill memory.
"""

from collections import deque
from dataclasses import dataclass

from ni.domain.clock import Clock
from ni.outbound.connection import Connection
from ni.outbound.target import Origin

_SWEEP_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """How many idle connections in all, and how long they live (seconds)."""

    idle: int = 512
    idle_s: float = 60.0
    age_s: float = 300.0


class Pool:
    """Takes and gives; the newest idle connection first, because it is the least likely to have gone stale."""

    def __init__(self, clock: Clock, limits: PoolLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._idle: dict[Origin, deque[Connection]] = {}
        self._swept_at = clock.monotonic()

    def take(self, origin: Origin) -> Connection | None:
        """A connection that is open, silent and young enough, or None."""
        waiting = self._idle.get(origin)
        now = self._clock.monotonic()
        while waiting:
            try:
                connection = waiting.pop()
            except IndexError:  # another thread was faster
                return None
            if self._fresh(connection, now) and connection.quiet():
                return connection
            connection.close()
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; closes it instead if there are enough."""
        now = self._clock.monotonic()
        if now - self._swept_at > _SWEEP_EVERY_S:
            self._sweep(now)
        if connection.closed or len(self) >= self._limits.idle:
            connection.close()
            return
        connection.idle_at = now
        self._idle.setdefault(origin, deque()).append(connection)

    def clear(self) -> None:
        """Close all idle connections, e.g. because address ranges changed."""
        for origin in list(self._idle):
            for connection in self._idle.pop(origin, ()):
                connection.close()

    def __len__(self) -> int:
        return sum(map(len, self._idle.values()))

    def _fresh(self, connection: Connection, now: float) -> bool:
        limits = self._limits
        return now - connection.opened_at < limits.age_s and now - connection.idle_at < limits.idle_s

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for origin, waiting in list(self._idle.items()):
            while waiting and not self._fresh(waiting[0], now):
                waiting.popleft().close()
            if not waiting:
                del self._idle[origin]
