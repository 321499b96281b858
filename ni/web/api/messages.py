"""`POST /v1/messages` and `POST /v1/messages/count_tokens`: Anthropic's Messages.

Counting is an estimate made here, free, and reaches no provider.
"""

import orjson
from flask import Blueprint, Response, request

from ni.access.carriers import presented_key
from ni.dialects.jsonio import load_object
from ni.dialects.messages import MessagesDialect
from ni.domain.errors import Problem
from ni.domain.ids import request_id
from ni.web.api.dropped import respond
from ni.web.api.endpoint import JSON, Gate, ModelEndpoint, add_retry_headers, translated
from ni.web.body import read_body
from ni.web.security import Rule, authorised


def messages_api(gate: Gate, dialect: MessagesDialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_messages", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/messages")
    @authorised(Rule.KEY)
    def messages() -> Response:
        return respond(endpoint)

    @pages.post("/v1/messages/count_tokens")
    @authorised(Rule.KEY)
    def count_tokens() -> Response:
        return _counted(gate, dialect)

    return pages


def _counted(gate: Gate, dialect: MessagesDialect) -> Response:
    identity = request_id(gate.random)
    try:
        gate.keys.authenticate(presented_key(request.headers.get))
        counted = dialect.count(load_object(read_body(request)))
        response = Response(orjson.dumps({"input_tokens": counted}), content_type=JSON)
    except Problem as problem:
        body = dialect.error(problem, translated(problem), identity)
        response = Response(body, status=problem.status, content_type=JSON)
        add_retry_headers(response, problem)
    response.headers["X-NI-Request-ID"] = identity
    return response
