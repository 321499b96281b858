"""Measures the longest stall of a server's event loop: the most processor time that one turn of it took.

Processor time, not the wall's: what other programs do on the machine is not in it. The figure stands in the file that
`TESTS_STALLS` names, as one double; whoever reads it sets it to zero to begin anew.
"""

import mmap
import os
import struct
import time
from pathlib import Path

SECONDS = struct.Struct("d")


def install() -> None:
    """Measure from now on. Call it before the worker starts its loop."""
    from ni.domain.clock import Pace

    path = Path(os.environ["TESTS_STALLS"])
    if not path.exists():
        path.write_bytes(SECONDS.pack(0.0))
    with path.open("r+b") as file:
        longest = mmap.mmap(file.fileno(), SECONDS.size)
    turned = Pace.turned
    before_s = time.thread_time()

    def measured(pace: Pace) -> None:
        nonlocal before_s
        now_s = time.thread_time()
        if now_s - before_s > SECONDS.unpack(longest[:])[0]:
            longest[:] = SECONDS.pack(now_s - before_s)
        before_s = now_s
        turned(pace)

    Pace.turned = measured  # type: ignore[assignment, method-assign]


def longest_s(path: Path) -> float:
    """The longest stall since the last reading."""
    with path.open("r+b") as file:
        seconds: float = SECONDS.unpack(file.read(SECONDS.size))[0]
        file.seek(0)
        file.write(SECONDS.pack(0.0))
    return seconds
