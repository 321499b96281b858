"""What a serving process does beside calls: beat, sweep, refresh. Each job in a greenlet of its own, never fatal."""

import logging
from collections.abc import Callable

import gevent

log = logging.getLogger(__name__)


class Background:
    """Jobs that run every so often until `stop`."""

    def __init__(self) -> None:
        self._running: list[gevent.Greenlet[..., None]] = []

    def every(self, seconds: float, job: Callable[[], object]) -> None:
        """Run `job` each `seconds`; a fault is logged and the job runs again next time."""
        self._running.append(gevent.spawn(_repeat, seconds, job))

    def stop(self) -> None:
        """End all jobs."""
        gevent.killall(self._running)
        self._running.clear()


def _repeat(seconds: float, job: Callable[[], object]) -> None:
    while True:
        gevent.sleep(seconds)
        try:
            job()
        except Exception:  # a job that fails once must not end: what it does is needed the next time too
            log.exception("a background job failed")
