"""Delivery never holds up a call: bounded, repeated as OTLP says, given up in time, counted and said once."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Gauge, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from ni.domain.clock import SystemClock
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector, system_resolve
from ni.settings.values import networks
from ni.telemetry import exporter as module
from ni.telemetry.delivery import Collector
from ni.telemetry.exporter import BATCH, MOST_SPANS, Exporter
from ni.telemetry.messages import resource, scope, text
from ni.telemetry.spans import address_of
from tests.fakes.otlp_receiver import Answer, OtlpReceiver
from tests.running import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


class Waiting:
    """An exporter whose pauses take no time: the clock of its module moves with them."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch, opened: str = "127.0.0.0/8") -> None:
        self.counted: Counter[tuple[str, str]] = Counter()
        self.now_s = 1000.0
        self.pauses: list[float] = []
        clock = SystemClock()
        self.egress = egress = EgressClient(Connector(networks(opened), system_resolve, clock, 1.0), clock)
        origin = (
            resource({"service.name": "s", "service.version": "1", "service.instance.id": "i"}),
            scope("1"),
        )
        self.exporter = Exporter(Collector(egress, url, {}), origin, self._count, bytes, self._sleep)
        self.between: Callable[[], None] = lambda: None
        monkeypatch.setattr(module, "time", self)

    def monotonic(self) -> float:
        return self.now_s

    def _count(self, signal: str, result: str, items: int) -> None:
        self.counted[str(signal), result] += items

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds
        self.between()

    @property
    def waited_s(self) -> float:
        return sum(self.pauses)


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as served:
        yield served


@pytest.fixture
def waiting(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    made = Waiting(receiver.url, monkeypatch)
    yield made
    made.egress.forget()


def spans(count: int) -> list[bytes]:
    """Roots of calls, as octets."""
    now_ns = time.time_ns()
    told = [
        text("gen_ai.operation.name", "chat"),
        KeyValue(key="http.response.status_code", value=AnyValue(int_value=200)),
        text("ni.request_id", "r"),
    ]
    return [
        Span(
            trace_id=os.urandom(16), span_id=os.urandom(8), name="chat", kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=now_ns, end_time_unix_nano=now_ns, attributes=told,
        ).SerializeToString()
        for _ in range(count)
    ]  # fmt: skip


def test_what_waits_goes_out_in_batches(waiting: Waiting, receiver: OtlpReceiver) -> None:
    waiting.exporter.offer(spans(BATCH + 10))
    waiting.exporter.send_spans()
    assert len(receiver.raw) == 2
    assert len(receiver.spans) == BATCH + 10
    assert waiting.counted == {("traces", "sent"): BATCH + 10}


def test_what_does_not_fit_is_dropped_whole_and_counted(waiting: Waiting, receiver: OtlpReceiver) -> None:
    waiting.exporter.offer(spans(MOST_SPANS - 1))
    waiting.exporter.offer(spans(2))
    waiting.exporter.offer(spans(1))
    assert waiting.counted == {("traces", "dropped"): 2}
    waiting.exporter.send_spans()
    assert len(receiver.spans) == MOST_SPANS


@pytest.mark.parametrize("status", [429, 502, 503, 504, 0])
def test_a_collector_that_is_busy_is_asked_again(
    waiting: Waiting, receiver: OtlpReceiver, status: int
) -> None:
    receiver.answers.extend([Answer(status)] * 3)
    waiting.exporter.offer(spans(1))
    waiting.exporter.send_spans()
    assert len(receiver.spans) == 1
    assert waiting.waited_s == pytest.approx(1 + 2 + 4)
    assert waiting.counted == {("traces", "sent"): 1}


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_given_the_time_that_it_asks_for(waiting: Waiting, receiver: OtlpReceiver, status: int) -> None:
    receiver.answers.append(Answer(status, {"Retry-After": "17"}))
    waiting.exporter.offer(spans(1))
    waiting.exporter.send_spans()
    assert waiting.waited_s == pytest.approx(17)
    assert len(receiver.spans) == 1


@pytest.mark.parametrize("wait", ["3600", "Fri, 31 Dec 2099 23:59:59 GMT"])
def test_a_wait_that_is_too_long_gives_the_batch_up(
    waiting: Waiting, receiver: OtlpReceiver, wait: str
) -> None:
    receiver.answers.append(Answer(503, {"Retry-After": wait}))
    waiting.exporter.offer(spans(3))
    waiting.exporter.send_spans()
    assert waiting.counted == {("traces", "dropped"): 3}
    assert not waiting.pauses


def test_a_collector_that_stays_away_costs_a_minute_a_batch(
    waiting: Waiting, receiver: OtlpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.always = Answer(503)
    for _ in range(2):
        waiting.exporter.offer(spans(3))
        waiting.exporter.send_spans()
    assert waiting.counted == {("traces", "dropped"): 6}
    assert 30 < waiting.waited_s <= 120
    assert [record.getMessage() for record in caplog.records] == [
        "OpenTelemetry traces are not taken: the collector answered 503"
    ]
    receiver.always = Answer()
    waiting.exporter.offer(spans(1))
    waiting.exporter.send_spans()
    assert caplog.records[-1].getMessage() == "OpenTelemetry traces are taken again"


@pytest.mark.parametrize(
    "answer",
    [Answer(400), Answer(401), Answer(404), Answer(413), Answer(500), Answer(501),
     Answer(302, {"Location": "/v1/traces"}), Answer(307, {"Location": "http://127.0.0.1:1/"}),
     Answer(418, body=b"\xff" * 200_000)],
    ids=lambda answer: str(answer.status),
)  # fmt: skip
def test_what_is_refused_is_not_sent_again_and_no_redirect_is_followed(
    waiting: Waiting, receiver: OtlpReceiver, answer: Answer
) -> None:
    receiver.answers.append(answer)
    waiting.exporter.offer(spans(2))
    waiting.exporter.send_spans()
    assert len(receiver.raw) == 1
    assert waiting.counted == {("traces", "refused"): 2}


def test_garbage_behind_a_success_is_a_success(waiting: Waiting, receiver: OtlpReceiver) -> None:
    receiver.answers.extend([Answer(body=b"\xff\xfe garbage"), Answer(body=b"x" * 300_000), Answer(204)])
    for _ in range(3):
        waiting.exporter.offer(spans(1))
        waiting.exporter.send_spans()
    assert waiting.counted == {("traces", "sent"): 3}


def test_what_a_collector_takes_in_part_is_counted_apart(waiting: Waiting, receiver: OtlpReceiver) -> None:
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans = 2
    receiver.answers.append(Answer(body=answer.SerializeToString()))
    waiting.exporter.offer(spans(5))
    waiting.exporter.send_spans()
    assert waiting.counted == {("traces", "sent"): 3, ("traces", "refused"): 2}


def test_an_address_that_may_not_be_reached_is_not_tried_again(
    receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed = Waiting(receiver.url, monkeypatch, opened="")
    closed.exporter.offer(spans(1))
    closed.exporter.send_spans()
    assert closed.counted == {("traces", "refused"): 1}
    assert not receiver.raw
    assert "127.0.0.1" in caplog.text


def test_a_collector_that_is_down_is_tried_until_the_batch_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    down = Waiting(f"http://127.0.0.1:{free_port()}", monkeypatch)
    down.exporter.offer(spans(1))
    down.exporter.send_spans()
    assert down.counted == {("traces", "dropped"): 1}
    assert down.waited_s < 61


def test_the_end_sends_what_waits_once_and_takes_no_more(waiting: Waiting, receiver: OtlpReceiver) -> None:
    receiver.always = Answer(503)
    waiting.exporter.offer(spans(BATCH + 1))
    waiting.exporter.close(5.0)
    assert len(receiver.raw) == 2
    assert waiting.counted == {("traces", "dropped"): BATCH + 1}
    waiting.exporter.offer(spans(1))
    waiting.exporter.send_spans()
    assert len(receiver.raw) == 2


def test_the_end_takes_over_a_batch_that_is_waiting_for_its_next_try(
    waiting: Waiting, receiver: OtlpReceiver
) -> None:
    receiver.answers.append(Answer(503))
    waiting.exporter.offer(spans(4))
    waiting.between = lambda: waiting.exporter.close(5.0)
    waiting.exporter.send_spans()
    assert len(receiver.spans) == 4
    assert waiting.counted == {("traces", "sent"): 4}


def test_the_end_waits_no_longer_than_it_may(waiting: Waiting, receiver: OtlpReceiver) -> None:
    receiver.always = Answer(after_s=0.3)
    waiting.exporter.offer(spans(1))
    waiting.exporter.close(0.05)
    assert waiting.counted == {("traces", "dropped"): 1}


def test_metrics_that_are_not_taken_are_not_sent_again(waiting: Waiting, receiver: OtlpReceiver) -> None:
    receiver.answers.append(Answer(503))
    metric = Metric(name="ni_x", description="x", gauge=Gauge(data_points=[NumberDataPoint(as_double=1.0)]))
    waiting.exporter.send_metrics([metric])
    waiting.exporter.send_metrics([metric])
    assert waiting.counted == {("metrics", "dropped"): 1, ("metrics", "sent"): 1}
    assert not waiting.pauses


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [("https://api.openai.com/v1", "api.openai.com", 443), ("http://127.0.0.1:8080", "127.0.0.1", 8080), ("", "", 80),
     ("http://[", "", 0), ("https://u:p@host.example:99999/", "", 0)],
)  # fmt: skip
def test_addresses_are_host_and_port_alone(url: str, host: str, port: int) -> None:
    found = address_of(url)
    assert (found.host, found.port) == (host, port)
