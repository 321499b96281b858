"""The lists of models: what a key can call, and the public catalog with its prices."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ni.access.keys import KeyGate, presented_key
from ni.catalog.listing import (
    MOST_LISTED,
    anthropic_list,
    anthropic_model,
    billing_models,
    model_object,
    models_list,
)
from ni.catalog.routes import Catalog
from ni.domain.errors import BadRequest, InvalidKey, ModelNotFound
from ni.domain.route import Route
from ni.providers.parameters import supported
from ni.web.api.errors import JSON
from ni.web.security import AccessRule, authorised

Body = Mapping[str, Any]
VERSION = "anthropic-version"
"""Every client of Anthropic's API sends it (https://docs.anthropic.com/en/api/versioning) and gets that API's shape."""


def lists_api(keys: KeyGate, catalog: Catalog) -> Blueprint:
    """`GET /v1/models`, `GET /v1/models/<id>`, `GET /api/billing/models`."""
    pages = Blueprint("api_lists", __name__)

    @pages.get("/v1/models")
    @authorised(AccessRule.KEY)
    def models() -> Response:
        routes = _callable(keys, catalog)
        if VERSION in request.headers:
            return _json(anthropic_list(routes, _limit(), *map(_argument, ("after_id", "before_id"))))
        return _json(models_list(routes, supported))

    @pages.get("/v1/models/<path:route_id>")
    @authorised(AccessRule.KEY)
    def model(route_id: str) -> Response:
        for route in _callable(keys, catalog):
            if route.id == route_id:
                is_anthropic = VERSION in request.headers
                return _json(anthropic_model(route) if is_anthropic else model_object(route, supported))
        raise ModelNotFound(param="model", model=route_id[:256])

    @pages.get("/api/billing/models")
    @authorised(AccessRule.ANONYMOUS)
    def billing() -> Response:
        return _json(billing_models(_visible_routes(keys, catalog)))

    return pages


def _callable(keys: KeyGate, catalog: Catalog) -> tuple[Route, ...]:
    """The routes that the presented key can call. Raises `InvalidKey`."""
    caller = keys.authenticate(presented_key(request.headers.get))
    return catalog.callable_by(caller.tiers, caller.own_providers, caller.min_evidence)


def _argument(name: str) -> str:
    return request.args.get(name, "")


def _limit() -> int:
    """How many models a page of Anthropic's list has: 20 by default, as at Anthropic. Raises `BadRequest`."""
    text = _argument("limit") or "20"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_LISTED:
        raise BadRequest(
            "`limit` must be a whole number from 1 to %(most)s.", param="limit", most=MOST_LISTED
        )
    return int(text)


def _visible_routes(keys: KeyGate, catalog: Catalog) -> Iterable[Route]:
    """Every route the gateway knows; with a valid key, those that key can call."""
    try:
        caller = keys.authenticate(presented_key(request.headers.get))
    except InvalidKey:
        return catalog.routes()
    return catalog.callable_by(caller.tiers, caller.own_providers, caller.min_evidence)


def _json(body: Body) -> Response:
    return Response(orjson.dumps(body), content_type=JSON)
