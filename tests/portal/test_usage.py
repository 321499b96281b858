"""Usage: filters, totals, pages, and exports that no spreadsheet runs."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from ni.web.exports import USAGE_COLUMNS
from tests.portal.conftest import Browser
from tests.portal.scenes import ROWS, Scene


def rows_in(text: str) -> int:
    return text.count('<tr id="r-')


def test_pages_of_rows_follow_each_other_without_gap_or_overlap(alice: Browser, scene: Scene) -> None:
    seen, path = [], "/portal/usage"
    while path:
        text = alice.get(path).text
        seen += [part[:16] for part in text.split('<tr id="r-')[1:]]
        path = text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    expected = [f"{number:016x}" for number in range(ROWS)]
    expected[11] = scene.places["record"]
    assert seen == expected


def test_a_filter_in_the_address_holds_for_rows_totals_links_and_exports(alice: Browser) -> None:
    text = alice.get("/portal/usage?outcome=denied").text
    assert rows_in(text) == 12
    assert "/portal/usage/export.csv?outcome=denied" in text
    assert len(json.loads(alice.get("/portal/usage/export.json?outcome=denied").text)["data"]) == 12


@pytest.mark.parametrize(
    "query",
    [
        "since=nonsense",
        "until=9999-12-31",
        "until=9999-12-30",
        "since=0001-01-01",
        "by=nonsense",
        "cursor=nonsense",
        "outcome=%00",
        "key_id=%F0%9F",
    ],
)
def test_a_nonsense_filter_breaks_nothing(alice: Browser, query: str) -> None:
    assert alice.get(f"/portal/usage?{query}").status_code == 200


def test_nothing_found_says_the_next_step(alice: Browser) -> None:
    text = alice.get("/portal/usage?route=none").text
    assert rows_in(text) == 0
    assert 'class="empty"' in text
    assert 'href="/portal/keys"' in text


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "Rows are kept for ever."),
        (1, "Rows are kept for 1 day; daily totals stay."),
        (90, "Rows are kept for 90 days; daily totals stay."),
    ],
)
@pytest.mark.parametrize("query", ["", "?route=none"])
def test_the_page_says_how_long_rows_are_kept(
    alice: Browser, options: Callable[..., None], days: int, said: str, query: str
) -> None:
    options(usage_retention_days=days)
    assert said in alice.get(f"/portal/usage{query}").text


def test_the_live_rows_are_the_page_s_own(alice: Browser) -> None:
    live = alice.get("/portal/usage/live").text
    assert rows_in(live) == 50
    assert "<html" not in live


def test_csv_has_every_row_with_exact_amounts(alice: Browser) -> None:
    answer = alice.get("/portal/usage/export.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="usage.csv"'
    assert len(rows) == ROWS
    assert tuple(rows[0]) == USAGE_COLUMNS
    assert rows[1]["ni_charge"] == "0.000063517"
