"""`/healthz` (the process answers), `/readyz` (it can take calls), `/metrics` (with a token, or from this machine).

`/healthz/stream` writes a few events with pauses, by which `ni doctor --public` sees whether a proxy passes them on.

Without a token the metrics are for this machine alone, and only where no proxy is in front: requests through a proxy
come from loopback too, and not every proxy adds a header that shows it.
"""

import hmac
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import gevent
import orjson
from flask import Blueprint, Response, abort, request

from ni.domain.errors import Problem
from ni.domain.secret import Secret
from ni.web.metrics import CONTENT_TYPE, Metrics
from ni.web.security import AccessRule, authorised

LEAST_FREE = 0.05
EVENTS = 5
PAUSE_S = 0.1
PROBE_S = 2.0
"""Balancers wait some five seconds for an answer, and take none for a gateway that is dead."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def health_pages(
    metrics: Metrics, checks: Mapping[str, Callable[[], bool]], token: Secret | None, *, direct: bool
) -> Blueprint:
    """The four endpoints; each of `checks`, by name, returns whether that part can take calls.

    `direct` says that clients reach this server without a proxy: bound and public address are loopback.
    """
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @authorised(AccessRule.ANONYMOUS)
    def healthz() -> Response:
        return Response(b'{"status":"ok"}', content_type="application/json")

    @pages.get("/healthz/stream")
    @authorised(AccessRule.ANONYMOUS)
    def healthz_stream() -> Response:
        return Response(_events(), content_type="text/event-stream", headers={"Cache-Control": "no-store"})

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


def _events() -> Iterator[bytes]:
    for number in range(EVENTS):
        yield b"data: %d\n\n" % number
        time.sleep(PAUSE_S)


def works(probe: Callable[[], None]) -> bool:
    """Whether the probe ends within `PROBE_S` and raises no `Problem`."""
    try:
        with gevent.Timeout(PROBE_S):
            probe()
    except (Problem, gevent.Timeout):
        return False
    return True


def roomy(home: Path) -> bool:
    """Whether more than `LEAST_FREE` of the disk under `home` is free."""
    disk = shutil.disk_usage(home)
    return disk.free / disk.total > LEAST_FREE


def _may_read(token: Secret | None, *, direct: bool) -> bool:
    if token is not None:
        return hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token.reveal()}".encode()
        )
    proxied = any(name in request.headers for name in PROXY_HEADERS)
    return direct and (request.remote_addr or "") in LOOPBACK and not proxied
