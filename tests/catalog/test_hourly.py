"""The price of a call on a machine that is paid by the hour: exact, and never less than the machine costs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.catalog.hourly import HourlyTerms, read_speed
from ni.domain.money import MILLION, NANOS


def test_an_hour_at_full_load_costs_what_the_hour_costs() -> None:
    price = HourlyTerms(36 * NANOS // 10, Fraction(1000), Fraction(100)).price("2026-12-01")
    assert (price.input, price.output) == (NANOS, 10 * NANOS)  # 3.60 an hour is 0.001 a second
    assert (price.cached_input, price.cache_write) == (price.input, price.input)


@given(st.integers(0, 10**13), st.fractions(1, 100_000, max_denominator=100))
def test_a_machine_that_is_always_busy_is_paid_for_to_the_nano(hour: int, speed: Fraction) -> None:
    price = HourlyTerms(hour, speed, speed).price("2026-12-01")
    earned = Fraction(price.output) * speed * 3600 / MILLION
    assert hour <= earned <= hour + speed * 3600 / MILLION


@pytest.mark.parametrize("text", ["", "0", "-5", "1/3", "fast", "1e9", "nan"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_speed(text)
