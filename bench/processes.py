"""What a running server used: its processes, their CPU time and resident memory, from `/proc` (proc(5)).

Resident memory counts pages that a worker shares with its arbiter in both; that is what an operator's tools show.
"""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def children(parent: int) -> list[int]:
    """The direct children of a process."""
    found: list[int] = []
    for listing in PROC.glob(f"{parent}/task/*/children"):
        found += [int(pid) for pid in listing.read_text(encoding="ascii").split()]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of one process, without its children; steps of a clock tick."""
    fields = (PROC / str(pid) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_mib(pid: int) -> float:
    """Resident memory of one process."""
    lines = (PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return kib / 1024


def web_worker(arbiter: int) -> int:
    """The worker that served: forked from the arbiter (so of the same command line), the one that used the most CPU."""
    forked = [pid for pid in children(arbiter) if _command_line(pid) == _command_line(arbiter)]
    return max(forked, key=cpu_seconds, default=arbiter)


def _command_line(pid: int) -> bytes:
    return (PROC / str(pid) / "cmdline").read_bytes()
