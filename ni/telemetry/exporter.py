"""The queue of spans and its delivery: calls put spans in and never wait; a background job takes them out.

What does not fit is dropped and counted. A collector that is away or asks for patience is tried again, with growing
pauses or as long as it asks, for a minute; then the batch is given up. At the end of the process what waits is sent
once more, within a few seconds.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, ResourceMetrics, ScopeMetrics
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from ni.domain.ids import Random
from ni.telemetry.delivery import Collector, Delivered, Signal
from ni.telemetry.messages import SCHEMA, field
from ni.telemetry.metrics import points_in

log = logging.getLogger(__name__)

MOST_SPANS = 8192
BATCH = 1024
GIVE_UP_S = 60.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
POLL_S = 0.02

CountItems = Callable[[str, str, int], None]
"""Counts spans or data points: the signal, what came of them (`sent`, `dropped`, `refused`), and how many."""


class Exporter:
    """Sends spans and metrics of one process. `origin` says who speaks."""

    def __init__(
        self,
        collector: Collector,
        origin: tuple[Resource, InstrumentationScope],
        count: CountItems,
        random: Random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._collector = collector
        self._resource, self._scope = origin
        self._resource_head = ResourceSpans(resource=self._resource, schema_url=SCHEMA).SerializeToString()
        self._spans_head = ScopeSpans(scope=self._scope, schema_url=SCHEMA).SerializeToString()
        self._count = count
        self._random = random
        self._sleep = sleep
        self._waiting: deque[bytes] = deque()
        self._batch: list[bytes] = []
        self._under_way = False
        self._closing = False
        self._told: set[Signal] = set()

    def offer(self, spans: Sequence[bytes]) -> None:
        """Queue the spans of a call, each as the octets of its message, all or none."""
        if self._closing or len(self._waiting) + len(spans) > MOST_SPANS:
            self._count(Signal.TRACES, "dropped", len(spans))
        else:
            self._waiting.extend(spans)

    def send_spans(self) -> None:
        """Deliver what waits, batch by batch."""
        while self._waiting and not self._closing:
            self._take()
            self._deliver_patiently()

    def send_metrics(self, metrics: Sequence[Metric], within_s: float | None = None) -> None:
        """Deliver the metrics once: they are sums, so that the next export makes up for one that failed."""
        scoped = ScopeMetrics(scope=self._scope, schema_url=SCHEMA, metrics=metrics)
        whole = ResourceMetrics(resource=self._resource, schema_url=SCHEMA, scope_metrics=[scoped])
        message = ExportMetricsServiceRequest(resource_metrics=[whole]).SerializeToString()
        delivered = self._collector.deliver(Signal.METRICS, message, within_s)
        self._settled(Signal.METRICS, delivered, sum(map(points_in, metrics)))

    def close(self, within_s: float) -> None:
        """Take no more spans, and send those that wait, each batch once, within this time."""
        self._closing = True
        ends_s = time.monotonic() + within_s
        while self._under_way and time.monotonic() < ends_s:
            self._sleep(POLL_S)
        while (self._batch or self._waiting) and (left_s := ends_s - time.monotonic()) > 0:
            if not self._batch:
                self._take()
            self._settled(Signal.TRACES, self._delivered(left_s), len(self._batch))
            self._batch = []
        lost = len(self._batch) + len(self._waiting)
        if lost:
            self._count(Signal.TRACES, "dropped", lost)

    def _take(self) -> None:
        self._batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _deliver_patiently(self) -> None:
        """Deliver the batch, again as long as that makes sense; the one who closes takes over what is left."""
        gives_up_s, pause_s = time.monotonic() + GIVE_UP_S, FIRST_PAUSE_S
        while True:
            delivered = self._delivered()
            wait_s = pause_s if delivered.wait_s is None else delivered.wait_s
            wait_s *= 1 + self._random(1)[0] / 1024
            if not delivered.again or time.monotonic() + wait_s > gives_up_s:
                break
            self._tell(Signal.TRACES, delivered.trouble)
            self._pause(wait_s)
            if self._closing:
                return
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._settled(Signal.TRACES, delivered, len(self._batch))
        self._batch = []

    def _pause(self, wait_s: float) -> None:
        ends_s = time.monotonic() + wait_s
        while not self._closing and (left_s := ends_s - time.monotonic()) > 0:
            self._sleep(min(left_s, 0.5))

    def _delivered(self, within_s: float | None = None) -> Delivered:
        scoped = b"".join((self._spans_head, *(field(2, span) for span in self._batch)))
        message = field(1, self._resource_head + field(2, scoped))
        self._under_way = True
        try:
            return self._collector.deliver(Signal.TRACES, message, within_s)
        finally:
            self._under_way = False

    def _settled(self, signal: Signal, delivered: Delivered, items: int) -> None:
        self._tell(signal, delivered.trouble)
        if delivered.trouble:
            self._count(signal, "dropped" if delivered.again else "refused", items)
            return
        rejected = min(delivered.rejected, items)
        self._count(signal, "sent", items - rejected)
        if rejected:
            self._count(signal, "refused", rejected)

    def _tell(self, signal: Signal, trouble: str) -> None:
        """One log line when the collector stops taking what is sent, and one when it takes it again."""
        if trouble and signal not in self._told:
            self._told.add(signal)
            log.warning("OpenTelemetry %s are not taken: %s", signal, trouble)
        elif not trouble and signal in self._told:
            self._told.remove(signal)
            log.warning("OpenTelemetry %s are taken again", signal)
