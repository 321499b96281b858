"""`POST /v1/messages` and `POST /v1/messages/count_tokens`: Anthropic's Messages.

Counting is an estimate made here, free, and reaches no provider.
"""

from flask import Blueprint, Response

from ni.dialects.messages import MessagesDialect
from ni.web.api.counting import counted
from ni.web.api.endpoint import Gate, ModelEndpoint
from ni.web.security import Rule, authorised


def messages_api(gate: Gate, dialect: MessagesDialect) -> Blueprint:
    """The endpoints."""
    pages = Blueprint("api_messages", __name__)
    endpoint = ModelEndpoint(gate, dialect)

    @pages.post("/v1/messages")
    @authorised(Rule.KEY)
    def messages() -> Response:
        return endpoint.respond()

    @pages.post("/v1/messages/count_tokens")
    @authorised(Rule.KEY)
    def count_tokens() -> Response:
        return counted(gate, dialect, lambda tokens: {"input_tokens": tokens})

    return pages
