"""Reading what the journal wrote: usage rows and their totals, for one account. Always paged, two queries at most."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.domain.ids import base64url, from_base64url
from ni.metering.budget import Spending, spendings_of
from ni.metering.newest import MOST_GROUPS, Span, by_group, by_time, groups_of
from ni.store.database import Database
from ni.store.tables.metering import totals, usage

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
    """Rows as mappings of the table's columns, newest first, and where to go on."""

    rows: list[Mapping[str, Any]]
    next_cursor: str | None


class Reports:
    """Usage of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, account_id: str, wanted: Filter, limit: int = 50, cursor: str = "") -> Page:
        """At most `limit` (1 to 1000) rows. Raises `ValueError` for a cursor that we did not make."""
        limit = max(1, min(limit, MAX_LIMIT))
        before = _from_cursor(cursor) if cursor else None
        span = Span(account_id, limit + 1, wanted.since_ms, wanted.until_ms, before)
        with self._database.read() as connection:
            query = self._newest(connection, span, wanted)
            found = [] if query is None else [dict(row) for row in connection.execute(query).mappings()]
        more = len(found) > limit
        rows = found[:limit]
        return Page(list(rows), _to_cursor(rows[-1]) if more else None)

    def _newest(self, connection: sa.Connection, span: Span, wanted: Filter) -> sa.Select[Any] | None:
        """The query for the rows; None where the totals say that there are none."""
        labels = _labelled(wanted)
        if labels:  # few rows have them, and an index of their own
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
            found = connection.execute(query).mappings().first()
        return dict(found) if found else None

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
        """What the guard of the daily cap sees for these keys and this day; keys that spent nothing are not there."""
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
