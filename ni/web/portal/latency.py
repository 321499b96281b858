"""How long requests took: median and 95th percentile over time, and of each part, from a bounded number of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ni.metering.usage_queries import Filter, measured_of_each
from ni.web.portal.charts import Chart, stacked
from ni.web.portal.context import services

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


def latency_report(
    account_id: str, wanted: Filter, spans: Sequence[ChartSpan], part: str, names: Mapping[str, str]
) -> LatencyReport:
    """Latency of answered requests; `part` is the column of usage rows by which they are told apart."""
    times = [(span.since_ms, span.until_ms) for span in spans]
    read = services().reports.latencies(account_id, wanted, times, part)
    values: dict[tuple[str, str], int] = {}
    by_part: dict[str, list[int]] = {}
    for span, rows in zip(spans, read, strict=True):
        for name, latency in rows:
            by_part.setdefault(name, []).append(latency)
        if rows:
            median, slow = percentiles([latency for _, latency in rows])
            values[span.label, MEDIAN], values[span.label, ABOVE] = median, slow - median
    chart = stacked(values, [span.label for span in spans], (MEDIAN, ABOVE))
    parts = [
        PartLatency(names.get(name, name), len(found), *percentiles(found)) for name, found in by_part.items()
    ]
    parts.sort(key=lambda each: (-each.slow_ms, each.name))
    return LatencyReport(chart, parts, measured_of_each(len(spans)))


def percentiles(values: Sequence[int]) -> tuple[int, int]:
    """Median and 95th percentile of one value or more, by nearest rank: each is a value that was measured."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2], ordered[-(-95 * len(ordered) // 100) - 1]
