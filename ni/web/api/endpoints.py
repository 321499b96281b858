"""The addresses at which models are called, and the counting of input tokens.

`openai_api` serves chat completions, embeddings and completions under `/v1` and at the paths that Azure's clients
build, for tools that offer no other way to a custom address. There the deployment in the path is the route id, slashes
included, and wins over the body's `model`; `api-version` has no effect.

Counts are estimates made here: free, without a provider and without a record. Responses are not stored, so the
addresses of stored responses answer with the reason. An attempt to upgrade `/v1/responses` to a WebSocket gets 426,
upon which clients go on over HTTP.
"""

from collections.abc import Callable
from typing import Protocol

import orjson
from flask import Blueprint, Response, request

from ni.access.keys import presented_key
from ni.dialects.base import Dialect
from ni.dialects.json_body import load_object
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.domain.call import Json
from ni.domain.errors import BadRequest, MethodNotAllowed, NotFound, Problem
from ni.domain.ids import request_id
from ni.web.api.endpoint import EndpointServices, ModelEndpoint
from ni.web.api.errors import JSON, REQUEST_ID, ErrorRenderer, problem_response
from ni.web.body import read_body
from ni.web.security import AccessRule, authorised


def openai_api(
    services: EndpointServices, chat: Dialect, embeddings: Dialect, completions: Dialect
) -> Blueprint:
    """Chat completions, embeddings and completions, each under `/v1` and below a deployment of Azure's form."""
    pages = Blueprint("api_openai", __name__)
    _add(pages, "chat/completions", ModelEndpoint(services, chat))
    _add(pages, "embeddings", ModelEndpoint(services, embeddings))
    _add(pages, "completions", ModelEndpoint(services, completions))
    return pages


def _add(pages: Blueprint, path: str, endpoint: ModelEndpoint) -> None:
    @pages.post(f"/v1/{path}", endpoint=path)
    @authorised(AccessRule.KEY)
    def respond() -> Response:
        return endpoint.respond()

    @pages.post(f"/openai/deployments/<path:route_id>/{path}", endpoint=f"azure/{path}")
    @authorised(AccessRule.KEY)
    def respond_for_deployment(route_id: str) -> Response:
        return endpoint.respond(lambda body: {**body, "model": route_id})


class TokenCounter(ErrorRenderer, Protocol):
    """A dialect that estimates input tokens."""

    def count(self, body: Json) -> int:
        """The estimate in tokens. Raises `BadRequest`."""


def count_response(
    services: EndpointServices, dialect: TokenCounter, render: Callable[[int], Json]
) -> Response:
    """The response to the current request for a count; `render` gives the JSON object that holds it."""
    identity = request_id(services.random)
    try:
        services.keys.authenticate(presented_key(request.headers.get))
        tokens = dialect.count(load_object(read_body(request)))
    except Problem as problem:
        return problem_response(dialect, problem, identity)
    return Response(orjson.dumps(render(tokens)), content_type=JSON, headers={REQUEST_ID: identity})


def messages_api(services: EndpointServices, dialect: MessagesDialect) -> Blueprint:
    """Anthropic's `POST /v1/messages` and `POST /v1/messages/count_tokens`."""
    pages = Blueprint("api_messages", __name__)
    endpoint = ModelEndpoint(services, dialect)

    @pages.post("/v1/messages")
    @authorised(AccessRule.KEY)
    def messages() -> Response:
        return endpoint.respond()

    @pages.post("/v1/messages/count_tokens")
    @authorised(AccessRule.KEY)
    def count_tokens() -> Response:
        return count_response(services, dialect, lambda tokens: {"input_tokens": tokens})

    return pages


_STORED_NOTHING = (
    "This gateway stores no responses, so there is none to retrieve, cancel or delete. "
    "Keep the output items and send them in the next request's `input`."
)
_NO_COMPACTION = (
    "`%(action)s` is not supported: this gateway stores no conversations. "
    "Send a shorter `input` to `/v1/responses`."
)


def responses_api(services: EndpointServices, dialect: ResponsesDialect) -> Blueprint:
    """OpenAI's `POST /v1/responses`, its count of tokens, and the addresses of stored responses."""
    pages = Blueprint("api_responses", __name__)
    endpoint = ModelEndpoint(services, dialect)

    @pages.post("/v1/responses")
    @authorised(AccessRule.KEY)
    def responses() -> Response:
        return endpoint.respond()

    @pages.get("/v1/responses", websocket=True)
    @authorised(AccessRule.KEY)
    def upgrade() -> Response:
        problem = MethodNotAllowed(
            "WebSockets are not served here. Post to `/v1/responses`, with `stream: true`."
        )
        response = problem_response(dialect, problem, request_id(services.random))
        response.status_code = 426
        return response

    @pages.post("/v1/responses/input_tokens")
    @authorised(AccessRule.KEY)
    def input_tokens() -> Response:
        return count_response(services, dialect, _input_tokens)

    _add_stored(pages, services)
    return pages


def _input_tokens(tokens: int) -> Json:
    return {"object": "response.input_tokens", "input_tokens": tokens}


def _add_stored(pages: Blueprint, services: EndpointServices) -> None:
    @pages.get("/v1/responses/<response_id>")
    @pages.delete("/v1/responses/<response_id>", endpoint="delete")
    @pages.get("/v1/responses/<response_id>/input_items", endpoint="input_items")
    @pages.post("/v1/responses/<response_id>/cancel", endpoint="cancel")
    @authorised(AccessRule.KEY)
    def stored(response_id: str) -> Response:
        services.keys.authenticate(presented_key(request.headers.get))
        raise NotFound(_STORED_NOTHING, param="response_id")

    @pages.post("/v1/responses/<any(compact):action>")
    @authorised(AccessRule.KEY)
    def compact(action: str) -> Response:
        services.keys.authenticate(presented_key(request.headers.get))
        raise BadRequest(_NO_COMPACTION, action=action)
