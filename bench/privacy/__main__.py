"""`python -m bench.privacy`: how well personal data is found, then what that costs. Figures, never a test.

Quality goes through the whole detection as `ni pii scan` does it; speed and memory through the real server. With
`--quick` the sets are thinned out and the repeats are two: a first impression. `growth` feeds the worker of names
100,000 texts that it has not seen (5,000 with `--quick`), which takes minutes.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import report
from bench.baselines import upstream
from bench.cores import choose
from bench.plan import FULL, QUICK
from bench.privacy import structured
from bench.privacy.speed import growth, measure
from bench.programs import Missing, compiled
from bench.rows import Row
from bench.servers import DidNotStart
from bench.stage import Stage
from tools.privacy_training import evaluate

PARTS = ("quality", "structure", "speed", "growth")


def arguments() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.privacy", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every fourth document, two repeats")
    parser.add_argument("--only", choices=PARTS, help="one of the parts")
    return parser


def quality(every: int) -> str:
    """The tables of every evaluation set, and of each set of people with the patterned values beside it."""
    detect = evaluate.detection()
    rows = {name: evaluate.whole(path)[::every] for name, path in evaluate.SETS.items()}
    results = {name: detect([row["text"] for row in given]) for name, given in rows.items()}
    tables = [f"\n## {name}\n\n{evaluate.report(rows[name], results[name])}" for name in rows]
    *people, values = rows
    for name in people:
        together = evaluate.score([*rows[name], *rows[values]], [*results[name], *results[values]])
        tally = together.tallies["all"]
        tables.append(f"\n{name}, with {values}: F2 {tally.f(2):.3f}, hidden {tally.hidden:.3f}")
    return "\n".join(tables)


def speed(quick: bool) -> list[Row]:
    """The rows of speed and memory. Raises `Missing` or `DidNotStart`."""
    programs, cores = compiled(), choose()
    with tempfile.TemporaryDirectory(prefix="ni-bench-") as name, ExitStack() as servers:
        direct = servers.enter_context(upstream(programs, cores.loading))
        plan = QUICK if quick else FULL
        return measure(Stage(plan, cores, programs, Path(name), direct.port, ()))


def main() -> int:
    """Run; the exit status is 1 where something could not be measured."""
    wanted = arguments().parse_args()
    print(report.noise() or "The machine is quiet.", file=sys.stderr)
    try:
        if wanted.only in (None, "quality"):
            print(quality(4 if wanted.quick else 1))
        if wanted.only in (None, "structure"):
            print(structured.report(evaluate.detection(), 4 if wanted.quick else 1))
        if wanted.only in (None, "speed"):
            print(report.table(speed(wanted.quick)))
        if wanted.only in (None, "growth"):
            print(report.table([growth(5_000 if wanted.quick else 100_000)]))
    except (Missing, DidNotStart) as why:
        print(f"Not measured: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
