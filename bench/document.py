"""Writes a run's table into `docs/performance.md`, between two marks, so that no figure there is typed by hand."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from textwrap import fill

from bench.plan import Plan
from bench.programs import ROOT
from bench.report import machine, number, shown
from bench.rows import Row

DOCUMENT = ROOT / "docs" / "performance.md"
OPENING, CLOSING = (
    "<!-- figures: written by `python -m bench --write-docs` -->\n",
    "<!-- end of figures -->\n",
)


def write(rows: Iterable[Row], plan: Plan, now: datetime, document: Path = DOCUMENT) -> None:
    """Replace what stands between the marks; raises `ValueError` where they are missing."""
    before, opening, rest = document.read_text(encoding="utf-8").partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not (opening and closing):
        raise ValueError(f"{document} has lost the marks between which the figures stand.")
    table = "\n".join(_table(list(rows)))
    text = "".join([before, opening, "\n", _heading(plan, now), "\n\n", table, "\n\n", closing, after])
    document.write_text(text, encoding="utf-8")


def _heading(plan: Plan, now: datetime) -> str:
    on = machine()
    heading = (
        f"{now:%Y-%m-%d}, {on['processor']}, {on['cores']} cores, Linux {on['kernel']}, Python {on['python']}, "
        f"revision `{on['revision']}`. Median of {plan.repeats} interleaved repeats, least and most in brackets."
    )
    return fill(heading, 100, break_on_hyphens=False)


def _table(rows: list[Row]) -> list[str]:
    """Only servers that some row has beside it get a column."""
    peers = list(dict.fromkeys(peer for row in rows for peer in row.beside))
    heads = ["what", "gateway", "target", "", *peers]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for row in rows:
        beside = [number(row.beside[peer].median) if peer in row.beside else "" for peer in peers]
        figure = f"{shown(row.figure)} {row.unit}".strip()
        what = f"{row.what} (did not end well: {row.trouble})" if row.trouble else row.what
        lines.append(f"| {' | '.join([what, figure, str(row.target or ''), row.verdict, *beside])} |")
    return lines
