"""What the portal's pages cost with a million rows of usage: server time and queries, as a table.

Run it as `make bench-pages` (or `python -m bench.pages [ROWS]`). The application runs in this process, without a server
and a network between: what is timed is what a worker does for a page, in CPU time, which what else runs on the machine
does not stretch (the database is in the page cache, nothing is waited for). Figures, not tests.
"""

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.usage_rows import Year, fill
from ni.access.accounts import DEFAULT
from ni.access.key_spec import KeySpec
from ni.access.onboarding import Link, Links, Purpose
from ni.domain.clock import to_ms
from ni.metering.usage_queries import Filter
from tests.assembled import ORIGIN, Assembled, assembled

REPEATS = 15
KEYS = 8
ACCOUNTS = 200
PATHS = (
    "/", "/models", "/portal/", "/portal/keys", "/portal/usage", "/portal/usage?by=route",
    "/portal/usage?by=key", "/portal/usage?measure=latency", "/portal/usage?measure=latency&by=route",
    "/portal/usage?measure=latency&period=all", "/portal/usage?measure=latency&key_id=RARE",
    "/portal/usage?since=2026-06-01&until=2026-09-08&measure=latency",
    "/portal/usage?period=today&measure=latency", "/portal/usage?by=tag",
    "/portal/usage?by=person&period=all", "/portal/usage?by=end_user&period=all", "/portal/usage?tag=nightly",
    "/portal/usage?end_user=person-7&period=all", "/portal/usage?error=upstream_error&period=all",
    "/portal/usage?pii=protected&measure=protected&by=kind&period=all", "/portal/usage/timing",
    "/portal/usage?outcome=failed&error=pii_blocked", "/portal/usage?by=tag&period=today",
    "/portal/usage?outcome=crashed", "/portal/usage?jurisdiction=GLOBAL",
    "/portal/usage?route=openai/gpt-5.2-us", "/portal/usage?key_id=OLD",
    "/portal/usage?key_id=OLD&outcome=crashed", "/portal/usage?key_id=RARE",
    "/portal/usage?since=2026-01-05&until=2026-01-06", "/portal/usage?cursor=NEXT", "/portal/usage/live",
    "/portal/models", "/portal/custody", "/portal/custody/RECORD", "/portal/custody/RECORD/erase",
    "/portal/playground", "/portal/mappings", "/portal/byok", "/portal/balance", "/portal/connect",
    "/portal/connect/cursor", "/docs/", "/docs/?q=residency", "/docs/errors.html", "/portal/settings",
    "/portal/deployments", "/portal/accounts", "/portal/accounts/default", "/portal/prices",
    "/portal/pii-audit", "/portal/drift",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timed:
    """One page: the median and the highest CPU time of its repeats, and its queries."""

    path: str
    median_ms: float
    slowest_ms: float
    queries: int


def sign_in(instance: Assembled) -> FlaskClient:
    """The first person, who came in through the set-up link: operator and owner."""
    client = instance.client
    path = f"/portal/set-up/{Links(instance.gateway.base).issue(Link(Purpose.SET_UP)).reveal()}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, base_url=ORIGIN).text)
    answers = {"name": "Alice", "email": "alice@example.ca", "password": "an orchard in September"}
    client.post(path, base_url=ORIGIN, data={"csrf_token": token[1] if token else "", **answers})
    return client


@contextmanager
def counted(instance: Assembled) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = instance.gateway.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def furnish(instance: Assembled, rows: int) -> Callable[[str], str]:
    """Keys, accounts, a request on record and a year of usage; what fills the places in a path."""
    gateway = instance.gateway
    gateway.log_service.start("gateway.example/custody/2026")
    keys = [gateway.keys_of(DEFAULT).create(KeySpec(name=f"Key {at}")) for at in range(KEYS)]
    for number in range(ACCOUNTS):
        gateway.accounts.create(f"Team {number}")
    body = {"model": "sandbox/echo-local", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {keys[0].text.reveal()}"}
    answer = instance.client.post("/v1/chat/completions", base_url=ORIGIN, json=body, headers=headers)
    until_ms = to_ms(gateway.clock.now()) - 60_000
    fill(gateway.database, Year(DEFAULT, [key.id for key in keys], until_ms, rows))
    middle = gateway.reports.rows(DEFAULT, Filter(), 500).next_cursor or ""
    places = {
        "RECORD": answer.headers["X-NI-Request-ID"],
        "OLD": keys[-1].id,
        "RARE": keys[-2].id,
        "NEXT": middle,
    }
    pattern = re.compile("|".join(places))
    return lambda path: pattern.sub(lambda found: places[found[0]], path)


def measured(instance: Assembled, client: FlaskClient, path: str, named: str) -> Timed:
    """Time a page. Raises `AssertionError` for an answer other than 200."""
    times_ms = []
    with counted(instance) as seen:
        for _ in range(REPEATS + 1):
            seen.clear()
            began = time.process_time()
            status = client.get(path, base_url=ORIGIN).status_code
            times_ms.append((time.process_time() - began) * 1000)
            assert status == 200, f"{path}: {status}"
        queries = len(seen)
    return Timed(named, statistics.median(times_ms[1:]), max(times_ms[1:]), queries)


def line(one: Timed) -> str:
    """A row of the Markdown table."""
    return f"| `{one.path}` | {one.median_ms:.1f} | {one.slowest_ms:.1f} | {one.queries} |\n"


def main() -> int:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with (
        tempfile.TemporaryDirectory() as home,
        assembled(Path(home), NI_PREPAID="on", NI_USAGE_LABELS="plain") as instance,
    ):
        client = sign_in(instance)
        began = time.perf_counter()
        named = furnish(instance, rows)
        took = {"rows": rows, "filled_s": round(time.perf_counter() - began, 1)}
        sys.stdout.write(json.dumps(took) + "\n")
        sys.stdout.write("| page | median ms | slowest ms | queries |\n| --- | --- | --- | --- |\n")
        for path in PATHS:
            sys.stdout.write(line(measured(instance, client, named(path), path)))
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
