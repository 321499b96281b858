"""Stacked charts: the layout keeps proportion, loses nothing and stays inside its frame."""

from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ni.web.i18n import duration_scale, money_scale
from ni.web.portal.charts import HEIGHT, MOST_LISTED, MOST_SERIES, OTHERS, WIDTH, shares, stacked

LABELS = tuple(f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29))
VALUES = st.dictionaries(
    st.tuples(st.sampled_from(LABELS), st.sampled_from([*"abcdefghij", OTHERS])),
    st.integers(min_value=0, max_value=10**15),
    max_size=60,
)


@given(VALUES, st.integers(min_value=1, max_value=len(LABELS)))
def test_sums_are_kept_and_columns_stay_inside(values: dict[tuple[str, str], int], count: int) -> None:
    labels = LABELS[:count]
    shown = {place: value for place, value in values.items() if place[0] in labels}
    chart = stacked(shown, labels)
    assert chart.total == sum(shown.values()) == sum(column.total for column in chart.columns)
    assert len(chart.series) <= MOST_SERIES
    assert [column.label for column in chart.columns] == list(labels)
    for column in chart.columns:
        assert column.total == sum(part.value for part in column.segments)
        assert 0 <= column.x <= column.x + column.width <= WIDTH
        assert all(0 <= part.y <= part.y + part.height <= HEIGHT for part in column.segments)


@given(VALUES)
def test_the_scale_begins_at_zero_and_holds_the_highest_column(values: dict[tuple[str, str], int]) -> None:
    chart = stacked(values, LABELS)
    assert (chart.ticks[0].value, chart.ticks[0].percent) == (0, 0)
    highest = max(column.total for column in chart.columns)
    if highest:
        assert chart.ticks[-1].percent == 100
        assert highest <= chart.ticks[-1].value <= 3 * highest or chart.ticks[-1].value <= 4


@pytest.mark.parametrize(
    ("language", "most", "money", "time"),
    [
        ("en", 15_000_000, ["$0.000", "$0.005", "$0.010", "$0.015"], None),
        ("fr", 15_000_000, ["0,000 $", "0,005 $", "0,010 $", "0,015 $"], None),
        ("en", 3_100_000_000, ["$0.00", "$1.00", "$2.00", "$3.00", "$4.00"], None),
        ("en", 700, None, ["0 ms", "200 ms", "400 ms", "600 ms", "800 ms"]),
        ("en", 1_500, None, ["0.0 s", "0.5 s", "1.0 s", "1.5 s"]),
        ("fr", 1_500, None, ["0,0 s", "0,5 s", "1,0 s", "1,5 s"]),
        ("en", 14_000, None, ["0 s", "5 s", "10 s", "15 s"]),
    ],
)
def test_the_labels_of_a_scale_have_as_many_decimals_as_its_step(
    app: Flask, language: str, most: int, money: list[str] | None, time: list[str] | None
) -> None:
    scale = stacked({("2026-01-01", "a"): most}, ("2026-01-01",)).scale
    with app.test_request_context("/", headers={"Accept-Language": language}):
        written = money_scale(scale, "CAD") if money else duration_scale(scale)
    assert [label.replace("\u00a0", " ") for label in written] == (money or time)


def test_columns_keep_proportion_and_show_the_smallest() -> None:
    values = dict(zip([(label, "a") for label in LABELS[:4]], (0, 1, 500, 1000), strict=True))
    heights = [sum(part.height for part in column.segments) for column in stacked(values, LABELS[:4]).columns]
    assert heights == [0, 1, HEIGHT // 2, HEIGHT]


def test_all_but_the_largest_series_are_put_together() -> None:
    values = {("2026-01-01", name): place for place, name in enumerate("abcdefghij", start=1)}
    chart = stacked(values, ("2026-01-01",))
    assert [series.name for series in chart.series] == ["j", "i", "h", "g", "f", OTHERS]
    assert chart.series[-1].total == 1 + 2 + 3 + 4 + 5
    assert chart.colour(5) == f"s{MOST_SERIES}"


@given(st.integers(min_value=1, max_value=2 * MOST_LISTED))
def test_the_table_names_every_series_up_to_many(count: int) -> None:
    values = {("2026-01-01", f"part-{place}"): place for place in range(1, count + 1)}
    chart = stacked(values, ("2026-01-01",))
    (column,) = chart.columns
    alone = {name: value for (_, name), value in values.items() if name in chart.listed}
    assert len(alone) == (count if count <= MOST_LISTED else MOST_LISTED - 1)
    assert alone == {name: value for name, value in column.listed.items() if name != OTHERS}
    assert sum(column.listed.values()) == column.total
    assert set(column.listed) == set(chart.listed)


def test_no_values_make_a_chart_without_columns() -> None:
    chart = stacked({}, ())
    assert (chart.columns, chart.series, chart.marked) == ([], [], [])


@given(st.integers(min_value=1, max_value=len(LABELS)))
def test_the_labels_of_the_axis_are_evenly_apart(count: int) -> None:
    marked = stacked({}, LABELS[:count]).marked
    places = [place for place, label in enumerate(marked) if label]
    assert len(marked) == count
    assert 1 <= len(places) <= 4
    assert len({after - before for before, after in pairwise(places)}) <= 1
    assert [marked[place] for place in places] == [LABELS[place] for place in places]


@given(st.lists(st.integers(min_value=0, max_value=10**15), max_size=MOST_SERIES))
def test_shares_add_up_to_a_hundred_percent(totals: list[int]) -> None:
    found, whole = shares(totals), sum(totals)
    assert sum(found) == (100 if whole else 0)
    assert all(
        abs(share - 100 * total / whole) < 1 for share, total in zip(found, totals, strict=True) if whole
    )


def test_a_part_has_the_same_colour_whatever_its_rank() -> None:
    values = {("2026-01-01", "US"): 9, ("2026-01-01", "CA"): 1, ("2026-01-01", "other"): 5}
    chart = stacked(values, LABELS[:1], (), {"CA": "s0", "US": "s1"})
    assert [chart.colour(place) for place in range(3)] == ["s1", "s2", "s0"]
