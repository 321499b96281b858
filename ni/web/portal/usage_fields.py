"""What some columns of usage rows hold, which are texts or one column for each part: phases, kinds of values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ni.domain.clock import paced
from ni.domain.timeline import Phase
from ni.metering.usage_queries import UNSENT

Row = Mapping[str, Any]


def phases_of(row: Row) -> dict[Phase, int]:
    """The microseconds of the phases that a row knows."""
    spans = {phase: row[f"{phase}_us"] for phase in Phase}
    return {phase: span for phase, span in spans.items() if span is not None}


def counts_of(summary: str) -> dict[str, int]:
    """`on; email=1, person=2` as a mapping."""
    _, _, listed = summary.partition("; ")
    pairs = (pair.partition("=") for pair in listed.split(", ") if pair)
    return {kind: int(count) for kind, _, count in pairs}


def values_of(row: Row) -> dict[str, int]:
    """The protected values in a row of sums by what requests held, by kind; of those that went to a provider."""
    if row["outcome"] in UNSENT:
        return {}
    return {kind: count * row["requests"] for kind, count in counts_of(row["pii"]).items()}


def by_kind(rows: Iterable[Row]) -> Iterator[Row]:
    """Sums of protected values by kind, from sums by what requests held."""
    for row in paced(rows):
        for kind, count in values_of(row).items():
            yield {**row, "pii": kind, "values_protected": count}


def with_values(rows: Iterable[Row]) -> Iterator[Row]:
    """Sums by what requests held, with the number of protected values."""
    for row in paced(rows):
        yield {**row, "values_protected": sum(values_of(row).values())}
