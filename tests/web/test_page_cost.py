"""What a page costs: a number of queries that does not grow with the rows of usage, over the real packages.

Server time with a million rows stands in docs/performance.md (`make bench-pages`); it is not tested, because it depends
on the machine. What makes it small is: few statements, none of which walks through a table of requests.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from ni.access.accounts import DEFAULT
from ni.access.onboarding import Link, Links, Purpose
from ni.domain.clock import from_ms
from ni.domain.route import Tier
from ni.store.tables.metering import totals, usage
from tests.assembled import ORIGIN, Assembled, assembled

MOST_QUERIES = {
    "/": 1,
    "/models": 1,
    "/portal/": 28,
    "/portal/keys": 3,
    "/portal/usage": 7,
    "/portal/usage?by=route": 7,
    "/portal/usage?by=key": 7,
    "/portal/usage?measure=protected&by=kind": 9,
    "/portal/usage?outcome=completed": 8,
    "/portal/usage?jurisdiction=CA&route=sandbox/echo-local": 8,
    "/portal/usage?since=2026-11-01&until=2026-11-30": 7,
    "/portal/usage?measure=latency&by=route": 45,
    "/portal/usage?by=tag&tag=nightly": 12,
    "/portal/usage?by=person": 8,
    "/portal/usage?error=upstream_error": 11,
    "/portal/usage?pii=protected&measure=protected&by=kind": 12,
    "/portal/usage/timing": 4,
    "/portal/usage/live": 3,
    "/portal/models": 2,
    "/portal/custody": 4,
    "/portal/custody/account-key": 1,
    "/portal/playground": 3,
    "/portal/mappings": 2,
    "/portal/byok": 3,
    "/portal/balance": 4,
    "/portal/connect": 3,
    "/portal/settings": 1,
    "/portal/settings/security": 3,
    "/portal/settings/account": 2,
    "/portal/settings/people": 3,
    "/portal/keys/new": 2,
    "/portal/providers": 7,
    "/portal/providers/OPENAI_API_KEY": 7,
    "/portal/placing": 7,
    "/portal/placing/new/azure": 7,
    "/portal/placing/route/azure/gpt-4.1-mini-ca": 7,
    "/portal/deployments": 7,
    "/portal/deployments/sandbox": 8,
    "/portal/accounts": 4,
    "/portal/accounts/default": 6,
    "/portal/catalog-updates": 7,
    "/portal/prices": 1,
    "/portal/instance": 11,
    "/portal/models?prompt=1000&sort=input": 2,
    "/portal/models/compare?route=sandbox/echo-local": 2,
    "/portal/pii-audit": 5,
    "/portal/drift": 3,
    "/portal/queues": 2,
}

FIRST_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home"), NI_PREPAID="on") as instance:
        instance.key()
        yield instance


def first_person(instance: Assembled) -> FlaskClient:
    """The browser of the first person, who came in through the set-up link."""
    client = instance.client
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, base_url=ORIGIN).text)
    assert token
    answers = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}
    answer = client.post(path, base_url=ORIGIN, data={"csrf_token": token[1], **answers})
    assert answer.status_code == 303
    return client


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> FlaskClient:
    return first_person(instance)


def fill(instance: Assembled, count: int, first_ms: int = FIRST_MS, apart_ms: int = 1) -> None:
    """Rows of usage and their totals by day, straight into the tables."""
    key_id = instance.gateway.keys_of(DEFAULT).list()[0].id
    blank = {column.name: "" if isinstance(column.type, sa.Text) else 0 for column in usage.c}
    told = {"account_id": DEFAULT, "key_id": key_id, "route": "sandbox/echo-local", "jurisdiction": "CA"}
    told |= {
        "outcome": "completed",
        "tier": Tier.OWN_HARDWARE.value,
        "pii": "on; email=1",
    }
    instants = [first_ms + number * apart_ms for number in range(count)]
    rows = [
        blank | told | {"request_id": f"{at:016x}", "at": at, "day": from_ms(at).date().isoformat()}
        for at in instants
    ]
    days = {row["day"] for row in rows}
    sums = [
        {column.name: (told | {"day": day}).get(column.name, count) for column in totals.c} for day in days
    ]
    with instance.gateway.database.engine.begin() as connection:
        connection.execute(usage.delete())
        connection.execute(totals.delete())
        connection.execute(usage.insert(), rows)
        connection.execute(totals.insert(), sums)


Seen = list[tuple[str, Any]]
Watch = Callable[[str], Seen]


@pytest.fixture
def queries_of(instance: Assembled, alice: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """The statements of a page, with their values, once what is read once and kept has been read."""
    for kept in ("catalog.routes", "catalog.health", "inchat.mappings"):
        monkeypatch.setattr(f"ni.{kept}.FRESH_S", 3600.0)  # else a slow machine reads them again in between
    seen: Seen = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        seen.append((statement, values))

    def watch(path: str) -> Seen:
        alice.get(path, base_url=ORIGIN)
        seen.clear()
        assert alice.get(path, base_url=ORIGIN).status_code == 200
        return list(seen)

    sa.event.listen(instance.gateway.database.engine, "before_cursor_execute", note)
    yield watch
    sa.event.remove(instance.gateway.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", MOST_QUERIES)
def test_queries_of_a_page_are_few_and_do_not_grow_with_the_rows(
    instance: Assembled, queries_of: Watch, path: str
) -> None:
    fill(instance, 3)
    few = len(queries_of(path))
    fill(instance, 300)
    assert len(queries_of(path)) == few
    assert few <= MOST_QUERIES[path]


def test_queries_of_pages_do_not_grow_with_keys_and_accounts(instance: Assembled, queries_of: Watch) -> None:
    paths = (
        "/portal/",
        "/portal/keys",
        "/portal/usage",
        "/portal/playground",
        "/portal/accounts",
        "/portal/pii-audit",
    )
    before = {path: len(queries_of(path)) for path in paths}
    for number in range(5):
        instance.key()
        instance.gateway.accounts.create(f"Team {number}")
    assert {path: len(queries_of(path)) for path in paths} == before


@pytest.mark.parametrize("path", MOST_QUERIES)
def test_no_page_walks_through_the_whole_of_a_table_that_grows_with_requests(
    instance: Assembled, queries_of: Watch, path: str
) -> None:
    fill(instance, 3)
    statements = queries_of(path)
    with instance.gateway.database.engine.connect() as connection:
        plans = [
            (row[-1], statement)
            for statement, values in statements
            if statement.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    growing = re.compile(r"^SCAN (usage|custody_records|custody_nodes|totals|budgets)\b")
    assert [plan for plan in plans if growing.match(plan[0])] == []


def test_a_walk_through_usage_would_be_noticed(instance: Assembled) -> None:
    with instance.gateway.database.engine.connect() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT * FROM usage WHERE model = 'm'").all()
    assert plan[0][-1].startswith("SCAN usage")
