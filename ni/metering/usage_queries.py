"""Queries over usage rows and their totals, for one account: paged, two queries at most.

The cost of finding the newest rows does not grow with the rows that a filter excludes. Without a filter the index by
time gives them. With one, the totals (which are small) say which combinations of key, route, jurisdiction and outcome
match; one index then gives the newest rows of each combination, and the newest of those are the answer. Where more than
`MOST_GROUPS` combinations match, the filter excludes few rows and the index by time is walked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import paced
from ni.domain.ids import base64url, from_base64url
from ni.domain.reply import Outcome
from ni.metering.budget import Spending, spendings_of
from ni.store.database import Database
from ni.store.tables.metering import totals, usage

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


def by_group(
    span: UsageSpan, groups: Sequence[Sequence[str]], further: Sequence[Condition] = ()
) -> sa.Select[Any]:
    """Query for the newest rows of 1 to `MOST_GROUPS` combinations that meet `further` conditions on `usage`."""
    arms = [_arm(span, group, further) for group in groups]
    merged = (arms[0] if len(arms) == 1 else sa.union_all(*arms)).subquery()
    newest = sa.select(merged.c.request_id).order_by(merged.c.at.desc(), merged.c.request_id.desc())
    wanted = newest.limit(span.limit).subquery()
    return sa.select(usage).where(usage.c.request_id.in_(sa.select(wanted.c.request_id))).order_by(*_NEWEST)


def _arm(span: UsageSpan, group: Sequence[str], further: Sequence[Condition]) -> sa.Select[Any]:
    """Query for the newest rows of one combination; UNION takes an arm with ORDER BY and LIMIT only as a subquery."""
    exact = [usage.c[name] == value for name, value in zip(GROUP, group, strict=True)]
    newest = sa.select(usage.c.at, usage.c.request_id).where(*span.conditions(), *exact, *further)
    inner = newest.order_by(*_NEWEST).limit(span.limit).subquery()
    return sa.select(inner.c.at, inner.c.request_id)


MAX_LIMIT = 1000
ROWS_AT_ONCE = 64
"""How many rows are looked through until others may run."""
HOUR_MS = 3_600_000
FAILED = frozenset({Outcome.DENIED, Outcome.UPSTREAM_CUT, Outcome.UPSTREAM_ERROR, Outcome.CRASHED})
"""Outcomes of requests whose callers did not get the answer that they asked for."""
UNSENT = frozenset({Outcome.DENIED, Outcome.LOCAL})
"""Outcomes of requests of which nothing went to a provider."""

LOOKED_AT = 3_000
"""How many rows sums are read from that the totals do not hold."""

MEASURED = 2_400
"""How many rows latencies are read from."""

MOST_SAMPLED = 120
"""How many combinations of key, route, jurisdiction and outcome they are sampled from."""

LATEST_MS = 1 << 45
"""An instant that no clock shows: the year 3084."""

_MONTH = sa.func.substr(totals.c.day, 1, len("2026-11")).label("month")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: ids and labels are exact, `since_ms` inclusive, `until_ms` exclusive.

    `failed` lets through those outcomes alone with which a caller did not get an answer, `cause` those rows that
    `cause_of` gives it of, `protected` those with values that were replaced in what was sent, `key_ids` those of
    some keys. A row has the `tag` if its header named it, or if its key is one of `tag_keys`; `other_keys` are keys
    whose rows are left out.
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
    cause: str = ""
    protected: bool = False
    key_ids: tuple[str, ...] | None = None
    tag_keys: tuple[str, ...] = ()
    other_keys: tuple[str, ...] = ()

    def apart(self) -> tuple["Filter", ...]:
        """Filters that share no row and let the same rows through together; each is a question for one index.

        A tag is asked of the keys that have it, and of the headers of requests with all other keys.
        """
        if not (self.tag and self.tag_keys):
            return (self,)
        within = self.tag_keys if self.key_ids is None else {*self.tag_keys} & {*self.key_ids}
        named = replace(self, tag_keys=(), other_keys=self.tag_keys)
        return named, replace(self, tag="", tag_keys=(), key_ids=tuple(sorted(within)))

    @property
    def of_rows(self) -> bool:
        """Whether it asks for what the totals do not hold: a label, a cause, protected values."""
        return bool(self.tag or self.end_user or self.cause or self.protected)


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
            queries = [self._newest(connection, span, part) for part in wanted.apart()]
            found = [connection.execute(query).mappings().all() for query in queries if query is not None]
        rows = [dict(row) for part in found for row in paced(part, ROWS_AT_ONCE)]
        if len(found) > 1:
            rows.sort(key=lambda row: (row["at"], row["request_id"]), reverse=True)
        more = len(rows) > limit
        page = rows[:limit]
        return Page(list(page), _to_cursor(page[-1]) if more else None)

    def _newest(self, connection: sa.Connection, span: UsageSpan, wanted: Filter) -> sa.Select[Any] | None:
        """The query for the rows; None where the totals say that there are none."""
        labels, told = _labelled(wanted), _told(usage, wanted)
        if labels:  # few rows have labels, and each label has an index
            return by_time(span, [*labels, *_exact(usage, wanted), *told])
        fitting = _possible(wanted)
        if not fitting:
            return by_time(span)
        groups = connection.execute(groups_of(span.account_id, fitting)).all()
        if len(groups) > MOST_GROUPS:
            return by_time(span, [*_exact(usage, wanted), *told])
        return by_group(span, [tuple(group) for group in groups], told) if groups else None

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
            totals.c.account_id == account_id, *_exact(totals, wanted), *_within(days)
        )
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
        with self._database.read() as connection:
            newest = self._newest_of(connection, account_id, wanted, LOOKED_AT)
            if newest is None:
                return []
            query = _row_sums(newest.subquery(), wanted, unit, by)
            return [dict(row) for row in connection.execute(query).mappings()]

    def _newest_of(
        self, connection: sa.Connection, account_id: str, wanted: Filter, most: int
    ) -> sa.Select[Any] | None:
        """Query for the newest `most` rows of the span among which a filter looks: by its label, else by combination.

        Of a filter for a cause or for protected values they are rows of those combinations that may have it; None where
        there is no such combination.
        """
        span, labels = UsageSpan(account_id, most, wanted.since_ms, wanted.until_ms), _labelled(wanted)
        if labels or not _told(usage, wanted):
            return by_time(span, labels)
        groups = connection.execute(groups_of(account_id, _possible(wanted))).all()
        if len(groups) > MOST_GROUPS:
            return by_time(span, _exact(usage, wanted))
        return by_group(span, [tuple(group) for group in groups]) if groups else None

    def looked_back_to(self, account_id: str, wanted: Filter) -> int | None:
        """The instant (ms) down to which `row_sums` reads; None if it reads everything."""
        with self._database.read() as connection:
            newest = self._newest_of(connection, account_id, wanted, LOOKED_AT + 1)
            if newest is None:
                return None
            rows = newest.subquery()
            query = sa.select(rows.c.at).order_by(rows.c.at.desc(), rows.c.request_id.desc())
            return connection.execute(query.offset(LOOKED_AT).limit(1)).scalar()

    def latencies(
        self, account_id: str, wanted: Filter, spans: Sequence[tuple[int, int]]
    ) -> Sequence[Sequence[int]]:
        """For each span (ms, the end exclusive) latencies of answered requests.

        Looks at the newest `MEASURED` rows in all, as many in each span: one short query for each of them.
        """
        latencies: list[list[int]] = [[] for _ in spans]
        with self._database.read() as connection:
            for part in wanted.apart():
                query = _measured(account_id, part, ("latency_ms",), measured_of_each(len(spans)))
                for at, (since, until) in enumerate(spans):
                    latencies[at] += connection.scalars(query, {"since": since, "until": until})
        return latencies

    def samples(
        self, account_id: str, wanted: Filter, days: Days, columns: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        """Columns of answered requests of a span, as many of each combination of `GROUP`, the newest.

        So it does not depend on how busy the others are whether a route is among them. Looks at `MEASURED` rows at
        most: of `MOST_SAMPLED` combinations, in turn one of each route.
        """
        found: list[Mapping[str, Any]] = []
        with self._database.read() as connection:
            for part in wanted.apart():
                groups = connection.execute(_busiest(account_id, part, days)).all()
                values = [
                    {
                        "since": part.since_ms or 0,
                        "until": LATEST_MS if part.until_ms is None else part.until_ms,
                        **dict(zip(GROUP, group, strict=False)),
                    }
                    for group in groups
                ]
                query = _measured(account_id, part, columns, measured_of_each(len(groups)), GROUP)
                for each in values:
                    found += [dict(row) for row in connection.execute(query, each).mappings()]
        return found

    def failures(self, account_id: str, since_ms: int, until_ms: int) -> Sequence[tuple[str, int]]:
        """Causes (`cause_of`) and numbers of the requests that failed in a span, the most frequent first."""
        span, failed = UsageSpan(account_id, 0, since_ms, until_ms), Filter(failed=True)
        cause, count = cause_of(usage).label("cause"), sa.func.count()
        query = sa.select(cause, count).where(*span.conditions(), *_exact(usage, failed))
        with self._database.read() as connection:
            rows = connection.execute(
                query.group_by(sa.text("cause")).order_by(count.desc(), sa.text("cause"))
            ).all()
        return [(name, number) for name, number in rows]

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


def _row_sums(rows: sa.Subquery, wanted: Filter, unit: str, by: Sequence[str]) -> sa.Select[Any]:
    """Query for the sums of those of some rows that a filter lets through."""
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
    query = sa.select(*groups, *counts, *sums).where(*_exact(rows, wanted), *_told(rows, wanted))
    return query.group_by(*groups).order_by(*groups)


def measured_of_each(spans: int) -> int:
    """How many rows `latencies` looks at in each of so many spans."""
    return MEASURED // max(1, spans)


def _measured(
    account_id: str, wanted: Filter, columns: Sequence[str], most: int, group: Sequence[str] = ()
) -> sa.Select[Any]:
    """Query for columns of the answered ones of the newest rows from `since` to `until`, of one `group`."""
    within = UsageSpan(account_id, 0).conditions()
    within += [usage.c.at >= sa.bindparam("since"), usage.c.at < sa.bindparam("until"), *_labelled(wanted)]
    within += [usage.c[name] == sa.bindparam(name) for name in group]
    names = dict.fromkeys((*columns, *GROUP, "error", "pii"))
    newest = sa.select(*(usage.c[name] for name in names)).where(*within).order_by(*_NEWEST).limit(most)
    rows = newest.subquery()
    answered = [] if _chosen(wanted) else [rows.c.outcome == Outcome.COMPLETED.value]
    return sa.select(*(rows.c[name] for name in columns)).where(
        *answered, *_exact(rows, wanted), *_told(rows, wanted)
    )


def _chosen(wanted: Filter) -> bool:
    """Whether a filter says which outcomes are looked at; else latency is that of answered requests."""
    return bool(wanted.outcome or wanted.failed or wanted.cause)


def _busiest(account_id: str, wanted: Filter, days: Days) -> sa.Select[Any]:
    """Query for the combinations of some days that match: the busiest one of each route, then the second of each."""
    columns, count = [totals.c[name] for name in GROUP], sa.func.sum(totals.c.requests)
    conditions = [totals.c.account_id == account_id, *_possible(wanted), *_within(days)]
    if not _chosen(wanted):
        conditions.append(totals.c.outcome == Outcome.COMPLETED.value)
    place = sa.func.row_number().over(partition_by=totals.c.route, order_by=count.desc())
    query = sa.select(*columns).where(*conditions).group_by(*columns)
    return query.order_by(place, count.desc(), *columns).limit(MOST_SAMPLED)


def _within(days: Days) -> list[Condition]:
    since = [totals.c.day >= days.since] if days.since else []
    return [*since, totals.c.day <= days.until] if days.until else since


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
    if wanted.key_ids is not None:
        conditions.append(table.c.key_id.in_(wanted.key_ids))
    if wanted.other_keys:
        conditions.append(table.c.key_id.not_in(wanted.other_keys))
    return [*conditions, _failed(table)] if wanted.failed else conditions


def cause_of(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Why a row's request went wrong: the code of its error, or how it ended where it has none.

    A provider that failed within its answer has the code of one that failed before it; how it ended tells them apart.
    """
    cut, failed = Outcome.UPSTREAM_CUT.value, Outcome.UPSTREAM_ERROR.value
    broke_off = sa.and_(table.c.outcome == cut, table.c.error == failed)
    return sa.case((broke_off, cut), (table.c.error != "", table.c.error), else_=table.c.outcome)


def _told(table: sa.FromClause, wanted: Filter) -> list[Condition]:
    """The conditions on what rows alone tell: why they went wrong, and which values were protected."""
    conditions = [cause_of(table) == wanted.cause] if wanted.cause else []
    if wanted.protected:
        conditions += [table.c.pii.contains("="), table.c.outcome.not_in(UNSENT)]
    return conditions


def _possible(wanted: Filter) -> list[Condition]:
    """The conditions on totals of the combinations in which rows may be that a filter lets through."""
    conditions = _exact(totals, wanted)
    if wanted.cause:
        conditions.append(totals.c.outcome.not_in([Outcome.COMPLETED.value, Outcome.LOCAL.value]))
    if wanted.protected:
        conditions.append(totals.c.values_protected > 0)
    return conditions


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
