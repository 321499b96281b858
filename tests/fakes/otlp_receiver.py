"""A strict OpenTelemetry collector for OTLP/HTTP: it decodes with the official messages and checks all that it takes.

What it objects to is in `objections` and answered with 400, as a collector does with what it cannot read.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.fakes.otlp_rules import (
    Attributes,
    attributes_of,
    check_metric,
    check_origin,
    check_span,
    check_trace,
    traces_in,
)


@dataclass(frozen=True)
class Answer:
    """How one request is answered, after a while; status 0 cuts the connection."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0


class OtlpReceiver(ThreadingHTTPServer):
    """The collector. `answers` are given in turn, then everything is taken; `always` is what is given after them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[Answer] = deque()
        self.always = Answer()
        self.spans: list[Span] = []
        self.metrics: dict[str, Metric] = {}
        self.resource: Attributes = {}
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.objections: list[str] = []

    @property
    def url(self) -> str:
        """The address for `OTEL_EXPORTER_OTLP_ENDPOINT`."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def exported(self) -> bytes:
        """All bytes that came, with the headers."""
        return b"\n".join([*self.raw, *(str(each).encode() for each in self.headers)])

    def check(self) -> list[list[Span]]:
        """The spans by call, each checked as a whole; raises for what was objected to."""
        assert self.objections == []
        calls = list(traces_in(self.spans))
        for call in calls:
            check_trace(call)
        assert sum(map(len, calls)) == len(self.spans), "a span belongs to no call"
        return calls

    def forget(self) -> None:
        """Forget what came."""
        self.spans.clear()
        self.metrics.clear()
        self.raw.clear()
        self.headers.clear()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no fault of the collector's."""

    def __enter__(self) -> "OtlpReceiver":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def take_traces(self, body: bytes) -> None:
        """Check and keep spans. Raises `AssertionError`, `DecodeError`."""
        for whole in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = attributes_of(whole.resource.attributes)
            for scoped in whole.scope_spans:
                check_origin(self.resource, scoped.scope.name, scoped.scope.version, scoped.schema_url)
                for span in scoped.spans:
                    check_span(span)
                    self.spans.append(span)

    def take_metrics(self, body: bytes) -> None:
        """Check metrics and keep the newest of each. Raises `AssertionError`, `DecodeError`."""
        for whole in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            self.resource = attributes_of(whole.resource.attributes)
            for scoped in whole.scope_metrics:
                check_origin(self.resource, scoped.scope.name, scoped.scope.version, scoped.schema_url)
                for metric in scoped.metrics:
                    check_metric(metric)
                    self.metrics[metric.name] = metric


class _Handler(BaseHTTPRequestHandler):
    server: OtlpReceiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the base class names it so
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        server.raw.append(body)
        server.headers.append({name.lower(): value for name, value in self.headers.items()})
        answer = server.answers.popleft() if server.answers else server.always
        time.sleep(answer.after_s)
        if answer.status == 0:
            self.close_connection = True
            return
        if answer.status == 200:
            answer = self._taken(answer, body)
        self.send_response(answer.status)
        headers = {"Content-Type": "application/x-protobuf", "Content-Length": str(len(answer.body))}
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _taken(self, answer: Answer, body: bytes) -> Answer:
        take = {"/v1/traces": self.server.take_traces, "/v1/metrics": self.server.take_metrics}
        try:
            assert self.headers["Content-Type"] == "application/x-protobuf"
            take[self.path](body)
        except (AssertionError, DecodeError, KeyError) as fault:
            self.server.objections.append(f"{self.path}: {fault!r}")
            return Answer(400)
        return answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""
