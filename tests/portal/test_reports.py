"""The reports of an account: a month's sums, which agree with Usage, and the facts of a privacy impact assessment."""

import csv
import io
import re
from dataclasses import replace

import pytest

from ni.access.accounts import DEFAULT
from ni.domain.money import format_amount
from ni.domain.pii_labels import Label
from ni.domain.reply import Outcome
from ni.factory.gateway import Gateway
from ni.metering.usage_queries import Days, Filter
from ni.web.portal.reports import BY
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, store_usage, usage_row


def _months(alice: Browser) -> list[str]:
    return re.findall(r'<option value="(20\d\d-\d\d)"', alice.get("/portal/reports").text)


def test_a_month_s_lines_sum_to_what_the_totals_hold(alice: Browser, gateway: Gateway) -> None:
    months = _months(alice)
    assert months == sorted(months, reverse=True)
    seen = 0
    for month in months:
        text = alice.get(f"/portal/reports/month.csv?month={month}").text
        rows = list(csv.DictReader(io.StringIO(text)))
        (whole,) = (row for row in rows if row["by"] == "all")
        (held,) = gateway.reports.totals(DEFAULT, Filter(), Days(f"{month}-01", f"{month}-31"))
        assert whole["charge"] == format_amount(held["ni_charge_nanos"])
        for by in ("key_id", "route", "jurisdiction", "outcome"):
            assert sum(int(row["requests"]) for row in rows if row["by"] == by) == held["requests"]
        seen += held["requests"]
    assert seen > 0


@pytest.mark.parametrize("month", ["", "2026-13", "' or 1", "1999-01", "2031-02"])
def test_a_month_that_is_none_shows_the_present_one_and_one_without_requests_says_so(
    alice: Browser, month: str
) -> None:
    page = alice.get(f"/portal/reports?month={month}")
    assert page.status_code == 200
    assert ("No requests in this month" in page.text) == (month == "2031-02")


def test_what_reached_no_route_has_a_line_that_says_so(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    row = usage_row(7, tuple(gateway.catalog.routes()[:1]), scene.places["key"])
    assert (row["outcome"], row["route"]) == (Outcome.DENIED, "")
    store_usage(gateway, [row])
    text = alice.get(f"/portal/reports?month={row['day'][:7]}").text
    names = re.findall(r'<th scope="row" class="name-cell"[^>]*>([^<]*)</th>', text)
    assert len(names) == len(BY)
    assert all(names)
    assert "No route: refused or answered by NI before one was chosen" in names


def test_the_privacy_report_names_every_kind_once_and_who_processes(alice: Browser, gateway: Gateway) -> None:
    facts = alice.get("/portal/reports/privacy.json").json
    assert facts
    assert sorted(facts["masked"] + facts["not_masked"]) == sorted(label.value for label in Label)
    assert {"Amazon Bedrock", "Azure OpenAI"} & {one["name"] for one in facts["processors"]}
    assert facts["log_size"] > 0
    page = alice.get("/portal/reports/privacy").text
    assert all(one["name"] in page for one in facts["processors"])


def test_a_processor_is_charged_with_the_requests_alone_that_were_sent(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    route = next(one for one in gateway.catalog.routes() if gateway.catalog.is_ready(one))
    row = usage_row(1, (route,), scene.places["key"])
    store_usage(
        gateway, [row | {"request_id": f"{at:016x}", "outcome": end} for at, end in enumerate(Outcome)]
    )
    facts = alice.get("/portal/reports/privacy.json").json
    assert facts
    sent = set(Outcome) - {Outcome.DENIED, Outcome.LOCAL}
    assert sum(one["used"] for one in facts["processors"]) == len(sent)


def test_a_key_that_may_send_without_masking_is_named(alice: Browser, gateway: Gateway) -> None:
    before = alice.get("/portal/reports/privacy.json").json
    keys = gateway.keys_of(DEFAULT)
    specs = [row.spec for row in keys.list() if not row.revoked_at]
    open_keys = {spec.name for spec in specs if not spec.pii or spec.pii_may_disable}
    assert before
    assert set(before["keys_without_masking"]) == open_keys


@pytest.mark.parametrize(
    ("nanos", "shown"),
    [
        (2_220_161_244, "$2.22"),
        (84, "&lt; $0.01"),
        (4_999_999, "&lt; $0.01"),
        (5_000_001, "$0.01"),
        (0, "$0.00"),
    ],
)
def test_a_report_shows_cents_and_has_the_exact_amount_in_its_tooltip(
    alice: Browser, gateway: Gateway, scene: Scene, nanos: int, shown: str
) -> None:
    row = usage_row(0, gateway.catalog.routes(), scene.places["key"]) | {"ni_charge_nanos": nanos}
    store_usage(gateway, [row])
    tile = alice.get("/portal/reports").text.partition("Spent (CAD)</dt><dd>")[2].partition("</dd>")[0]
    assert f">{shown}</data>" in tile


def test_the_privacy_report_says_which_keys_refuse_what(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    keys, key = gateway.keys_of(DEFAULT), scene.places["key"]
    found = keys.get(key)
    assert found
    keys.edit(key, replace(found.spec, block_labels=frozenset({Label.CREDIT_CARD})))
    facts = alice.get("/portal/reports/privacy.json").json
    assert facts
    assert facts["blocked_by_keys"][found.spec.name] == ["CREDIT_CARD"]
    page = alice.get("/portal/reports/privacy").text
    assert "refuses a request that holds one of these" in page
    assert "No kind is refused." not in page
