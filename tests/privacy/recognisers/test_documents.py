"""Québec's health card numbers are told by the birth date in them: every month and day, and no other values."""

import pytest

from ni.privacy.recognisers.documents import find_health_cards

BORN = {**{month: f"{month:02}" for month in range(1, 13)}, **{month: f"{month}" for month in range(51, 63)}}
"""The months of men, and those of women, who have 50 added."""


def health_cards(digits: str) -> list[str]:
    text = f"Note TREM {digits[:4]} {digits[4:]} please"
    return [text[span.start : span.end] for span in find_health_cards(text)]


@pytest.mark.parametrize("month", BORN.values())
@pytest.mark.parametrize("day", ["01", "31"])
def test_a_number_is_found_in_whatever_month_and_day_one_was_born(month: str, day: str) -> None:
    assert health_cards(f"78{month}{day}34") == [f"TREM 78{month} {day}34"]


@pytest.mark.parametrize("month", ["00", "13", "50", "63"])
def test_a_month_that_nobody_is_born_in_proves_nothing(month: str) -> None:
    assert health_cards(f"78{month}1234") == []


@pytest.mark.parametrize("day", ["00", "32"])
def test_nor_does_a_day(day: str) -> None:
    assert health_cards(f"7855{day}34") == []
