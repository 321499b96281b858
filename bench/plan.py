"""How often and how long to measure: the whole run stays under six minutes, the quick one under ninety seconds.

A short run repeated and interleaved with its baseline says more on a machine that others use than a long one: what
disturbs a repeat disturbs its baseline too, and the spread shows it.
"""

from dataclasses import dataclass

CONNECTIONS = (1, 16, 64)
PERIOD_MS = 20
"""Between two chunks of a paced stream."""
PACED_CHUNKS = 150
"""Three seconds of stream."""
SPREAD_MS = 1000
"""Paced streams start evenly over this time, as callers do, rather than in one instant."""
PATIENCE_MS = 3000
"""A paced stream that ends later than this after it should have ended is counted as unfinished."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure."""

    repeats: int
    warm_ms: int
    measure_ms: int
    levels: tuple[int, ...]
    """Numbers of paced streams at once, rising."""


FULL = Plan(repeats=5, warm_ms=300, measure_ms=1200, levels=(50, 100, 200, 300, 400))
QUICK = Plan(repeats=2, warm_ms=200, measure_ms=500, levels=(100, 300))
