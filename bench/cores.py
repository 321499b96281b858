"""Which core serves and which one loads: two processes that share a core measure the scheduler.

The gateway (or the proxy beside it) has the first core that this process may use, load and upstream the second.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The two cores by number, or None on a machine that has only one."""

    serving: int | None
    loading: int | None


def choose() -> Cores:
    """The first two cores that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[1]) if len(usable) > 1 else Cores(None, None)


def pinned(command: list[str], core: int | None) -> list[str]:
    """The command, held to a core."""
    return command if core is None else ["taskset", "-c", str(core), *command]
