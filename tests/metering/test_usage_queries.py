"""Filtered usage comes in the order of time, whole and page by page, and its totals are the sums of its rows."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bench.usage_rows import DAY_MS, Year, fill
from ni.domain.reply import Outcome
from ni.metering import usage_queries
from ni.metering.usage_queries import FAILED, UNSENT, Days, Filter, Reports
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.metering import usage

Rows = list[dict[str, Any]]
UNTIL_MS = 1_795_000_000_000
KEYS = ("busy", "calm", "rare", "long ago")
ROWS = 4000
FILTERS = [
    Filter(key_id=key, route=route, outcome=outcome, jurisdiction=place)
    for key, route, outcome, place in product(
        ("", "busy", "long ago"),
        ("", "azure/gpt-4o-ca", "none"),
        ("", "denied", "completed"),
        ("", "CA", "US"),
    )
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('year') / Path('ni.db')}")
    opened.make_file()
    metadata.create_all(opened.engine)
    for account in ("theirs", "ours"):
        fill_year(opened, account)
    yield opened
    opened.close()


def fill_year(database: Database, account_id: str) -> None:
    """A year of one account; a row's id is its alone."""
    fill(database, Year(account_id, KEYS, UNTIL_MS, ROWS))
    renamed = sa.update(usage).where(usage.c.account_id == account_id)
    with database.engine.begin() as connection:
        connection.execute(renamed.values(request_id=account_id + usage.c.request_id))


@pytest.fixture(scope="module")
def ours(database: Database) -> Rows:
    """All our rows, the newest first."""
    query = sa.select(usage).where(usage.c.account_id == "ours")
    with database.read() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (row["at"], row["request_id"]), reverse=True)


def wanted_texts(wanted: Filter) -> list[str]:
    """What a filter asks for, as words of a test's name."""
    return [text for text in (wanted.key_id, wanted.route, wanted.outcome, wanted.jurisdiction) if text] or [
        "all"
    ]


def fits(row: dict[str, Any], wanted: Filter) -> bool:
    """What the filter means, row by row."""
    names = ("key_id", "route", "outcome", "jurisdiction")
    exact = all(getattr(wanted, name) in ("", row[name]) for name in names)
    after = wanted.since_ms is None or row["at"] >= wanted.since_ms
    return exact and after and (wanted.until_ms is None or row["at"] < wanted.until_ms)


@pytest.mark.parametrize("most_groups", [0, 64], ids=["by time", "by group"])
@pytest.mark.parametrize("wanted", FILTERS, ids=lambda wanted: "-".join(wanted_texts(wanted)))
def test_the_first_pages_are_the_newest_rows_that_fit(
    database: Database, ours: Rows, wanted: Filter, most_groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ni.metering.usage_queries.MOST_GROUPS", most_groups)
    expected = [row["request_id"] for row in ours if fits(row, wanted)][:90]
    reports = Reports(database)
    first = reports.rows("ours", wanted, 40)
    rows, cursor = first.rows, first.next_cursor
    while cursor and len(rows) < 90:
        page = reports.rows("ours", wanted, 25, cursor)
        rows, cursor = rows + page.rows, page.next_cursor
    assert [row["request_id"] for row in rows] == expected[: len(rows)]
    assert len(rows) == len(expected)


def cause(row: dict[str, Any]) -> str:
    """What `cause_of` says, for a row."""
    cut = (Outcome.UPSTREAM_CUT.value, Outcome.UPSTREAM_ERROR.value)
    return str(cut[0] if (row["outcome"], row["error"]) == cut else row["error"] or row["outcome"])


TOLD: dict[str, tuple[Filter, Callable[[dict[str, Any]], bool]]] = {
    "a cause": (Filter(cause="crashed"), lambda row: cause(row) == "crashed"),
    "a cause of failures": (
        Filter(cause="upstream_error", failed=True),
        lambda row: row["outcome"] in FAILED and cause(row) == "upstream_error",
    ),
    "protected": (
        Filter(protected=True),
        lambda row: "=" in row["pii"] and row["outcome"] not in UNSENT,
    ),
    "some keys": (Filter(key_ids=("calm", "rare")), lambda row: row["key_id"] in ("calm", "rare")),
    "no keys": (Filter(key_ids=()), lambda row: False),
    "a tag": (Filter(tag="nightly"), lambda row: row["tag"] == "nightly"),
    "a tag of a key": (
        Filter(tag="nightly", tag_keys=("calm",)),
        lambda row: row["tag"] == "nightly" or row["key_id"] == "calm",
    ),
    "a tag of some keys' own": (
        Filter(tag="nightly", tag_keys=("calm", "busy"), key_ids=("calm", "rare")),
        lambda row: row["key_id"] == "calm" or (row["tag"] == "nightly" and row["key_id"] == "rare"),
    ),
}


@pytest.mark.parametrize("most_groups", [0, 64], ids=["by time", "by group"])
@pytest.mark.parametrize("wanted", TOLD)
def test_what_rows_alone_tell_is_found_page_by_page_and_summed(
    database: Database, ours: Rows, wanted: str, most_groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ni.metering.usage_queries.MOST_GROUPS", most_groups)
    monkeypatch.setattr("ni.metering.usage_queries.LOOKED_AT", 2 * ROWS)
    asked, means = TOLD[wanted]
    expected, reports = [row for row in ours if means(row)], Reports(database)
    first = reports.rows("ours", asked, 700)
    rows, cursor = first.rows, first.next_cursor
    while cursor:
        page = reports.rows("ours", asked, 700, cursor)
        rows, cursor = rows + page.rows, page.next_cursor
    assert [row["request_id"] for row in rows] == [row["request_id"] for row in expected]
    sums = [row for part in asked.apart() for row in reports.row_sums("ours", part, "month")]
    assert sum(row["requests"] for row in sums) == len(expected)
    assert sum(row["ni_charge_nanos"] for row in sums) == sum(row["ni_charge_nanos"] for row in expected)


def test_failures_are_counted_by_their_cause(database: Database, ours: Rows) -> None:
    counted = Counter(cause(row) for row in ours if row["outcome"] in FAILED)
    found = Reports(database).failures("ours", 0, UNTIL_MS + DAY_MS)
    assert dict(found) == counted
    assert [number for _, number in found] == sorted(counted.values(), reverse=True)


@pytest.mark.parametrize("most", [1, 3, 120])
def test_samples_hold_the_newest_rows_of_each_combination(
    database: Database, ours: Rows, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ni.metering.usage_queries.MOST_SAMPLED", most)
    found = Reports(database).samples("ours", Filter(), Days(), ("route", "key_id", "latency_ms"))
    answered = [row for row in ours if row["outcome"] == "completed"]
    places = {(row["route"], row["key_id"], row["jurisdiction"]) for row in answered}
    each = usage_queries.MEASURED // min(most, len(places))
    if most >= len(places):
        for route, key_id, place in places:
            own = [
                row
                for row in answered
                if (row["route"], row["key_id"], row["jurisdiction"]) == (route, key_id, place)
            ]
            sampled = [row["latency_ms"] for row in found if (row["route"], row["key_id"]) == (route, key_id)]
            assert sampled == [row["latency_ms"] for row in own[:each]]
    assert len({(row["route"], row["key_id"]) for row in found}) == min(most, len(places))
    routes = {route for route, _, _ in places}
    assert len({row["route"] for row in found}) == min(most, len(routes))


def test_a_filter_and_a_span_of_time_work_together(database: Database, ours: Rows) -> None:
    wanted = Filter(key_id="calm", since_ms=UNTIL_MS - 90 * DAY_MS, until_ms=UNTIL_MS - 60 * DAY_MS)
    expected = [row["request_id"] for row in ours if fits(row, wanted)]
    found = Reports(database).rows("ours", wanted, 1000)
    assert [row["request_id"] for row in found.rows] == expected
    assert found.next_cursor is None


def test_totals_are_the_sums_of_rows(database: Database, ours: Rows) -> None:
    sums: Counter[str] = Counter()
    for row in ours:
        sums["requests"] += 1
        sums["failed"] += row["outcome"] in FAILED
        sums["prompt_tokens"] += row["uncached_tokens"]
        sums["output_tokens"] += row["output_tokens"]
        sums["values_protected"] += int(row["pii"].rpartition("=")[2])
        sums["provider_cost_usd_nanos"] += row["provider_cost_usd_nanos"]
        sums["provider_cost_nanos"] += row["provider_cost_nanos"]
        sums["ni_charge_nanos"] += row["ni_charge_nanos"]
    assert Reports(database).totals("ours", Filter(), Days()) == [sums]


@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_span_holds_its_first_instant_and_not_its_last(database: Database, ours: Rows, place: int) -> None:
    at = ours[place]["at"]
    reports = Reports(database)

    def found(wanted: Filter) -> set[int]:
        return {row["at"] for row in reports.rows("ours", wanted, 2 * ROWS).rows}

    assert at in found(Filter(since_ms=at, until_ms=at + 1))
    assert at not in found(Filter(since_ms=at - DAY_MS, until_ms=at))
    assert at not in found(Filter(since_ms=at + 1, until_ms=at + DAY_MS))


@pytest.mark.parametrize("place", [0, ROWS // 2, -1])
def test_days_hold_both_their_first_and_their_last(database: Database, ours: Rows, place: int) -> None:
    day = ours[place]["day"]
    reports = Reports(database)

    def counted(days: Days) -> int:
        return sum(int(row["requests"]) for row in reports.totals("ours", Filter(), days))

    assert counted(Days(day, day)) == sum(row["day"] == day for row in ours) > 0
    assert counted(Days(since=day)) == sum(row["day"] >= day for row in ours)
    assert counted(Days(until=day)) == sum(row["day"] <= day for row in ours)
