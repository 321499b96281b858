"""`Retry-After` of upstreams: whole seconds within bounds, or nothing, whatever stands there."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.providers.errors import retry_after

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LONGEST = 3600


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("1", 1), ("0", 1), ("1.2", 2), ("59", 59), ("1000000000", LONGEST), ("9" * 400, LONGEST), ("-5", None),
        ("1e9", None), ("soon", None), ("inf", None), ("nan", None), ("", None), ("5, 7", None), ("\u00b2", None),
        ("Mon, 30 Nov 2026 12:00:30 GMT", 30), ("Mon, 30 Nov 2020 12:00:30 GMT", 1),
        ("Mon, 30 Nov 9999 12:00:30 GMT", LONGEST), ("Mon, 30 Nov 2026 12:00:30 -0000", None),
    ],
)  # fmt: skip
def test_seconds_and_dates_are_read_within_bounds(text: str, wait_s: int | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == wait_s


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("250", 1),
        ("2500", 3),
        ("-1", 1),
        ("1e999", LONGEST),
        ("-1e999", 1),
        ("inf", LONGEST),
        ("nan", None),
        ("x", None),
    ],
)
def test_milliseconds_are_read_within_bounds(text: str, wait_s: int | None) -> None:
    assert retry_after({"retry-after-ms": text, "retry-after": "7"}, NOW) == wait_s


texts = st.text("0123456789eE+-.:, GMTNov\u00b2", max_size=30)
numbers = st.floats().map(str) | st.integers().map(str)
dates = st.timedeltas(timedelta(days=-9000), timedelta(days=9000)).map(
    lambda span: format_datetime(NOW + span)
)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), texts | numbers | dates))
def test_nothing_that_stands_there_is_a_fault(headers: dict[str, str]) -> None:
    wait_s = retry_after(headers, NOW)
    assert wait_s is None or 1 <= wait_s <= LONGEST
