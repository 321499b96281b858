"""What a page costs: a number of queries that does not grow with the rows of usage, over the real packages.

Server time was measured with 200,000 rows when the pages were written; time itself is not tested, because it depends
on the machine.
"""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from ni.access.accounts import DEFAULT
from ni.access.links import Link, Links, Purpose
from ni.domain.route import Tier
from ni.store.tables.metering import totals, usage
from tests.assembled import ORIGIN, Assembled, assembled

MOST_QUERIES = {
    "/": 3,
    "/models": 3,
    "/portal/": 20,
    "/portal/keys": 10,
    "/portal/usage": 18,
    "/portal/usage?by=route": 18,
    "/portal/usage/live": 6,
    "/portal/models": 4,
    "/portal/custody": 12,
    "/portal/playground": 10,
    "/portal/mappings": 4,
    "/portal/byok": 6,
    "/portal/connect": 6,
    "/portal/settings": 8,
    "/portal/deployments": 7,
    "/portal/accounts": 5,
    "/portal/prices": 4,
    "/portal/pii-audit": 11,
    "/portal/drift": 3,
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assembled]:
    with assembled(tmp_path_factory.mktemp("home")) as made:
        made.key()
        yield made


@pytest.fixture(scope="module")
def alice(instance: Assembled) -> FlaskClient:
    """The first person, who came in through the set-up link."""
    client = instance.client
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, base_url=ORIGIN).text)
    assert token
    answers = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}
    answer = client.post(path, base_url=ORIGIN, data={"csrf_token": token[1], **answers})
    assert answer.status_code == 303
    return client


def fill(instance: Assembled, count: int) -> None:
    """Rows of usage and their totals, straight into the tables."""
    key_id = instance.gateway.keys_of(DEFAULT).list()[0].id
    blank = {column.name: "" if isinstance(column.type, sa.Text) else 0 for column in usage.c}
    told = {"account_id": DEFAULT, "key_id": key_id, "route": "sandbox/echo-local", "jurisdiction": "CA"}
    told |= {
        "outcome": "completed",
        "day": "2026-11-23",
        "tier": Tier.OWN_HARDWARE.value,
        "pii": "on; email=1",
    }
    rows = [blank | told | {"request_id": f"{at:016x}", "at": 1_795_000_000_000 + at} for at in range(count)]
    sums = {column.name: told.get(column.name, count) for column in totals.c}
    with instance.gateway.database.engine.begin() as connection:
        connection.execute(usage.delete())
        connection.execute(totals.delete())
        connection.execute(usage.insert(), rows)
        connection.execute(totals.insert(), sums)


@pytest.fixture
def queries_of(instance: Assembled, alice: FlaskClient) -> Iterator[Callable[[str], int]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def count(path: str) -> int:
        alice.get(path, base_url=ORIGIN)  # what is read once and kept
        seen.clear()
        assert alice.get(path, base_url=ORIGIN).status_code == 200
        return len(seen)

    sa.event.listen(instance.gateway.database.engine, "before_cursor_execute", note)
    yield count
    sa.event.remove(instance.gateway.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", MOST_QUERIES)
def test_queries_of_a_page_are_few_and_do_not_grow_with_the_rows(
    instance: Assembled, queries_of: Callable[[str], int], path: str
) -> None:
    fill(instance, 3)
    few = queries_of(path)
    fill(instance, 300)
    assert queries_of(path) == few
    assert few <= MOST_QUERIES[path]
