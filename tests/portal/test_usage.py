"""Usage: filters, totals, pages, and exports that no spreadsheet runs."""

import csv
import html
import io
import json
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ni.domain.reply import Outcome
from ni.factory.gateway import Gateway
from ni.store.tables.metering import usage
from ni.web.exports import USAGE_COLUMNS
from tests.portal.conftest import Browser
from tests.portal.scenes import ROWS, Scene, store_usage, usage_row


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
        (0, "Rows are kept indefinitely."),
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


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("since=19-11-2026", "since", "This is no date"),
        ("until=2026-02-30", "until", "This is no date"),
        ("since=2026-11-20&until=2026-11-01", "since", "The first day is after the last"),
        ("outcome=nonsense", "outcome", "There is no such outcome"),
    ],
)
def test_what_a_filter_cannot_be_is_said_beside_it(
    alice: Browser, query: str, field: str, sentence: str
) -> None:
    text = alice.get(f"/portal/usage?{query}").text
    assert sentence in text.partition(f'id="{field}-problem"')[2][:400]
    assert rows_in(text) == 50


def test_every_failure_is_found_by_one_filter(alice: Browser) -> None:
    text = alice.get("/portal/usage?outcome=failed&measure=failed").text
    assert rows_in(text) == 12
    assert 'Failed</dt><dd>12</dd><dd class="note">100%' in text


@pytest.mark.parametrize("by", ["route", "key", "jurisdiction", "outcome"])
@pytest.mark.parametrize("measure", ["spend", "requests", "tokens", "failed"])
def test_a_day_by_hours_and_days_of_a_month_show_the_same_sums(
    alice: Browser, gateway: Gateway, by: str, measure: str
) -> None:
    def figures(query: str) -> dict[str, str]:
        text = alice.get(f"/portal/usage?{query}&measure={measure}&by={by}").text
        table = text.partition('id="chart-table"')[2].partition("</table>")[0]
        return dict(re.findall(r'<th scope="row">([^<]+)</th><td class="number"[^>]*>([^<]+)<', table))

    day = figures("since=2026-11-18&until=2026-11-19")["2026-11-18"]
    hours = figures("since=2026-11-18&until=2026-11-18")
    assert all(re.fullmatch(r"\d\d:00", label) for label in hours)
    if measure != "spend":  # amounts are rounded
        whole = sum(int(value.replace(",", "")) for value in hours.values())
        assert f"{whole:,}" == day


def test_a_column_leads_to_its_day_and_a_part_to_its_rows(alice: Browser, scene: Scene) -> None:
    text = alice.get("/portal/usage?by=key&period=7d").text
    assert 'href="/portal/usage?by=key&amp;since=2026-11-19&amp;until=2026-11-19"' in text
    assert f"key_id={scene.places['key']}" in text.partition('class="legend"')[2]


def test_the_days_before_stand_beside_the_sums(alice: Browser) -> None:
    def count(day: str) -> int:
        rows = alice.get(f"/portal/usage/export.json?since={day}&until={day}").text
        return len(json.loads(rows)["data"])

    now, then = count("2026-11-18"), count("2026-11-17")
    text = alice.get("/portal/usage?since=2026-11-18&until=2026-11-18").text
    change = (now - then) * 100 / then
    sign = "+" if change > 0 else ""
    assert f'Requests</dt><dd>{now}</dd><dd class="note">{sign}{round(change, 1):g}% against' in text
    assert "against the period before" not in alice.get("/portal/usage?period=all").text


def test_a_chosen_filter_is_a_chip_that_takes_it_away(alice: Browser) -> None:
    chips = alice.get("/portal/usage?outcome=denied&jurisdiction=CA").text.partition('class="chips"')[2]
    assert 'href="/portal/usage?jurisdiction=CA"' in chips
    assert 'href="/portal/usage?outcome=denied"' in chips


def test_a_chart_of_failures_counts_those_alone(alice: Browser) -> None:
    text = alice.get("/portal/usage?period=all&measure=failed").text
    table = text.partition('id="chart-table"')[2].partition("</table>")[0]
    figures = re.findall(r'<th scope="row">[^<]+</th><td class="number"[^>]*>([^<]+)<', table)
    rows = json.loads(alice.get("/portal/usage/export.json?period=all&outcome=failed").text)["data"]
    assert sum(int(figure.replace(",", "")) for figure in figures) == len(rows) > 0


def test_timing_shows_the_median_and_what_nearly_all_stay_under(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    with gateway.database.engine.begin() as connection:
        route = connection.scalar(sa.select(usage.c.route).where(usage.c.outcome == "completed").limit(1))
        mine = usage.update().where(usage.c.route == route)
        connection.execute(mine.values(masking_us=7_000, settle_us=400, latency_ms=123, outcome="completed"))
    text = alice.get(f"/portal/usage/timing?period=all&route={route}").text.replace("\u00a0", " ")
    assert text.count("123 ms") == 2
    assert text.count("7 ms") == 2
    assert text.count("0.4 ms") == 2
    assert str(route) in text


CAUSES = (
    (Outcome.UPSTREAM_ERROR, "upstream_error", 6),
    (Outcome.UPSTREAM_ERROR, "upstream_timeout", 5),
    (Outcome.UPSTREAM_ERROR, "", 1),
    (Outcome.UPSTREAM_CUT, "upstream_error", 4),
    (Outcome.DENIED, "insufficient_quota", 4),
    (Outcome.DENIED, "pii_blocked", 3),
    (Outcome.CRASHED, "", 2),
    (Outcome.COMPLETED, "", 7),
)
"""How requests of today ended, the code of their errors, and their number."""


def test_each_cause_on_the_overview_opens_the_requests_that_it_counts(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    (route, *_), made = gateway.catalog.routes(), list[dict[str, object]]()
    for outcome, error, count in CAUSES:
        for _ in range(count):
            at = {"request_id": f"{len(made):016x}", "at": usage_row(0, (route,), "")["at"] - len(made)}
            row = usage_row(0, (route,), scene.places["key"]) | at
            made.append(row | {"outcome": outcome, "error": error})
    store_usage(gateway, made)
    table = alice.get("/portal/").text.partition('<table id="causes"')[2].partition("</table>")[0]
    links = re.findall(r'href="/portal/usage\?([^"]+)">(\d+)<', table)
    assert sorted(int(count) for _, count in links) == [2, 3, 4, 4, 5, 7]
    for query, count in ((html.unescape(query), int(count)) for query, count in links):
        text = alice.get(f"/portal/usage?{query}").text
        assert rows_in(text) == count
        assert f"Failed</dt><dd>{count}</dd>" in text
        exported = alice.get(f"/portal/usage/export.json?{query}").text
        assert len(json.loads(exported)["data"]) == count
        assert "Reason" in text.partition('class="chips"')[2].partition("</ul>")[0]


def test_requests_with_protected_values_are_found_and_blocked_ones_are_none_of_them(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    held = ("on; credit_card=1, email=2", "on", "off")
    made = [usage_row(at, gateway.catalog.routes(), scene.places["key"]) for at in range(9)]
    made = [row | {"pii": held[at % 3], "outcome": Outcome.COMPLETED} for at, row in enumerate(made)]
    made[3] |= {"outcome": Outcome.DENIED, "error": "pii_blocked"}
    store_usage(gateway, made)
    text = alice.get("/portal/usage?pii=protected&measure=protected&by=kind").text
    assert rows_in(text) == 2
    assert "Values protected</dt><dd>6</dd>" in text
    everything = alice.get("/portal/usage").text
    assert "3 blocked" in everything.partition(f'id="r-{made[3]["request_id"]}"')[2].partition("</tr>")[0]
    assert "blocked" not in everything.partition(f'id="r-{made[0]["request_id"]}"')[2].partition("</tr>")[0]
