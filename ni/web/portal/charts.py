"""Bars for charts, laid out in whole SVG units; the template draws them and the browser scales them.

Only geometry: no colours, no words. Values are non-negative integers, so a bar's height is exact to a unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 720, 120, 2
WIDEST_BAR = 48


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, from the top left, in SVG units."""

    x: int
    y: int
    width: int
    height: int


def bars(values: Sequence[int]) -> list[Bar]:
    """Upright bars side by side, the largest as high as the chart; a value above zero is at least 2 units high."""
    if not values:
        return []
    step = WIDTH // len(values) or 1
    width = max(1, min(step - GAP, WIDEST_BAR))
    top = max(values) or 1
    heights = [max(2, value * HEIGHT // top) if value else 0 for value in values]
    inset = (step - width) // 2
    return [Bar(place * step + inset, HEIGHT - height, width, height) for place, height in enumerate(heights)]
