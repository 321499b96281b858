"""Instants as they are kept and shown: whatever zone they come in, the same instant, in UTC."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.domain.clock import from_ms, rfc3339, to_ms

ZONES = (UTC, UTC, timezone(timedelta(0), "Z"), timezone(timedelta(hours=-3, minutes=-30)),
         ZoneInfo("UTC"), ZoneInfo("America/Toronto"), ZoneInfo("Asia/Kolkata"))  # fmt: skip


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_an_instant_is_written_in_utc_whatever_zone_it_came_in(zone: timezone | ZoneInfo) -> None:
    for day in ("2026-11-23T23:59:59.007", "2026-07-01T00:00:00.000", "2026-11-01T05:30:00.999"):
        moment = datetime.fromisoformat(f"{day}+00:00").astimezone(zone)
        assert rfc3339(moment) == f"{day}Z"
        assert from_ms(to_ms(moment)) == moment.astimezone(UTC)


MS = st.integers(-62_135_596_800_000, 253_402_300_799_999)  # years 1 to 9999


@given(MS)
def test_milliseconds_survive_the_way_to_an_instant_and_back(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


@given(MS, st.integers(0, 999))
def test_what_is_less_than_a_millisecond_is_cut_off(ms: int, microseconds: int) -> None:
    assert to_ms(from_ms(ms) + timedelta(microseconds=microseconds)) == ms
