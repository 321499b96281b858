"""Queries over usage rows and their totals, for one account: paged, two queries at most.

The cost of finding the newest rows does not grow with the rows that a filter excludes. Without a filter the index by
time gives them. With one, the totals (which are small) say which combinations of key, route, jurisdiction and outcome
match; one index then gives the newest rows of each combination, and the newest of those are the answer. Where more than
`MOST_GROUPS` combinations match, the filter excludes few rows and the index by time is walked.

`Retention` deletes rows older than the retention period, in the background, a few rows per unit of the journal. Daily
totals, budgets, balances and statements stay, so that no number on a page changes when rows are deleted. Each
deletion is small, and calls under way are written between two of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import Clock, paced, to_ms
from ni.domain.ids import base64url, from_base64url
from ni.domain.reply import Outcome
from ni.metering.budget import Spending, spendings_of
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import accounts
from ni.store.tables.metering import totals, usage
from ni.store.unit import Change, Unit

GROUP = ("key_id", "route", "jurisdiction", "outcome")
MOST_GROUPS = 64
_NEWEST = (usage.c.at.desc(), usage.c.request_id.desc())

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class UsageSpan:
    """Account and time span (milliseconds, `until` exclusive) of at most `limit` rows, older than the row `before`."""

    account_id: str
    limit: int
    since_ms: int | None = None
    until_ms: int | None = None
    before: tuple[int, str] | None = None

    def conditions(self) -> list[Condition]:
        """The span as SQL conditions on `usage`."""
        conditions = [usage.c.account_id == self.account_id]
        if self.since_ms is not None:
            conditions.append(usage.c.at >= self.since_ms)
        if self.until_ms is not None:
            conditions.append(usage.c.at < self.until_ms)
        if self.before is not None:
            conditions.append(sa.tuple_(usage.c.at, usage.c.request_id) < sa.tuple_(*self.before))
        return conditions


def groups_of(account_id: str, exact: Sequence[Condition]) -> sa.Select[Any]:
    """Query for the combinations that occurred and match; at most `MOST_GROUPS` + 1."""
    columns = [totals.c[name] for name in GROUP]
    fitting = sa.select(*columns).distinct().where(totals.c.account_id == account_id, *exact)
    return fitting.limit(MOST_GROUPS + 1)


def by_time(span: UsageSpan, exact: Sequence[Condition] = ()) -> sa.Select[Any]:
    """Query for the newest rows, which walks the index by time."""
    return sa.select(usage).where(*span.conditions(), *exact).order_by(*_NEWEST).limit(span.limit)


def by_group(span: UsageSpan, groups: Sequence[Sequence[str]]) -> sa.Select[Any]:
    """Query for the newest rows of 1 to `MOST_GROUPS` combinations."""
    arms = [_arm(span, group) for group in groups]
    merged = (arms[0] if len(arms) == 1 else sa.union_all(*arms)).subquery()
    newest = sa.select(merged.c.request_id).order_by(merged.c.at.desc(), merged.c.request_id.desc())
    wanted = newest.limit(span.limit).subquery()
    return sa.select(usage).where(usage.c.request_id.in_(sa.select(wanted.c.request_id))).order_by(*_NEWEST)


def _arm(span: UsageSpan, group: Sequence[str]) -> sa.Select[Any]:
    """Query for the newest rows of one combination; UNION takes an arm with ORDER BY and LIMIT only as a subquery."""
    exact = [usage.c[name] == value for name, value in zip(GROUP, group, strict=True)]
    newest = sa.select(usage.c.at, usage.c.request_id).where(*span.conditions(), *exact)
    inner = newest.order_by(*_NEWEST).limit(span.limit).subquery()
    return sa.select(inner.c.at, inner.c.request_id)


MAX_LIMIT = 1000
ROWS_AT_ONCE = 64
"""How many rows are looked through until others may run."""
HOUR_MS = 3_600_000
FAILED = frozenset({Outcome.DENIED, Outcome.UPSTREAM_CUT, Outcome.UPSTREAM_ERROR, Outcome.CRASHED})
"""Outcomes of requests whose callers did not get the answer that they asked for."""

LOOKED_AT = 3_000
"""How many rows sums are read from that the totals do not hold."""

MEASURED = 2_400
"""How many rows latencies are read from."""

_READ = (
    *(
        "at",
        "day",
        "tag",
        "end_user",
        "uncached_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "output_tokens",
    ),
    *("provider_cost_nanos", "ni_charge_nanos", *GROUP),
)

_MONTH = sa.func.substr(totals.c.day, 1, len("2026-11")).label("month")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: ids and labels are exact, `since_ms` inclusive, `until_ms` exclusive.

    `failed` lets through those outcomes alone with which a caller did not get an answer.
    """

    key_id: str = ""
    route: str = ""
    outcome: str = ""
    jurisdiction: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    end_user: str = ""
    tag: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """A span of an account's days as ISO dates, both inclusive; empty where open."""

    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as mappings of the table's columns, newest first, and the cursor of the next page (None: no more)."""

    rows: list[Mapping[str, Any]]
    next_cursor: str | None


class Reports:
    """Reads usage, totals and spending."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, account_id: str, wanted: Filter, limit: int = 50, cursor: str = "") -> Page:
        """At most `limit` (1 to 1000) rows. Raises `ValueError` for a malformed cursor."""
        limit = max(1, min(limit, MAX_LIMIT))
        before = _from_cursor(cursor) if cursor else None
        span = UsageSpan(account_id, limit + 1, wanted.since_ms, wanted.until_ms, before)
        with self._database.read() as connection:
            query = self._newest(connection, span, wanted)
            found = [] if query is None else connection.execute(query).mappings().all()
        rows = [dict(row) for row in paced(found, ROWS_AT_ONCE)]
        more = len(rows) > limit
        page = rows[:limit]
        return Page(list(page), _to_cursor(page[-1]) if more else None)

    def _newest(self, connection: sa.Connection, span: UsageSpan, wanted: Filter) -> sa.Select[Any] | None:
        """The query for the rows; None where the totals say that there are none."""
        labels = _labelled(wanted)
        if labels:  # few rows have labels, and each label has an index
            return by_time(span, [*labels, *_exact(usage, wanted)])
        fitting = _exact(totals, wanted)
        if not fitting:
            return by_time(span)
        groups = connection.execute(groups_of(span.account_id, fitting)).all()
        if len(groups) > MOST_GROUPS:
            return by_time(span, _exact(usage, wanted))
        return by_group(span, [tuple(group) for group in groups]) if groups else None

    def row(self, account_id: str, request_id: str) -> Mapping[str, Any] | None:
        """One row of the account, or None."""
        query = sa.select(usage).where(usage.c.account_id == account_id, usage.c.request_id == request_id)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return dict(row) if row else None

    def totals(
        self, account_id: str, wanted: Filter, days: Days, by: Iterable[str] = ()
    ) -> list[Mapping[str, Any]]:
        """Sums per group of the columns named in `by`, over whole days; the instants of the filter do not count.

        `by` names columns of the totals, or `month`: the first seven characters of the day. `failed` is how many of the
        requests have an outcome of `FAILED`.
        """
        groups = [_MONTH if name == "month" else totals.c[name] for name in by]
        sums = [
            sa.func.coalesce(sa.cast(sa.func.sum(column), sa.BigInteger), 0).label(column.name)
            for column in totals.c
            if not column.primary_key
        ]
        failed = sa.func.coalesce(
            sa.cast(sa.func.sum(totals.c.requests).filter(_failed(totals)), sa.BigInteger), 0
        )
        query = sa.select(*groups, *sums, failed.label("failed")).where(
            totals.c.account_id == account_id, *_exact(totals, wanted)
        )
        if days.since:
            query = query.where(totals.c.day >= days.since)
        if days.until:
            query = query.where(totals.c.day <= days.until)
        if groups:
            query = query.group_by(*groups).order_by(*groups)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def hours(self, account_id: str, wanted: Filter, by: Sequence[str] = ()) -> list[Mapping[str, Any]]:
        """Sums per hour since the filter's `since_ms` and per group of the columns named in `by`, from the rows.

        `hour` counts from 0. Rows carry no number of protected values, so that sum is missing here.
        """
        hour = sa.cast((usage.c.at - (wanted.since_ms or 0)) // HOUR_MS, sa.Integer).label("hour")
        groups = [hour, *(usage.c[name] for name in by)]
        prompt = usage.c.uncached_tokens + usage.c.cached_tokens + usage.c.cache_write_tokens
        summed = {
            "prompt_tokens": prompt,
            **{name: usage.c[name] for name in ("output_tokens", "provider_cost_nanos", "ni_charge_nanos")},
        }
        sums = [sa.cast(sa.func.sum(column), sa.BigInteger).label(name) for name, column in summed.items()]
        span = UsageSpan(account_id, 0, wanted.since_ms, wanted.until_ms)
        query = sa.select(
            *groups,
            sa.func.count().label("requests"),
            *sums,
            sa.func.count().filter(_failed(usage)).label("failed"),
        )
        query = query.where(*span.conditions(), *_exact(usage, wanted)).group_by(*groups).order_by(*groups)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row_sums(
        self, account_id: str, wanted: Filter, unit: str, by: Sequence[str] = ()
    ) -> list[Mapping[str, Any]]:
        """What `totals` gives, from the newest `LOOKED_AT` rows of the filter's span and labels: labels have no totals.

        `unit` is `hour` (since the filter's `since_ms`, from 0), `day` or `month`; `by` names columns of `usage`. Rows
        carry no number of protected values, so that sum is missing here. The cost does not grow with the rows.
        """
        rows = self._looked_at(account_id, wanted, by)
        units = {
            "hour": sa.cast((rows.c.at - (wanted.since_ms or 0)) // HOUR_MS, sa.Integer),
            "day": rows.c.day,
            "month": sa.func.substr(rows.c.day, 1, len("2026-11")),
        }
        groups = [units[unit].label(unit), *(rows.c[name] for name in by)]
        prompt = rows.c.uncached_tokens + rows.c.cached_tokens + rows.c.cache_write_tokens
        summed = {
            "prompt_tokens": prompt,
            **{name: rows.c[name] for name in ("output_tokens", "provider_cost_nanos", "ni_charge_nanos")},
        }
        sums = [sa.cast(sa.func.sum(column), sa.BigInteger).label(name) for name, column in summed.items()]
        counts = sa.func.count().label("requests"), sa.func.count().filter(_failed(rows)).label("failed")
        query = sa.select(*groups, *counts, *sums).where(*_exact(rows, wanted))
        with self._database.read() as connection:
            return [
                dict(row) for row in connection.execute(query.group_by(*groups).order_by(*groups)).mappings()
            ]

    def _looked_at(self, account_id: str, wanted: Filter, by: Sequence[str]) -> sa.Subquery:
        """The newest rows of the span and the labels of a filter: what sums and further filters need of them."""
        span = UsageSpan(account_id, 0, wanted.since_ms, wanted.until_ms)
        columns = [usage.c[name] for name in dict.fromkeys((*_READ, *by))]
        query = sa.select(*columns).where(*span.conditions(), *_labelled(wanted))
        return query.order_by(*_NEWEST).limit(LOOKED_AT).subquery()

    def looked_back_to(self, account_id: str, wanted: Filter) -> int | None:
        """The instant (ms) down to which `row_sums` reads; None if it reads everything."""
        span = UsageSpan(account_id, 0, wanted.since_ms, wanted.until_ms)
        query = sa.select(usage.c.at).where(*span.conditions(), *_labelled(wanted))
        query = query.order_by(*_NEWEST).offset(LOOKED_AT).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def latencies(
        self, account_id: str, wanted: Filter, spans: Sequence[tuple[int, int]], part: str
    ) -> Sequence[Sequence[tuple[str, int]]]:
        """For each span (ms, the end exclusive) latencies of answered requests, with their value of the column `part`.

        Looks at the newest `MEASURED` rows in all, as many in each span: one short query for each of them.
        """
        within = UsageSpan(account_id, 0).conditions()
        within += [
            usage.c.at >= sa.bindparam("since"),
            usage.c.at < sa.bindparam("until"),
            *_labelled(wanted),
        ]
        names = dict.fromkeys((part, "latency_ms", *GROUP))
        rows = sa.select(*(usage.c[name] for name in names)).where(*within).order_by(*_NEWEST)
        newest = rows.limit(measured_of_each(len(spans))).subquery()
        answered = [] if wanted.outcome or wanted.failed else [newest.c.outcome == Outcome.COMPLETED.value]
        query = sa.select(newest.c[part], newest.c.latency_ms).where(*answered, *_exact(newest, wanted))
        with self._database.read() as connection:
            return [
                [tuple(row) for row in connection.execute(query, {"since": since, "until": until})]
                for since, until in spans
            ]

    def failures(self, account_id: str, since_ms: int, until_ms: int) -> Sequence[tuple[str, str, int]]:
        """Outcome, code of the error and number of the requests that failed in a span, the most frequent first."""
        span, failed = UsageSpan(account_id, 0, since_ms, until_ms), Filter(failed=True)
        count = sa.func.count()
        query = sa.select(usage.c.outcome, usage.c.error, count)
        query = query.where(*span.conditions(), *_exact(usage, failed)).group_by(
            usage.c.outcome, usage.c.error
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(count.desc(), usage.c.error)).all()
        return [(outcome, error, number) for outcome, error, number in rows]

    def first_day(self, account_id: str) -> str:
        """The ISO date of the first day with usage; empty where there is none."""
        query = sa.select(sa.func.min(totals.c.day)).where(totals.c.account_id == account_id)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or ""

    def spending(self, key_ids: Sequence[str], day: str) -> Mapping[str, Spending]:
        """Spending of these keys on a day, by key id; keys that spent nothing are absent."""
        with self._database.read() as connection:
            rows = connection.execute(spendings_of(), {"key_ids": list(key_ids), "day": day}).all()
        return {key_id: Spending(*amounts) for key_id, *amounts in rows}


def measured_of_each(spans: int) -> int:
    """How many rows `latencies` looks at in each of so many spans."""
    return MEASURED // max(1, spans)


def _failed(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return table.c.outcome.in_(sorted(FAILED))


def _exact(table: sa.FromClause, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    exact = {
        "key_id": wanted.key_id,
        "route": wanted.route,
        "outcome": wanted.outcome,
        "jurisdiction": wanted.jurisdiction,
    }
    conditions = [table.c[name] == value for name, value in exact.items() if value]
    return [*conditions, _failed(table)] if wanted.failed else conditions


def _labelled(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    """The conditions on labels; that they are not empty lets the partial indexes be used."""
    named = {name: value for name, value in (("end_user", wanted.end_user), ("tag", wanted.tag)) if value}
    return [
        condition
        for name, value in named.items()
        for condition in (usage.c[name] == value, usage.c[name] != "")
    ]


def _to_cursor(row: Mapping[str, Any]) -> str:
    return base64url(f"{row['at']}.{row['request_id']}".encode())


def _from_cursor(cursor: str) -> tuple[int, str]:
    at, _, request_id = from_base64url(cursor).decode().partition(".")
    return int(at), request_id


BATCH = 500


class Retention:
    """Deletes usage rows that are older than `days`; `pause` lets others write between two batches."""

    def __init__(self, database: Database, journal: Journal, clock: Clock, days: int) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._days = days

    def sweep(self, pause: Callable[[], object] = lambda: None) -> int:
        """Delete all that is due; how many rows. Raises `StoreUnavailable`."""
        before = to_ms(self._clock.now() - timedelta(days=self._days))
        with self._database.read() as connection:
            owners = list(connection.scalars(sa.select(accounts.c.id)))
        return sum(self._of(owner, before, pause) for owner in owners)

    def _of(self, account_id: str, before: int, pause: Callable[[], object]) -> int:
        gone = 0
        while batch := self._batch(account_id, before):
            gone += batch
            pause()
        return gone

    def _batch(self, account_id: str, before: int) -> int:
        """Delete the oldest rows that are due, `BATCH` at most. Found by the index on account and instant."""
        values = {"owner": account_id, "before": before, "most": BATCH}
        (touched,) = self._journal.write(Unit((Change(_oldest(), values),)))
        return int(touched)


def _oldest() -> sa.Delete:
    chosen = (
        sa.select(usage.c.request_id)
        .where(usage.c.account_id == sa.bindparam("owner"), usage.c.at < sa.bindparam("before"))
        .order_by(usage.c.at)
        .limit(sa.bindparam("most"))
    )
    return usage.delete().where(usage.c.request_id.in_(chosen))
