"""Background jobs of a serving process (heartbeat, sweeps, refreshes), each in its own greenlet; errors are logged."""

import logging
from collections.abc import Callable

import gevent

log = logging.getLogger(__name__)


class Background:
    """Jobs that run every so often until `stop`."""

    def __init__(self) -> None:
        self._running: list[gevent.Greenlet[..., None]] = []

    def every(self, seconds: float, job: Callable[[], object], first_s: float | None = None) -> None:
        """Run `job` each `seconds`, at first after `first_s`; a fault is logged and the job runs again next time."""
        self._running.append(gevent.spawn(_repeat, seconds, job, seconds if first_s is None else first_s))

    def stop(self) -> None:
        """End all jobs."""
        gevent.killall(self._running)
        self._running.clear()


def _repeat(seconds: float, job: Callable[[], object], wait_s: float) -> None:
    while True:
        gevent.sleep(wait_s)
        wait_s = seconds
        try:
            job()
        except Exception:  # a job that fails once must not end: what it does is needed the next time too
            log.exception("a background job failed")
