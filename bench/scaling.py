"""What a call costs with 1, 2 and 4 processes, on SQLite and on PostgreSQL: the table of docs/scaling.md.

Run it as `python -m bench.scaling` on a machine that does nothing else; a minute. Whole answers to 16 clients at once.
The gateway's processes and PostgreSQL use every core; the processor time is that of all of them, for each call.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.baselines import upstream
from bench.cores import choose
from bench.driver import Findings, closed_loop, run
from bench.gateway import Home, serving
from bench.peers import Peer
from bench.plan import FULL
from bench.processes import PROC, children, cpu_seconds
from bench.programs import compiled
from bench.sections.journal import postgres
from bench.servers import free_port

PROCESSES = (1, 2, 4)
CLIENTS = 16
REPEATS = 3
HEAD = (
    "| database | processes | processor time of a call | calls a second | median | 99 of 100 below |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The URL of each database; an empty one is SQLite in the instance's own folder."""
    with postgres() as url:
        yield {"SQLite": "", **({"PostgreSQL": url} if url else {})}


def used_s(arbiter: int) -> float:
    """Processor time of the gateway's processes and of whatever PostgreSQL runs on this machine."""
    servers = [path.parent for path in PROC.glob("[0-9]*/cmdline") if b"postgres" in _first_word(path)]
    return sum(map(cpu_seconds, children(arbiter))) + sum(cpu_seconds(int(path.name)) for path in servers)


def _first_word(path: Path) -> bytes:
    try:
        return path.read_bytes()[:40]
    except OSError:  # it ended meanwhile
        return b""


def measured(program: str, core: int | None, peer: Peer) -> tuple[float, Findings]:
    """Milliseconds of processor time for each call, and what the clients saw; the repeat with the highest rate."""
    found = []
    for _ in range(REPEATS):
        before = used_s(peer.pid)
        seen = run([program], peer.port, peer.call(), closed_loop(CLIENTS, FULL), core)
        calls = seen.per_second * (seen.seconds + FULL.warm_ms / 1000)
        found.append(((used_s(peer.pid) - before) * 1000 / max(1.0, calls), seen))
    return max(found, key=lambda one: one[1].per_second)


def line(database: str, processes: int, cost_ms: float, seen: Findings) -> str:
    """A row of the Markdown table."""
    latency = f"{seen.latency.p50_ms:,.0f} ms | {seen.latency.p99_ms:,.0f} ms"
    trouble = f" ({seen.trouble})" if seen.trouble else ""
    return f"| {database} | {processes} | {cost_ms:.1f} ms | {seen.per_second:,.0f}{trouble} | {latency} |"


def one(url: str, processes: int) -> tuple[float, Findings]:
    """A fresh instance with so many processes, measured."""
    programs, cores = compiled(), choose()
    settings = {"NI_WORKERS": str(processes), **({"NI_DATABASE_URL": url} if url else {})}
    with (
        tempfile.TemporaryDirectory(prefix="ni-bench-") as folder,
        upstream(programs, cores.loading) as direct,
    ):
        home = Home(Path(folder) / "gateway", free_port(), direct.port, None, settings)
        home.make()
        with serving(home) as peer:
            return measured(str(programs.driver), cores.loading, peer)


def main() -> int:
    """Measure and print."""
    print(HEAD, flush=True)
    for processes in PROCESSES:
        with databases() as urls:
            for database, url in urls.items():
                print(line(database, processes, *one(url, processes)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
