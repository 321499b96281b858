"""Counting the input tokens of a body: an estimate made here, free, which reaches no provider and leaves no record."""

from collections.abc import Callable
from typing import Protocol

import orjson
from flask import Response, request

from ni.access.carriers import presented_key
from ni.dialects.jsonio import load_object
from ni.domain.call import Json
from ni.domain.errors import Problem
from ni.domain.ids import request_id
from ni.web.api.endpoint import JSON, Gate, add_retry_headers, translated
from ni.web.body import read_body


class Counting(Protocol):
    """A dialect that can count."""

    def count(self, body: Json) -> int:
        """The estimate. Raises `BadRequest`."""

    def error(self, problem: Problem, message: str, request_id: str) -> bytes:
        """The error body in this dialect."""


def counted(gate: Gate, dialect: Counting, shown: Callable[[int], Json]) -> Response:
    """The response to the current request; `shown` puts the count into the dialect's words."""
    identity = request_id(gate.random)
    try:
        gate.keys.authenticate(presented_key(request.headers.get))
        tokens = dialect.count(load_object(read_body(request)))
        response = Response(orjson.dumps(shown(tokens)), content_type=JSON)
    except Problem as problem:
        body = dialect.error(problem, translated(problem), identity)
        response = Response(body, status=problem.status, content_type=JSON)
        add_retry_headers(response, problem)
    response.headers["X-NI-Request-ID"] = identity
    return response
