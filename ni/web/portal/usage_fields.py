"""What some columns of usage rows hold, which are texts or one column for each part: phases, kinds of values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ni.domain.clock import paced
from ni.domain.reply import Outcome
from ni.domain.timeline import Phase

Row = Mapping[str, Any]
UNSENT = frozenset({Outcome.DENIED, Outcome.LOCAL})
"""Outcomes of requests of which nothing went to a provider."""


def phases_of(row: Row) -> dict[Phase, int]:
    """The microseconds of the phases that a row knows."""
    spans = {phase: row[f"{phase}_us"] for phase in Phase}
    return {phase: span for phase, span in spans.items() if span is not None}


def counts_of(summary: str) -> dict[str, int]:
    """`on; email=1, person=2` as a mapping."""
    _, _, listed = summary.partition("; ")
    pairs = (pair.partition("=") for pair in listed.split(", ") if pair)
    return {kind: int(count) for kind, _, count in pairs}


def by_kind(rows: Iterable[Row]) -> Iterator[Row]:
    """Sums of protected values by kind, from sums by what requests held; of those that went to a provider."""
    for row in paced(rows):
        if row["outcome"] not in UNSENT:
            for kind, count in counts_of(row["pii"]).items():
                yield {**row, "pii": kind, "values_protected": count * row["requests"]}
