"""A form that is filled in right, as the activity log's tests have it, and those of the catalog's own pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ni.access.accounts import DEFAULT
from ni.domain.activity import OPERATOR, ActivityKind
from ni.domain.route import Price
from ni.factory.gateway import Gateway
from ni.gateway.local_servers import NewServer
from tests.portal.cast import ALICE, Person
from tests.portal.conftest import Browser

ECHO, LATER = "sandbox/echo-local", "2999-01-01"


@dataclass(frozen=True)
class Case:
    """A form that is filled in right, by whom, and what is on record of it afterwards, in this order."""

    path: str
    kinds: tuple[ActivityKind, ...]
    answers: Mapping[str, object] = field(default_factory=dict)
    who: Person | None = ALICE
    account: str = DEFAULT
    before: Callable[[Gateway, Browser, dict[str, Any]], None] = lambda gateway, browser, answers: None


def a_local_server(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.local_servers.add(NewServer("desk", "127.0.0.1:1", "CA"))


def a_price_to_come(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.editor.set_price(ECHO, Price(LATER, 0, 0, 0, 0))


def a_route_that_is_off(gateway: Gateway, browser: Browser, answers: dict[str, Any]) -> None:
    gateway.editor.switch(ECHO, enabled=False)


CATALOG_CASES = {
    "/portal/local-models/new": Case(
        "/portal/local-models/new",
        (ActivityKind.CATALOG_CHANGED,),
        {"address": "127.0.0.1:1", "place": "CA"},
        account=OPERATOR,
    ),
    "/portal/local-models/<server_id>": Case(
        "/portal/local-models/local-desk",
        (ActivityKind.CATALOG_CHANGED,),
        {"models-0-model": "qwen", "models-0-serve": "y", "pricing": "free"},
        account=OPERATOR,
        before=a_local_server,
    ),
    "/portal/local-models/<server_id>/address": Case(
        "/portal/local-models/local-desk/address",
        (ActivityKind.CATALOG_CHANGED,),
        {"address": "127.0.0.1:2"},
        account=OPERATOR,
        before=a_local_server,
    ),
    "/portal/local-models/<server_id>/remove": Case(
        "/portal/local-models/local-desk/remove",
        (ActivityKind.CATALOG_CHANGED,),
        {},
        account=OPERATOR,
        before=a_local_server,
    ),
    "/portal/prices/<path:route_id>": Case(
        "/portal/prices/sandbox/echo-local",
        (ActivityKind.CATALOG_CHANGED,),
        {"since": LATER, "input": "0", "output": "0"},
        account=OPERATOR,
    ),
    "/portal/prices/<path:route_id>/withdraw": Case(
        "/portal/prices/sandbox/echo-local/withdraw",
        (ActivityKind.CATALOG_CHANGED,),
        {"since": LATER},
        account=OPERATOR,
        before=a_price_to_come,
    ),
    "/portal/prices/<path:route_id>/state": Case(
        "/portal/prices/sandbox/echo-local/state",
        (ActivityKind.CATALOG_CHANGED,),
        {"enabled": "no"},
        account=OPERATOR,
    ),
    "/portal/prices/<path:route_id>/delete": Case(
        "/portal/prices/sandbox/echo-local/delete",
        (ActivityKind.CATALOG_CHANGED,),
        {},
        account=OPERATOR,
        before=a_route_that_is_off,
    ),
    "/portal/price-sources/take": Case(
        "/portal/price-sources/take",
        (ActivityKind.CATALOG_CHANGED,),
        {"take": ECHO, "since": LATER, f"price:{ECHO}": '{"input": "0", "output": "0"}'},
        account=OPERATOR,
    ),
}
STORING_NOTHING = {
    "/portal/local-models/<server_id>/test": "asks the server, stores nothing",
    "/portal/price-sources": "compares, stores nothing",
    "/portal/price-sources/fetch": "fetches and compares, stores nothing",
    "/portal/prices/<path:route_id>/preview": "shows a difference, stores nothing",
}
