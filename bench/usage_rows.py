"""A year of usage for one account, made from a seed: rows, and the totals that are their sums.

It writes in bulk into SQLite, past the journal and with the indexes built afterwards, because a million requests
through the line would take an hour. Some keys, routes and outcomes are common, some rare, some only of long ago: what
a filter can be asked for. Not for instances in use.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import from_ms
from ni.domain.reply import Outcome
from ni.metering.days import day_of
from ni.store.database import Database
from ni.store.tables.metering import balance_days, totals, usage

DAYS = 365
DAY_MS, QUARTER_MS = 86_400_000, 900_000
BATCH = 20_000
ROUTES = (  # id, tier, provider, jurisdiction, weight
    ("sandbox/echo-local", "own_hardware", "sandbox", "CA", 5),
    ("bedrock/mistral.mistral-large-2402-v1:0-ca", "managed_canadian_cloud", "bedrock", "CA", 400),
    ("bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0-ca", "managed_canadian_cloud", "bedrock", "CA", 300),
    ("vertex_ai/gemini-2.5-flash-ca", "managed_canadian_cloud", "vertex_ai", "CA", 200),
    ("azure/gpt-4o-ca", "managed_canadian_cloud", "azure", "CA", 80),
    ("openai/gpt-5.2-us", "provider_api", "openai", "US", 30),
    ("vertex_ai/gemini-2.5-pro-global", "managed_global_cloud", "vertex_ai", "GLOBAL", 1),
)
OUTCOMES = (
    (Outcome.COMPLETED, 94_000),
    (Outcome.DENIED, 3_000),
    (Outcome.LOCAL, 2_000),
    (Outcome.CLIENT_GONE, 900),
    (Outcome.UPSTREAM_ERROR, 90),
    (Outcome.CRASHED, 10),
)
TAGS = ("", "", "nightly", "support", "search")
BLANK: list[Any] = [0 if isinstance(column.type, sa.BigInteger | sa.Integer) else "" for column in usage.c]
AT = {column.name: place for place, column in enumerate(usage.c)}
LAID = (  # what `_rows` fills in, in its order; the rest of a row stays blank
    "request_id", "at", "day", "uncached_tokens", "output_tokens", "latency_ms", "first_chunk_ms", "pii",
    "provider_cost_usd_nanos", "provider_cost_nanos", "ni_charge_nanos",
    "key_id", "outcome", "route", "tier", "provider", "jurisdiction", "tag", "end_user",
)  # fmt: skip
PLACES = tuple(AT[name] for name in LAID)

Group = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Year:
    """Whose usage, by which keys (the first is the busiest, the last was used long ago alone), until when, how much."""

    account_id: str
    keys: Sequence[str]
    until_ms: int
    rows: int
    time_zone: str = "America/Toronto"


@dataclass(slots=True)
class Sums:
    """Requests, tokens in and out, values protected and the charge, of each day, key, route, place and outcome."""

    groups: dict[Group, list[int]] = field(default_factory=dict)

    def add(self, group: Group, values: tuple[int, int, int, int]) -> None:
        """Count one request."""
        held = self.groups.setdefault(group, [0, 0, 0, 0, 0])
        held[0] += 1
        for place, value in enumerate(values, 1):
            held[place] += value

    def totals(self, account_id: str) -> Iterator[dict[str, Any]]:
        """The rows of `totals`."""
        names = [column.name for column in totals.c]
        for group, (*counts, charge) in self.groups.items():
            yield dict(zip(names, (account_id, *group, *counts, charge, charge, charge), strict=True))

    def charges(self, account_id: str) -> Iterator[dict[str, Any]]:
        """The rows of `balance_days`."""
        days: dict[str, int] = {}
        for (day, *_), values in self.groups.items():
            days[day] = days.get(day, 0) + values[-1]
        for day, nanos in days.items():
            yield {"account_id": account_id, "day": day, "charged_nanos": nanos}


def fill(database: Database, year: Year, seed: int = 7) -> None:
    """Write the rows, their totals and the daily charges in one transaction."""
    sums = Sums()
    insert = f"INSERT INTO usage VALUES ({', '.join('?' * len(BLANK))})"  # noqa: S608 - question marks alone
    with database.engine.begin() as connection:
        for index in usage.indexes:
            index.drop(connection)
        for batch in _batches(year, Random(seed), sums):  # noqa: S311 - rows that are the same each time
            connection.exec_driver_sql(insert, batch)
        for index in usage.indexes:
            index.create(connection)
        connection.execute(
            totals.delete().where(totals.c.account_id == year.account_id)
        )  # of a call of today
        connection.execute(totals.insert(), list(sums.totals(year.account_id)))
        connection.execute(balance_days.insert(), list(sums.charges(year.account_id)))


def _batches(year: Year, random: Random, sums: Sums) -> Iterator[list[tuple[Any, ...]]]:
    lately = year.keys[:-1]
    weights = (
        [one[-1] for one in ROUTES],
        [weight for _, weight in OUTCOMES],
        [4**-at for at in range(len(lately))],
    )
    for first in range(0, year.rows, BATCH):
        count = min(BATCH, year.rows - first)
        routes, outcomes, keys = (
            random.choices(range(len(chances)), chances, k=count) for chances in weights
        )
        drawn = (random.getrandbits(32) for _ in range(count))
        chosen = zip(range(first, first + count), routes, outcomes, keys, drawn, strict=True)
        yield [_row(year, sums, one) for one in chosen]


def _row(year: Year, sums: Sums, chosen: tuple[int, int, int, int, int]) -> tuple[Any, ...]:
    number, route, outcome_at, key_at, drawn = chosen
    at = year.until_ms - (year.rows - number) * DAYS * DAY_MS // year.rows
    day, outcome = _day(at // QUARTER_MS, year.time_zone), OUTCOMES[outcome_at][0]
    key = year.keys[-1] if number * DAYS < 10 * year.rows else year.keys[key_at]
    denied = outcome is Outcome.DENIED  # what was refused went nowhere and cost nothing
    route_id, tier, provider, jurisdiction = ("", "", "", "") if denied else ROUTES[route][:4]
    values = drawn % 7919, drawn % 997, drawn % 4, 0 if denied else drawn % 90_000_001
    sums.add((day, key, route_id, jurisdiction, outcome.value), values)
    row = BLANK.copy()
    row[AT["account_id"]], row[AT["dialect"]], row[AT["model"]] = year.account_id, "chat", "a-model"
    laid = (
        f"{number:016x}", at, day, values[0], values[1], drawn % 21_000, drawn % 900, f"on; email={values[2]}",
        values[3], values[3], values[3], key, outcome.value, route_id, tier, provider, jurisdiction,
        TAGS[drawn % len(TAGS)], f"person-{drawn % 40}" if drawn % 3 else "",
    )  # fmt: skip
    for place, value in zip(PLACES, laid, strict=True):
        row[place] = value
    return tuple(row)


@lru_cache(maxsize=8)
def _day(quarter: int, time_zone: str) -> str:
    """The day of a quarter of an hour: every offset from UTC is whole quarters."""
    return day_of(from_ms(quarter * QUARTER_MS), time_zone)
