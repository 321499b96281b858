"""The operator's credentials of providers, and where routes run."""

from typing import Any

from ni.access.admin_tokens import Resource
from ni.catalog.placing import SHARED
from ni.catalog.sheet import CatalogFault
from ni.domain.clock import rfc3339
from ni.domain.errors import BadRequest, NotFound
from ni.domain.providers import PROVIDERS
from ni.domain.secret import Secret
from ni.gateway.provider_setup import CredentialTrial, SlotState
from ni.web.admin.catalog import DEPLOYMENT, ROUTE, deployment_object, get_deployment, get_route
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.schemas import (
    FLAG,
    INSTANT,
    WORD,
    Schema,
    answered,
    fields,
    listed,
    one_of,
    or_null,
    several,
    text,
    whole,
)

STATES = ("environment", "stored", "closed", "none")
_WORDS = several(WORD)
TRIED = answered(ok=FLAG, route=or_null(WORD), error=or_null(WORD))
PROVIDER = answered(
    name=WORD, provider=WORD, state=one_of(*STATES), variable=or_null(WORD), fields=_WORDS, deployments=_WORDS,
    routes=whole(0, 100_000), callable=whole(0, 100_000), last4=or_null(WORD), fingerprint=or_null(WORD),
    shown={"type": "object"}, created_at=or_null(INSTANT),
)  # fmt: skip


def slot_object(state: SlotState) -> dict[str, Any]:
    """A place for a credential as programs see it; `state` says what fills it, and no secret is in it."""
    stored = state.stored
    return {
        "name": state.slot.name,
        "provider": state.slot.provider,
        "state": state.state,
        "variable": state.variable or None,
        "fields": [each.field.name for each in state.slot.fields],
        "deployments": list(state.slot.deployments),
        "routes": state.routes,
        "callable": state.callable,
        "last4": stored.last4 if stored else None,
        "fingerprint": stored.fingerprint if stored else None,
        "shown": dict(stored.shown) if stored else {},
        "created_at": rfc3339(stored.created_at) if stored else None,
    }


def trial_object(tried: CredentialTrial) -> dict[str, Any]:
    """What came of trying a credential."""
    error = tried.problem.message if tried.problem else None
    return {"ok": tried.problem is None, "route": tried.route or None, "error": error}


def list_providers(call: AdminCall) -> Json:
    """Every place for a credential of the operator's, and what fills it."""
    return paged(call, [slot_object(state) for state in call.services.setup.states()], "name")


def get_provider(call: AdminCall) -> Json:
    """One place for a credential. Raises `NotFound`."""
    return slot_object(call.services.setup.state(call.path["name"]))


def store_provider(call: AdminCall) -> Json:
    """Store a credential in place of the one before, and try it. Raises `NotFound`, `Refused`."""
    given = {name: Secret(value) for name, value in call.body.items()}
    call.services.setup.store(call.path["name"], given, call.maker)
    return test_provider(call)


def test_provider(call: AdminCall) -> Json:
    """Ask the provider with what is in force. Raises `NotFound`."""
    return trial_object(call.services.setup.tried(call.path["name"]))


def remove_provider(call: AdminCall) -> None:
    """Forget a stored credential. Raises `NotFound`."""
    if not call.services.setup.remove(call.path["name"]):
        raise NotFound("No credential of this name is stored.", param="name")


def add_deployment(call: AdminCall) -> Json:
    """Add a deployment. Raises `BadRequest`."""
    row = {name: value for name, value in call.body.items() if name != "credential"}
    try:
        placing = call.services.placing
        placing.apply(placing.deployment(row, call.body.get("credential", SHARED)))
    except CatalogFault as fault:
        raise BadRequest("The deployment cannot be taken: %(reason)s", reason=str(fault)) from fault
    call.services.catalog.refresh()
    found = {each.id: each for each in call.services.catalog.deployments()}
    return deployment_object(call, found[call.body["id"]])


def remove_deployment(call: AdminCall) -> None:
    """Delete a deployment that no route names. Raises `NotFound`, `BadRequest`."""
    get_deployment(call)
    try:
        call.services.placing.remove(call.path["deployment_id"])
    except CatalogFault as fault:
        raise BadRequest("The deployment cannot be deleted: %(reason)s", reason=str(fault)) from fault
    call.services.catalog.refresh()


def place_route(call: AdminCall) -> Json:
    """Set the deployments of a route, in order. Raises `NotFound`, `BadRequest`."""
    get_route(call)
    try:
        placing = call.services.placing
        placing.apply(placing.route(call.path["route_id"], call.body["deployments"]))
    except CatalogFault as fault:
        raise BadRequest("The route cannot be changed: %(reason)s", reason=str(fault)) from fault
    call.services.catalog.refresh()
    return get_route(call)


_ONE = "/providers/{name}"
_SECRETS: Schema = {**fields(), "additionalProperties": text(8192)}
_NAMES: Schema = {**several(text(80), 16), "minItems": 1}
_NEW_DEPLOYMENT = fields(
    ("id", "provider", "region", "jurisdiction"), id=text(32), provider=one_of(*sorted(PROVIDERS)), region=text(60),
    jurisdiction=text(20), endpoint=text(300), credential=text(40),
    options={**fields(), "additionalProperties": text(200)},
)  # fmt: skip

ENDPOINTS = (
    AdminEndpoint("listProviders", "GET", "/providers", Resource.CREDENTIALS,
                  "List the places for the instance's credentials of providers, and what fills each", list_providers,
                  listed(PROVIDER), query=PAGING, operator=True),
    AdminEndpoint("getProvider", "GET", _ONE, Resource.CREDENTIALS, "Read a place for a credential", get_provider,
                  PROVIDER, operator=True),
    AdminEndpoint("storeProvider", "PUT", _ONE, Resource.CREDENTIALS,
                  "Store a credential of the instance in place of the one before, and try it", store_provider, TRIED,
                  _SECRETS, operator=True),
    AdminEndpoint("testProvider", "POST", f"{_ONE}/test", Resource.CREDENTIALS,
                  "Ask a provider with the credential in force", test_provider, TRIED, operator=True),
    AdminEndpoint("removeProvider", "DELETE", _ONE, Resource.CREDENTIALS, "Forget a credential of the instance",
                  remove_provider, operator=True),
    AdminEndpoint("addDeployment", "POST", "/deployments", Resource.CATALOG, "Add a deployment", add_deployment,
                  DEPLOYMENT, _NEW_DEPLOYMENT, made="/deployments/{id}", operator=True),
    AdminEndpoint("removeDeployment", "DELETE", "/deployments/{deployment_id}", Resource.CATALOG,
                  "Delete a deployment that no route names", remove_deployment, operator=True),
    AdminEndpoint("placeRoute", "PUT", "/routes/{route_id}/deployments", Resource.CATALOG,
                  "Set the deployments of a route, in order", place_route, ROUTE,
                  fields(("deployments",), deployments=_NAMES), changes="/routes/{route_id}", operator=True),
)  # fmt: skip
