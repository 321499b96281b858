"""What the custody log costs by itself: the CPU of a call's two records and leaves, leaves per second, a rebuild.

A call writes its two units with or without custody; the figure is what their records add. The rebuild is of a small
log, as microseconds per leaf: sixty of them are a minute for a million leaves, and `python -m bench.custody_cost` does
rebuild a million.
"""

from bench.custody_cost import fresh, measured
from bench.rows import Gathered, Row, Target, at_least, at_most
from bench.stage import Stage
from ni.custody.fsck import fsck

CALLS = {1: 200, 8: 800, 50: 2000}
GATEWAY = "gateway"
REBUILT = "custody: rebuild, per leaf"


def measure(stage: Stage) -> list[Row]:
    """The rows on custody; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    for repeat in stage.repeats("custody"):
        folder = stage.folder / f"custody-{repeat}"
        folder.mkdir()
        with fresh(folder) as desk:
            for batch, calls in CALLS.items():
                _, bare_s = measured(lambda: desk.touch(calls, batch))  # noqa: B023 - called at once
                wall_s, cpu_s = measured(lambda: desk.write(calls, batch))  # noqa: B023
                found.add(GATEWAY, _cost(batch), (cpu_s - bare_s) / calls * 1000)
                found.add(GATEWAY, _rate(batch), 2 * calls / wall_s)
            wall_s, _ = measured(lambda: fsck(desk.database))
            found.add(GATEWAY, REBUILT, wall_s / (2 * sum(CALLS.values())) * 1e6)
    return [*_rows(found), found.row(GATEWAY, REBUILT, "µs", at_most(60))]


def _rows(found: Gathered) -> list[Row]:
    rows = []
    for batch in CALLS:
        rate_target: Target | None = at_least(2000) if batch > 1 else None
        rows.append(found.row(GATEWAY, _cost(batch), "ms", at_most(0.5)))
        rows.append(found.row(GATEWAY, _rate(batch), "/s", rate_target))
    return rows


def _cost(batch: int) -> str:
    return f"custody: CPU of a call's records, batches of {batch}"


def _rate(batch: int) -> str:
    return f"custody: leaves, batches of {batch}"
