"""Set-ups of several processes on one database, as operators run them, with a priced route behind all of them."""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from ni.store.database import Database
from ni.store.tables.custody import custody_records
from ni.store.tables.metering import budget_spans, budgets, open_calls, totals, usage
from tests.fakes.paced_upstream import PacedUpstream
from tests.running import RunningGateway

ROUTE = "openai/gpt-4.1-mini-us"
ANSWER_TOKENS = 8
CALL_NANOS = 1_120_000  # 8 output tokens at 100 USD per million, at 1.40; the input costs next to nothing
PRICES = """
[[deployments]]
id = "openai"
provider = "openai"
region = "us"
jurisdiction = "US"
endpoint_setting = "OPENAI_BASE_URL"
credential_setting = "OPENAI_API_KEY"

[[routes]]
id = "openai/gpt-4.1-mini-us"
provider = "openai"
upstream_model = "gpt-4.1-mini"
tier = "provider_api"
suffix = "-us"
region = "us"
jurisdiction = "US"
deployment = "openai"
prices = [{ since = "2026-11-01", input = "0.001", output = "100" }]
"""


class Upstream(Protocol):
    """A provider that serves somewhere."""

    @property
    def base_url(self) -> str:
        """The base URL, with `/v1`."""


class Fleet:
    """One instance: its gateways, and its database to look into. `gateways` are started and killed together."""

    def __init__(self, homes: Path, upstream: Upstream, count: int = 1, **environ: str) -> None:
        settings = {
            "OPENAI_BASE_URL": upstream.base_url,
            "OPENAI_API_KEY": "sk-fake-platform",
            "NI_USD_RATE": "1.40",
            **environ,
        }
        self.gateways = [RunningGateway(homes, **settings) for _ in range(count)]
        self.first = self.gateways[0]
        self._ports = itertools.cycle([gateway.port for gateway in self.gateways])
        self._next = itertools.cycle(self.gateways)
        self.first.ni("init")
        catalog = homes / "prices.toml"
        catalog.write_text(PRICES)
        self.first.ni("catalog", "import", str(catalog))
        self.database = Database(environ.get("NI_DATABASE_URL", f"sqlite:///{homes}/ni.db"))

    def start(self) -> "Fleet":
        """Start all gateways that do not run."""
        for gateway in self.gateways:
            if not gateway.running:
                gateway.start()
        return self

    def kill_a_worker(self) -> None:
        """End one serving process, of the next gateway in turn; what started it starts another."""
        os.kill(next(self._next).workers()[0], signal.SIGKILL)

    def kill(self) -> None:
        """End all processes at once."""
        for gateway in self.gateways:
            gateway.kill()

    def close(self) -> None:
        """Kill, and let go of the database."""
        self.kill()
        self.database.close()

    def port(self) -> int:
        """The port of the next gateway in turn."""
        return next(self._ports)

    def spent_and_held(self) -> tuple[int, int]:
        """Nanos over all keys and days."""
        sums = (sa.func.sum(budgets.c.spent_nanos), sa.func.sum(budgets.c.held_nanos))
        with self.database.read() as connection:
            spent, held = connection.execute(sa.select(*sums)).one()
        return int(spent or 0), int(held or 0)

    def held_of_budgets(self) -> int:
        """Nanos that are held of the budgets of accounts."""
        with self.database.read() as connection:
            return int(connection.scalar(sa.select(sa.func.sum(budget_spans.c.held_nanos))) or 0)

    def check_sums(self) -> None:
        """Rows, totals and budgets agree in both columns; no call is counted twice or left open."""
        with self.database.read() as connection:
            charged, cost, count = connection.execute(_sums(usage, sa.func.count())).one()
            assert connection.execute(_sums(totals, sa.func.sum(totals.c.requests))).one() == (
                charged,
                cost,
                count,
            )
            assert connection.scalar(sa.select(sa.func.sum(budgets.c.spent_nanos))) == charged

    def counts(self) -> dict[str, tuple[int, int, int]]:
        """Usage rows, opening and closing records by request id, of calls that were opened."""
        with self.database.read() as connection:
            used = _counted(connection, usage.c.request_id)
            opened = _counted(connection, custody_records.c.request_id, custody_records.c.kind == "open")
            closed = _counted(connection, custody_records.c.request_id, custody_records.c.kind == "close")
        return {name: (used.get(name, 0), opened[name], closed.get(name, 0)) for name in opened}

    def open_calls(self) -> set[str]:
        """Request ids of calls under way."""
        with self.database.read() as connection:
            return set(connection.scalars(sa.select(open_calls.c.request_id)))

    def outcomes(self, request_ids: set[str]) -> set[str]:
        """How these calls ended; fails if one has no row."""
        query = sa.select(usage.c.request_id, usage.c.outcome).where(usage.c.request_id.in_(request_ids))
        with self.database.read() as connection:
            found = {str(name): str(outcome) for name, outcome in connection.execute(query)}
        assert found.keys() == request_ids
        return set(found.values())

    def crashed(self) -> int:
        """Calls that another process settled for a dead one."""
        with self.database.read() as connection:
            query = sa.select(sa.func.count()).select_from(usage).where(usage.c.outcome == "crashed")
            return int(connection.scalar(query) or 0)

    def wait_until_settled(self, seconds: float = 2.0) -> float:
        """How long it took until nothing was held and no call open; fails after `seconds`."""
        began, left = time.monotonic(), None
        while time.monotonic() < began + seconds:
            with self.database.read() as connection:
                left = connection.scalar(sa.select(sa.func.count()).select_from(open_calls))
            if not left and self.spent_and_held()[1] == self.held_of_budgets() == 0:
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(
            f"after {seconds} s {left} calls are open, {self.spent_and_held()[1]} nanos held"
        )


def _sums(table: sa.Table, count: sa.ColumnElement[int]) -> sa.Select[Any]:
    sums = (sa.func.sum(table.c.ni_charge_nanos), sa.func.sum(table.c.provider_cost_nanos))
    return sa.select(*sums).add_columns(count)


def _counted(
    connection: sa.Connection, column: sa.Column[str], *where: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(*where).group_by(column)
    return {str(name): int(count) for name, count in connection.execute(query)}


@contextlib.contextmanager
def one_process(homes: Path, upstream: PacedUpstream, _: str) -> Iterator[Fleet]:
    """One process on SQLite."""
    with contextlib.closing(Fleet(homes, upstream)) as fleet:
        yield fleet


@contextlib.contextmanager
def two_processes(homes: Path, upstream: PacedUpstream, _: str) -> Iterator[Fleet]:
    """Two processes on one SQLite file."""
    with contextlib.closing(Fleet(homes, upstream, NI_WORKERS="2")) as fleet:
        yield fleet


@contextlib.contextmanager
def two_gateways(homes: Path, upstream: PacedUpstream, postgres: str) -> Iterator[Fleet]:
    """Two gateways on one PostgreSQL."""
    with contextlib.closing(Fleet(homes, upstream, 2, NI_DATABASE_URL=postgres)) as fleet:
        yield fleet


SETUPS = {"one": one_process, "two": two_processes, "postgres": two_gateways}
