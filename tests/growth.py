"""How the cost of some work grows with its input, told so that neither a busy machine nor the collector has a say.

What counts is CPU time (of the calling thread, if no other clock is given), without the garbage collector: a full
collection at the end of a long run of tests costs more than the work. Both sizes are tried in turns, so that a slower
moment of the machine meets both, and the best of each counts. Never a limit in seconds, and never a limit near the
ratio that is right: on two cores that share one, the same work takes up to twice as long.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TRIES = 3
NEGLIGIBLE_S = 0.02  # below this the ratio says more about the machine than about the work


def growth(
    work: Callable[[str], object], text: str, times: int, clock: Callable[[], float] = time.thread_time
) -> float:
    """How many times more `times` the text costs; `times` where that is too little to be measured.

    `clock` gives the CPU seconds that the work has used: another than the thread's where another process works.
    """

    def cost(size: str) -> float:
        begun = clock()
        work(size)
        return clock() - begun

    with _no_collection():
        costs = [(cost(text), cost(text * times)) for _ in range(TRIES)]
    least, most = (min(column) for column in zip(*costs, strict=True))
    return most / least if most > NEGLIGIBLE_S else float(times)


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
