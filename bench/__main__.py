"""`python -m bench`: start everything, measure section by section, print the table, keep it, stop everything."""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import document, report
from bench.baselines import proxies, upstream
from bench.cores import choose
from bench.gateway import Home, serving
from bench.plan import FULL, QUICK
from bench.programs import ROOT, Missing, compiled, unpacked
from bench.rows import Row
from bench.sections import SECTIONS
from bench.servers import DidNotStart, free_port
from bench.stage import Stage


def arguments() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two short repeats: under 90 seconds, a first impression"
    )
    parser.add_argument(
        "--only", type=_sections, default=list(SECTIONS), metavar="NAME,...", help=", ".join(SECTIONS)
    )
    parser.add_argument(
        "--with-litellm", action="store_true", help="LiteLLM beside it (installed under build/bench)"
    )
    parser.add_argument(
        "--beside", metavar="REVISION", help="the gateway of another revision beside it, as `before`"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="also put the table into docs/performance.md"
    )
    parser.add_argument(
        "--baselines-only", action="store_true", help="no gateway: what this machine and nginx do"
    )
    return parser


def asked(words: list[str] | None = None) -> argparse.Namespace:
    """What was asked for; ends the program with a sentence where that makes no sense."""
    parser = arguments()
    wanted = parser.parse_args(words)
    in_part = wanted.quick or wanted.baselines_only or wanted.beside or set(wanted.only) != set(SECTIONS)
    if wanted.write_docs and in_part:
        parser.error("--write-docs needs a whole run: no --quick, --only, --beside or --baselines-only")
    return wanted


def _sections(text: str) -> list[str]:
    unknown = sorted(set(text.split(",")) - set(SECTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return text.split(",")


@contextmanager
def stage(wanted: argparse.Namespace) -> Iterator[Stage]:
    """Everything started, in a temporary folder that goes with it."""
    programs, cores = compiled(), choose()
    with tempfile.TemporaryDirectory(prefix="ni-bench-") as name, ExitStack() as servers:
        folder = Path(name)
        direct = servers.enter_context(upstream(programs, cores.loading))
        others = servers.enter_context(proxies(folder, cores, direct, wanted.with_litellm))
        peers = [direct, *others]
        if not wanted.baselines_only:
            home = Home(folder / "gateway", free_port(), direct.port, cores.serving)
            home.make()
            peers.append(servers.enter_context(serving(home)))
        if wanted.beside:
            tree = unpacked(wanted.beside, folder / "tree")
            before = Home(
                folder / "before", free_port(), direct.port, cores.serving, tree=tree, name="before"
            )
            before.make()
            peers.append(servers.enter_context(serving(before)))
        yield Stage(QUICK if wanted.quick else FULL, cores, programs, folder, direct.port, tuple(peers))


def measure(on: Stage, wanted: argparse.Namespace) -> None:
    """Measure the sections, print the table, keep it."""
    now = datetime.now(UTC)
    found: dict[str, list[Row]] = {name: SECTIONS[name](on) for name in wanted.only}
    rows = [row for section in found.values() for row in section]
    print(report.table(rows))
    written = report.keep(found, on.plan, now)
    print(f"\nKept in {written.relative_to(ROOT)}.")
    if wanted.write_docs:
        document.write(rows, on.plan, now)


def main() -> int:
    """Run; gives the exit status: 0 also for slow figures, 1 where something could not be measured."""
    wanted = asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # so that the servers are stopped too
    try:
        print(report.noise() or "The machine is quiet.", file=sys.stderr)
        with stage(wanted) as on:
            measure(on, wanted)
    except (Missing, DidNotStart) as why:
        print(f"Nothing measured: {why}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failure:
        print(f"Nothing measured: {failure.cmd[0]} ended with status {failure.returncode}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
