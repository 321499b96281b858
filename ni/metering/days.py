"""Days of an account: a daily window is a day in the account's time zone, daylight saving included."""

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
