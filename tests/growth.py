"""How the cost of some work grows with its input, told so that neither a busy machine nor the collector has a say.

What counts is CPU time (of the calling thread, if no other clock is given), without the garbage collector: a full
collection at the end of a long run of tests costs more than the work. The best of a few tries, and the ratio of two
sizes; never a limit in seconds.
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
    with _no_collection():
        most = _best(work, text * times, clock)
        return most / _best(work, text, clock) if most > NEGLIGIBLE_S else float(times)


def _best(work: Callable[[str], object], text: str, clock: Callable[[], float]) -> float:
    def once() -> float:
        begun = clock()
        work(text)
        return clock() - begun

    return min(once() for _ in range(TRIES))


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
