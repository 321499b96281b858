"""Errors of the administration API: problem details (RFC 9457), made from the same problems as everywhere."""

from collections.abc import Mapping

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from ni.access.key_spec import KEY_FIELDS
from ni.access.refusals import Refused
from ni.domain.errors import BadRequest, IdempotencyUsed, InvalidAdminToken, Problem
from ni.web.i18n import translated_message
from ni.web.security import REQUEST_ID

PROBLEM_JSON = "application/problem+json"
TYPES = "/docs/api-reference.html#"
"""Where the reference explains each code (RFC 9457 section 3.1.1: a relative reference)."""
_MEMBERS: Mapping[str, str] = {field.form_name: field.json_name for field in KEY_FIELDS}


def of_refusal(refusal: Refused) -> Problem:
    """What a package refused, as a problem that names the member at fault."""
    param = _MEMBERS.get(refusal.field, refusal.field) or None
    return worded(BadRequest(param=param), refusal)


def worded(problem: Problem, refusal: Refused) -> Problem:
    """The problem, with the sentence of a refusal, which is translated where it is written."""
    problem.template, problem.fields = refusal.template, dict(refusal.values)
    problem.param = problem.param or refusal.field or None
    return problem


def problem_document(problem: Problem, identity: str) -> Response:
    """The response to a problem."""
    document = {
        "type": f"{TYPES}{problem.code}",
        "title": problem.code,
        "status": problem.status,
        "detail": translated_message(problem),
        "code": problem.code,
        "param": problem.param,
        "request_id": identity,
    }
    response = Response(orjson.dumps(document), status=problem.status, content_type=PROBLEM_JSON)
    response.headers[REQUEST_ID] = identity
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if isinstance(problem, InvalidAdminToken):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, IdempotencyUsed) and problem.location:
        response.headers["Location"] = problem.location
    return response


def with_allowed(response: Response, fault: HTTPException) -> Response:
    """The response with the methods that an address accepts, where an HTTP error names them."""
    response.headers.extend((name, value) for name, value in fault.get_headers() if name == "Allow")
    return response
