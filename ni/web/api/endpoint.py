"""What every endpoint for models does: the caller first, then the bytes, then the line, then bytes again.

An error is rendered in the dialect of the address it was sent to, with every header that is known by then. One log line
per request; nothing of its content.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Request, Response
from flask.globals import request_ctx
from flask_babel import gettext
from werkzeug.datastructures import Headers

from ni.access.carriers import presented_key
from ni.access.keys import KeyGate
from ni.dialects.base import Dialect
from ni.dialects.json_body import load_object
from ni.domain.caller import Caller
from ni.domain.clock import Clock, to_ms
from ni.domain.errors import BadRequest, ClientGone, Problem
from ni.domain.ids import Random, request_id
from ni.domain.route import Tier
from ni.gateway.context import CallResponse, RequestContext
from ni.gateway.pipeline import Pipeline
from ni.metering.days import day_of
from ni.metering.idempotency import Claim, claim_of
from ni.web.api.labels import Labelling
from ni.web.body import read_body
from ni.web.client import DisconnectWatcher, UnwatchedClient, WatchedClient, client_of
from ni.web.metrics import Metrics

log = logging.getLogger("ni.calls")

PASSED_HEADERS = ("anthropic-version", "anthropic-beta")
_ENTRY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}|\d{4}-\d\d-\d\d")
JSON = "application/json"
LONGEST_NAME = 255
EVENTS = "text/event-stream; charset=utf-8"


class Final(Response):
    """A response whose headers are as they will leave: nothing to complete. `shown` are headers of our own making,
    which need not be checked and copied one by one; `headers` holds the others."""

    shown: Sequence[tuple[str, str]] = ()

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """The headers themselves; the length of a whole body was set with the body."""
        return self.headers

    def get_wsgi_response(
        self, environ: dict[str, Any]
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """As any response, with what is shown put before."""
        body, status, headers = super().get_wsgi_response(environ)
        return body, status, [*self.shown, *headers]


@dataclass(frozen=True, slots=True)
class Gate:
    """What endpoints need of the rest."""

    keys: KeyGate
    pipeline: Pipeline
    metrics: Metrics
    clock: Clock
    random: Random
    labelling: Labelling
    idempotency: bytes
    sentinel: DisconnectWatcher = field(default_factory=DisconnectWatcher)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request whose caller is known and whose body is not read yet."""

    identity: str
    caller: Caller
    client: UnwatchedClient | WatchedClient
    request: Request


class ModelEndpoint:
    """One address where models are called, in one dialect."""

    def __init__(self, gate: Gate, dialect: Dialect) -> None:
        self._gate = gate
        self._dialect = dialect

    def respond(self, adapt: Callable[[dict[str, Any]], dict[str, Any]] | None = None) -> Response:
        """The response to the current request; `adapt` may put what the address says into the body."""
        asked = request_ctx.request  # itself: each use of Flask's `request` looks it up anew
        identity = request_id(self._gate.random)
        caller: Caller | None = None
        context: RequestContext | None = None
        client = client_of(asked.environ, self._gate.sentinel)
        try:
            caller = self._gate.keys.authenticate(presented_key(asked.headers.get))
            context = self._context(Arrival(identity, caller, client, asked), adapt)
            answer = self._gate.pipeline.run(context)
        except Problem as problem:
            _log_refusal(problem, identity, caller, context)
            return self._refusal(problem, identity, context)
        except ClientGone:
            return Response(status=499)  # nobody reads it
        return self._answered(answer, context)

    def _context(
        self,
        arrival: Arrival,
        adapt: Callable[[dict[str, Any]], dict[str, Any]] | None,
    ) -> RequestContext:
        gate, asked = self._gate, arrival.request
        now = gate.clock.now()
        started_s = gate.clock.monotonic()
        received = read_body(asked)
        body = load_object(received)
        caller = narrowed(arrival.caller, body.pop("privacy_tier", None), asked.headers.get("X-Privacy-Tier"))
        caller = shielded(caller, asked.headers.get("X-NI-PII"))
        call = self._dialect.parse(adapt(body) if adapt else body, _passed(asked))
        day = day_of(now, caller.time_zone)
        context = RequestContext(
            arrival.identity, caller, call, received, arrival.client, now, started_s, day
        )
        context.labels = gate.labelling.of(caller.account_id, body, asked.headers.get)
        text = asked.headers.get("Idempotency-Key")
        if text is not None:
            context.claim = self._claim(text, context)
        return context

    def _claim(self, text: str, context: RequestContext) -> Claim:
        """What the call's `Idempotency-Key` names: this body, at this address. Raises `BadRequest`."""
        if not (0 < len(text) <= LONGEST_NAME and text.isascii() and text.isprintable()):
            raise BadRequest(
                "`Idempotency-Key` is 1 to %(limit)s printable ASCII characters.",
                param="Idempotency-Key",
                limit=LONGEST_NAME,
            )
        asked = b"\0".join((self._dialect.name.encode(), context.call.model.encode(), context.received))
        key_id = context.caller.key_id
        name, body = claim_of(self._gate.idempotency, key_id, text, asked)
        return Claim(key_id, name, body, context.request_id, to_ms(context.started_at))

    def _answered(self, answer: CallResponse, context: RequestContext) -> Response:
        if answer.pieces is None:
            _log(context)
            return _shown(answer, Final(answer.body, content_type=JSON))
        pieces = self._written(answer.pieces, context)
        response = Final(pieces, content_type=EVENTS, direct_passthrough=True)
        response.headers["X-Accel-Buffering"] = "no"
        return _shown(answer, response)

    def _written(self, pieces: Iterator[bytes], context: RequestContext) -> Iterator[bytes]:
        self._gate.metrics.open_streams.inc()
        try:
            yield from pieces
        finally:
            self._gate.metrics.open_streams.dec()
            _log(context)

    def _refusal(self, problem: Problem, identity: str, context: RequestContext | None) -> Response:
        self._gate.metrics.refused(problem.code or "")
        body = self._dialect.error(problem, translated(problem), identity)
        response = Response(body, status=problem.status, content_type=JSON)
        if context is not None:
            response.headers.extend(self._gate.pipeline.headers(context))
        else:
            response.headers["X-NI-Request-ID"] = identity
        add_retry_headers(response, problem)
        return response


def narrowed(caller: Caller, *wishes: Any) -> Caller:
    """The caller with fewer tiers, where a request asks for that (an older form, in the body or a header).

    Raises `BadRequest` for a wish that names no tier: what cannot be understood must not widen what was meant.
    """
    tiers = caller.tiers
    for wish in wishes:
        if wish is not None:
            if wish not in [tier.value for tier in Tier]:
                names = ", ".join(f"`{tier.value}`" for tier in Tier)
                raise BadRequest(
                    "`privacy_tier` names one of the tiers: %(names)s.", param="privacy_tier", names=names
                )
            tiers &= {Tier(wish)}
    return caller if tiers is caller.tiers else replace(caller, tiers=tiers)


def shielded(caller: Caller, wish: str | None) -> Caller:
    """The caller with substitution on or off, where a request asks for that by `X-NI-PII`.

    Raises `BadRequest` for another value, and for `off` where the key does not allow it: a client that thinks that
    its text goes out as written must not get an answer about another one.
    """
    if wish is None:
        return caller
    if wish not in ("on", "off"):
        raise BadRequest("The header `X-NI-PII` is `on` or `off`.", param="X-NI-PII")
    if wish == "off" and caller.pii and not caller.pii_may_disable:
        raise BadRequest(
            "This key does not let a request switch the protection of personal data off. Leave out the header "
            "`X-NI-PII`, or ask an account owner to allow it for the key.",
            param="X-NI-PII",
        )
    return replace(caller, pii=wish == "on")


def translated(problem: Problem) -> str:
    """The problem's sentence in the language of the request."""
    return (
        str(gettext(problem.template, **problem.fields)) if problem.fields else str(gettext(problem.template))
    )


def add_retry_headers(response: Response, problem: Problem) -> None:
    """`Retry-After` where waiting helps, and OpenAI's `x-should-retry` where the client must not try again."""
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    if problem.should_retry is not None:
        response.headers["x-should-retry"] = "true" if problem.should_retry else "false"


def _shown(answer: CallResponse, response: Final) -> Final:
    response.shown = answer.headers
    return response


def _passed(asked: Request) -> dict[str, str]:
    """The headers that a provider may be shown: of their lists, the entries that are names or dates."""
    given = {name: asked.headers.get(name, "").split(",") for name in PASSED_HEADERS}
    fit = {
        name: [entry.strip() for entry in entries if _ENTRY.fullmatch(entry.strip())]
        for name, entries in given.items()
    }
    return {name: ",".join(entries) for name, entries in fit.items() if entries}


def _log(context: RequestContext) -> None:
    """One line for a call that was answered, or whose stream ended, with the reason if it failed."""
    log.info("call", extra=_facts(context) | _cause(context.problem))


def _log_refusal(
    problem: Problem, identity: str, caller: Caller | None, context: RequestContext | None
) -> None:
    """One line for a request that was answered with an error: who asked, for which route, and why it failed."""
    known: dict[str, Any] = {"request_id": identity, "key_id": caller.key_id if caller else ""}
    log.info("refused", extra=known | (_facts(context) if context else {}) | _cause(problem))


def _facts(context: RequestContext) -> dict[str, Any]:
    route = context.route
    return {
        "request_id": context.request_id,
        "key_id": context.caller.key_id,
        "dialect": context.call.dialect,
        "status": context.status,
        "route": route.id if route else "",
        "provider": route.provider if route else "",
        "upstream_status": context.answered.peer.http_status or None,
        "outcome": context.ended.outcome.value if context.ended else "",
        "latency_ms": context.ended.latency_ms if context.ended else 0,
    }


def _cause(problem: Problem | None) -> dict[str, Any]:
    if problem is None:
        return {}
    cause = {"status": problem.status, "code": problem.code, "param": problem.param}
    return cause | ({"upstream_status": problem.upstream_status} if problem.upstream_status else {})
