"""Time, passed in: wall time for records and days, monotonic time for durations."""

import time
from datetime import UTC, datetime
from typing import Protocol


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
    """Milliseconds since the epoch, the form in which the database keeps instants."""
    return int(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The instant, aware, UTC, of a value that `to_ms` made."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. `2026-11-23T10:15:31.007Z`."""
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
