"""Reading price files from where the operator keeps them: a path, or an address that is asked through the door.

Size and time are bounded. A list that comes in pages (Azure's `NextPageLink`) is followed on the same host.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ni.catalog.prices.quote import PriceList, Quote
from ni.catalog.prices.sources import NoPriceFile, parse, read_prices
from ni.cli.bounded import read_bounded
from ni.cli.context import CliError, Context
from ni.domain.clock import SystemClock
from ni.domain.route import Route
from ni.factory.gateway import CONNECT_S
from ni.outbound.dialer import Dialer, system_resolve
from ni.outbound.door import Door, Patience, Request
from ni.outbound.faults import OutboundFault

MOST_BYTES = 32 * 2**20
MOST_PAGES = 50
_PATIENCE = Patience(first_byte_s=15.0, idle_s=15.0, total_s=60.0)
_HEADERS = {"Accept": "application/json", "User-Agent": "northern-inference"}


def price_list(context: Context, place: str) -> tuple[str, PriceList]:
    """The name of the source at a path or URL, and its prices. Raises `CliError`, also when a price is asked for."""
    try:
        source, prices = read_prices(_document(context, place))
    except (NoPriceFile, OSError, OutboundFault) as fault:
        raise CliError(f"{place}: {fault}") from fault

    def quote(route: Route) -> Quote | None:
        try:
            return prices(route)
        except NoPriceFile as fault:
            raise CliError(f"{place}: {fault}") from fault

    return source, quote


def door_of(context: Context) -> Door:
    """A door of the command's own."""
    clock = SystemClock()
    return Door(Dialer(context.settings.private_networks, system_resolve, clock, CONNECT_S), clock)


def _document(context: Context, place: str) -> Any:
    if not place.startswith(("http://", "https://")):
        return parse(read_bounded(Path(place), MOST_BYTES))
    door = door_of(context)
    try:
        return _pages(door, place)
    finally:
        door.forget()


def _pages(door: Door, url: str) -> Any:
    """The document, with the items of the pages that follow it."""
    first = found = _fetch(door, url)
    for _ in range(MOST_PAGES):
        following = found.get("NextPageLink") if isinstance(found, dict) else None
        if not isinstance(following, str):
            return first
        if urlsplit(following)[:2] != urlsplit(url)[:2]:
            raise NoPriceFile("goes on at another host, which is not followed")
        found = _fetch(door, following)
        first["Items"] += found.get("Items", [])
    raise NoPriceFile(f"has more than {MOST_PAGES} pages; ask for less with a $filter")


def _fetch(door: Door, url: str) -> Any:
    response = door.send(Request("GET", url, _HEADERS, patience=_PATIENCE))
    try:
        if response.status != 200:
            raise NoPriceFile(f"the server answered {response.status}")
        return parse(response.read(MOST_BYTES))
    finally:
        response.close()
