"""The wall clock jumps (an hour, a day, daylight saving, a leap day): caps reset once a day, sessions end by wall time,
waits and durations go by the monotonic clock, and records keep their order."""

from datetime import UTC, datetime, timedelta

import pytest

from ni.access.refusals import TooManyTries
from ni.access.throttle import NetworkThrottle
from ni.metering.days import day_ends_at, day_of, day_starts_at
from ni.outbound.errors import TooSlow
from ni.outbound.http1 import Deadlines

ZONES = (
    "America/Toronto",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "UTC",
)
STARTS = (
    datetime(2026, 3, 7, 12, tzinfo=UTC),  # before daylight saving
    datetime(2026, 10, 31, 12, tzinfo=UTC),  # before its end
    datetime(2028, 2, 27, 12, tzinfo=UTC),  # before a leap day
    datetime(2026, 12, 30, 12, tzinfo=UTC),
)


class Jumping:
    """A wall clock that may go anywhere, and a monotonic one that does not."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.ticks = 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.date().isoformat())
def test_every_instant_lies_in_one_day_and_a_cap_resets_once_for_each(zone: str, start: datetime) -> None:
    days: list[str] = []
    for minutes in range(0, 4 * 24 * 60, 10):
        moment = start + timedelta(minutes=minutes)
        day = day_of(moment, zone)
        if not days or days[-1] != day:
            days.append(day)
        ends = day_ends_at(moment, zone)
        assert moment < ends <= moment + timedelta(hours=25)
        assert day_of(ends - timedelta(seconds=1), zone) == day
        assert day_of(ends, zone) > day
        assert day_starts_at(datetime.fromisoformat(day).date(), zone) <= moment
    assert days == sorted(set(days))
    assert 4 <= len(days) <= 6


JUMPS = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1), timedelta(days=400))


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_deadlines_of_an_upstream_do_not_hear_of_it(clock: Jumping, jump: timedelta) -> None:
    deadlines = Deadlines(clock, idle_s=10.0, total_s=30.0, beat_s=5.0)
    clock.wall += jump
    assert deadlines.next_s() == pytest.approx(5.0)
    clock.ticks += 9.9
    assert deadlines.next_s() > 0
    clock.ticks += 0.2
    with pytest.raises(TooSlow):
        deadlines.next_s()


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_tries_of_a_network_come_back_by_time_that_passed(clock: Jumping, jump: timedelta) -> None:
    throttle = NetworkThrottle(clock, burst=1, per_minute=60)
    throttle.count("192.0.2.1")
    clock.wall += jump
    with pytest.raises(TooManyTries) as refusal:
        throttle.count("192.0.2.1")
    assert refusal.value.wait_s == 1
    clock.ticks += 1
    throttle.count("192.0.2.1")
