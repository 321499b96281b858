"""Serves the declared endpoints: token, scope, schema, `Idempotency-Key`, `If-Match`, then the endpoint's function.

A token of another account gets the answer of an account that does not exist. A change under an `Idempotency-Key` is
claimed before it is made; a claim is settled unless it is unknown whether the change was made.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Blueprint, Request, Response, request

from ni.access.admin_tokens import AdminClaim, AdminClaims, AdminToken
from ni.access.refusals import Refused
from ni.dialects.json_body import load_object
from ni.domain.activity import Way
from ni.domain.errors import BadRequest, ChangedMeanwhile, NotFound, Problem, ScopeMissing
from ni.domain.ids import Random, request_id
from ni.web.acting import recognise
from ni.web.admin import accounts, activity, budgets, catalog, keys, local_servers, providers, usage
from ni.web.admin.declared import PREFIX, AdminCall, AdminEndpoint, AdminServices, Json
from ni.web.admin.problems import of_refusal, problem_document
from ni.web.admin.schemas import Schema, fields, require, text
from ni.web.client import read_body
from ni.web.security import REQUEST_ID, AccessRule, View, authorised

ENDPOINTS: tuple[AdminEndpoint, ...] = (
    *accounts.ENDPOINTS,
    *keys.ENDPOINTS,
    *budgets.ENDPOINTS,
    *catalog.ENDPOINTS,
    *local_servers.ENDPOINTS,
    *providers.ENDPOINTS,
    *usage.ENDPOINTS,
    *activity.ENDPOINTS,
)
"""Every endpoint; a new resource is one module and a line here."""
MAX_BODY_BYTES = 256 * 1024
LONGEST_CLAIM = 255
VOLATILE = frozenset(
    {"last_used_at", "status", "period", "spent", "held", "remaining", "resets_at"},
)
"""Members that change without anybody's doing, and do not count for the `ETag`."""
_OPERATORS = "Only a token of the operator may ask this. `ni token create --operator` makes one."
PLAIN_ID = text(80, pattern="^[A-Za-z0-9_.-]+$")
ROUTE_ID = text(200, pattern="^[!-~]+$")
"""What a part of a path may be; the id of a route holds slashes."""


def _by_path(endpoints: Sequence[AdminEndpoint]) -> Mapping[str, AdminEndpoint]:
    """The endpoints that read one object, by their paths."""
    reading = (each for each in endpoints if each.method == "GET" and "id}" in each.path.rpartition("/")[2])
    return {each.path: each for each in reading}


READERS = _by_path(ENDPOINTS)


@dataclass(frozen=True, slots=True)
class AdminApi:
    """The services of the endpoints, the claims of changes, and randomness for ids of requests."""

    services: AdminServices
    claims: AdminClaims
    random: Random

    def respond(self, endpoint: AdminEndpoint, path: Mapping[str, str]) -> Response:
        """The response to the current request."""
        identity = request_id(self.random)
        try:
            token = self.services.access.admin_tokens.authenticate(request.headers.get("Authorization", ""))
            recognise(token.id, Way.API)
            return self._success(endpoint, self._call(endpoint, token, path), identity)
        except Refused as refusal:
            return problem_document(of_refusal(refusal), identity)
        except Problem as problem:
            return problem_document(problem, identity)

    def _call(self, endpoint: AdminEndpoint, token: AdminToken, path: Mapping[str, str]) -> AdminCall:
        """The checked request. Raises `ScopeMissing`, `NotFound`, `BadRequest` and what reading a body raises."""
        if endpoint.resource and not token.allows(endpoint.resource, endpoint.verb):
            raise ScopeMissing(scope=endpoint.scope)
        if endpoint.operator and token.account_id is not None:
            raise ScopeMissing(_OPERATORS)
        for name, value in path.items():
            try:
                require(value, ROUTE_ID if name == "route_id" else PLAIN_ID, name)
            except BadRequest:
                raise NotFound(param=name) from None
        call = AdminCall(self.services, token, path, _query(endpoint))
        if "account_id" in path:
            call.account()
        return replace(call, body=_body(request, endpoint.body)) if endpoint.body else call

    def _success(self, endpoint: AdminEndpoint, call: AdminCall, identity: str) -> Response:
        claim = self._claim(endpoint, call, identity)
        try:
            with self._unchanged(endpoint, call):
                value = endpoint.run(call)
        except (Problem, Refused) as fault:
            status = fault.status if isinstance(fault, Problem) else 400
            if claim and status < 500:  # beyond, it is unknown whether the change was made
                self.claims.settle(claim, status, "")
            raise
        location = PREFIX + endpoint.made.format(**{**call.path, **value}) if endpoint.made else ""
        if claim:
            self.claims.settle(claim, endpoint.status, location)
        return _response(
            endpoint, value, {REQUEST_ID: identity} | ({"Location": location} if location else {})
        )

    @contextmanager
    def _unchanged(self, endpoint: AdminEndpoint, call: AdminCall) -> Iterator[None]:
        """Raise `ChangedMeanwhile` unless `If-Match` (RFC 9110 section 13.1.1) names the present state.

        The rows are held for the change, which raises it too if another one came between.
        """
        wanted, reader = request.headers.get("If-Match"), READERS.get(endpoint.changed)
        if wanted is None or reader is None or endpoint.verb == "read":
            yield
            return
        with self.services.holding(endpoint.changed, call.path):
            present = etag_of(reader.run(replace(call, body={})))
            if wanted.strip() != "*" and present not in (tag.strip() for tag in wanted.split(",")):
                raise ChangedMeanwhile()
            yield

    def _claim(self, endpoint: AdminEndpoint, call: AdminCall, identity: str) -> AdminClaim | None:
        named = request.headers.get("Idempotency-Key")
        if named is None or endpoint.verb == "read":
            return None
        if not (0 < len(named) <= LONGEST_CLAIM and named.isascii() and named.isprintable()):
            raise BadRequest(
                "`Idempotency-Key` is 1 to %(limit)s printable ASCII characters.",
                param="Idempotency-Key",
                limit=LONGEST_CLAIM,
            )
        asked = orjson.dumps([endpoint.name, dict(call.path), dict(call.body)], option=orjson.OPT_SORT_KEYS)
        return self.claims.claim(call.token, named, asked, identity)


def etag_of(value: Json) -> str:
    """A strong entity tag of an object's state."""
    state = {name: member for name, member in value.items() if name not in VOLATILE}
    digest = hashlib.sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f'"{digest[:24]}"'


def _response(endpoint: AdminEndpoint, value: Json, headers: Mapping[str, str]) -> Response:
    if endpoint.answer is None:
        return Response(status=204, headers=headers)
    response = Response(orjson.dumps(value), endpoint.status, headers, content_type="application/json")
    if endpoint.path in READERS:
        response.headers["ETag"] = etag_of(value)
    return response


def _query(endpoint: AdminEndpoint) -> Mapping[str, str]:
    """The query parameters, checked. Raises `BadRequest`, also for one that the endpoint does not know."""
    given = request.args.to_dict()
    typed: dict[str, Any] = {
        name: int(value) if _is_number(endpoint.query.get(name), value) else value
        for name, value in given.items()
    }
    require(typed, fields((), **endpoint.query))
    return given


def _is_number(schema: Schema | None, value: str) -> bool:
    wanted = schema is not None and schema.get("type") == "integer"
    return wanted and value.isascii() and value.isdigit() and len(value) < 10


def _body(current: Request, schema: Schema) -> Mapping[str, Any]:
    """The body, checked; one that may be empty may also be left out. Raises `BadRequest` and more."""
    octets = read_body(current, MAX_BODY_BYTES)
    body = load_object(octets) if octets or schema["required"] else {}
    require(body, schema)
    return body


def admin_api(api: AdminApi) -> Blueprint:
    """The blueprint of the declared endpoints."""
    pages = Blueprint("api_admin", __name__, url_prefix=PREFIX)
    for endpoint in ENDPOINTS:
        rule = endpoint.path.replace("{route_id}", "<path:route_id>").replace("{", "<").replace("}", ">")
        pages.add_url_rule(rule, endpoint.name, _view(api, endpoint), methods=[endpoint.method])
    return pages


def _view(api: AdminApi, endpoint: AdminEndpoint) -> View:
    @authorised(AccessRule.ADMIN)
    def view(**path: str) -> Response:
        return api.respond(endpoint, path)

    return view
