"""Usage as pages show it: rows, sums and shares of an account, read from `ni.metering.reports`.

Amounts are nanos of the instance's currency, instants are aware, and days are those of the account's time zone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from ni.domain.clock import from_ms, to_ms
from ni.domain.reply import Outcome
from ni.domain.route import Tier
from ni.domain.timeline import Phase
from ni.gateway.used_up import UsedUp, from_stored
from ni.metering.days import day_ends_at, day_of, day_starts_at
from ni.metering.days import zone as time_zone
from ni.metering.usage_queries import FAILED, HOUR_MS, UNSENT, Days, Filter
from ni.web.exports import usage_object
from ni.web.portal.charts import Chart, stacked
from ni.web.portal.context import portal, services
from ni.web.portal.latency import ChartSpan, LatencyReport, latency_report
from ni.web.portal.usage_choices import Dimension, Measure, UsageFilter, account_zone, conditions
from ni.web.portal.usage_fields import Row, by_kind, counts_of, phases_of, with_values
from ni.web.portal.usage_names import key_names, tag_names
from ni.web.portal.usage_parts import Parts, colours_of, parts_of

EXPORT_ROWS = 1000
MOST_COLUMNS = 100
"""Days in a chart; a longer time is shown by month."""

MOST_MEASURED = 31
"""The same in a chart of latency, which reads the rows of each column by themselves."""

_SUMS = {
    "requests": "requests",
    "failed": "failed",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "output_tokens",
    "protected": "values_protected",
    "provider_cost_nanos": "provider_cost_nanos",
    "ni_charge_nanos": "ni_charge_nanos",
}


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
    dialect: str = ""
    stream: bool = False
    provider: str = ""
    cache_write_tokens: int = 0
    tokens_from: str = ""
    working: str = ""
    credential_source: str = ""
    end_user: str = ""
    tag: str = ""
    deployment: str = ""
    attempts: int = 0
    phases_us: Mapping[Phase, int] = field(default_factory=dict)

    @property
    def protected(self) -> int:
        """How many values were replaced in what was sent."""
        return 0 if self.unsent else sum(self.pii.values())

    @property
    def blocked(self) -> int:
        """How many values were found in a request that was refused or answered here, and so left with nothing."""
        return sum(self.pii.values()) if self.unsent else 0

    @property
    def refused(self) -> bool:
        """Whether it was refused before anything was sent: its jurisdiction is the gateway's."""
        return self.outcome is Outcome.DENIED

    @property
    def used_up(self) -> UsedUp | None:
        """Which limit refused it, where one did and the row says which."""
        return from_stored(self.working)

    @property
    def unsent(self) -> bool:
        """Whether nothing of it went to a provider."""
        return self.outcome in UNSENT

    @property
    def failed(self) -> bool:
        """Whether the caller did not get the answer that was asked for."""
        return self.outcome in FAILED


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
    failed: int = 0


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """Sums over all rows that a filter lets through, those of as many days before them, and the chart.

    `drills` are the filters that lead from a column of the chart to its rows, by the label of the column. `latency` is
    there where the chart shows it. Figures that are read from rows are those since `read_since`, if that is not None.
    `several` says that some requests count for several parts of the chart.
    """

    totals: UsageTotals
    before: UsageTotals | None
    chart: Chart
    drills: Mapping[str, Mapping[str, str]]
    latency: LatencyReport | None = None
    read_since: datetime | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """The account's day so far, in its own time zone, and when it ends."""

    totals: UsageTotals
    jurisdictions: Mapping[str, int]
    ends_at: datetime


def usage_page(account_id: str, wanted: UsageFilter, limit: int, cursor: str = "") -> UsagePage:
    """One page of rows; a cursor that does not parse gives the first page."""
    reports, asked = services().reports, conditions(account_id, wanted)
    try:
        page = reports.rows(account_id, asked, limit, cursor)
    except ValueError:
        page = reports.rows(account_id, asked, limit)
    names = key_names(account_id)
    return UsagePage([_view(row, names) for row in page.rows], page.next_cursor or "")


def usage_row(account_id: str, request_id: str) -> UsageView | None:
    """One request of the account; None where there is none, or its row is kept no more."""
    row = services().reports.row(account_id, request_id)
    if row is None:
        return None
    tag = tag_names(account_id).get(row["tag"], row["tag"]) if row["tag"] else ""
    return _view({**row, "tag": tag}, key_names(account_id))


def usage_totals(account_id: str, wanted: UsageFilter) -> UsageTotals:
    """Sums over all days that the filter lets through."""
    if wanted.of_rows:
        return _summed(_sums(account_id, wanted, "month", Dimension.NONE))
    within = Days(*(day.isoformat() if day else "" for day in (wanted.since, wanted.until)))
    return _summed(services().reports.totals(account_id, conditions(account_id, wanted), within))


def usage_summary(account_id: str, wanted: UsageFilter, measure: Measure, by: Dimension) -> UsageSummary:
    """Sums and chart: by hour for one day, by day up to `MOST_COLUMNS` of them, else by month."""
    wanted = _closed(account_id, wanted)
    if wanted.since is None or wanted.until is None:
        return UsageSummary(UsageTotals(), None, stacked({}, ()), {})
    days = (wanted.until - wanted.since).days + 1
    unit = "day" if days <= (MOST_MEASURED if measure is Measure.LATENCY else MOST_COLUMNS) else "month"
    if days == 1 and measure is not Measure.PROTECTED:
        unit = "hour"
    spans = _spans(account_id, wanted, unit)
    before = _days_before(account_id, wanted, days)
    drills = {} if unit == "hour" else {span.label: _drill(span.label, wanted) for span in spans}
    if measure is Measure.LATENCY:
        report = latency_report(account_id, wanted, spans, by)
        return UsageSummary(usage_totals(account_id, wanted), before, report.chart, drills, report)
    rows = _sums(account_id, wanted, unit, by)
    whole = unit != "hour" and not by.of_rows  # else the rows are not all that the totals are sums of
    totals = _summed(rows) if whole else usage_totals(account_id, wanted)
    values = _values(parts_of(account_id, by), ((_label(row[unit], spans), row) for row in rows), measure)
    chart = stacked(values, [span.label for span in spans], (), colours_of(measure, by))
    several = sum(measure.of(row) for row in rows) < chart.total
    read_since = _read_since(account_id, wanted, by)
    return UsageSummary(totals, before, chart, drills, read_since=read_since, several=several)


def _sums(account_id: str, wanted: UsageFilter, unit: str, by: Dimension) -> Sequence[Row]:
    """Sums by hour, day or month: from the totals, but for hours and what only rows have."""
    within = Days(*(day.isoformat() if day else "" for day in (wanted.since, wanted.until)))
    asked = conditions(account_id, wanted).apart()
    return [row for part in asked for row in _sums_of(account_id, part, within, unit, by)]


def _sums_of(account_id: str, asked: Filter, within: Days, unit: str, by: Dimension) -> Iterable[Row]:
    reports = services().reports
    if asked.of_rows or by.of_rows:
        columns = dict.fromkeys((*by.columns, "pii", "outcome"))
        rows = reports.row_sums(account_id, asked, unit, list(columns))
        return by_kind(rows) if by is Dimension.KIND else with_values(rows)
    if unit == "hour":
        return reports.hours(account_id, asked, by.columns)
    return reports.totals(account_id, asked, within, (unit, *by.columns))


def _read_since(account_id: str, wanted: UsageFilter, by: Dimension) -> datetime | None:
    asked = conditions(account_id, wanted).apart()
    limits = [
        services().reports.looked_back_to(account_id, part) for part in asked if part.of_rows or by.of_rows
    ]
    return max((from_ms(oldest) for oldest in limits if oldest is not None), default=None)


def _label(unit: Any, spans: Sequence[ChartSpan]) -> str:
    """The label of a column: rows by hour have its place."""
    return spans[unit].label if isinstance(unit, int) else str(unit)


def usage_today(account_id: str) -> Today:
    """The account's day so far; a request that was refused ran nowhere."""
    now, zone = services().clock.now(), account_zone(account_id)
    day = date.fromisoformat(day_of(now, zone))
    within = Days(day.isoformat(), day.isoformat())
    rows = services().reports.totals(account_id, Filter(), within, ("jurisdiction", "outcome"))
    jurisdictions: dict[str, int] = {}
    for row in rows:
        if row["outcome"] != Outcome.DENIED:
            jurisdictions[row["jurisdiction"]] = jurisdictions.get(row["jurisdiction"], 0) + row["requests"]
    largest = dict(sorted(jurisdictions.items(), key=lambda item: -item[1]))
    largest.pop("", None)
    return Today(_summed(rows), largest, day_ends_at(now, zone))


def account_day(account_id: str) -> date:
    """The account's day, in its time zone."""
    return date.fromisoformat(day_of(services().clock.now(), account_zone(account_id)))


def usage_objects(account_id: str, wanted: UsageFilter) -> Iterator[Mapping[str, object]]:
    """All rows that the filter lets through in the shape of the API, read a page at a time."""
    reports, currency = services().reports, portal().options.currency
    asked, cursor = conditions(account_id, wanted), ""
    while True:
        page = reports.rows(account_id, asked, EXPORT_ROWS, cursor)
        yield from (usage_object(row, currency) for row in page.rows)
        cursor = page.next_cursor or ""
        if not cursor:
            return


def _view(row: Row, names: Mapping[str, str]) -> UsageView:
    same = {name: row[name] for name in UsageView.__slots__ if name in row and name != "pii"}
    changed = {
        "created_at": from_ms(row["at"]),
        "key_name": names.get(row["key_id"], ""),
        "route_tier": Tier(row["tier"]) if row["tier"] else None,
        "outcome": Outcome(row["outcome"]),
        "prompt_tokens": row["uncached_tokens"] + row["cached_tokens"] + row["cache_write_tokens"],
        "completion_tokens": row["output_tokens"],
        "stream": bool(row["stream"]),
        "pii": counts_of(row["pii"]),
        "phases_us": phases_of(row),
    }
    return UsageView(**(same | changed))


def _closed(account_id: str, wanted: UsageFilter) -> UsageFilter:
    """The filter with both days: the first with usage and today where they are open."""
    first = wanted.since or _day(services().reports.first_day(account_id))
    return replace(wanted, since=first, until=wanted.until or max(account_day(account_id), first or date.min))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _days_before(account_id: str, wanted: UsageFilter, days: int) -> UsageTotals | None:
    """The sums of as many days before those of a filter with both, if anything was asked then.

    None for what only rows have: what is read of them may not reach back so far.
    """
    if wanted.of_rows or wanted.since is None or wanted.since <= date.min + timedelta(days=days):
        return None
    earlier = replace(
        wanted, since=wanted.since - timedelta(days=days), until=wanted.since - timedelta(days=1)
    )
    before = usage_totals(account_id, earlier)
    return before if before.requests else None


def _spans(account_id: str, wanted: UsageFilter, unit: str) -> Sequence[ChartSpan]:
    """The columns of a filter with both days; a day on which clocks change has 23 hours or 25."""
    zone = account_zone(account_id)
    if unit == "hour":
        asked = conditions(account_id, wanted)
        hours = range(asked.since_ms or 0, asked.until_ms or 0, HOUR_MS)
        starts = [from_ms(at).astimezone(time_zone(zone)) for at in hours]
        labels = [f"{start:%H:%M}" + (" *" if start.fold else "") for start in starts]
        return [ChartSpan(label, at, at + HOUR_MS) for label, at in zip(labels, hours, strict=True)]
    first, last = wanted.since or date.min, wanted.until or date.min
    every = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    if unit == "month":
        every = [day for day in every if day == first or day.day == 1]
    ends = [*every[1:], last + timedelta(days=1)]
    return [
        ChartSpan(
            day.isoformat()[: len("2026-11") if unit == "month" else None],
            to_ms(day_starts_at(day, zone)),
            to_ms(day_starts_at(end, zone)),
        )
        for day, end in zip(every, ends, strict=True)
    ]


def _values(parts: Parts, rows: Iterable[tuple[str, Row]], measure: Measure) -> dict[tuple[str, str], int]:
    """What a chart shows, by column and part."""
    values: dict[tuple[str, str], int] = {}
    for label, row in rows:
        for part in parts(row):
            values[label, part] = values.get((label, part), 0) + measure.of(row)
    return values


def _drill(label: str, wanted: UsageFilter) -> dict[str, str]:
    """The days of a column, within those of the filter."""
    if len(label) > len("2026-11"):
        return {"since": label, "until": label}
    first = date.fromisoformat(f"{label}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    within = max(first, wanted.since or first), min(last, wanted.until or last)
    return dict(zip(("since", "until"), (day.isoformat() for day in within), strict=True))


def _summed(rows: Iterable[Row]) -> UsageTotals:
    """The sums of rows of sums."""
    rows = list(rows)
    return UsageTotals(**{name: sum(row.get(column, 0) for row in rows) for name, column in _SUMS.items()})
