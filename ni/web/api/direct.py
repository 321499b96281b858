"""Calls of models, served before Flask.

Flask's contexts, its routing and its hooks cost a ninth of a call. What they do for these addresses is done here: the
host is checked and the headers of the API are added. All other requests, and what went wrong, are Flask's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flask import Flask, Request, Response

from ni.web.api.endpoint import Environ, ModelEndpoint, PreparedResponse
from ni.web.security import API_HEADERS


class DirectCalls:
    """WSGI application: the model endpoints of `app` that have a fixed path, and `app` for everything else."""

    def __init__(self, app: Flask, known_host: Callable[[Environ], bool]) -> None:
        self._app = app
        self._application = app.wsgi_app
        self._known_host = known_host
        self._endpoints = dict(_endpoints(app))

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        endpoint = self._endpoints.get(environ["PATH_INFO"])
        if endpoint is None or environ["REQUEST_METHOD"] != "POST" or not self._known_host(environ):
            return self._application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *API_HEADERS], *more)

        return self._response(endpoint, environ)(environ, start)

    def _response(self, endpoint: ModelEndpoint, environ: Environ) -> Response | PreparedResponse:
        try:
            return endpoint.respond(Request(environ))
        except Exception as fault:  # noqa: BLE001 - Flask's handlers log it and answer
            with self._app.request_context(environ):
                return self._app.make_response(self._app.handle_user_exception(fault))


def _endpoints(app: Flask) -> Iterator[tuple[str, ModelEndpoint]]:
    for rule in app.url_map.iter_rules():
        endpoint = getattr(app.view_functions[rule.endpoint], "ni_endpoint", None)
        if endpoint is not None:
            yield rule.rule, endpoint
