"""Usage as pages show it: rows, sums and shares of an account, read from `ni.metering.reports`.

Amounts are nanos of the instance's currency, instants are aware, and days are those of the account's time zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from ni.domain.clock import from_ms, to_ms
from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.metering.days import day_ends_at, day_of, day_starts_at
from ni.metering.usage_queries import Days, Filter
from ni.web.exports import usage_object
from ni.web.portal.context import portal, services

Row = Mapping[str, Any]
EXPORT_ROWS = 1000
MOST_BARS = 100
"""Days in a chart; a longer time is shown by month."""

_SUMS = (
    "requests",
    "prompt_tokens",
    "output_tokens",
    "values_protected",
    "provider_cost_nanos",
    "ni_charge_nanos",
)


class Dimension(StrEnum):
    """What a chart of usage counts by."""

    DAY = "day"
    ROUTE = "route"
    KEY = "key"
    JURISDICTION = "jurisdiction"

    @property
    def column(self) -> str:
        """The column of the totals."""
        return "key_id" if self is Dimension.KEY else self.value


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """What the Usage page was asked for; empty text and None mean no restriction. Days are the account's, inclusive."""

    key_id: str = ""
    route: str = ""
    jurisdiction: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class UsageView:
    """One request; `route` and what follows from it are empty where none was resolved.

    `status` and `error` are what the client was answered: an HTTP status, and a code of `docs/errors.md` or nothing.
    """

    request_id: str
    created_at: datetime
    key_id: str
    key_name: str
    model: str
    route: str
    route_tier: Tier | None
    jurisdiction: str
    outcome: Outcome
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms: int = 0
    first_chunk_ms: int | None = None
    pii: Mapping[str, int] = field(default_factory=dict)
    provider_cost_nanos: int = 0
    ni_charge_nanos: int = 0
    status: int = 200
    error: str = ""

    @property
    def protected(self) -> int:
        """How many values were replaced before the prompt left."""
        return sum(self.pii.values())


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Some rows, newest first, and where the next page begins."""

    rows: Sequence[UsageView]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Sums over all rows that a filter lets through."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    protected: int = 0
    provider_cost_nanos: int = 0
    ni_charge_nanos: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One bar of a chart: a day (ISO date), route, key name or jurisdiction, and what it came to."""

    label: str
    requests: int
    charge_nanos: int


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """Sums over all rows that a filter lets through, in all and by one dimension."""

    totals: UsageTotals
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Today:
    """The account's day so far, in its own time zone, and when it ends."""

    totals: UsageTotals
    jurisdictions: Mapping[str, int]
    ends_at: datetime


def key_names(account_id: str) -> Mapping[str, str]:
    """The names of an account's keys by their ids."""
    return {key.id: key.spec.name for key in services().access.keys_of(account_id).list()}


def usage_page(account_id: str, wanted: UsageFilter, limit: int, cursor: str = "") -> UsagePage:
    """One page of rows; a cursor that does not parse gives the first page."""
    reports, conditions = services().reports, _filter(account_id, wanted)
    try:
        page = reports.rows(account_id, conditions, limit, cursor)
    except ValueError:
        page = reports.rows(account_id, conditions, limit)
    names = key_names(account_id)
    return UsagePage([_view(row, names) for row in page.rows], page.next_cursor or "")


def usage_summary(account_id: str, wanted: UsageFilter, by: Dimension) -> UsageSummary:
    """Days are ascending and without gaps (months, where they are many); of others the largest comes first."""
    days = Days(*(day.isoformat() if day else "" for day in (wanted.since, wanted.until)))
    rows = services().reports.totals(account_id, _filter(account_id, wanted), days, (by.column,))
    totals = UsageTotals(*(sum(row[name] for row in rows) for name in _SUMS))
    return UsageSummary(totals, _shares(account_id, rows, by))


def usage_today(account_id: str) -> Today:
    """The account's day so far; a request that was refused ran nowhere."""
    now, zone = services().clock.now(), _zone(account_id)
    day = date.fromisoformat(day_of(now, zone))
    today = UsageFilter(since=day, until=day)
    summary = usage_summary(account_id, today, Dimension.JURISDICTION)
    refused = usage_summary(account_id, replace(today, outcome=Outcome.DENIED), Dimension.JURISDICTION)
    stayed = {share.label: share.requests for share in refused.shares}
    ran = {
        share.label: share.requests - stayed.get(share.label, 0) for share in summary.shares if share.label
    }
    jurisdictions = {label: requests for label, requests in ran.items() if requests}
    return Today(summary.totals, jurisdictions, day_ends_at(now, zone))


def usage_objects(account_id: str, wanted: UsageFilter) -> Iterator[Mapping[str, object]]:
    """All rows that the filter lets through in the shape of the API, read a page at a time."""
    reports, currency = services().reports, portal().options.currency
    conditions, cursor = _filter(account_id, wanted), ""
    while True:
        page = reports.rows(account_id, conditions, EXPORT_ROWS, cursor)
        yield from (usage_object(row, currency) for row in page.rows)
        cursor = page.next_cursor or ""
        if not cursor:
            return


def _zone(account_id: str) -> str:
    account = services().access.accounts.get(account_id)
    return account.time_zone if account else "UTC"


def _filter(account_id: str, wanted: UsageFilter) -> Filter:
    zone = _zone(account_id) if wanted.since or wanted.until else ""
    since = to_ms(day_starts_at(wanted.since, zone)) if wanted.since else None
    until = to_ms(day_starts_at(wanted.until + timedelta(days=1), zone)) if wanted.until else None
    return Filter(wanted.key_id, wanted.route, wanted.outcome, wanted.jurisdiction, since, until)


def _view(row: Row, names: Mapping[str, str]) -> UsageView:
    same = {name: row[name] for name in UsageView.__slots__ if name in row and name != "pii"}
    changed = {
        "created_at": from_ms(row["at"]),
        "key_name": names.get(row["key_id"], ""),
        "route_tier": Tier(row["tier"]) if row["tier"] else None,
        "outcome": Outcome(row["outcome"]),
        "prompt_tokens": row["uncached_tokens"] + row["cached_tokens"] + row["cache_write_tokens"],
        "completion_tokens": row["output_tokens"],
        "pii": _counts(row["pii"]),
    }
    return UsageView(**(same | changed))


def _counts(summary: str) -> dict[str, int]:
    """`on; email=1, person=2` as a mapping."""
    _, _, listed = summary.partition("; ")
    pairs = (pair.partition("=") for pair in listed.split(", ") if pair)
    return {kind: int(count) for kind, _, count in pairs}


def _shares(account_id: str, rows: Sequence[Row], by: Dimension) -> Sequence[Share]:
    names = key_names(account_id) if by is Dimension.KEY else {}
    shares = [
        Share(names.get(row[by.column], row[by.column]), row["requests"], row["ni_charge_nanos"])
        for row in rows
    ]
    if by is Dimension.DAY:
        days = _without_gaps(shares)
        return days if len(days) <= MOST_BARS else _by_month(days)
    return sorted(shares, key=lambda share: (-share.charge_nanos, -share.requests, share.label))


def _by_month(days: Sequence[Share]) -> list[Share]:
    months: dict[str, Share] = {}
    for day in days:
        before = months.get(day.label[:7], Share(day.label[:7], 0, 0))
        months[before.label] = Share(
            before.label, before.requests + day.requests, before.charge_nanos + day.charge_nanos
        )
    return list(months.values())


def _without_gaps(shares: Sequence[Share]) -> list[Share]:
    """The days from the first share to the last, those without requests too."""
    if not shares:
        return []
    known = {share.label: share for share in shares}
    first, last = (datetime.combine(date.fromisoformat(shares[at].label), time(), UTC) for at in (0, -1))
    days = [(first + timedelta(days=at)).date().isoformat() for at in range((last - first).days + 1)]
    return [known.get(day, Share(day, 0, 0)) for day in days]
