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

from ni.domain.clock import Clock, to_ms
from ni.domain.ids import base64url, from_base64url
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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: ids and labels are exact, `since_ms` inclusive, `until_ms` exclusive."""

    key_id: str = ""
    route: str = ""
    outcome: str = ""
    jurisdiction: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    end_user: str = ""
    tag: str = ""


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
            rows = [] if query is None else [dict(row) for row in connection.execute(query).mappings()]
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
        """Sums per group of the columns named in `by`, over whole days; the instants of the filter do not count."""
        groups = [totals.c[name] for name in by]
        sums = [
            sa.func.coalesce(sa.cast(sa.func.sum(column), sa.BigInteger), 0).label(column.name)
            for column in totals.c
            if not column.primary_key
        ]
        query = sa.select(*groups, *sums).where(totals.c.account_id == account_id, *_exact(totals, wanted))
        if days.since:
            query = query.where(totals.c.day >= days.since)
        if days.until:
            query = query.where(totals.c.day <= days.until)
        if groups:
            query = query.group_by(*groups).order_by(*groups)
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def spending(self, key_ids: Sequence[str], day: str) -> Mapping[str, Spending]:
        """Spending of these keys on a day, by key id; keys that spent nothing are absent."""
        with self._database.read() as connection:
            rows = connection.execute(spendings_of(), {"key_ids": list(key_ids), "day": day}).all()
        return {key_id: Spending(*amounts) for key_id, *amounts in rows}


def _exact(table: sa.Table, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    exact = {
        "key_id": wanted.key_id,
        "route": wanted.route,
        "outcome": wanted.outcome,
        "jurisdiction": wanted.jurisdiction,
    }
    return [table.c[name] == value for name, value in exact.items() if value]


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
