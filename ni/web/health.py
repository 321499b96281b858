"""`/healthz` (the process), `/readyz` (whether it can take calls), `/metrics` (with a token, or from this machine).

Without a token, numbers are for this machine alone, and only where no proxy stands in front: behind one, strangers
come from loopback too, and not every proxy says that it is one.

What a serving process does beside calls: beat, sweep, refresh. Each job in a greenlet of its own, never fatal.
"""

import hmac
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import gevent
import orjson
from flask import Blueprint, Response, abort, request

from ni.domain.errors import Problem
from ni.domain.secret import Secret
from ni.web.metrics import CONTENT_TYPE, Metrics
from ni.web.security import AccessRule, authorised

LEAST_FREE = 0.05
LOOPBACK = frozenset({"127.0.0.1", "::1"})
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def health_pages(
    metrics: Metrics, checks: Mapping[str, Callable[[], bool]], token: Secret | None, *, direct: bool
) -> Blueprint:
    """The pages; each of the checks, by name, says whether that part can take calls.

    `direct` says that clients reach this server without a proxy: it listens on loopback, its public address too.
    """
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @authorised(AccessRule.ANONYMOUS)
    def healthz() -> Response:
        return Response(b'{"status":"ok"}', content_type="application/json")

    @pages.get("/readyz")
    @authorised(AccessRule.ANONYMOUS)
    def readyz() -> Response:
        results = {name: check() for name, check in checks.items()}
        ready = all(results.values())
        body = {"status": "ready" if ready else "not ready", "checks": results}
        response = Response(orjson.dumps(body), status=200 if ready else 503, content_type="application/json")
        if not ready:
            response.headers["Retry-After"] = "5"
        return response

    @pages.get("/metrics")
    @authorised(AccessRule.ANONYMOUS)
    def numbers() -> Response:
        if not _may_read(token, direct=direct):
            abort(404)
        return Response(metrics.text(), content_type=CONTENT_TYPE)

    return pages


def works(probe: Callable[[], None]) -> bool:
    """Whether the probe raises no `Problem`."""
    try:
        probe()
    except Problem:
        return False
    return True


def roomy(home: Path) -> bool:
    """Whether the disk has room for what calls leave behind."""
    disk = shutil.disk_usage(home)
    return disk.free / disk.total > LEAST_FREE


def _may_read(token: Secret | None, *, direct: bool) -> bool:
    if token is not None:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token.reveal()}".encode()
        )
    proxied = any(name in request.headers for name in PROXY_HEADERS)
    return direct and (request.remote_addr or "") in LOOPBACK and not proxied


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
