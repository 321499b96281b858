"""The histograms of OpenTelemetry's conventions for generative AI, beside the gateway's own metrics.

Labels name operations, providers, routes of the catalog and error codes. What a client wrote is in none of them.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Histogram

from ni.domain import genai
from ni.domain.genai import operation_of, provider_of
from ni.domain.timeline import Phase
from ni.gateway.audit_fields import error_type
from ni.gateway.context import RequestContext

SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
FIRST_TOKEN_SECONDS = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
TOKENS = tuple(4**power for power in range(14))
"""The boundaries that the conventions advise."""
_CALL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")


class GenAiMetrics:
    """How long requests and the calls to models below them took, and their tokens."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(
            name: str, meaning: str, labels: tuple[str, ...], buckets: tuple[float, ...]
        ) -> Histogram:
            return Histogram(name, meaning, labels, buckets=buckets, registry=registry)

        failing = (*_CALL, "error_type")
        operation = histogram(genai.DURATION, "Calls to models, from the sending on.", failing, SECONDS)
        chunk = histogram(genai.FIRST_CHUNK, "From sending to a stream's first chunk.", _CALL, SECONDS)
        tokens = histogram(genai.TOKENS, "Tokens of a call.", (*_CALL, "gen_ai_token_type"), TOKENS)
        request = histogram(genai.REQUEST, "Requests, from arrival to settlement.", failing, SECONDS)
        first = histogram(genai.FIRST_TOKEN, "From arrival to the first token.", _CALL, FIRST_TOKEN_SECONDS)
        # Finding the child of its labels costs more than counting, and there are few of them.
        self._operation, self._chunk, self._tokens = map(
            cache, (operation.labels, chunk.labels, tokens.labels)
        )
        self._request, self._first = map(cache, (request.labels, first.labels))

    def ended(self, context: RequestContext) -> None:
        """Measure a call that ended, whether it was sent or not."""
        route, ended = context.route, context.ended
        if ended is None:
            return
        operation = operation_of(context.call.dialect)
        named = (
            (operation, provider_of(route.provider), route.id) if route is not None else (operation, "", "")
        )
        error = error_type(context)
        self._request(*named, error).observe(ended.latency_ms / 1000)
        upstream_s = context.upstream_ended_s
        if upstream_s is not None:
            self._sent(context, named, upstream_s, error)

    def _sent(self, context: RequestContext, named: tuple[str, str, str], ended_s: float, error: str) -> None:
        begun_s, usage = context.attempts[-1].started_s, context.answered.usage
        self._operation(*named, error).observe(max(0.0, ended_s - begun_s))
        if usage.prompt or usage.output:
            self._tokens(*named, "input").observe(usage.prompt)
            self._tokens(*named, "output").observe(usage.output)
        first_s = context.timeline.ended_s.get(Phase.FIRST_TOKEN)
        if first_s is not None:
            self._first(*named).observe(first_s - context.started_s)
            if context.call.stream:
                self._chunk(*named).observe(max(0.0, first_s - begun_s))
