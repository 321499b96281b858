"""A row of the table: what was measured, its median with its spread, the target, and the same of those beside it.

Values are gathered per server and measure, one for each repeat, so that a difference is always taken within a repeat.
"""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of repeats, the least and the most."""

    median: float
    least: float
    most: float


def spread(values: Iterable[float]) -> Spread:
    """Of one value per repeat."""
    known = sorted(values)
    return Spread(statistics.median(known), known[0], known[-1])


@dataclass(frozen=True, slots=True)
class Target:
    """What the figure should be."""

    limit: float
    at_most: bool

    def met_by(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"


def at_most(limit: float) -> Target:
    """Good when no larger."""
    return Target(limit, at_most=True)


def at_least(limit: float) -> Target:
    """Good when no smaller."""
    return Target(limit, at_most=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    unit: str
    figure: Spread
    target: Target | None = None
    beside: dict[str, Spread] = field(default_factory=dict)
    trouble: str = ""
    """What did not end well while this was measured; a row with trouble never passes."""

    @property
    def verdict(self) -> str:
        """PASS or SHORT where there is a target; the median decides."""
        if self.target is None:
            return ""
        return "PASS" if self.target.met_by(self.figure.median) and not self.trouble else "SHORT"


class Gathered:
    """Values by server and measure, one for each repeat."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], list[float]] = {}
        self._troubles: dict[tuple[str, str], str] = {}

    def add(self, peer: str, measure: str, value: float, trouble: str = "") -> None:
        """Keep the next repeat's value, and the first trouble seen."""
        self._values.setdefault((peer, measure), []).append(value)
        if trouble:
            self._troubles.setdefault((peer, measure), trouble)

    def values(self, peer: str, measure: str) -> list[float]:
        """One value for each repeat."""
        return self._values[peer, measure]

    def added(self, peer: str, measure: str, baseline: str) -> list[float]:
        """How much more than the baseline, repeat by repeat."""
        return [
            more - less
            for more, less in zip(self.values(peer, measure), self.values(baseline, measure), strict=True)
        ]

    def row(self, subject: str, measure: str, unit: str, target: Target | None = None) -> Row:
        """A measure as it is."""
        return self._row(subject, (measure, unit, target), measure, lambda peer: self.values(peer, measure))

    def added_row(self, subject: str, measure: str, unit: str, target: Target | None = None) -> Row:
        """A measure as difference to the direct way."""
        heading = (f"{measure}, added", unit, target)
        return self._row(subject, heading, measure, lambda peer: self.added(peer, measure, "direct"))

    def _row(
        self,
        subject: str,
        heading: tuple[str, str, Target | None],
        measure: str,
        values: Callable[[str], list[float]],
    ) -> Row:
        what, unit, target = heading
        others = [peer for peer, measured in self._values if measured == measure and peer != subject]
        beside = {
            peer: spread(found) for peer in others if any(found := values(peer))
        }  # the baseline adds nothing
        return Row(
            what, unit, spread(values(subject)), target, beside, self._troubles.get((subject, measure), "")
        )
