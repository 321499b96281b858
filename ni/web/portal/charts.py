"""Stacked column charts, laid out on the server in whole SVG units; the template gives them colours and words.

A chart is made from values by (label of the column, name of the series). Series beyond the largest ones are drawn
together as one without a name; the table of figures beside the chart names many more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT, GAP = 720, 160, 2
WIDEST_COLUMN = 48
MOST_SERIES = 6
MOST_LISTED = 40
MOST_TICKS = 4
MOST_MARKED = 4
OTHERS = ""
"""The name of the series that holds all but the largest."""

Values = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Series:
    """The parts of one name in all columns; `share` is in percent of everything."""

    name: str
    total: int
    share: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a column, from the top left, in SVG units; `series` is its place in `Chart.series`."""

    series: int
    y: int
    height: int
    value: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands, its parts from the bottom up, their sum, and the value of each listed series."""

    label: str
    x: int
    width: int
    total: int
    segments: Sequence[Segment]
    listed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tick:
    """A value of the scale, and how far above the axis it stands in percent of the height."""

    value: int
    percent: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns in the order of their labels, series from the largest on, and the scale from zero up.

    `listed` are the names of the series that the table of figures shows by themselves, `colours` the style classes of
    those that look the same in every chart.
    """

    columns: Sequence[Column]
    series: Sequence[Series]
    ticks: Sequence[Tick]
    listed: Sequence[str]
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def scale(self) -> Sequence[int]:
        """The values of the ticks."""
        return [tick.value for tick in self.ticks]

    @property
    def total(self) -> int:
        """The sum of all values."""
        return sum(series.total for series in self.series)

    def colour(self, series: int) -> str:
        """The style class of a series: its own, else by its place; the last one for what has no name of its own."""
        names = [one.name for one in self.series]
        if names[series] in self.colours or names[series] == OTHERS:
            return self.colours.get(names[series], f"s{MOST_SERIES}")
        taken = {self.colours[name] for name in names if name in self.colours}
        free = [style for style in (f"s{place}" for place in range(MOST_SERIES)) if style not in taken]
        return free[sum(name not in self.colours for name in names[:series])]

    @property
    def marked(self) -> Sequence[str]:
        """For each column its label on the axis: four at most, as far apart as each other; empty for the others."""
        apart = -(-len(self.columns) // MOST_MARKED)
        return ["" if place % apart else column.label for place, column in enumerate(self.columns)]


def stacked(
    values: Values, labels: Sequence[str], order: Sequence[str] = (), colours: Mapping[str, str] | None = None
) -> Chart:
    """The chart of values that are zero or more, with a column for each label.

    The series are those of `order`, from the bottom up; without it the largest is at the bottom. `colours` are style
    classes by the name of the series.
    """
    names, listed = (list(order) or _largest(values, most) for most in (MOST_SERIES, MOST_LISTED))
    parts, figures = _parts(values, names), _parts(values, listed)
    top, ticks = _scale(max((sum(column.values()) for column in parts.values()), default=0))
    step = WIDTH // len(labels) if labels else WIDTH
    width = max(1, min(step - GAP, WIDEST_COLUMN))
    inset = (step - width) // 2
    columns = [
        Column(
            *(label, place * step + inset, width, sum(column.values())),
            list(_segments(column, names, top)),
            figures.get(label, {}),
        )
        for place, label in enumerate(labels)
        for column in (parts.get(label, {}),)
    ]
    totals = [sum(column.get(name, 0) for column in parts.values()) for name in names]
    series = [Series(*each) for each in zip(names, totals, shares(totals), strict=True)]
    return Chart(columns, series, ticks, listed, colours or {})


def shares(totals: Sequence[int]) -> list[int]:
    """Each amount's part of all in whole percent, 100 in all: the largest remainders are rounded up."""
    whole = sum(totals)
    if not whole:
        return [0] * len(totals)
    found = [100 * total // whole for total in totals]
    by_remainder = sorted(range(len(totals)), key=lambda at: (-(100 * totals[at] % whole), at))
    for at in by_remainder[: 100 - sum(found)]:
        found[at] += 1
    return found


def _largest(values: Values, most: int) -> list[str]:
    """The names of at most so many series, the largest first; the rest as one at the end."""
    sums: dict[str, int] = {}
    for (_, name), value in values.items():
        if value:
            sums[name] = sums.get(name, 0) + value
    names = sorted((name for name in sums if name != OTHERS), key=lambda name: (-sums[name], name))
    if len(names) > most or OTHERS in sums:
        return [*names[: most - 1], OTHERS] if len(names) >= most else [*names, OTHERS]
    return names


def _parts(values: Values, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """The values of each column by the name of the series that they are shown in."""
    shown, parts = set(names), dict[str, dict[str, int]]()
    for (label, name), value in values.items():
        column = parts.setdefault(label, {})
        place = name if name in shown else OTHERS
        column[place] = column.get(place, 0) + value
    return parts


def _segments(column: Mapping[str, int], names: Sequence[str], top: int) -> Iterator[Segment]:
    """The parts from the bottom up; a value above zero is at least one unit high."""
    below = 0
    for place, name in enumerate(names):
        value = column.get(name, 0)
        if not value:
            continue
        height = max(1, value * HEIGHT // top)
        below = min(HEIGHT, below + height)
        yield Segment(place, HEIGHT - below, height, value)


def _scale(most: int) -> tuple[int, Sequence[Tick]]:
    """The value at the top, and the ticks: steps of 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1, (Tick(0, 0),)
    step = next(step for step in _steps() if most <= step * MOST_TICKS)
    count = -(-most // step)
    return step * count, [Tick(step * place, 100 * place // count) for place in range(count + 1)]


def _steps() -> Iterator[int]:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10
