"""Prints the table and keeps it as JSON under `bench/results`, with what is needed to compare two runs.

The figure is the median of the repeats with the least and the most; a figure that its spread reaches across the target
is not settled, and a second run on a quiet machine is.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench.plan import Plan
from bench.programs import ROOT
from bench.rows import Row, Spread

RESULTS = ROOT / "bench" / "results"
BUSY_LOAD = 0.7
"""A load average above this means that somebody else uses the machine."""


def table(rows: Iterable[Row]) -> str:
    """The rows as text, in columns."""
    lines = [("what", "median (least–most)", "target", "", "beside it")]
    lines += [_line(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    shown = [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)), line[4]])
        for line in lines
    ]
    return "\n".join(line.rstrip() for line in shown)


def _line(row: Row) -> tuple[str, str, str, str, str]:
    beside = " · ".join(f"{peer} {number(figure.median)}" for peer, figure in row.beside.items())
    trouble = f"DID NOT END WELL: {row.trouble}" if row.trouble else ""
    target = str(row.target) if row.target else ""
    rest = " · ".join(part for part in (beside, trouble) if part)
    return (row.what, f"{shown(row.figure)} {row.unit}".rstrip(), target, row.verdict, rest)


def shown(figure: Spread) -> str:
    """A figure with its spread."""
    return f"{number(figure.median)} ({number(figure.least)}–{number(figure.most)})"


def number(value: float) -> str:
    """Three digits that say something, and whole numbers from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def keep(rows: dict[str, list[Row]], plan: Plan, now: datetime) -> Path:
    """Write the run as JSON; gives where."""
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    sections = {
        name: [asdict(row) | {"verdict": row.verdict} for row in found] for name, found in rows.items()
    }
    run = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "plan": asdict(plan),
        "sections": sections,
    }
    written.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written


def machine() -> dict[str, str]:
    """What a figure depends on."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in processors if line.startswith("model name")), "unknown"
    )
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "revision": _revision(),
        "load_average": f"{os.getloadavg()[0]:.2f}",
    }


def _revision() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout.strip() or "unknown"


def noise() -> str:
    """A warning where others use the machine before anything was measured."""
    load = os.getloadavg()[0]
    return (
        f"This machine is not quiet (load average {load:.1f}): the figures are noisy."
        if load > BUSY_LOAD
        else ""
    )
