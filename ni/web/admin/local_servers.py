"""Local servers of the operator, and the models that they serve."""

from collections.abc import Mapping
from typing import Any

from ni.access.admin_tokens import Resource
from ni.catalog.capabilities import MODALITIES
from ni.catalog.hourly import HourlyTerms, read_speed
from ni.catalog.own_servers import Offered, OwnServer
from ni.catalog.sheet import own_route_id
from ni.domain.errors import BadRequest
from ni.domain.money import parse_amount
from ni.domain.route import CallKind, Price
from ni.domain.secret import Secret
from ni.gateway.local_servers import LocalServers, NewServer
from ni.web.admin.declared import PAGING, AdminCall, AdminEndpoint, Json, paged
from ni.web.admin.schemas import (
    AMOUNT,
    FLAG,
    WORD,
    Schema,
    answered,
    fields,
    listed,
    one_of,
    several,
    text,
    whole,
)

_WORDS: Schema = {"type": "array", "items": WORD}
SERVER = answered(id=WORD, address=WORD, jurisdiction=WORD, has_key=FLAG, routes=_WORDS)
FOUND = answered(model=WORD, route=WORD, capabilities={"type": "object"})
_MODEL = fields(
    ("model",), model=text(300), context_window=whole(1, 100_000_000), max_output_tokens=whole(1, 100_000_000),
    modalities=several(one_of(*sorted(MODALITIES))), function_calling=FLAG, streaming=FLAG, json_schema=FLAG,
    reasoning=FLAG, kind=one_of(*CallKind),
)  # fmt: skip
_PRICE = fields(
    ("usd_per_hour", "input_per_s", "output_per_s"),
    usd_per_hour=AMOUNT,
    input_per_s=AMOUNT,
    output_per_s=AMOUNT,
)
_SERVED: Mapping[str, Schema] = {
    "models": {"type": "array", "items": _MODEL, "maxItems": 200},
    "price": _PRICE,
}


def server_object(servers: LocalServers, server: OwnServer) -> Mapping[str, Any]:
    """A server as programs see it, never its key."""
    return {
        "id": server.id,
        "address": server.deployment.endpoint,
        "jurisdiction": servers.jurisdiction,
        "has_key": servers.key_end(server) is not None,
        "routes": [row.id for row in server.routes],
    }


def list_servers(call: AdminCall) -> Json:
    """Every local server that is kept in the catalog."""
    servers = call.services.local_servers
    return paged(call, [server_object(servers, server) for server in servers.list()])


def get_server(call: AdminCall) -> Json:
    """One of them. Raises `NotFound`."""
    servers = call.services.local_servers
    return server_object(servers, servers.get(call.path["server_id"]))


def add_server(call: AdminCall) -> Json:
    """Look at a server, keep its address, and serve the models that are named, else all. Raises `BadRequest`."""
    servers, body = call.services.local_servers, call.body
    price = _price(call)
    new = NewServer(body["name"], body["address"], body["jurisdiction"], _key(call))
    server, found = servers.add(new)
    offered = _offered(call) or [Offered(one.id, one.capabilities) for one in found.models]
    return server_object(servers, servers.serve(server.id, offered, price))


def change_server(call: AdminCall) -> Json:
    """Change address, key or models; what is left out stays. Raises `NotFound`, `BadRequest`."""
    servers, body = call.services.local_servers, call.body
    server, price = servers.get(call.path["server_id"]), _price(call)
    if body.keys() & {"address", "key", "forget_key"}:
        address = body.get("address", server.deployment.endpoint)
        servers.move(server.id, address, _key(call), forget=body.get("forget_key", False))
    if "models" in body:
        servers.serve(server.id, _offered(call), price)
    return server_object(servers, servers.get(server.id))


def remove_server(call: AdminCall) -> Json:
    """Remove a server, and the routes that it alone serves. Raises `NotFound`."""
    call.services.local_servers.remove(call.path["server_id"])
    return {}


def list_models(call: AdminCall) -> Json:
    """What a server lists now, with what it says of each model. Raises `NotFound`, `BadRequest`."""
    found = call.services.local_servers.look(call.path["server_id"])
    models = [
        {"model": one.id, "route": own_route_id(one.id), "capabilities": one.capabilities}
        for one in found.models
    ]
    return paged(call, models, "model")


def _key(call: AdminCall) -> Secret | None:
    return Secret(call.body["key"]) if call.body.get("key") else None


def _offered(call: AdminCall) -> list[Offered]:
    entries = [dict(entry) for entry in call.body.get("models", ())]
    return [Offered(entry.pop("model"), entry) for entry in entries]


def _price(call: AdminCall) -> Price | None:
    terms = call.body.get("price")
    if terms is None:
        return None
    try:
        speeds = read_speed(terms["input_per_s"]), read_speed(terms["output_per_s"])
    except (ValueError, ZeroDivisionError) as fault:
        raise BadRequest("Write a number of tokens such as 850.", param="price") from fault
    hourly = HourlyTerms(parse_amount(terms["usd_per_hour"]), *speeds)
    return hourly.price(call.services.clock.now().date().isoformat())


_SERVER = "/local-servers/{server_id}"
_ADDRESS: Mapping[str, Schema] = {"address": text(400), "key": text(2048)}
ENDPOINTS = (
    AdminEndpoint("listLocalServers", "GET", "/local-servers", Resource.CATALOG, "List local servers",
                  list_servers, listed(SERVER), query=PAGING, operator=True),
    AdminEndpoint("getLocalServer", "GET", _SERVER, Resource.CATALOG, "Read a local server", get_server, SERVER,
                  operator=True),
    AdminEndpoint("addLocalServer", "POST", "/local-servers", Resource.CATALOG,
                  "Add a running server of your own by its address", add_server, SERVER,
                  fields(("name", "address", "jurisdiction"), name=text(40), jurisdiction=text(20), **_ADDRESS,
                         **_SERVED), made="/local-servers/{id}", operator=True),
    AdminEndpoint("changeLocalServer", "PATCH", _SERVER, Resource.CATALOG,
                  "Change address, key or models of a local server", change_server, SERVER,
                  fields((), forget_key=FLAG, **_ADDRESS, **_SERVED), operator=True),
    AdminEndpoint("removeLocalServer", "DELETE", _SERVER, Resource.CATALOG, "Remove a local server", remove_server,
                  operator=True),
    AdminEndpoint("listLocalModels", "GET", f"{_SERVER}/models", Resource.CATALOG,
                  "Ask a local server for its models", list_models, listed(FOUND), query=PAGING, operator=True),
)  # fmt: skip
