"""What a strict collector demands of traces and metrics: OTLP itself, and the conventions for generative AI.

Sources: https://opentelemetry.io/docs/specs/otlp/, the semantic conventions of traces and metrics, and
https://github.com/open-telemetry/semantic-conventions-genai (`gen-ai-spans.md`, `gen-ai-metrics.md`). Attributes that
are not on these lists are refused: no other may ever be sent.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Attributes = dict[str, Any]

OPERATIONS = {"chat", "embeddings", "text_completion"}
PROVIDERS = {"openai", "anthropic", "azure.ai.openai", "aws.bedrock", "gcp.vertex_ai", "local", "sandbox"}
"""Well-known names, and the two of our own that have none."""
PHASES = {"queue", "masking", "admission", "connect", "first_byte", "first_token", "stream", "settle"}
FINISHES = {"stop", "length", "tool_calls", "content_filter", "function_call"}
KINDS: dict[str, type] = {
    "gen_ai.operation.name": str, "gen_ai.provider.name": str, "gen_ai.request.model": str,
    "gen_ai.request.stream": bool, "gen_ai.response.model": str, "gen_ai.response.finish_reasons": list,
    "gen_ai.response.time_to_first_chunk": float, "gen_ai.usage.input_tokens": int,
    "gen_ai.usage.output_tokens": int, "gen_ai.usage.cache_read.input_tokens": int,
    "gen_ai.usage.cache_creation.input_tokens": int, "gen_ai.usage.reasoning.output_tokens": int,
    "error.type": str, "server.address": str, "server.port": int, "http.response.status_code": int,
    "ni.request_id": str, "ni.dialect": str, "ni.tier": str, "ni.jurisdiction": str, "ni.outcome": str,
    "ni.values_protected": int, "ni.deployment": str,
}  # fmt: skip
"""Every attribute that a span may have, with its type."""
SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
HISTOGRAMS: dict[str, tuple[str, list[float], set[str]]] = {
    "gen_ai.client.operation.duration": ("s", SECONDS, set()),
    "gen_ai.client.operation.time_to_first_chunk": ("s", SECONDS, set()),
    "gen_ai.client.token.usage": ("{token}", [4.0**power for power in range(14)], {"gen_ai.token.type"}),
    "gen_ai.server.request.duration": ("s", SECONDS, set()),
    "gen_ai.server.time_to_first_token": (
        "s", [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0], set(),
    ),
}  # fmt: skip
"""Unit, advised boundaries and required attributes beside those of every call, by name."""


def value_of(value: AnyValue) -> Any:
    """The value of an attribute."""
    kind = value.WhichOneof("value")
    assert kind is not None, "a value without a value"
    if kind == "array_value":
        return [value_of(item) for item in value.array_value.values]
    return getattr(value, kind)


def attributes_of(pairs: Sequence[KeyValue]) -> Attributes:
    """Attributes by name; each is there once."""
    found = {pair.key: value_of(pair.value) for pair in pairs}
    assert len(found) == len(pairs), f"an attribute is there twice: {[pair.key for pair in pairs]}"
    assert all(found), "an attribute without a name"
    return found


def check_origin(resource: Attributes, scope: str, version: str, schema: str) -> None:
    """Who speaks."""
    assert {"service.name", "service.version", "service.instance.id"} <= resource.keys(), resource
    assert scope, "no scope"
    assert version, "no version of the scope"
    assert schema.startswith("https://opentelemetry.io/schemas/"), schema


def check_span(span: Span) -> None:
    """One span by itself."""
    assert len(span.trace_id) == 16, "the trace id has another length"
    assert len(span.span_id) == 8, "the span id has another length"
    assert any(span.trace_id), "the trace id is zero"
    assert any(span.span_id), "the span id is zero"
    assert len(span.parent_span_id) in (0, 8), "the parent's id has another length"
    assert not span.trace_state, "a client's words"
    assert 1_700_000_000 * 10**9 < span.start_time_unix_nano <= span.end_time_unix_nano, span.name
    assert not span.events, "events can hold content"
    assert not span.links, "nothing links"
    assert not span.status.message, "a status says a code alone"
    found = attributes_of(span.attributes)
    for name, value in found.items():
        assert type(value) is KINDS.get(name), f"{span.name}: {name} = {value!r}"
        assert value != "", f"{span.name}: {name} is empty"
    check = {
        Span.SPAN_KIND_SERVER: _check_server, Span.SPAN_KIND_CLIENT: _check_client,
        Span.SPAN_KIND_INTERNAL: _check_phase,
    }[span.kind]  # fmt: skip
    check(span, found)


def _check_named(span: Span, found: Attributes) -> None:
    operation, model = found["gen_ai.operation.name"], found.get("gen_ai.request.model")
    assert operation in OPERATIONS, operation
    assert span.name == (f"{operation} {model}" if model else operation)
    assert ("server.address" in found) <= ("server.port" in found), "an address without its port"
    assert found.get("gen_ai.provider.name", "openai") in PROVIDERS, found


def _check_server(span: Span, found: Attributes) -> None:
    _check_named(span, found)
    status = found["http.response.status_code"]
    assert status < 400 or "error.type" in found, f"{status} without its type"
    assert status < 500 or span.status.code == Status.STATUS_CODE_ERROR, "a failure that is none"
    assert found["ni.request_id"]


def _check_client(span: Span, found: Attributes) -> None:
    _check_named(span, found)
    assert {"gen_ai.provider.name", "gen_ai.request.model"} <= found.keys(), found
    failed = span.status.code == Status.STATUS_CODE_ERROR
    assert failed == ("error.type" in found), found
    if not failed:
        wanted = {"gen_ai.response.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"}
        assert wanted <= found.keys(), found
    assert set(found.get("gen_ai.response.finish_reasons", ())) <= FINISHES, found


def _check_phase(span: Span, found: Attributes) -> None:
    assert span.name in PHASES, span.name
    assert span.parent_span_id, f"{span.name} hangs in the air"
    assert not found, found


def check_trace(spans: Sequence[Span]) -> None:
    """The spans of one call: a tree of times within times, whose phases do not overlap."""
    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans), "an id is there twice"
    roots = [span for span in spans if span.kind == Span.SPAN_KIND_SERVER]
    assert len(roots) == 1, [span.name for span in spans]
    ends: dict[tuple[bytes, bool], int] = {}
    for span in sorted(spans, key=lambda each: each.start_time_unix_nano):
        if span is roots[0]:
            assert span.parent_span_id not in by_id, "the root has a parent in its own call"
            continue
        parent = by_id[span.parent_span_id]
        assert parent.start_time_unix_nano <= span.start_time_unix_nano, f"{span.name} begins too early"
        assert span.end_time_unix_nano <= parent.end_time_unix_nano, f"{span.name} ends too late"
        place = span.parent_span_id, span.kind == Span.SPAN_KIND_CLIENT
        assert ends.get(place, 0) <= span.start_time_unix_nano, f"{span.name} overlaps the one before"
        ends[place] = span.end_time_unix_nano


def traces_in(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """The spans by the call that they belong to: a client's trace may hold several."""
    for root in (span for span in spans if span.kind == Span.SPAN_KIND_SERVER):
        own = [root]
        for _ in range(2):  # children, and theirs
            ids = {span.span_id for span in own}
            own += [span for span in spans if span.parent_span_id in ids and span not in own]
        yield own


def check_metric(metric: Metric) -> None:
    """One metric with its points."""
    if metric.name.startswith("gen_ai."):
        unit, bounds, more = HISTOGRAMS[metric.name]
        assert metric.unit == unit, metric.name
        assert all(list(point.explicit_bounds) == bounds for point in metric.histogram.data_points)
        for point in metric.histogram.data_points:
            found = attributes_of(point.attributes)
            assert {"gen_ai.operation.name", *more} <= found.keys(), found
            assert found.keys() <= {
                "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.token.type",
                "error.type",
            }, found  # fmt: skip
            assert found.get("gen_ai.token.type", "input") in ("input", "output")
    else:
        assert metric.name.startswith("ni_"), metric.name
    assert metric.description, metric.name
    kind = metric.WhichOneof("data")
    if kind == "sum":
        assert metric.sum.is_monotonic, metric.name
    if kind in ("sum", "histogram"):
        assert getattr(metric, kind).aggregation_temporality == 2, "not cumulative"
    points = getattr(metric, str(kind)).data_points
    assert points, f"{metric.name} says nothing"
    assert len({str(attributes_of(point.attributes)) for point in points}) == len(points), metric.name
    for point in points:
        assert point.start_time_unix_nano <= point.time_unix_nano, metric.name
        if isinstance(point, HistogramDataPoint):
            assert len(point.bucket_counts) == len(point.explicit_bounds) + 1, metric.name
            assert sum(point.bucket_counts) == point.count, metric.name
            assert list(point.explicit_bounds) == sorted(set(point.explicit_bounds)), metric.name
