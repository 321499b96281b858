"""The spans of a call, made after its end from the phases that its timeline noted (`ni/domain/timeline.py`).

    chat <route>                     SERVER    the whole call
      queue, masking, admission      INTERNAL  one for each phase
      chat <model>                   CLIENT    one for each attempt at a deployment
        connect, first_byte, first_token, stream
      settle                         INTERNAL

The CLIENT spans are those of the conventions for generative AI. What a client or an upstream wrote is in none of them:
models are named as the catalog names them, and errors by our codes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ni.domain.clock import EPOCH
from ni.domain.genai import FINISH_REASONS, operation_of, provider_of
from ni.domain.reply import Outcome
from ni.domain.route import Deployment, Route
from ni.domain.timeline import ANSWERED, DeploymentAttempt, Phase
from ni.domain.trace import TraceContext
from ni.gateway.audit_fields import error_type
from ni.gateway.context import RequestContext
from ni.telemetry.messages import Value, attribute, described, placed, placing

BEFORE = (Phase.QUEUE, Phase.MASKING, Phase.ADMISSION)
UPSTREAM = (Phase.CONNECT, Phase.FIRST_BYTE, Phase.FIRST_TOKEN, Phase.STREAM)
FIRST_PHASE = 64
"""The number of a call's first span of a phase; attempts are numbered from 1."""
FIRST_UPSTREAM_PHASE = FIRST_PHASE + len(BEFORE)
SETTLE = FIRST_UPSTREAM_PHASE + len(UPSTREAM)
MOST_ATTEMPTS = FIRST_PHASE - 1
_NAMED = {phase: described(phase.value, Span.SPAN_KIND_INTERNAL) for phase in Phase}
_REMOTE = 0x300
"""Of `Span.flags`: it is known whether the parent is remote, and it is."""
_KNOWN = 0x100


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a server."""

    host: str
    port: int

    @property
    def attributes(self) -> bytes:
        """It as the conventions name it, as octets of a span; none of one that is not known."""
        if not self.host:
            return b""
        return attribute("server.address", self.host) + attribute("server.port", self.port)


def address_of(url: str) -> Address:
    """The host and port in an http or https URL; no host where it has none."""
    try:
        parts = urlsplit(url)
        return Address(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    except ValueError:
        return Address("", 0)


@dataclass(frozen=True, slots=True)
class _Line:
    """From the monotonic clock to nanoseconds since 1970, within one call: no instant is outside of it."""

    base_ns: int
    started_s: float
    ended_s: float

    def at(self, instant_s: float) -> int:
        instant_s = min(instant_s, self.ended_s)
        within_s = instant_s - self.started_s
        return self.base_ns + int(within_s * 1e9) if within_s > 0 else self.base_ns


class SpanMaker:
    """Makes spans, each as the octets of its message.

    `own` is the address that clients reach, `endpoint` gives the base URL of a deployment.
    """

    def __init__(self, own: Address, endpoint: Callable[[Deployment], str]) -> None:
        self._own = own.attributes
        self._endpoint = endpoint
        self._addresses: dict[str, tuple[Deployment, bytes]] = {}

    def spans(self, context: RequestContext, trace: TraceContext, now_s: float) -> list[bytes]:
        """The spans of a call that ended `now_s`."""
        since_1970 = context.started_at - EPOCH
        base_ns = (since_1970.days * 86_400 + since_1970.seconds) * 10**9 + since_1970.microseconds * 1000
        line = _Line(base_ns, context.started_s, max(now_s, context.started_s))
        return [
            self._whole(context, trace, line),
            *_phases(context, trace, line),
            *self._attempts(context, trace, line),
        ]

    def _whole(self, context: RequestContext, trace: TraceContext, line: _Line) -> bytes:
        parent, operation, route = trace.parent, operation_of(context.call.dialect), context.route
        varies = attribute("ni.request_id", context.request_id)
        if context.masked is not None:
            varies += attribute("ni.values_protected", context.masked.summary.total)
        name = operation if route is None else f"{operation} {route.id}"
        failed = context.status >= 500 or _was_cut(context)
        bounds = line.base_ns, line.at(line.ended_s)
        flags = trace.sampled | (_REMOTE if parent is not None else _KNOWN)
        above = parent.span_id if parent is not None else b""
        return b"".join(
            (
                placed(trace.trace_id, trace.span_id, above, flags, bounds),
                described(name, Span.SPAN_KIND_SERVER, failed, *_of_call(context, operation)),
                self._own,
                varies,
            )
        )

    def _attempts(self, context: RequestContext, trace: TraceContext, line: _Line) -> Iterator[bytes]:
        resolved, tried = context.resolved, context.attempts[:MOST_ATTEMPTS]
        if resolved is None or not tried:
            return
        last, flags = len(tried), trace.sampled | _KNOWN
        ended_s = context.upstream_ended_s or line.ended_s
        name = f"{operation_of(context.call.dialect)} {resolved.route.upstream_model}"
        for nth, attempt in enumerate(tried, start=1):
            begun_ns = line.at(attempt.started_s)
            until_ns = line.at(ended_s if nth == last else attempt.failed_s)
            bounds = begun_ns, max(begun_ns, until_ns)
            error = _error_of(context, attempt)
            told = _of_attempt(context, resolved.route, attempt, error)
            yield b"".join(
                (
                    placed(trace.trace_id, trace.child(nth), trace.span_id, flags, bounds),
                    described(name, Span.SPAN_KIND_CLIENT, bool(error), *told),
                    self._server(context, attempt.deployment),
                    *(_of_answer(context, attempt) if nth == last else ()),
                )
            )
        yield from _upstream_phases(context, trace, line)

    def _server(self, context: RequestContext, name: str) -> bytes:
        """The address of a deployment; an account's own endpoint is the account's business."""
        resolved, origin = context.resolved, context.resolution.destination if context.resolution else None
        if resolved is None or origin is None or "endpoint" in resolved.credential:
            return b""
        for place in (resolved.route, *origin.places):
            deployment = place.deployment
            if deployment.id == name:
                known = self._addresses.get(name)
                if known is None or known[0] is not deployment:
                    known = deployment, address_of(self._endpoint(deployment)).attributes
                    self._addresses[name] = known
                return known[1]
        return b""


def _of_call(context: RequestContext, operation: str) -> list[Value]:
    route, permit, error = context.route, context.permit, error_type(context)
    told: list[Value] = ["gen_ai.operation.name", operation]
    if route is not None:
        told += "gen_ai.provider.name", provider_of(route.provider)
        told += "gen_ai.request.model", route.id, "ni.tier", route.tier.value
    told += "gen_ai.request.stream", context.call.stream, "http.response.status_code", context.status
    told += "ni.dialect", context.call.dialect
    if permit is not None:
        told += "ni.jurisdiction", permit.jurisdiction
    if context.ended is not None:
        told += "ni.outcome", context.ended.outcome.value
    if error:
        told += "error.type", error
    return told


def _of_attempt(context: RequestContext, route: Route, attempt: DeploymentAttempt, error: str) -> list[Value]:
    told: list[Value] = ["gen_ai.operation.name", operation_of(context.call.dialect)]
    told += "gen_ai.provider.name", provider_of(route.provider), "gen_ai.request.model", route.upstream_model
    told += "gen_ai.request.stream", context.call.stream, "ni.deployment", attempt.deployment
    if error:
        told += "error.type", error
    if attempt.result == ANSWERED:
        told += "gen_ai.response.model", route.upstream_model
        if context.answered.finish in FINISH_REASONS:
            told += "gen_ai.response.finish_reasons", (context.answered.finish,)
    return told


def _of_answer(context: RequestContext, attempt: DeploymentAttempt) -> Iterator[bytes]:
    """What is known of the answer and is another for each call: tokens, and when the first of them came."""
    usage = context.answered.usage
    if usage.prompt or usage.output:
        yield attribute("gen_ai.usage.input_tokens", usage.prompt)
        yield attribute("gen_ai.usage.output_tokens", usage.output)
        if usage.cached:
            yield attribute("gen_ai.usage.cache_read.input_tokens", usage.cached)
        if usage.cache_write:
            yield attribute("gen_ai.usage.cache_creation.input_tokens", usage.cache_write)
        if usage.reasoning:
            yield attribute("gen_ai.usage.reasoning.output_tokens", usage.reasoning)
    first_s = context.timeline.ended_s.get(Phase.FIRST_TOKEN)
    if attempt.result == ANSWERED and context.call.stream and first_s is not None:
        yield attribute("gen_ai.response.time_to_first_chunk", max(0.0, first_s - attempt.started_s))


def _error_of(context: RequestContext, attempt: DeploymentAttempt) -> str:
    """Why an attempt failed; empty for one that did not."""
    if attempt.result == ANSWERED:
        return error_type(context)
    return attempt.result or Outcome.CLIENT_GONE.value


def _was_cut(context: RequestContext) -> bool:
    return context.ended is not None and context.ended.outcome is Outcome.UPSTREAM_CUT


def _phases(context: RequestContext, trace: TraceContext, line: _Line) -> Iterator[bytes]:
    """Those before the call is sent, and the settlement, which ends when the call's closing record is durable."""
    ended_s = context.timeline.ended_s
    place = placing(trace.trace_id, trace.span_id, trace.sampled | _KNOWN)
    begin_ns = line.base_ns
    for number, phase in enumerate(BEFORE, start=FIRST_PHASE):
        if phase in ended_s:
            end_ns = max(begin_ns, line.at(ended_s[phase]))
            yield place(trace.child(number), begin_ns, end_ns) + _NAMED[phase]
            begin_ns = end_ns
    if Phase.SETTLE in ended_s:
        upstream_s = context.upstream_ended_s or ended_s[Phase.SETTLE]
        yield place(trace.child(SETTLE), line.at(upstream_s), line.at(line.ended_s)) + _NAMED[Phase.SETTLE]


def _upstream_phases(context: RequestContext, trace: TraceContext, line: _Line) -> Iterator[bytes]:
    """Those of the last attempt, below its span."""
    attempt, limit_s = context.attempts[-1], context.upstream_ended_s or line.ended_s
    parent = trace.child(min(len(context.attempts), MOST_ATTEMPTS))
    place = placing(trace.trace_id, parent, trace.sampled | _KNOWN)
    before_s, begin_ns = attempt.started_s, line.at(attempt.started_s)
    for number, phase in enumerate(UPSTREAM, start=FIRST_UPSTREAM_PHASE):
        ended_s = context.timeline.ended_s.get(phase)
        if ended_s is not None and before_s <= ended_s <= limit_s:
            end_ns = line.at(ended_s)
            yield place(trace.child(number), begin_ns, end_ns) + _NAMED[phase]
            before_s, begin_ns = ended_s, end_ns
