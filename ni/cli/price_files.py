"""Reading price files from where the operator keeps them: a path, or an address that is asked through the egress.

Size and time are bounded.
"""

from pathlib import Path
from typing import Any

from ni.catalog.prices.quote import PriceList, Quote
from ni.catalog.prices.sources import NoPriceFile, parse, read_prices
from ni.cli.bounded import read_bounded
from ni.cli.context import CliError, Context
from ni.domain.clock import SystemClock
from ni.domain.route import Route
from ni.factory.gateway import CONNECT_S
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.connection import Dialer, system_resolve
from ni.outbound.errors import OutboundFault

MOST_BYTES = 32 * 2**20
_PATIENCE = Timeouts(first_byte_s=15.0, idle_s=15.0, total_s=60.0)
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


def door_of(context: Context) -> EgressClient:
    """A egress of the command's own."""
    clock = SystemClock()
    return EgressClient(Dialer(context.settings.private_networks, system_resolve, clock, CONNECT_S), clock)


def _document(context: Context, place: str) -> Any:
    if not place.startswith(("http://", "https://")):
        return parse(read_bounded(Path(place), MOST_BYTES))
    egress = door_of(context)
    try:
        return _fetch(egress, place)
    finally:
        egress.forget()


def _fetch(egress: EgressClient, url: str) -> Any:
    response = egress.send(Request("GET", url, _HEADERS, patience=_PATIENCE))
    try:
        if response.status != 200:
            raise NoPriceFile(f"the server answered {response.status}")
        return parse(response.read(MOST_BYTES))
    finally:
        response.close()
