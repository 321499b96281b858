"""Latency, tags and people: figures that daily totals do not hold, read from a bounded number of rows."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.access.key_spec import KeySpec
from ni.domain.clock import to_ms
from ni.domain.reply import Outcome
from ni.factory.gateway import Gateway
from ni.metering import usage_queries
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from ni.metering.days import day_of
from ni.web.portal.latency import percentiles
from tests.portal.cast import NOW
from tests.portal.conftest import Browser
from tests.portal.scenes import ZONE, Scene, store_usage, usage_row

TAGS = ("nightly", "", "support")


@pytest.fixture
def rows(gateway: Gateway, scene: Scene) -> list[dict[str, Any]]:
    """Sixty requests of two days: the first route answers in 100 to 119 ms, the second in 2 to 2.019 s."""
    quick, slow = gateway.catalog.routes()[:2]
    made = []
    for number in range(60):
        route, at = (quick, slow)[number % 2], NOW - timedelta(minutes=30 * number)
        row = usage_row(number, (route,), scene.places["key"])
        row |= {
            "at": to_ms(at),
            "day": day_of(at, ZONE),
            "latency_ms": (100, 2000)[number % 2] + number % 20,
            "tag": gateway.label_policy.label(row["account_id"], TAGS[number % 3]),
            "end_user": gateway.label_policy.label(row["account_id"], f"person-{number % 4}"),
            "ni_charge_nanos": 1_000_000_000,
        }
        row |= {"outcome": Outcome.COMPLETED, "route": route.id, "jurisdiction": route.jurisdiction}
        made.append(row)
    store_usage(gateway, made)
    return made


def parts(text: str) -> dict[str, list[str]]:
    """The table of latencies: the cells of each part."""
    table = text.partition('<table id="latency"')[2].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in table.split("<tr>")[2:]]
    return {name: rest for name, *rest in cells}


def test_the_slow_route_stands_first_with_what_was_measured(
    alice: Browser, rows: list[dict[str, Any]]
) -> None:
    quick, slow = rows[0]["route"], rows[1]["route"]
    text = alice.get("/portal/usage?measure=latency&by=route").text
    listed = parts(text.replace("\u00a0", ""))
    assert list(listed) == [slow, quick]
    assert "Latency by route, the highest 95th percentile first" in text
    assert listed[quick][1].startswith("10")
    assert listed[slow][1].startswith("2.0")
    assert listed[quick][0] == "118ms"
    assert listed[quick][-1] == "30"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("period", ["today", "7d", "all"])
@pytest.mark.parametrize("by", ["none", "key", "tag", "person", "end_user", "outcome", "jurisdiction"])
def test_latency_is_drawn_for_each_period_and_part(alice: Browser, period: str, by: str) -> None:
    text = alice.get(f"/portal/usage?measure=latency&by={by}&period={period}").text
    assert "95th percentile" in text
    assert '<rect class="s1"' in text


def test_refused_requests_do_not_make_latency_look_better(
    alice: Browser, gateway: Gateway, rows: list[dict[str, Any]]
) -> None:
    before = parts(alice.get("/portal/usage?measure=latency&by=route").text)
    refused = [
        row | {"request_id": f"f{at:015x}", "outcome": Outcome.DENIED, "latency_ms": 1}
        for at, row in enumerate(rows)
    ]
    store_usage(gateway, rows + refused)
    assert parts(alice.get("/portal/usage?measure=latency&by=route").text) == before


def test_a_chart_by_tag_names_those_that_a_key_or_a_budget_names(
    alice: Browser, gateway: Gateway, rows: list[dict[str, Any]]
) -> None:
    account_id, support = rows[0]["account_id"], rows[2]["tag"]
    gateway.keys_of(account_id).create(KeySpec(name="at night", tags=frozenset({"nightly"})))
    text = alice.get("/portal/usage?by=tag").text
    legend = text.partition('<ul class="legend">')[2].partition("</ul>")[0]
    shown = re.findall(r">([\w-]+|No tag)</(?:a|span)>", legend)
    assert sorted(shown) == sorted(["nightly", support, "No tag"])
    assert legend.count("$20.00") == 3
    assert "tag=nightly" in legend
    assert "stored as digests" in text
    budget = BudgetSpec(BudgetScope.TAG, support, BudgetSpan.DAY, 10**9, "support")
    gateway.budgets_of(account_id, ZONE, "").set(budget)
    assert support not in alice.get("/portal/usage?by=tag").text
    page = alice.get(f"/portal/requests/{rows[2]['request_id']}").text
    assert ">support<" in page


@pytest.mark.usefixtures("rows")
def test_a_tag_and_an_end_user_filter_rows_totals_and_exports(alice: Browser) -> None:
    text = alice.get("/portal/usage?tag=nightly&end_user=person-0").text
    assert text.count('<tr id="r-') == 5
    assert "$5.00" in text
    exported = json.loads(alice.get("/portal/usage/export.json?tag=nightly&end_user=person-0").text)["data"]
    assert len(exported) == 5


@pytest.mark.usefixtures("rows")
def test_a_page_says_what_it_did_not_read(alice: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "read from the newest requests" not in alice.get("/portal/usage?by=tag").text
    monkeypatch.setattr(usage_queries, "LOOKED_AT", 20)
    assert "read from the newest requests" in alice.get("/portal/usage?by=tag").text


@pytest.mark.parametrize("period", ["today", "7d", "30d", "all"])
def test_values_protected_are_split_by_kind(
    alice: Browser, gateway: Gateway, rows: list[dict[str, Any]], period: str
) -> None:
    since = day_of(NOW, ZONE) if period == "today" else ""
    held = ("on; email=2, person=1", "on; sin=1", "on", "off")
    made = [row | {"pii": held[at % 4]} for at, row in enumerate(rows)]
    made[0] |= {"outcome": Outcome.DENIED}
    store_usage(gateway, made)
    sent = [row["pii"] for row in made[1:] if row["day"] >= since]
    first, second = sent.count(held[0]), sent.count(held[1])
    wanted = {"e-mail addresses": 2 * first, "people": first, "social insurance numbers": second}
    assert drawn(alice.get(f"/portal/usage?measure=protected&by=kind&period={period}").text) == wanted


@pytest.mark.usefixtures("rows")
def test_kinds_say_how_far_back_they_were_read_and_are_no_figure_of_anything_else(
    alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/portal/usage?measure=protected&by=kind"
    assert "read from the newest requests" not in alice.get(address).text
    monkeypatch.setattr(usage_queries, "LOOKED_AT", 20)
    assert "read from the newest requests" in alice.get(address).text
    assert "Only values protected have a kind" in alice.get("/portal/usage?measure=spend&by=kind").text


def drawn(text: str) -> dict[str, int]:
    """The legend of the chart: names and totals."""
    return {name: int(total) for name, total in drawn_amounts(text).items()}


def drawn_amounts(text: str) -> dict[str, str]:
    """The legend of the chart: names and totals as they are written."""
    legend = text.partition('<ul class="legend">')[2].partition("</ul>")[0]
    items = (re.sub(r"<svg.*?</svg>", "", item, flags=re.DOTALL) for item in legend.split("<li>")[1:])
    found = (re.findall(r">([^<>]+)<", item.replace("\n", "")) for item in items)
    return {
        name: total for name, total, *_ in ([one.strip() for one in each if one.strip()] for each in found)
    }


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_percentiles_are_measured_values_in_order(values: list[int]) -> None:
    median, slow = percentiles(values)
    assert {median, slow} <= set(values)
    assert median <= slow
    assert sum(value <= slow for value in values) >= 0.95 * len(values)
    assert sum(value <= median for value in values) >= len(values) / 2
