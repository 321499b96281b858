"""One relay for every upstream that speaks OpenAI's chat completions: `openai`, `local`, and those to come.

A provider says where to and with which headers and body; the relay sends it through the door and reads the answer,
each chunk given on when it arrives. It maps failures once, and takes no stream for complete that did not say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import orjson

from ni.domain.call import Json
from ni.domain.errors import BadRequest, Problem, UpstreamError
from ni.outbound.door import Door, Patience, Request
from ni.outbound.faults import OutboundFault
from ni.outbound.response import Response
from ni.providers.exchange import Form, RelayedExchange
from ni.providers.failures import Party, problem_of_fault, problem_of_status, read_complaint, retry_after
from ni.providers.provider import Order

_COMPLAINT_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where one order goes: the URL of the chat endpoint, its headers (credential included), its body, and to whom."""

    url: str
    headers: Mapping[str, str]
    body: Json
    party: Party


@dataclass(frozen=True, slots=True)
class RelayPatience:
    """A streamed answer begins soon; a whole one is not there before its last token was made."""

    streamed: Patience = field(default_factory=Patience)
    whole: Patience = field(default_factory=lambda: Patience(first_byte_s=600.0))


class Relay:
    """Sends orders of OpenAI's shape through the door."""

    def __init__(self, door: Door, patience: RelayPatience | None = None) -> None:
        self._door = door
        self._patience = patience or RelayPatience()

    def send(self, order: Order, addressed: Addressed) -> RelayedExchange:
        """Send and wait for the head of the answer. Raises `Problem`."""
        party = addressed.party
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "northern-inference",
            **addressed.headers,
        }
        patience = self._patience.streamed if order.stream else self._patience.whole
        request = Request(
            "POST", addressed.url, headers, _wire_body(order, addressed.body), patience, order.vet
        )
        try:
            response = self._door.send(request)
            if response.status != 200:
                raise self._complaint(response, party)
        except OutboundFault as fault:
            raise problem_of_fault(fault, party) from fault
        peer = replace(response.peer, upstream_request_id=_request_id(response))
        wanted = order.body.get("n")
        form = Form(order.stream, wanted if isinstance(wanted, int) else 1)
        return RelayedExchange(response, peer, party, form)

    def get(self, url: str, headers: Mapping[str, str], patience: Patience, party: Party) -> Json:
        """The JSON object at an address, e.g. a list of models. Raises `Problem`."""
        try:
            response = self._door.send(Request("GET", url, headers, patience=patience))
            if response.status != 200:
                raise self._complaint(response, party)
            found = orjson.loads(response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, party) from fault
        except orjson.JSONDecodeError as fault:
            raise UpstreamError(provider=party.name) from fault
        if not isinstance(found, dict):
            raise UpstreamError(provider=party.name)
        return found

    def _complaint(self, response: Response, party: Party) -> Problem:
        try:
            body = response.read(_COMPLAINT_LIMIT)
        except OutboundFault:  # the status alone must do
            body = b""
        finally:
            response.close()
        wait_s = retry_after(response.headers, self._door.clock.now())
        return problem_of_status(response.status, read_complaint(body), wait_s, party)


def _wire_body(order: Order, body: Json) -> bytes:
    """The body as it is sent; a stream is always asked for its usage, for the client may not have."""
    wire = {**body, "model": order.route.upstream_model, "stream": order.stream}
    wire.pop("stream_options", None)
    if order.stream:
        options = body.get("stream_options")
        wire["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
    try:
        return orjson.dumps(wire)
    except TypeError as fault:  # an integer beyond 64 bits, or a lone surrogate
        raise BadRequest(
            "The request holds a number or a text that JSON cannot carry to the provider."
        ) from fault


def _request_id(response: Response) -> str:
    found = response.headers.get("x-request-id", "")
    return found if len(found) <= 128 and found.isascii() and found.isprintable() else ""
