"""Where slow hashing runs: in the thread pool of gevent's hub, two at a time, so that no other request waits for it.

The command line and tests need none of it: `inline` runs the work where it stands.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

AT_ONCE = 2


class Offload(Protocol):
    """Runs work that would block, and waits for its result."""

    def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""


def inline(work: Callable[[], T]) -> T:
    """Run the work here."""
    return work()


class ThreadOffload:
    """Runs work in the hub's thread pool. Build it in the process that serves."""

    def __init__(self) -> None:
        import gevent  # only a serving process has a hub
        from gevent.lock import BoundedSemaphore

        self._pool = gevent.get_hub().threadpool
        self._room = BoundedSemaphore(AT_ONCE)

    def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; other greenlets run meanwhile."""
        with self._room:
            result: T = self._pool.apply(work)
            return result
