"""The description of the HTTP interface (OpenAPI 3.1.1), written from the declarations, and the page that shows it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from flask import Blueprint, Response, render_template

import ni
from ni.access.admin_tokens import Resource
from ni.domain.errors import (
    BadRequest,
    BodyTooLarge,
    BodyTooSlow,
    ChangedMeanwhile,
    InvalidAdminToken,
    NotFound,
    Overloaded,
    Problem,
    RotatedMeanwhile,
    ScopeMissing,
    StillInUse,
    UnsupportedEncoding,
)
from ni.web.admin.api import ENDPOINTS, LONGEST_CLAIM, PLAIN_ID, READERS, ROUTE_ID
from ni.web.admin.declared import PREFIX, AdminEndpoint
from ni.web.admin.model_operations import OPERATIONS, ModelOperation
from ni.web.admin.problems import PROBLEM_JSON
from ni.web.admin.schemas import Schema, answered, or_null, text, whole
from ni.web.security import AccessRule, authorised

JSON = "application/json"
_PARAMETER = re.compile(r"\{(\w+)\}")
_REFUSALS: tuple[type[Problem], ...] = (
    BadRequest, InvalidAdminToken, ScopeMissing, NotFound, BodyTooSlow, RotatedMeanwhile, StillInUse, ChangedMeanwhile,
    BodyTooLarge, UnsupportedEncoding, Overloaded,
)  # fmt: skip
PROBLEM = answered(
    type=text(200), title=text(100), status=whole(400, 599), detail=text(4000), code=text(100),
    param=or_null(text(400, 0)), request_id=text(16),
)  # fmt: skip
MODELS = "models"
"""The tag of the endpoints for clients with a key."""


def described(public_url: str) -> Mapping[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _endpoint(endpoint)
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Northern Inference", "version": ni.__version__},
        "servers": [{"url": public_url}],
        "tags": [{"name": str(name)} for name in (*Resource, "token", MODELS) if _used(str(name))],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`ni_admin_...`"},
                "key": {"type": "http", "scheme": "bearer", "description": "`ni_live_...`"},
            },
            "schemas": {"Problem": PROBLEM},
            "responses": {kind.__name__: _refusal(kind) for kind in _REFUSALS},
        },
    }


def _used(tag: str) -> bool:
    return tag == MODELS or any(_tag(endpoint) == tag for endpoint in ENDPOINTS)


def _tag(endpoint: AdminEndpoint) -> str:
    return str(endpoint.resource or "token")


def _refusal(kind: type[Problem]) -> Mapping[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _first_line(kind), "content": {PROBLEM_JSON: {"schema": schema}}}


def _first_line(kind: type[Problem]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _endpoint(endpoint: AdminEndpoint) -> Mapping[str, Any]:
    responses: dict[str, Any] = {
        str(kind.status): {"$ref": f"#/components/responses/{kind.__name__}"} for kind in _REFUSALS
    }
    content = {"content": {JSON: {"schema": endpoint.answer}}} if endpoint.answer else {}
    responses[str(endpoint.status)] = {"description": "Done.", **content, **_headers(endpoint)}
    whose = " Only with a token of the operator." if endpoint.operator else ""
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"{_scope_sentence(endpoint)}{whose}",
        "tags": [_tag(endpoint)],
        "security": [{"token": [endpoint.scope] if endpoint.scope else []}],
        "parameters": [*_parameters(endpoint.path, endpoint.query), *_conditions(endpoint)],
        "responses": responses,
    }
    if endpoint.body is not None:
        needed = bool(endpoint.body["required"])
        operation["requestBody"] = {"required": needed, "content": {JSON: {"schema": endpoint.body}}}
    return operation


def _scope_sentence(endpoint: AdminEndpoint) -> str:
    return f"Needs the scope `{endpoint.scope}`." if endpoint.scope else "Every token may ask."


def _headers(endpoint: AdminEndpoint) -> Mapping[str, Any]:
    named = [
        name for name, there in (("Location", endpoint.made), ("ETag", endpoint.path in READERS)) if there
    ]
    answers = endpoint.answer is not None
    return {"headers": {name: {"schema": text(400)} for name in named}} if named and answers else {}


def _conditions(endpoint: AdminEndpoint) -> Iterable[Mapping[str, Any]]:
    """The headers that make a change conditional."""
    if endpoint.method != "GET":
        yield {
            "name": "Idempotency-Key", "in": "header", "schema": text(LONGEST_CLAIM, pattern="^[!-~]+$"),
            "description": "A request with the same key and content is done once in a day.",
        }  # fmt: skip
        if endpoint.changed in READERS:
            yield {
                "name": "If-Match", "in": "header", "schema": text(200, pattern="^[!-~]+$"),
                "description": "Only if this is the `ETag` of the present state.",
            }  # fmt: skip


def _parameters(path: str, query: Mapping[str, Schema]) -> Sequence[Mapping[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": ROUTE_ID if name == "route_id" else PLAIN_ID}
        for name in _PARAMETER.findall(path)
    ]
    in_query = [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
    return [*in_path, *in_query]


def _operation(operation: ModelOperation) -> Mapping[str, Any]:
    content: dict[str, Any] = {kind: {} for kind in operation.answers}
    described_as: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [MODELS],
        "security": [{"key": []}, *([{}] if operation.public else [])],
        "parameters": _parameters(operation.path, operation.query or {}),
        "responses": {
            "200": {"description": "Done.", "content": content},
            "default": {
                "description": "An error, in the format that the client speaks.",
                "content": {JSON: {}},
            },
        },
    }
    if operation.body is not None:
        described_as["requestBody"] = {"required": True, "content": {JSON: {"schema": operation.body}}}
    return described_as


def description_pages(public_url: str) -> Blueprint:
    """`GET /openapi.json` and the page that shows it."""
    pages = Blueprint("description", __name__)

    @pages.get("/openapi.json")
    @authorised(AccessRule.ANONYMOUS)
    def document() -> Response:
        return Response(orjson.dumps(described(public_url)), content_type=JSON)

    @pages.get("/docs/api-reference.html")
    @authorised(AccessRule.ANONYMOUS)
    def reference() -> str:
        return render_template("api_reference.html", groups=_groups(), codes=_codes(), prefix=PREFIX)

    return pages


def _groups() -> Mapping[str, Sequence[AdminEndpoint | ModelOperation]]:
    """The endpoints by tag, in the order of the description."""
    groups: dict[str, list[AdminEndpoint | ModelOperation]] = {}
    for endpoint in ENDPOINTS:
        groups.setdefault(_tag(endpoint), []).append(endpoint)
    return {**groups, MODELS: list(OPERATIONS)}


def _codes() -> Sequence[tuple[str | None, int, str]]:
    return [(kind.code, kind.status, _first_line(kind)) for kind in _REFUSALS]
