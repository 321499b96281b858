"""Fetches the price files of others by their addresses, through the gateway's own egress, for pages and commands."""

import logging
from urllib.parse import urlsplit

from ni.catalog.price_lists import MOST_BYTES
from ni.domain.errors import BadRequest
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, ConnectFailed, OutboundFault, TooLarge, TooSlow, Unsendable

log = logging.getLogger(__name__)
_TIMEOUTS = Timeouts(first_byte_s=15.0, idle_s=15.0, total_s=60.0)
_HEADERS = {"Accept": "application/json", "User-Agent": "northern-inference"}
_FORM = "Write an address such as https://models.dev/api.json."
_LARGE = "What %(host)s sends is larger than %(most)s MiB."
_REFUSED = (
    "%(host)s may not be reached from here. The address must begin with https:// and lead to the internet, or into a "
    "network that NI_PRIVATE_NETWORKS names."
)
_SILENT = "Nobody answers at %(host)s. Is the address right, and may this machine reach the internet?"
_BROKEN = "The connection to %(host)s broke before the file was whole."


def fetched(egress: EgressClient, address: str) -> bytes:
    """The file at an address, at most `MOST_BYTES` of it; redirects are not followed. Raises `BadRequest`."""
    url = address.strip()
    if not url.startswith(("https://", "http://")):
        raise BadRequest(_FORM, param="address")
    try:
        response = egress.send(Request("GET", url, _HEADERS, timeouts=_TIMEOUTS))
        try:
            octets = response.read(MOST_BYTES) if response.status == 200 else b""
        finally:
            response.close()
    except OutboundFault as fault:
        raise _unreached(fault, url) from fault
    if response.status != 200:
        raise BadRequest(
            "The server answered %(status)s instead of a price file.",
            param="address",
            status=response.status,
        )
    return octets


def _unreached(fault: OutboundFault, url: str) -> BadRequest:
    """What a person can do about an address that was not reached."""
    host = urlsplit(url).hostname or "" if not isinstance(fault, Unsendable) else ""
    log.info("price file at %s: %s", host, fault)
    match fault:
        case Unsendable():
            return BadRequest(_FORM, param="address")
        case TooLarge():
            most = MOST_BYTES // 2**20
            return BadRequest(_LARGE, param="address", host=host, most=most)
        case AddressRefused():
            return BadRequest(_REFUSED, param="address", host=host)
        case ConnectFailed():
            return BadRequest(_SILENT, param="address", host=host)
        case TooSlow():
            return BadRequest("%(host)s did not answer in time.", param="address", host=host)
    return BadRequest(_BROKEN, param="address", host=host)
