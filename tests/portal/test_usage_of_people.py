"""People and tags in Usage: what their budgets count, on the page, in exports and through the API."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ni.access.accounts import DEFAULT
from ni.access.key_spec import KeySpec
from ni.domain.reply import Outcome
from ni.factory.gateway import Gateway
from ni.metering import usage_queries
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from tests.assembled import ORIGIN
from tests.portal.cast import BOB
from tests.portal.conftest import Browser
from tests.portal.scenes import Scene, make_app, store_usage, usage_row
from tests.portal.test_usage_from_rows import drawn_amounts

TAG = "research"


@pytest.fixture
def rows(gateway: Gateway, scene: Scene) -> list[dict[str, Any]]:
    """Twenty requests of today with Alice's key and ten with Bob's, which has a tag that some of hers name as well."""
    bobs = gateway.keys_of(DEFAULT).create(
        KeySpec("Bob's", owner_id=scene.places["bob"], tags=frozenset({TAG, "other"})), scene.places["alice"]
    )
    label = gateway.label_policy.label(DEFAULT, TAG)
    routes = gateway.catalog.routes()[:3]
    made = []
    for number in range(30):
        mine = number % 3 == 2
        row = usage_row(number, (routes[number % 3],), bobs.id if mine else scene.places["key"])
        row |= {
            "outcome": Outcome.COMPLETED,
            "day": usage_row(0, routes, "")["day"],
            "at": row["at"] - number,
        }
        row |= {"at": usage_row(0, routes, "")["at"] - number, "ni_charge_nanos": 10_000_000 * (1 + number)}
        row |= {"route": routes[number % 3].id, "jurisdiction": routes[number % 3].jurisdiction}
        row |= {"tag": label if number % 5 == 0 else "", "end_user": ""}
        made.append(row)
    store_usage(gateway, made)
    return made


def budget(gateway: Gateway, scope: BudgetScope, subject: str, title: str = "") -> str:
    """What a new budget of today says was spent."""
    budgets = gateway.budgets_of(DEFAULT, "America/Toronto", "")
    standing = budgets.set(BudgetSpec(scope, subject, BudgetSpan.DAY, 10**12, title))
    assert standing.spent_nanos > 0
    return f"${standing.spent_nanos / 10**9:.2f}"


@pytest.mark.usefixtures("rows")
def test_usage_by_person_says_what_the_budget_of_the_person_says(
    alice: Browser, gateway: Gateway, scene: Scene
) -> None:
    spent = budget(gateway, BudgetScope.PERSON, scene.places["bob"])
    parts = drawn_amounts(alice.get("/portal/usage?period=today&by=person").text)
    assert parts[BOB.new.name] == spent
    page = alice.get(f"/portal/usage?period=today&person={scene.places['bob']}").text
    assert f">{spent}</data></dd>" in page.partition("Spend (CAD)</dt>")[2][:120]
    assert f"Person: {BOB.new.name}" in page.replace("\u00a0", " ")


@pytest.mark.usefixtures("rows")
def test_usage_by_tag_says_what_the_budget_of_the_tag_says(alice: Browser, gateway: Gateway) -> None:
    spent = budget(gateway, BudgetScope.TAG, gateway.label_policy.label(DEFAULT, TAG), TAG)
    text = alice.get("/portal/usage?period=today&by=tag").text
    assert drawn_amounts(text)[TAG] == spent
    assert "counts for each of them" in text
    page = alice.get(f"/portal/usage?period=today&tag={TAG}").text
    assert f">{spent}</data></dd>" in page.partition("Spend (CAD)</dt>")[2][:120]
    assert "counts for each of them" not in page


def named(rows: list[dict[str, Any]], gateway: Gateway, wanted: Mapping[str, str]) -> set[str]:
    """The ids of the rows that a tag and a person mean."""
    keys = {key.id: key for key in gateway.keys_of(DEFAULT).list()}
    label = gateway.label_policy.label(DEFAULT, TAG)
    return {
        row["request_id"]
        for row in rows
        if ("tag" not in wanted or row["tag"] == label or TAG in keys[row["key_id"]].spec.tags)
        and ("person" not in wanted or keys[row["key_id"]].owner_id == wanted["person"])
    }


WAYS = [(names, who) for names in (("tag",), ("person",), ("tag", "person")) for who in ("alice", "bob")]


def asked(gateway: Gateway, scene: Scene, rows: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Queries, and the ids of the rows that they mean: the newest row has the lowest."""
    for names, who in WAYS:
        wanted = {name: {"tag": TAG, "person": scene.places[who]}[name] for name in names}
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        yield query, sorted(named(rows, gateway, wanted))


def test_page_and_exports_give_the_rows_of_a_tag_and_a_person(
    alice: Browser, gateway: Gateway, scene: Scene, rows: list[dict[str, Any]]
) -> None:
    for query, expected in asked(gateway, scene, rows):
        exported = json.loads(alice.get(f"/portal/usage/export.json?{query}").text)["data"]
        assert [row["request_id"] for row in exported] == expected
        assert alice.get(f"/portal/usage?{query}").text.count('<tr id="r-') == len(expected)


def test_the_api_gives_the_rows_of_a_tag_and_a_person_page_by_page(
    gateway: Gateway, scene: Scene, rows: list[dict[str, Any]]
) -> None:
    client, reader = make_app(gateway).test_client(), gateway.keys_of(DEFAULT).create(KeySpec("reader"))
    bearer = {"Authorization": f"Bearer {reader.text.reveal()}"}
    for query, expected in asked(gateway, scene, rows):
        seen, cursor = list[str](), "first"
        while cursor:
            address = f"/api/usage?{query}&limit=7" + (f"&cursor={cursor}" if seen else "")
            page = json.loads(client.get(address, base_url=ORIGIN, headers=bearer).data)
            seen += [row["request_id"] for row in page["data"]]
            cursor = page["next_cursor"]
        assert seen == expected


@pytest.mark.parametrize("by", ["none", "person", "key", "tag"])
def test_values_protected_are_counted_for_a_tag(
    alice: Browser, gateway: Gateway, rows: list[dict[str, Any]], by: str
) -> None:
    held = [row | {"pii": "on; email=2"} for row in rows]
    store_usage(gateway, held)
    text = alice.get(f"/portal/usage?period=today&tag={TAG}&measure=protected&by={by}").text
    whole = 2 * len(named(held, gateway, {"tag": TAG}))
    assert f"Values protected</dt><dd>{whole}</dd>" in text


def test_a_rare_slow_route_stays_first_however_busy_the_others_are(
    alice: Browser, gateway: Gateway, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_queries, "MEASURED", 30)
    slow, quick = rows[-1], rows[0]
    blank = {f"{phase}_us": 1000 for phase in ("queue", "masking", "settle")}
    made = [slow | blank | {"latency_ms": 9_060, "request_id": "f" * 16, "at": slow["at"] - 10_000}]
    for number in range(90):
        made.append(
            quick | blank | {"latency_ms": 5, "request_id": f"{number:016x}", "at": quick["at"] - number}
        )
    store_usage(gateway, made)
    text = alice.get("/portal/usage?period=30d&measure=latency&by=route").text
    table = text.partition('<table id="latency"')[2].partition("</table>")[0]
    assert 0 < table.find(slow["route"]) < table.find(quick["route"])
    assert slow["route"] in alice.get("/portal/usage/timing?period=30d").text


def test_who_owned_no_key_has_no_rows(alice: Browser, rows: list[dict[str, Any]]) -> None:
    assert rows
    assert alice.get("/portal/usage?person=usr_nobody").text.count('<tr id="r-') == 0
