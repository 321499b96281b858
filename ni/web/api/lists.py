"""The lists of models: what a key can call, and the public catalog with its prices."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ni.access.carriers import presented_key
from ni.access.keys import KeyGate
from ni.catalog.listing import billing_models, model_object, models_list
from ni.catalog.routes import Catalog
from ni.domain.errors import InvalidKey, ModelNotFound
from ni.domain.route import Route
from ni.web.api.endpoint import JSON
from ni.web.security import Rule, authorised

Body = Mapping[str, Any]


def lists_api(keys: KeyGate, catalog: Catalog) -> Blueprint:
    """`GET /v1/models`, `GET /v1/models/<id>`, `GET /api/billing/models`."""
    pages = Blueprint("api_lists", __name__)

    @pages.get("/v1/models")
    @authorised(Rule.KEY)
    def models() -> Response:
        caller = keys.authenticate(presented_key(request.headers.get))
        return _json(
            models_list(catalog.callable_by(caller.tiers, caller.own_providers, caller.min_evidence))
        )

    @pages.get("/v1/models/<path:route_id>")
    @authorised(Rule.KEY)
    def model(route_id: str) -> Response:
        caller = keys.authenticate(presented_key(request.headers.get))
        for route in catalog.callable_by(caller.tiers, caller.own_providers, caller.min_evidence):
            if route.id == route_id:
                return _json(model_object(route))
        raise ModelNotFound(param="model", model=route_id[:256])

    @pages.get("/api/billing/models")
    @authorised(Rule.ANONYMOUS)
    def billing() -> Response:
        return _json(billing_models(_known_to(keys, catalog)))

    return pages


def _known_to(keys: KeyGate, catalog: Catalog) -> Iterable[Route]:
    """Every route the gateway knows; with a valid key, those that key can call."""
    try:
        caller = keys.authenticate(presented_key(request.headers.get))
    except InvalidKey:
        return catalog.routes()
    return catalog.callable_by(caller.tiers, caller.own_providers, caller.min_evidence)


def _json(body: Body) -> Response:
    return Response(orjson.dumps(body), content_type=JSON)
