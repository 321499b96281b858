"""An application that answers 503 until the real one could be built: a database that is away is waited for.

Without it a worker that cannot start ends, gunicorn takes that for a fault of the application and ends all workers,
those too that were only waiting for the database to come back.
"""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

import gevent
import orjson

from ni.domain.errors import StoreUnavailable
from ni.web.api.request_ids import RequestIds

log = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
TRY_AGAIN_S = 1.0
JSON = ("Content-Type", "application/json")


class WaitingApplication:
    """WSGI: 503 for every address but `/healthz` until `build` has returned an application, then that application.

    `build` is tried each second while it raises `StoreUnavailable`; what else it raises ends the process through
    `final`, for it would be raised again.
    """

    def __init__(self, build: Callable[[], Wsgi], final: Callable[[Exception], None]) -> None:
        self._build = build
        self._final = final
        self._application: Wsgi = RequestIds(unavailable, os.urandom)

    def start(self) -> "WaitingApplication":
        """Build now, or begin to wait."""
        if not self._built():
            log.warning("the database is away: everything is answered with 503 until it is back")
            gevent.spawn(self._wait)
        return self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request (PEP 3333)."""
        return self._application(environ, start_response)

    def _wait(self) -> None:
        while not self._built():
            gevent.sleep(TRY_AGAIN_S)
        log.warning("the database is back")

    def _built(self) -> bool:
        try:
            self._application = self._build()
        except StoreUnavailable:
            return False
        except Exception as fault:  # noqa: BLE001 - reported by `final`
            self._final(fault)
        return True


def unavailable(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says that the process lives and cannot serve."""
    if environ.get("PATH_INFO") == "/healthz":
        start_response("200 OK", [JSON])
        return [b'{"status":"ok"}']
    problem = StoreUnavailable()
    retry = ("Retry-After", str(problem.retry_after_s))
    start_response("503 Service Unavailable", [JSON, retry])
    if environ.get("PATH_INFO") == "/readyz":
        return [b'{"status":"not ready","checks":{"database":false}}']
    error = {"message": problem.message, "type": problem.type, "param": None, "code": problem.code}
    return [orjson.dumps({"error": error})]
