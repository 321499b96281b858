"""Says in a header what of a request was left out: tools that a provider would have to run, which no route offers."""

import re
from collections.abc import Callable

from flask import Response

from ni.dialects.toolbox import hosted_kinds
from ni.domain.call import Json
from ni.web.api.endpoint import ModelEndpoint

WARNING = "X-NI-Warning"
_NOT_IN_HEADERS = re.compile(r"[^a-zA-Z0-9_.-]")
_MOST = 512


def respond(endpoint: ModelEndpoint, adapt: Callable[[Json], Json] | None = None) -> Response:
    """The endpoint's response, with `X-NI-Warning` where tools were dropped; `adapt` as for the endpoint."""
    dropped: list[str] = []

    def noted(body: Json) -> Json:
        dropped.extend(hosted_kinds(body.get("tools")))
        return adapt(body) if adapt else body

    response = endpoint.respond(noted)
    if dropped:
        kinds = ", ".join(_NOT_IN_HEADERS.sub("_", kind) for kind in dropped)
        response.headers[WARNING] = f"dropped tools: {kinds}"[:_MOST]
    return response
