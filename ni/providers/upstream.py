"""Sends one request to a provider, and gives the response if the provider accepted it.

What every adapter does alike is here: encoding, patience, and turning a refusal into a `Problem` through the adapter's
own judge. What the answer means is read by `exchange.py` and `translated.py`.

What adapters read off an order in the same way: whose it is, and what its answer's chunks begin with.

Where an upstream of OpenAI's shape is and how to be let in: base URL and `Authorization`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson

from ni.domain.call import Json
from ni.domain.clock import Clock
from ni.domain.errors import BadRequest, Problem, UpstreamError
from ni.domain.route import Deployment
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import Response
from ni.providers.base import Lookup, ProviderRequest
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, read_complaint, retry_after

_COMPLAINT_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class OrderPatience:
    """A streamed answer begins soon; a whole one is not there before its last token was made."""

    streamed: Timeouts = field(default_factory=Timeouts)
    whole: Timeouts = field(default_factory=lambda: Timeouts(first_byte_s=600.0))


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """Where one request goes, with its headers (credential included) and its encoded body; whether it streams."""

    url: str
    headers: Mapping[str, str]
    wire: bytes
    party: Upstream
    streamed: bool


@dataclass(frozen=True, slots=True)
class UpstreamRefused:
    """An error response: its status, headers, body and complaint, and the seconds it asks to wait."""

    status: int
    headers: Mapping[str, str]
    complaint: ErrorBody
    wait_s: int | None
    party: Upstream
    body: bytes


Judge = Callable[[UpstreamRefused], Problem]
"""An adapter's reading of a refusal."""


def encode(body: Json) -> bytes:
    """The body as JSON. Raises `BadRequest` for what JSON cannot carry."""
    try:
        return orjson.dumps(body)
    except TypeError as fault:  # an integer beyond 64 bits, or a lone surrogate
        raise BadRequest(
            "The request holds a number or a text that JSON cannot carry to the provider."
        ) from fault


class UpstreamClient:
    """Through the egress and back."""

    def __init__(self, egress: EgressClient, judge: Judge, patience: OrderPatience | None = None) -> None:
        self._egress = egress
        self._judge = judge
        self._patience = patience or OrderPatience()

    def send(self, order: ProviderRequest, letter: UpstreamRequest) -> Response:
        """Send and wait for the head of a response that is no refusal. Raises `Problem`."""
        patience = self._patience.streamed if letter.streamed else self._patience.whole
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "northern-inference",
            **letter.headers,
        }
        request = Request("POST", letter.url, headers, letter.wire, patience, order.vet, order.sent)
        return self._accepted(request, letter.party)

    def get(self, url: str, headers: Mapping[str, str], patience: Timeouts, party: Upstream) -> Json:
        """The JSON object at an address. Raises `Problem`."""
        response = self._accepted(Request("GET", url, headers, patience=patience), party)
        try:
            found = orjson.loads(response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, party) from fault
        except orjson.JSONDecodeError as fault:
            raise UpstreamError(provider=party.name) from fault
        if not isinstance(found, dict):
            raise UpstreamError(provider=party.name)
        return found

    def _accepted(self, request: Request, party: Upstream) -> Response:
        try:
            response = self._egress.send(request)
        except OutboundFault as fault:
            raise problem_of_fault(fault, party) from fault
        if response.status != 200:
            problem = self._judge(self._refused(response, party))
            problem.upstream_status = response.status
            raise problem
        return response

    def _refused(self, response: Response, party: Upstream) -> UpstreamRefused:
        try:
            body = response.read(_COMPLAINT_LIMIT)
        except OutboundFault:  # the status alone must do
            body = b""
        finally:
            response.close()
        wait_s = retry_after(response.headers, self._egress.clock.now())
        return UpstreamRefused(response.status, response.headers, read_complaint(body), wait_s, party, body)


def owner_of(order: ProviderRequest) -> str:
    """Whose keepsakes an order may see: those of its account, made on the same route."""
    return f"{order.cache_tag}\n{order.route.id}"


def frame_of(order: ProviderRequest, clock: Clock) -> Json:
    """What every chunk of the answer begins with."""
    return {
        "id": f"chatcmpl-{order.request_id}",
        "created": int(clock.now().timestamp()),
        "model": order.route.upstream_model,
    }


def base_url(deployment: Deployment, lookup: Lookup, default: str = "") -> str:
    """The base URL without a slash at its end: from the named setting, else the deployment's endpoint."""
    named = lookup(deployment.endpoint_setting) if deployment.endpoint_setting else None
    return (named.reveal() if named else deployment.endpoint or default).strip().rstrip("/")


def bearer(credential: Secret | None) -> dict[str, str]:
    """The `Authorization` header, or none without a credential."""
    return {"Authorization": f"Bearer {credential.reveal().strip()}"} if credential else {}
