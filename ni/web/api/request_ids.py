"""`X-NI-Request-ID` on every response of the API: lists, records, refusals of addresses and methods, preflights.

Calls of models, errors and counts have made their id by then, for it stands in a log line; whoever else answers gets
one here, so that a person who reports an answer can name it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ni.domain.ids import Random, request_id
from ni.web.middleware import Wsgi
from ni.web.security import PROGRAMS

HEADER = "X-NI-Request-ID"


class RequestIds:
    """The application, with an id on what it answers programs."""

    def __init__(self, application: Wsgi, random: Random) -> None:
        self._application = application
        self._random = random

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        if not environ["PATH_INFO"].startswith(PROGRAMS):
            return self._application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            if not any(name == HEADER for name, _ in headers):
                headers = [*headers, (HEADER, request_id(self._random))]
            return start_response(status, headers, *more)

        return self._application(environ, start)
