"""How long requests took: median and 95th percentile over time, of each part and phase, from a bounded number of rows.

Tables of parts are read from samples of each combination of key and route (`Reports.samples`), so that a route with few
requests stays in them however busy the others are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ni.domain.clock import paced
from ni.domain.reply import Outcome
from ni.domain.timeline import Phase
from ni.metering.usage_queries import Days, measured_of_each
from ni.web.portal.charts import Chart, stacked
from ni.web.portal.context import services
from ni.web.portal.usage_choices import Dimension, UsageFilter, conditions
from ni.web.portal.usage_fields import Row, phases_of
from ni.web.portal.usage_parts import parts_of

MEDIAN, ABOVE = "median", "above"
"""The two parts of a column: up to the median, and from there to the 95th percentile."""


@dataclass(frozen=True, slots=True)
class ChartSpan:
    """A column of the chart: its label, and its time in milliseconds, the end exclusive."""

    label: str
    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class PartLatency:
    """The latency of one route, key or other part, in milliseconds."""

    name: str
    requests: int
    median_ms: int
    slow_ms: int


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """The chart, the parts from the slowest on, and how many requests of each column were looked at, at most."""

    chart: Chart
    parts: Sequence[PartLatency]
    of_each: int


@dataclass(frozen=True, slots=True)
class RouteTiming:
    """How long the calls of a route took that had whole answers, or streams: median and 95th percentile.

    Of all of it in milliseconds, and of each phase in microseconds.
    """

    route: str
    stream: bool
    requests: int
    latency_ms: tuple[int, int]
    phases_us: Mapping[Phase, tuple[int, int]]


def latency_report(
    account_id: str, wanted: UsageFilter, spans: Sequence[ChartSpan], by: Dimension
) -> LatencyReport:
    """Latency of answered requests over time and by part."""
    times = [(span.since_ms, span.until_ms) for span in spans]
    read = services().reports.latencies(account_id, conditions(account_id, wanted), times)
    values: dict[tuple[str, str], int] = {}
    for span, latencies in zip(spans, read, strict=True):
        if latencies:
            median, slow = percentiles(latencies)
            values[span.label, MEDIAN], values[span.label, ABOVE] = median, slow - median
    chart = stacked(values, [span.label for span in spans], (MEDIAN, ABOVE))
    return LatencyReport(chart, _parts(account_id, wanted, by), measured_of_each(len(spans)))


def _parts(account_id: str, wanted: UsageFilter, by: Dimension) -> Sequence[PartLatency]:
    """The latency of each part, the slowest first; nothing where nothing is divided."""
    if by is Dimension.NONE:
        return ()
    names, by_part = parts_of(account_id, by), dict[str, list[int]]()
    for row in paced(_samples(account_id, wanted, (*by.columns, "latency_ms"))):
        for name in names(row):
            by_part.setdefault(name, []).append(row["latency_ms"])
    parts = [PartLatency(name, len(found), *percentiles(found)) for name, found in by_part.items()]
    return sorted(parts, key=lambda each: (-each.slow_ms, each.name))


def _samples(account_id: str, wanted: UsageFilter, columns: Sequence[str]) -> Sequence[Row]:
    days = Days(*(day.isoformat() if day else "" for day in (wanted.since, wanted.until)))
    return services().reports.samples(account_id, conditions(account_id, wanted), days, columns)


def route_timings(account_id: str, wanted: UsageFilter) -> list[RouteTiming]:
    """The timings of samples of the requests that the filter lets through, by route, the slowest first."""
    phases = [f"{phase}_us" for phase in Phase]
    by_route: dict[tuple[str, bool], list[Row]] = {}
    for row in paced(_samples(account_id, wanted, ("route", "stream", "outcome", "latency_ms", *phases))):
        if row["route"] and row["queue_us"] is not None and row["outcome"] == Outcome.COMPLETED:
            by_route.setdefault((row["route"], bool(row["stream"])), []).append(row)
    found = [_timing(*place, members) for place, members in by_route.items()]
    return sorted(found, key=lambda timing: (-timing.latency_ms[1], timing.route, timing.stream))


def _timing(route: str, stream: bool, rows: Sequence[Row]) -> RouteTiming:
    spans = [phases_of(row) for row in paced(rows)]
    phases = {phase: [one[phase] for one in spans if phase in one] for phase in Phase}
    known = {phase: percentiles(values) for phase, values in phases.items() if values}
    return RouteTiming(route, stream, len(rows), percentiles([row["latency_ms"] for row in rows]), known)


def percentiles(values: Sequence[int]) -> tuple[int, int]:
    """Median and 95th percentile of one value or more, by nearest rank: each is a value that was measured."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2], ordered[-(-95 * len(ordered) // 100) - 1]
