"""Days and months of an account, in its time zone, daylight saving included.

A window is named by its day or month, as `2026-11-23` or `2026-11`. Where an account changes its time zone, windows go
on under their names: what was spent today stays spent today, wherever today is then.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone. Raises `ZoneInfoNotFoundError`."""
    return ZoneInfo(name)


def day_of(moment: datetime, time_zone: str) -> str:
    """The ISO date of the account's day that contains the instant."""
    return moment.astimezone(zone(time_zone)).date().isoformat()


def day_starts_at(day: date, time_zone: str) -> datetime:
    """The instant (UTC) at which a day of the account begins."""
    return datetime.combine(day, time(), tzinfo=zone(time_zone)).astimezone(UTC)


def day_ends_at(moment: datetime, time_zone: str) -> datetime:
    """The instant (UTC) at which the account's day ends and its caps reset."""
    local = moment.astimezone(zone(time_zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=local.tzinfo)
    return midnight.astimezone(UTC)


def month_of(day: str) -> str:
    """The month of an ISO date, as `2026-11`."""
    return day[: len("2026-11")]


def month_ends_at(moment: datetime, time_zone: str) -> datetime:
    """The instant (UTC) at which the account's month ends."""
    today = moment.astimezone(zone(time_zone)).date()
    first = today.replace(day=1) + timedelta(days=31)
    return day_starts_at(first.replace(day=1), time_zone)
