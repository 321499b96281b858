"""What every provider implements, is given and returns, and the HTTP client that they share.

A provider takes a `ProviderRequest` in chat form and returns a `ProviderResponse` in chat form. It maps errors of the
upstream to `Problem`s and never retries after the first byte of an answer. `UpstreamClient` sends one request, with an
`ErrorMapper` for the errors of one API. `Library` imports a vendor's library on first use, in a thread, because 70 ms
of importing would block the event loop.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from threading import Lock
from typing import Any, Protocol, runtime_checkable

import gevent
import orjson
from gevent.monkey import is_module_patched

from ni.domain.call import Json
from ni.domain.clock import Clock
from ni.domain.errors import BadRequest, Problem, UpstreamError
from ni.domain.reply import Peer, Usage
from ni.domain.route import Deployment, Route
from ni.domain.secret import Secret
from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import OutboundFault
from ni.outbound.http1 import Response
from ni.providers.errors import ErrorBody, Upstream, problem_of_fault, read_error_body, retry_after

SettingLookup = Callable[[str], Secret | None]
"""Gives the value of a named setting (an environment variable) or None; the only way a provider sees a credential."""


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """What is to be sent: the masked chat form, without `model`, for one route.

    `form` is `chat`, or the client's dialect where the provider takes that as it is; `body` is then the client's own.
    `byok` is the account's own credential, by field name (`api_key`, `endpoint`, ...), or empty for the platform's.
    `cache_tag` is an opaque tag per account that keeps prompt caches of a shared credential apart; `locale` is the
    account's language, for what the sandbox says.
    `vet` is called with the upstream's addresses before any byte is sent, and raises to refuse them. `sent` is called
    with each body as it is written to the provider, `dropped` with the names of parameters that are left out only
    now: what it refused and a second try leaves out, and thinking that does not fit the conversation. `patience_s` is
    how long a sign of life is waited for where another deployment could answer, None for the provider's own timeouts.
    `trace` are the headers of the trace context, where the operator lets providers have it.
    """

    request_id: str
    route: Route
    body: Json
    stream: bool
    cache_tag: str = ""
    locale: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    byok: Mapping[str, Secret] = field(default_factory=dict)
    form: str = "chat"
    vet: Callable[[Sequence[str]], None] | None = None
    sent: Callable[[bytes], None] | None = None
    dropped: Callable[[Sequence[str]], None] | None = field(
        default=None, repr=False
    )  # it knows the client's request
    patience_s: float | None = None
    trace: Mapping[str, str] = field(default_factory=dict)


STRICT = "tools.strict"


def note_dropped(request: ProviderRequest, *names: str, when: bool = True) -> None:
    """Name parameters in `X-NI-Warning` that were left out while the request was written, `when` that is so."""
    if when and request.dropped is not None:
        request.dropped(names)


class ProviderResponse(Protocol):
    """The response to a request that the upstream accepted: its headers are in, its content is being read.

    Read it once, with `reply()` if the request did not stream, else with `chunks()`. Where the request was sent in the
    client's own form, the reply or each chunk holds what the upstream sent under `native`, beside its text in chat
    form, which is metered. `usage` is None until the content was read to its end, or if the provider sent none.
    `close()` closes the upstream connection; it may be called at any time, from any greenlet, more than once.
    """

    peer: Peer
    usage: Usage | None

    @property
    def partial_usage(self) -> Usage | None:
        """The usage reported so far; its counts may still grow. Claude reports the input before the output begins."""

    def reply(self) -> Json:
        """The whole `chat.completion` object. Raises `Problem`."""

    def chunks(self) -> Iterator[Json]:
        """`chat.completion.chunk` objects as they arrive. Raises `Problem` if the upstream fails or is cut.

        The last chunk with choices carries the `finish_reason`; a usage chunk (`choices: []`) follows if there is one.
        An empty chunk says that the upstream sends nothing, but the connection is open.
        An upstream that ends without a finish reason was cut, and that is an error, never a `stop`.
        """

    def close(self) -> None:
        """Close the upstream connection now."""


@runtime_checkable
class Embedder(Protocol):
    """A provider that also serves embeddings."""

    def embed(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers; the reply is `{"vectors": [...], "usage": ...}`. Raises `Problem`."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that a provider lists. `lifecycle` is `active` or `legacy`; `context_window` is 0 where not listed."""

    model: str
    lifecycle: str = "active"
    context_window: int = 0


@runtime_checkable
class ModelLister(Protocol):
    """A provider that can be asked which models it serves."""

    def list_models(self, deployment: Deployment) -> Sequence[ServedModel]:
        """The models that it serves now, with the platform's credential. Raises `Problem`."""


class Provider(Protocol):
    """One upstream API. `display_name` names it in custody records and errors, e.g. `OpenAI`."""

    display_name: str

    def missing(self, deployment: Deployment) -> str | None:
        """What the operator must set before this deployment can be used, as a sentence; None if it is configured."""

    def native_format(self, route: Route) -> str:
        """The dialect whose bodies the route takes as they are, e.g. `messages`; empty for the chat form alone."""

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of calls with the platform's credential; empty where no call leaves the process."""

    def send(self, request: ProviderRequest) -> ProviderResponse:
        """Send and wait for the response headers. Raises `Problem`; nothing else that is the upstream's fault."""


class Library:
    """Modules of a vendor's library, imported together on first use."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules
        self._lock = Lock()
        self._there = False

    def load(self) -> None:
        """Return when the modules are imported."""
        if self._there:
            return
        with self._lock:
            if not self._there:
                aside(self._import)
                self._there = True

    def _import(self) -> None:
        for module in self._modules:
            import_module(module)


def aside(work: Callable[[], None]) -> None:
    """Run work that would block the event loop in a thread of gevent's pool; returns or raises when it is done."""
    if is_module_patched("socket"):
        gevent.get_hub().threadpool.apply(work)
    else:
        work()


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
class ErrorResponse:
    """An error response. `wait_s` is what it asks to wait, in seconds; None if it does not say."""

    status: int
    headers: Mapping[str, str]
    error_body: ErrorBody
    wait_s: int | None
    upstream: Upstream
    body: bytes


ErrorMapper = Callable[[ErrorResponse], Problem]
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
        if request.patience_s is not None:
            timeouts = timeouts.within(request.patience_s)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "northern-inference",
            **outgoing.headers,
            **request.trace,
        }
        http_request = Request(
            "POST", outgoing.url, headers, outgoing.wire, timeouts, request.vet, request.sent
        )
        return self._accepted(http_request, outgoing.upstream)

    def get(self, url: str, headers: Mapping[str, str], timeouts: Timeouts, upstream: Upstream) -> Json:
        """The JSON object at an address. Raises `Problem`."""
        response = self._accepted(Request("GET", url, headers, timeouts=timeouts), upstream)
        try:
            answer = orjson.loads(response.read())
        except OutboundFault as fault:
            raise problem_of_fault(fault, upstream) from fault
        except orjson.JSONDecodeError as fault:
            raise UpstreamError(provider=upstream.name) from fault
        if not isinstance(answer, dict):
            raise UpstreamError(provider=upstream.name)
        return answer

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

    def _refused(self, response: Response, upstream: Upstream) -> ErrorResponse:
        try:
            body = response.read(_ERROR_BODY_LIMIT)
        except OutboundFault:  # the status alone must do
            body = b""
        finally:
            response.close()
        wait_s = retry_after(response.headers, self._egress.clock.now())
        return ErrorResponse(response.status, response.headers, read_error_body(body), wait_s, upstream, body)


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


def base_url(deployment: Deployment, lookup: SettingLookup, default: str = "") -> str:
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
