"""`POST /openai/deployments/<route id>/chat/completions`: the same dialect at the path that Azure's clients build.

For tools that offer no other way to a custom address than their Azure setting. The deployment in the path is the route
id, slashes and all, and wins over the body's `model`; `api-version` is taken and says nothing.
"""

from flask import Blueprint, Response

from ni.dialects.dialect import Dialect
from ni.domain.call import Json
from ni.web.api.endpoint import Gate, ModelEndpoint
from ni.web.security import Rule, authorised


def azure_api(gate: Gate, chat: Dialect) -> Blueprint:
    """The endpoint."""
    pages = Blueprint("api_azure", __name__)
    endpoint = ModelEndpoint(gate, chat)

    @pages.post("/openai/deployments/<path:route_id>/chat/completions")
    @authorised(Rule.KEY)
    def completions(route_id: str) -> Response:
        def named(body: Json) -> Json:
            return {**body, "model": route_id}

        return endpoint.respond(named)

    return pages
