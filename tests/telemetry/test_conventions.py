"""What is exported of calls fits the conventions for generative AI; the receiver checks every span and every metric."""

from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.api.everywhere import ANTHROPIC, AZURE, CHAT, CLAUDE, GEMINI, HI, MESSAGES, OPENAI, OWN, RESPONSES
from tests.fakes.openai_server import Script
from tests.fakes.otlp_rules import Attributes, attributes_of
from tests.telemetry.conftest import Observed

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"messages": [HI]},
    RESPONSES: {"input": "hi"},
    MESSAGES: {"messages": [HI], "max_tokens": 64},
}
PROVIDERS = {
    OPENAI: "openai", AZURE: "azure.ai.openai", CLAUDE: "aws.bedrock", GEMINI: "gcp.vertex_ai",
    ANTHROPIC: "anthropic", OWN: "local",
}  # fmt: skip


def of_kind(call: list[Span], kind: int) -> list[tuple[Span, Attributes]]:
    """The spans of a kind with their attributes."""
    return [(span, attributes_of(span.attributes)) for span in call if span.kind == kind]


def only_call(observed: Observed) -> list[Span]:
    """The spans of the one call that was made."""
    (call,) = observed.export().check()
    return call


@pytest.mark.parametrize("route", PROVIDERS)
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_call_is_a_tree_of_spans_that_a_strict_collector_takes(
    observed: Observed, route: str, path: str, stream: bool
) -> None:
    answer = observed.gateway.post(path, {"model": route, "stream": stream, **BODIES[path]})
    assert answer.data  # a stream is settled once it was read
    assert answer.status_code == 200, answer.data
    call = only_call(observed)
    ((root, told),) = of_kind(call, Span.SPAN_KIND_SERVER)
    assert told["gen_ai.request.model"] == route
    assert told["ni.request_id"] == answer.headers["X-NI-Request-ID"]
    assert not root.parent_span_id
    ((sent, asked),) = of_kind(call, Span.SPAN_KIND_CLIENT)
    assert asked["gen_ai.provider.name"] == PROVIDERS[route]
    assert asked["gen_ai.request.stream"] is stream
    assert asked["server.address"] == "127.0.0.1"
    below = {span.name for span in call if span.parent_span_id == sent.span_id}
    assert below == {"connect", "first_byte", "first_token"} | ({"stream"} if stream else set())
    beside = {span.name for span in call if span.parent_span_id == root.span_id} - {sent.name}
    assert beside == {"queue", "masking", "admission", "settle"}


def test_a_call_that_the_client_began_continues_its_trace(observed: Observed) -> None:
    observed.gateway.post(CHAT, {"model": OPENAI, **BODIES[CHAT]}, traceparent=PARENT)
    call = only_call(observed)
    assert {span.trace_id.hex() for span in call} == {PARENT.split("-")[1]}
    ((root, _),) = of_kind(call, Span.SPAN_KIND_SERVER)
    assert root.parent_span_id.hex() == PARENT.split("-")[2]


def test_two_calls_below_one_span_keep_apart(observed: Observed) -> None:
    for _ in range(2):
        observed.gateway.post(CHAT, {"model": OPENAI, **BODIES[CHAT]}, traceparent=PARENT)
    assert len(observed.export().check()) == 2


@pytest.mark.parametrize("script", [Script(status=500), Script(status=429), Script(no_answer=True)])
def test_a_provider_that_fails_ends_the_spans_with_our_code(observed: Observed, script: Script) -> None:
    observed.gateway.fakes["openai"].scripts.extend([script, script])
    answer = observed.gateway.post(CHAT, {"model": OPENAI, **BODIES[CHAT]})
    observed.gateway.fakes["openai"].scripts.clear()
    assert answer.status_code >= 400
    call = only_call(observed)
    ((_, told),) = of_kind(call, Span.SPAN_KIND_SERVER)
    assert told["http.response.status_code"] == answer.status_code
    attempts = of_kind(call, Span.SPAN_KIND_CLIENT)
    assert len(attempts) == int(answer.headers["X-NI-Attempts"])
    assert {asked["error.type"] for _, asked in attempts} == {told["error.type"]}
    assert all(span.status.code == Status.STATUS_CODE_ERROR for span, _ in attempts)


def test_a_stream_that_the_provider_cuts_failed(observed: Observed) -> None:
    observed.gateway.fakes["openai"].scripts.append(Script(cut_at=700))
    answer = observed.gateway.post(CHAT, {"model": OPENAI, "stream": True, **BODIES[CHAT]})
    assert b"error" in answer.data
    ((root, told),) = of_kind(call := only_call(observed), Span.SPAN_KIND_SERVER)
    assert told["ni.outcome"] == "upstream_cut"
    assert root.status.code == Status.STATUS_CODE_ERROR
    ((_, asked),) = of_kind(call, Span.SPAN_KIND_CLIENT)
    assert asked["error.type"] == told["error.type"]


def test_a_call_that_is_refused_here_has_no_span_of_a_provider(observed: Observed) -> None:
    key = observed.gateway.assembled.headers(rpm=1)
    ask = {"model": OPENAI, **BODIES[CHAT]}
    assert observed.gateway.client.post(CHAT, json=ask, headers=key).status_code == 200
    assert observed.gateway.client.post(CHAT, json=ask, headers=key).status_code == 429
    calls = observed.export().check()
    ((_, told),) = of_kind(calls[-1], Span.SPAN_KIND_SERVER)
    assert told["error.type"] == "rate_limit_exceeded"
    assert of_kind(calls[-1], Span.SPAN_KIND_CLIENT) == []


def test_metrics_are_those_of_the_page_of_metrics(observed: Observed) -> None:
    assert observed.gateway.post(CHAT, {"model": OPENAI, "stream": True, **BODIES[CHAT]}).data
    receiver = observed.export()
    receiver.check()
    page = observed.gateway.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    for name, prometheus in {
        "ni_calls": "ni_calls_total",
        "gen_ai.client.operation.duration": "gen_ai_client_operation_duration_seconds_count",
        "gen_ai.client.token.usage": "gen_ai_client_token_usage_count",
        "gen_ai.server.request.duration": "gen_ai_server_request_duration_seconds_count",
        "gen_ai.server.time_to_first_token": "gen_ai_server_time_to_first_token_seconds_count",
        "gen_ai.client.operation.time_to_first_chunk": "gen_ai_client_operation_time_to_first_chunk_seconds_count",
    }.items():
        metric = receiver.metrics[name]
        sent = [float(point.count) for point in metric.histogram.data_points]
        sent += [point.as_double for point in metric.sum.data_points]
        shown = [float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"{prometheus}{{")]
        assert sorted(sent) == sorted(shown), name
        assert shown


def test_the_resource_says_which_process_of_which_service(observed: Observed) -> None:
    observed.gateway.post(CHAT, {"model": OPENAI, **BODIES[CHAT]})
    resource = observed.export().resource
    assert resource["service.name"] == "northern-inference"
    assert resource["deployment.environment.name"] == "test"
    assert resource["service.instance.id"].startswith("process_")
    assert {each["x-two"] for each in observed.receiver.headers} == {"a b"}
