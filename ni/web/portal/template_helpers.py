"""What templates call: addresses of static files that change with their content, and the geometry of bar charts.

A browser may keep a static file for a year, because its address carries its digest. Bars are laid out in whole SVG
units, without colours or words: the template draws them and the browser scales them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import request, url_for

WIDTH, HEIGHT, GAP = 720, 120, 2
WIDEST_BAR = 48


class Assets:
    """Names a static file by its path and the start of its SHA-256; reads each file once per mount point."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._urls: dict[tuple[str, str], str] = {}

    def url(self, name: str) -> str:
        """The address of `static/<name>`; raises `FileNotFoundError` for a file that does not exist."""
        place = request.script_root, name
        if place not in self._urls:
            content = (self._folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            self._urls[place] = url_for("static", filename=name, v=digest)
        return self._urls[place]


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
