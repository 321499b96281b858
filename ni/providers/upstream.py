"""Sends one request to a provider, and gives the response if the provider accepted it.

What every adapter does alike is here: encoding, timeouts, and turning a refusal into a `Problem` through the adapter's
own map_error. What the answer means is read by `exchange.py` and `translated.py`.

What adapters read off an order in the same way: whose it is, and what its answer's chunks begin with.

Where an upstream of OpenAI's shape is and how to be let in: base URL and `Authorization`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, read_error_body, retry_after

_ERROR_BODY_LIMIT = 256 * 1024
LISTING_TIMEOUTS = Timeouts(first_byte_s=15.0, idle_s=15.0, total_s=30.0)
_LEGACY = frozenset({"LEGACY", "deprecated", "deprecating", "DEPRECATED", "SUNSETTED"})


@dataclass(frozen=True, slots=True)
class ResponseTimeouts:
    """Timeouts by form: a stream begins soon; a whole answer arrives after its last token was generated."""

    streamed: Timeouts = field(default_factory=Timeouts)
    whole: Timeouts = field(default_factory=lambda: Timeouts(first_byte_s=600.0))


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """Where one request goes, with its headers (credential included) and its encoded body; whether it streams."""

    url: str
    headers: Mapping[str, str]
    wire: bytes
    upstream: Upstream
    streamed: bool


@dataclass(frozen=True, slots=True)
class UpstreamRefused:
    """An error response. `wait_s` is what it asks to wait, in seconds; None if it does not say."""

    status: int
    headers: Mapping[str, str]
    error_body: ErrorBody
    wait_s: int | None
    upstream: Upstream
    body: bytes


ErrorMapper = Callable[[UpstreamRefused], Problem]
"""Maps an error response of one API to a `Problem`."""


def encode(body: Json) -> bytes:
    """The body as JSON. Raises `BadRequest` for what JSON cannot carry."""
    try:
        return orjson.dumps(body)
    except TypeError as fault:  # an integer beyond 64 bits, or a lone surrogate
        raise BadRequest(
            "The request holds a number or a text that JSON cannot carry to the provider."
        ) from fault


class UpstreamClient:
    """Sends requests through the egress client; `map_error` gives the problem to raise for an error response."""

    def __init__(
        self, egress: EgressClient, map_error: ErrorMapper, timeouts: ResponseTimeouts | None = None
    ) -> None:
        self._egress = egress
        self._map_error = map_error
        self._timeouts = timeouts or ResponseTimeouts()

    def send(self, request: ProviderRequest, outgoing: UpstreamRequest) -> Response:
        """Send and wait for the head of a response that is no refusal. Raises `Problem`."""
        timeouts = self._timeouts.streamed if outgoing.streamed else self._timeouts.whole
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "northern-inference",
            **outgoing.headers,
        }
        http_request = Request(
            "POST", outgoing.url, headers, outgoing.wire, timeouts, request.vet, request.sent
        )
        return self._accepted(http_request, outgoing.upstream)

    def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts, upstream: Upstream) -> Json:
        """The JSON object at an address. Raises `Problem`."""
        response = self._accepted(Request("GET", url, headers, timeouts=timeouts), upstream)
        try:
            found = orjson.loads(response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, upstream) from fault
        except orjson.JSONDecodeError as fault:
            raise UpstreamError(provider=upstream.name) from fault
        if not isinstance(found, dict):
            raise UpstreamError(provider=upstream.name)
        return found

    def entries(
        self,
        url: str,
        headers: Mapping[str, str],
        upstream: Upstream,
        name: str,
        timeouts: Timeouts = LISTING_TIMEOUTS,
    ) -> list[Json]:
        """The objects in the list `name` of the JSON object at `url`; empty if it has none. Raises `Problem`."""
        entries = self.get(url, headers, timeouts, upstream).get(name)
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def _accepted(self, request: Request, upstream: Upstream) -> Response:
        try:
            response = self._egress.send(request)
        except OutboundFault as fault:
            raise problem_of_fault(fault, upstream) from fault
        if response.status != 200:
            problem = self._map_error(self._refused(response, upstream))
            problem.upstream_status = response.status
            raise problem
        return response

    def _refused(self, response: Response, upstream: Upstream) -> UpstreamRefused:
        try:
            body = response.read(_ERROR_BODY_LIMIT)
        except OutboundFault:  # the status alone must do
            body = b""
        finally:
            response.close()
        wait_s = retry_after(response.headers, self._egress.clock.now())
        return UpstreamRefused(
            response.status, response.headers, read_error_body(body), wait_s, upstream, body
        )


def owner_of(request: ProviderRequest) -> str:
    """The owner of signed thinking in the `ThinkingCache`: the account and the route."""
    return f"{request.cache_tag}\n{request.route.id}"


def frame_of(request: ProviderRequest, clock: Clock) -> Json:
    """What every chunk of the answer begins with."""
    return {
        "id": f"chatcmpl-{request.request_id}",
        "created": int(clock.now().timestamp()),
        "model": request.route.upstream_model,
    }


def base_url(deployment: Deployment, lookup: Lookup, default: str = "") -> str:
    """The base URL without a slash at its end: from the named setting, else the deployment's endpoint."""
    named = lookup(deployment.endpoint_setting) if deployment.endpoint_setting else None
    return (named.reveal() if named else deployment.endpoint or default).strip().rstrip("/")


def bearer(credential: Secret | None) -> dict[str, str]:
    """The `Authorization` header, or none without a credential."""
    return {"Authorization": f"Bearer {credential.reveal().strip()}"} if credential else {}


def text_of(entry: Json, name: str) -> str:
    """The text under a name; empty if there is none."""
    text = entry.get(name)
    return text if isinstance(text, str) else ""


def lifecycle_of(status: Any) -> str:
    """`legacy` for what a vendor's listing calls legacy, deprecated or sunset, else `active`."""
    return "legacy" if status in _LEGACY else "active"
