"""Lets pages of named origins call the API (the Fetch standard's CORS protocol): off unless the operator names some.

Keys travel in headers, never in cookies, so credentials are never allowed; what a page may read beside the body are our
own headers and those for waiting. Origins are compared as they are written, none is ever reflected unasked.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ni.web.addresses import Wsgi
from ni.web.security import PROGRAMS

EXPOSED = ", ".join(
    (
        "X-NI-Request-ID", "X-NI-Custody-Path", "X-NI-Custody-Record", "X-NI-Resolved-Jurisdiction",
        "X-NI-Resolved-Tier", "X-NI-Resolved-Provider", "X-NI-Resolved-Region", "X-NI-Resolved-Litellm-Model",
        "X-NI-Credential-Source", "X-NI-Residency-Evidence", "X-NI-PII", "X-NI-Warning", "Retry-After",
        "x-should-retry",
    )
)  # fmt: skip
METHODS = "GET, POST, DELETE, OPTIONS"
REMEMBERED_S = "600"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2048}")


class Cors:
    """The application, open to pages of `origins`."""

    def __init__(self, application: Wsgi, origins: Sequence[str]) -> None:
        self._application = application
        self._origins = frozenset(origins)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333): a preflight is answered here, all else gets its headers."""
        if not environ["PATH_INFO"].startswith(PROGRAMS):
            return self._application(environ, start_response)
        allowed = self._allowed(environ.get("HTTP_ORIGIN", ""))
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            start_response("204 No Content", [*allowed, *(_preflight(environ) if len(allowed) > 1 else ())])
            return []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *allowed], *more)

        return self._application(environ, start)

    def _allowed(self, origin: str) -> list[tuple[str, str]]:
        if origin not in self._origins:
            return [("Vary", "Origin")]
        return [
            ("Vary", "Origin"),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
        ]


def _preflight(environ: dict[str, Any]) -> list[tuple[str, str]]:
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    headers = [("Access-Control-Allow-Methods", METHODS), ("Access-Control-Max-Age", REMEMBERED_S)]
    # Named one by one: a wildcard does not cover `Authorization`.
    return [*headers, ("Access-Control-Allow-Headers", asked)] if _HEADER_NAMES.fullmatch(asked) else headers
