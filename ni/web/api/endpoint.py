"""The addresses at which models are called, and the request handler of all of them.

`ModelEndpoint` authenticates, reads and parses the body, runs the pipeline and responds. An error is rendered in the
dialect of its address, with every header that is known by then. Each request writes one log line, which holds nothing
of its content.

For the usage row a client may name a user and a tag. The user is OpenAI's `user` or `safety_identifier`, Anthropic's
`metadata.user_id`, or the headers that Open WebUI sends (docs.openwebui.com, `ENABLE_FORWARD_USER_INFO_HEADERS`); the
tag is `X-NI-Tag`. `LabelPolicy` says how they are stored.

`openai_api` serves chat completions, embeddings and completions under `/v1` and at the paths that Azure's clients
build, for tools that offer no other way to a custom address. There the deployment in the path is the route id, slashes
included, and wins over the body's `model`; `api-version` has no effect.

Counts of tokens are estimates made here: free, without a provider and without a record. Responses are not stored, so
the addresses of stored responses answer with the reason. An attempt to upgrade `/v1/responses` to a WebSocket gets 426,
upon which clients go on over HTTP.
"""

import hmac
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from unicodedata import normalize
from urllib.parse import unquote

import orjson
from flask import Blueprint, Request, Response, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue

from ni.access.keys import Key, KeyGate
from ni.dialects.base import Dialect
from ni.dialects.json_body import load_object, public_path
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.domain.call import Json, UsageLabels
from ni.domain.caller import Caller
from ni.domain.clock import Clock, to_ms
from ni.domain.errors import BadRequest, ClientGone, MethodNotAllowed, NotFound, Problem, forget_frames
from ni.domain.ids import Random, base64url, request_id
from ni.domain.route import Tier
from ni.domain.trace import HeaderLookup, TraceContext
from ni.gateway.context import CallResponse, RequestContext
from ni.gateway.pipeline import Pipeline
from ni.metering.days import day_of
from ni.metering.idempotency import Claim, claim_of
from ni.web.api.errors import JSON, ErrorRenderer, problem_response
from ni.web.client import DisconnectWatcher, UnwatchedClient, WatchedClient, client_of, read_body
from ni.web.i18n import speak
from ni.web.metrics import Metrics
from ni.web.security import REQUEST_ID, AccessRule, authorised

log = logging.getLogger("ni.calls")

EVENTS = "text/event-stream; charset=utf-8"
PROVIDER_HEADERS = ("anthropic-version", "anthropic-beta")
_HEADER_ENTRY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}|\d{4}-\d\d-\d\d")
MAX_IDEMPOTENCY_KEY = 255

TAG = "X-NI-Tag"
WEBUI = ("X-OpenWebUI-User-Email", "X-OpenWebUI-User-Id", "X-OpenWebUI-User-Name")
MAX_LABEL = 128
_SESSION = re.compile(r"_session_[0-9a-fA-F-]{8,64}$")
_LASTING_IDS = ("account_uuid", "user_id", "device_id")
_DIGEST_BYTES = 12

Adapt = Callable[[Json], Json]
Environ = dict[str, Any]


class PreparedResponse:
    """A WSGI response with the headers that the pipeline made: Flask's own would check and copy each of them."""

    def __init__(self, headers: list[tuple[str, str]], body: Iterable[bytes]) -> None:
        self._headers = headers
        self._body = body

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Respond (PEP 3333)."""
        start_response("200 OK", self._headers)
        return self._body


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """How users and tags are stored: as a digest with a secret of the account, or as plain text.

    The digest gives the same user the same label, and the label does not tell who that is. `account_secret` gives the
    secret by the account's id.
    """

    account_secret: Callable[[str], bytes]
    plain: bool = False

    def labels(self, account_id: str, body: Json, header: Callable[[str], str | None]) -> UsageLabels:
        """The labels of a call, from its body and its headers."""
        user = named_user(body) or _first_filled(unquote(header(name) or "") for name in WEBUI)
        return UsageLabels(self.label(account_id, user), self.label(account_id, _as_sent(header(TAG) or "")))

    def label(self, account_id: str, value: str) -> str:
        """The label of a value as it is stored; empty for an empty one."""
        text = normalize("NFC", value.strip())
        if not text:
            return ""
        if self.plain:
            return "".join(letter if letter.isprintable() else " " for letter in text)[:MAX_LABEL]
        digest = hmac.digest(self.account_secret(account_id), text.encode("utf-8", "replace"), "sha256")
        return "h-" + base64url(digest[:_DIGEST_BYTES])

    def filter_label(self, account_id: str, value: str) -> str:
        """The stored label that a filter means, which may be given as it is stored or as the client sent it."""
        return value if self.plain or re.fullmatch(r"h-[\w-]{16}", value) else self.label(account_id, value)

    def keys_with(self, account_id: str, keys: Iterable[Key], label: str) -> tuple[str, ...]:
        """The ids of those keys whose calls all have a tag, which is given as it is stored; none for an empty one."""
        tagged = [key for key in keys if key.spec.tags] if label else []
        return tuple(
            key.id for key in tagged if any(self.label(account_id, tag) == label for tag in key.spec.tags)
        )


def named_user(body: Mapping[str, Any]) -> str:
    """The user whom a body names, or an empty text. Of an id with a session in it (Claude Code's) the lasting part."""
    metadata = body.get("metadata")
    anthropic_id = metadata.get("user_id") if isinstance(metadata, dict) else None
    candidates = (body.get("user"), anthropic_id, body.get("safety_identifier"))
    user = _first_filled(value for value in candidates if isinstance(value, str))
    if not user.startswith("{"):
        return _SESSION.sub("", user)
    try:
        parts = orjson.loads(user)
    except orjson.JSONDecodeError:
        return user
    return _first_filled(parts[name] for name in _LASTING_IDS if isinstance(parts.get(name), str)) or user


def _as_sent(value: str) -> str:
    """A header's value as UTF-8, where it is that: WSGI gives its bytes as Latin-1 (PEP 3333)."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _first_filled(values: Iterable[str]) -> str:
    return next((value for value in values if value.strip()), "")


@dataclass(frozen=True, slots=True)
class EndpointServices:
    """The collaborators of every model endpoint. `idempotency` is the secret of the digests of claims.

    `context` enters Flask's contexts for a WSGI request: refusals are translated in them. `begin_trace` gives the trace
    of a request by its headers; None where nothing is traced.
    """

    keys: KeyGate
    pipeline: Pipeline
    metrics: Metrics
    clock: Clock
    random: Random
    label_policy: LabelPolicy
    idempotency: bytes
    context: Callable[[Environ], AbstractContextManager[Any]]
    begin_trace: Callable[[HeaderLookup], TraceContext] | None = None
    sentinel: DisconnectWatcher = field(default_factory=DisconnectWatcher)


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest:
    """A request whose caller is known and whose body is not read yet."""

    identity: str
    caller: Caller
    client: UnwatchedClient | WatchedClient
    request: Request


class ModelEndpoint:
    """Handles requests to call a model in one dialect."""

    def __init__(self, services: EndpointServices, dialect: Dialect) -> None:
        self._services = services
        self._dialect = dialect

    def respond(self, request: Request, adapt: Adapt | None = None) -> Response | PreparedResponse:
        """The response to a request. `adapt` may change the parsed body before the dialect reads it."""
        identity = request_id(self._services.random)
        caller: Caller | None = None
        context: RequestContext | None = None
        client = client_of(request.environ, self._services.sentinel)
        try:
            caller = self._services.keys.admit(request.headers.get, request.remote_addr)
            context = self._context(AuthenticatedRequest(identity, caller, client, request), adapt)
            call_response = self._services.pipeline.run(context)
        except Problem as problem:
            _log_refusal(problem, identity, caller, context)
            forget_frames(problem)
            with self._services.context(request.environ):
                speak(caller.language if caller else "")
                return self._refusal(problem, identity, context)
        except ClientGone:
            return Response(status=499)  # the client has left and reads nothing
        return self._success(call_response, context)

    def _context(self, arrived: AuthenticatedRequest, adapt: Adapt | None) -> RequestContext:
        """Read, check and parse the body. Raises `BadRequest` and what `read_body` raises."""
        clock, header = self._services.clock, arrived.request.headers.get
        now = clock.now()
        started_s = clock.monotonic()
        received = read_body(arrived.request)
        body = load_object(received)
        caller = narrow_tiers(arrived.caller, body.pop("privacy_tier", None), header("X-Privacy-Tier"))
        caller = choose_pii(caller, header("X-NI-PII"))
        call = self._dialect.parse(adapt(body) if adapt else body, _provider_headers(arrived.request))
        day = day_of(now, caller.time_zone)
        context = RequestContext(
            arrived.identity, caller, call, received, arrived.client, now, started_s, day
        )
        if self._services.begin_trace is not None:
            context.trace = self._services.begin_trace(header)
        context.labels = self._services.label_policy.labels(caller.account_id, body, header)
        idempotency_key = header("Idempotency-Key")
        if idempotency_key is not None:
            context.claim = self._claim(idempotency_key, context)
        return context

    def _claim(self, text: str, context: RequestContext) -> Claim:
        """The claim of an `Idempotency-Key` on this body at this address. Raises `BadRequest`."""
        if not (0 < len(text) <= MAX_IDEMPOTENCY_KEY and text.isascii() and text.isprintable()):
            raise BadRequest(
                "`Idempotency-Key` is 1 to %(limit)s printable ASCII characters.",
                param="Idempotency-Key",
                limit=MAX_IDEMPOTENCY_KEY,
            )
        content = b"\0".join((self._dialect.name.encode(), context.call.model.encode(), context.received))
        key_id = context.caller.key_id
        name, body = claim_of(self._services.idempotency, key_id, text, content)
        return Claim(key_id, name, body, context.request_id, to_ms(context.started_at))

    def _success(self, call_response: CallResponse, context: RequestContext) -> PreparedResponse:
        if call_response.pieces is None:
            _log_call(context)
            body = call_response.body
            kind = [("Content-Type", JSON), ("Content-Length", str(len(body)))]
            return PreparedResponse([*call_response.headers, *kind], [body])
        pieces = self._observed(call_response.pieces, context)
        next(pieces)  # begun, so that closing it ends it, also before the client reads anything
        kind = [("Content-Type", EVENTS), ("X-Accel-Buffering", "no")]
        return PreparedResponse([*call_response.headers, *kind], pieces)

    def _observed(self, pieces: Iterator[bytes], context: RequestContext) -> Iterator[bytes]:
        """The pieces of a stream, after an empty one; it is counted while it is open and logged when it ends."""
        self._services.metrics.open_streams.inc()
        try:
            yield b""
            yield from pieces
        finally:
            self._services.metrics.open_streams.dec()
            _log_call(context)

    def _refusal(self, problem: Problem, identity: str, context: RequestContext | None) -> Response:
        self._services.metrics.refused(problem.code or "")
        headers = None if context is None else self._services.pipeline.headers(context)
        return problem_response(self._dialect, problem, identity, headers)


def narrow_tiers(caller: Caller, *requested: Any) -> Caller:
    """The caller with fewer tiers, where the body or a header of an older form asks for that.

    Raises `BadRequest` for a value that names no tier: what cannot be understood must not widen what was meant.
    """
    tiers = caller.tiers
    for name in requested:
        if name is not None:
            if name not in [tier.value for tier in Tier]:
                names = ", ".join(f"`{tier.value}`" for tier in Tier)
                raise BadRequest(
                    "`privacy_tier` names one of the tiers: %(names)s.", param="privacy_tier", names=names
                )
            tiers &= {Tier(name)}
    return caller if tiers is caller.tiers else replace(caller, tiers=tiers)


def choose_pii(caller: Caller, requested: str | None) -> Caller:
    """The caller with substitution on or off, where a request asks for that by `X-NI-PII`.

    Raises `BadRequest` for another value, and for `off` where the key does not allow it: a client that thinks that
    its text goes out as written must not get an answer about another one.
    """
    if requested is None:
        return caller
    if requested not in ("on", "off"):
        raise BadRequest("The header `X-NI-PII` is `on` or `off`.", param="X-NI-PII")
    if requested == "off" and caller.pii and not caller.pii_may_disable:
        raise BadRequest(
            "This key does not let a request switch the protection of personal data off. Leave out the header "
            "`X-NI-PII`, or ask an account owner to allow it for the key.",
            param="X-NI-PII",
        )
    return replace(caller, pii=requested == "on")


def _provider_headers(request: Request) -> dict[str, str]:
    """The headers that a provider may be shown: of their lists, the entries that are names or dates."""
    headers: dict[str, str] = {}
    for name in PROVIDER_HEADERS:
        entries = [entry.strip() for entry in request.headers.get(name, "").split(",")]
        valid = [entry for entry in entries if _HEADER_ENTRY.fullmatch(entry)]
        if valid:
            headers[name] = ",".join(valid)
    return headers


def _log_call(context: RequestContext) -> None:
    """Log a call that was answered, or whose stream ended, with the reason if it failed."""
    log.info("call", extra=_call_fields(context) | _problem_fields(context.problem))


def _log_refusal(
    problem: Problem, identity: str, caller: Caller | None, context: RequestContext | None
) -> None:
    """Log a request that was answered with an error: the key, the route and the reason, as far as they are known."""
    known: dict[str, Any] = {"request_id": identity, "key_id": caller.key_id if caller else ""}
    log.info("refused", extra=known | (_call_fields(context) if context else {}) | _problem_fields(problem))


def _call_fields(context: RequestContext) -> dict[str, Any]:
    route = context.route
    return {
        **context.log_ids,
        "key_id": context.caller.key_id,
        "dialect": context.call.dialect,
        "status": context.status,
        "route": route.id if route else "",
        "provider": route.provider if route else "",
        "upstream_status": context.answered.peer.http_status or None,
        "outcome": context.ended.outcome.value if context.ended else "",
        "latency_ms": context.ended.latency_ms if context.ended else 0,
    }


def _problem_fields(problem: Problem | None) -> dict[str, Any]:
    if problem is None:
        return {}
    param = public_path(problem.param) if problem.param else None
    fields = {"status": problem.status, "code": problem.code, "param": param}
    return fields | ({"upstream_status": problem.upstream_status} if problem.upstream_status else {})


def openai_api(
    services: EndpointServices, chat: Dialect, embeddings: Dialect, completions: Dialect
) -> Blueprint:
    """Chat completions, embeddings and completions, each under `/v1` and below a deployment of Azure's form."""
    pages = Blueprint("api_openai", __name__)
    _add(pages, "chat/completions", ModelEndpoint(services, chat))
    _add(pages, "embeddings", ModelEndpoint(services, embeddings))
    _add(pages, "completions", ModelEndpoint(services, completions))
    return pages


def _add(pages: Blueprint, path: str, endpoint: ModelEndpoint) -> None:
    post(pages, f"/v1/{path}", endpoint)

    @pages.post(f"/openai/deployments/<path:route_id>/{path}", endpoint=f"azure/{path}")
    @authorised(AccessRule.KEY)
    def respond_for_deployment(route_id: str) -> ResponseReturnValue:
        return endpoint.respond(request_ctx.request, lambda body: {**body, "model": route_id})


def post(pages: Blueprint, path: str, endpoint: ModelEndpoint) -> None:
    """Serve `endpoint` at a fixed path; `DirectCalls` finds it by the mark and calls it without Flask's contexts."""

    @pages.post(path, endpoint=path)
    @authorised(AccessRule.KEY)
    def respond() -> ResponseReturnValue:
        return endpoint.respond(request_ctx.request)

    respond.ni_endpoint = endpoint  # type: ignore[attr-defined]  # functions carry attributes, Callable does not say so


class TokenCounter(ErrorRenderer, Protocol):
    """A dialect that estimates input tokens."""

    def count(self, body: Json) -> int:
        """The estimate in tokens. Raises `BadRequest`."""


def count_response(
    services: EndpointServices, dialect: TokenCounter, render: Callable[[int], Json]
) -> Response:
    """The response to the current request for a count; `render` gives the JSON object that holds it."""
    identity = request_id(services.random)
    try:
        services.keys.admit(request.headers.get, request.remote_addr)
        tokens = dialect.count(load_object(read_body(request)))
    except Problem as problem:
        return problem_response(dialect, problem, identity)
    return Response(orjson.dumps(render(tokens)), content_type=JSON, headers={REQUEST_ID: identity})


def messages_api(services: EndpointServices, dialect: MessagesDialect) -> Blueprint:
    """Anthropic's `POST /v1/messages` and `POST /v1/messages/count_tokens`."""
    pages = Blueprint("api_messages", __name__)
    post(pages, "/v1/messages", ModelEndpoint(services, dialect))

    @pages.post("/v1/messages/count_tokens")
    @authorised(AccessRule.KEY)
    def count_tokens() -> Response:
        return count_response(services, dialect, lambda tokens: {"input_tokens": tokens})

    return pages


_STORED_NOTHING = (
    "This gateway stores no responses, so there is none to retrieve, cancel or delete. "
    "Keep the output items and send them in the next request's `input`."
)
_NO_COMPACTION = (
    "`%(action)s` is not supported: this gateway stores no conversations. "
    "Send a shorter `input` to `/v1/responses`."
)


def responses_api(services: EndpointServices, dialect: ResponsesDialect) -> Blueprint:
    """OpenAI's `POST /v1/responses`, its count of tokens, and the addresses of stored responses."""
    pages = Blueprint("api_responses", __name__)
    post(pages, "/v1/responses", ModelEndpoint(services, dialect))

    @pages.get("/v1/responses", websocket=True)
    @authorised(AccessRule.KEY)
    def upgrade() -> Response:
        problem = MethodNotAllowed(
            "WebSockets are not served here. Post to `/v1/responses`, with `stream: true`."
        )
        response = problem_response(dialect, problem, request_id(services.random))
        response.status_code = 426
        return response

    @pages.post("/v1/responses/input_tokens")
    @authorised(AccessRule.KEY)
    def input_tokens() -> Response:
        return count_response(services, dialect, _input_tokens)

    _add_stored(pages, services)
    return pages


def _input_tokens(tokens: int) -> Json:
    return {"object": "response.input_tokens", "input_tokens": tokens}


def _add_stored(pages: Blueprint, services: EndpointServices) -> None:
    @pages.get("/v1/responses/<response_id>")
    @pages.delete("/v1/responses/<response_id>", endpoint="delete")
    @pages.get("/v1/responses/<response_id>/input_items", endpoint="input_items")
    @pages.post("/v1/responses/<response_id>/cancel", endpoint="cancel")
    @authorised(AccessRule.KEY)
    def stored(response_id: str) -> Response:
        services.keys.admit(request.headers.get, request.remote_addr)
        raise NotFound(_STORED_NOTHING, param="response_id")

    @pages.post("/v1/responses/<any(compact):action>")
    @authorised(AccessRule.KEY)
    def compact(action: str) -> Response:
        services.keys.admit(request.headers.get, request.remote_addr)
        raise BadRequest(_NO_COMPACTION, action=action)
