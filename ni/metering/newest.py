"""The newest usage rows that a filter lets through, found at a cost that does not grow with the rows it keeps out.

Without a filter the index by time gives them. With one, the totals (which are small) say which combinations of key,
route, jurisdiction and outcome fit; one index then holds the newest rows of each combination, and the newest of those
are the answer. Where many combinations fit, the filter lets most rows through and the index by time is walked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.store.tables.metering import totals, usage

GROUP = ("key_id", "route", "jurisdiction", "outcome")
MOST_GROUPS = 64
_NEWEST = (usage.c.at.desc(), usage.c.request_id.desc())

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Span:
    """Of which account and time (milliseconds, `until` exclusive), at most how many, and before which row."""

    account_id: str
    limit: int
    since_ms: int | None = None
    until_ms: int | None = None
    before: tuple[int, str] | None = None

    def conditions(self) -> list[Condition]:
        """The span as conditions on the table."""
        found = [usage.c.account_id == self.account_id]
        if self.since_ms is not None:
            found.append(usage.c.at >= self.since_ms)
        if self.until_ms is not None:
            found.append(usage.c.at < self.until_ms)
        if self.before is not None:
            found.append(sa.tuple_(usage.c.at, usage.c.request_id) < sa.tuple_(*self.before))
        return found


def groups_of(account_id: str, exact: Sequence[Condition]) -> sa.Select[Any]:
    """The combinations that ever occurred and fit, one more than are of use."""
    columns = [totals.c[name] for name in GROUP]
    fitting = sa.select(*columns).distinct().where(totals.c.account_id == account_id, *exact)
    return fitting.limit(MOST_GROUPS + 1)


def by_time(span: Span, exact: Sequence[Condition] = ()) -> sa.Select[Any]:
    """The newest rows, by walking the index by time."""
    return sa.select(usage).where(*span.conditions(), *exact).order_by(*_NEWEST).limit(span.limit)


def by_group(span: Span, groups: Sequence[Sequence[str]]) -> sa.Select[Any]:
    """The newest rows of all these combinations; there is at least one and there are at most `MOST_GROUPS`."""
    arms = [_arm(span, group) for group in groups]
    merged = (arms[0] if len(arms) == 1 else sa.union_all(*arms)).subquery()
    newest = sa.select(merged.c.request_id).order_by(merged.c.at.desc(), merged.c.request_id.desc())
    wanted = newest.limit(span.limit).subquery()
    return sa.select(usage).where(usage.c.request_id.in_(sa.select(wanted.c.request_id))).order_by(*_NEWEST)


def _arm(span: Span, group: Sequence[str]) -> sa.Select[Any]:
    """The newest of one combination. A select around it: only so may each arm have an order and a limit."""
    exact = [usage.c[name] == value for name, value in zip(GROUP, group, strict=True)]
    found = sa.select(usage.c.at, usage.c.request_id).where(*span.conditions(), *exact)
    inner = found.order_by(*_NEWEST).limit(span.limit).subquery()
    return sa.select(inner.c.at, inner.c.request_id)
