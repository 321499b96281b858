"""`POST /v1/messages` and `POST /v1/messages/count_tokens`: Anthropic's Messages.

`/v1/v1/messages` is the same: Anthropic's SDKs add `/v1/messages` to a base address that many people give with `/v1`.
Counting is an estimate made here, free, and reaches no provider.
"""

import orjson
from flask import Blueprint, Response, request

from ni.access.carriers import presented_key
from ni.dialects.jsonio import load_object
from ni.dialects.messages import MessagesDialect
from ni.domain.errors import Problem
from ni.domain.ids import request_id
from ni.web.api.endpoint import JSON, Gate, ModelEndpoint, add_retry_headers, translated
from ni.web.body import read_body
from ni.web.security import Rule, authorised


def messages_api(gate: Gate, dialect: MessagesDialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_messages", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/messages")
    @pages.post("/v1/v1/messages", endpoint="doubled")
    @authorised(Rule.KEY)
    def messages() -> Response:
        return endpoint.respond()

    @pages.post("/v1/messages/count_tokens")
    @pages.post("/v1/v1/messages/count_tokens", endpoint="count_doubled")
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
