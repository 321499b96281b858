"""Metrics for operators, in Prometheus' text format. No label was written by a client; none names a key or account.

Several workers keep theirs in files of one folder (prometheus-client's "Multiprocess Mode"), and the worker that gets
`/metrics` adds them up. `ni serve` sets the folder in the server's environment.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ni.custody.publisher import AnchorLag
from ni.domain.errors import Problem
from ni.domain.queues import QueueState
from ni.domain.route import Drift
from ni.gateway.context import RequestContext
from ni.web.genai_metrics import GenAiMetrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)


class JournalNumbers(Protocol):
    """The state of a journal that is measured."""

    def depth(self) -> int:
        """How many units wait to be written."""

    def works(self) -> bool:
        """Whether units that must be written are written."""


class Metrics:
    """The metrics of one process, in a registry that two applications in one process do not share.

    `shared` is the folder in which several workers keep theirs, None for a single process.
    """

    def __init__(self, shared: Path | None = None) -> None:
        registry = self._registry = CollectorRegistry()
        self._shared = shared
        self._journal: JournalNumbers | None = None
        self._set_aside: Callable[[], int] = int
        self._queues: Callable[[], Sequence[QueueState]] = tuple
        self._anchors: _AnchorNumbers | None = None
        labels = ("dialect", "provider", "outcome")
        self._calls = Counter("ni_calls", "Calls that ended.", labels, registry=registry)
        self._seconds = Histogram(
            "ni_call_seconds", "How long calls took.", ("provider",), buckets=SECONDS, registry=registry
        )
        self._tokens = Counter("ni_tokens", "Tokens by class.", ("provider", "kind"), registry=registry)
        # Finding the child of its labels costs more than counting, and there are few of them.
        self._call = cache(self._calls.labels)
        self._duration = cache(self._seconds.labels)
        self._token = cache(self._tokens.labels)
        self._protected = Counter("ni_values_protected", "Personal values substituted.", registry=registry)
        self._errors = Counter("ni_errors", "Errors answered, by code.", ("code",), registry=registry)
        self._drift = Counter(
            "ni_residency_drift",
            "Deployments found elsewhere than they are said to be.",
            ("provider", "rule", "refused"),
            registry=registry,
        )
        self._genai = GenAiMetrics(registry)
        self._make_attempts(registry)
        self._make_export(registry)
        self._make_gauges(registry)
        self._make_queue_gauges(registry)

    def _make_attempts(self, registry: CollectorRegistry) -> None:
        """The counters of deployments."""
        self._attempts = Counter(
            "ni_attempts",
            "Sendings to a deployment, by what came of them.",
            ("deployment", "result"),
            registry=registry,
        )
        self._attempt = cache(self._attempts.labels)
        self._rests = Counter(
            "ni_deployment_rests",
            "How often a deployment's breaker opened.",
            ("deployment",),
            registry=registry,
        )

    def _make_queue_gauges(self, registry: CollectorRegistry) -> None:
        """The gauges of queues: counts are added up over workers, the longest wait is that of any."""
        meanings = {
            "waiting": "Calls, or units of the journal, that wait.",
            "running": "Those that are served.",
            "slots": "How many may be served at once.",
            "drain_per_second": "How many are served in a second while all slots are taken.",
            "refused": "Calls turned away since the worker began.",
        }
        mode: Literal["livesum"] = "livesum"
        self._queue_gauges = {
            name: Gauge(f"ni_queue_{name}", meaning, ("queue",), registry=registry, multiprocess_mode=mode)
            for name, meaning in meanings.items()
        }
        self._longest_wait = Gauge(
            "ni_queue_longest_wait_seconds",
            "For how long the first of those that wait has waited.",
            ("queue",),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def _make_export(self, registry: CollectorRegistry) -> None:
        self._exported = Counter(
            "ni_otel_items",
            "Spans and data points for the OpenTelemetry collector, by what came of them.",
            ("signal", "result"),
            registry=registry,
        )

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        live: Literal["livesum"] = "livesum"  # over the workers that there are, not those that ended
        self.open_streams = Gauge(
            "ni_open_streams", "Streams being written.", registry=registry, multiprocess_mode=live
        )
        self._journal_depth = Gauge(
            "ni_journal_depth", "Units waiting to be written.", registry=registry, multiprocess_mode=live
        )
        self._late = Gauge(
            "ni_journal_late",
            "Workers in which what must be written is not.",
            registry=registry,
            multiprocess_mode=live,
        )
        self._aside = Gauge(
            "ni_journal_set_aside",
            "Units that the workers that there are could not write.",
            registry=registry,
            multiprocess_mode=live,
        )

    def watch_journal(self, journal: JournalNumbers, set_aside: Callable[[], int]) -> None:
        """Measure this journal, and how many units were set aside, at each `text` and `sample`."""
        self._journal, self._set_aside = journal, set_aside

    def watch_queues(self, states: Callable[[], Sequence[QueueState]]) -> None:
        """Measure these queues at each `text` and `sample`."""
        self._queues = states

    def sample(self) -> None:
        """Set the gauges of the journal and of queues, which other workers read when they get `/metrics`."""
        if self._journal is not None:
            self._journal_depth.set(self._journal.depth())
            self._late.set(int(not self._journal.works()))
            self._aside.set(self._set_aside())
        for state in self._queues():
            values = (state.waiting, state.running, state.slots, state.drain_per_s, state.refused)
            for gauge, value in zip(self._queue_gauges.values(), values, strict=True):
                gauge.labels(state.name).set(value)
            self._longest_wait.labels(state.name).set(state.longest_ms / 1000)

    def watch_anchors(self, lag: Callable[[], Sequence[AnchorLag]]) -> None:
        """Measure at each `text` how far the anchors of the custody log are behind."""
        self._anchors = _AnchorNumbers(lag)
        if self._shared is None:
            self._registry.register(self._anchors)

    def ended(self, context: RequestContext) -> None:
        """Count a call that ended, with its duration, tokens and masked values."""
        self._genai.ended(context)
        provider, usage = context.route.provider if context.route is not None else "", context.answered.usage
        if context.ended is not None:
            self._call(context.call.dialect, provider, context.ended.outcome.value).inc()
            self._duration(provider).observe(context.ended.latency_ms / 1000)
        for attempt in context.attempts:
            self._attempt(attempt.deployment, attempt.result or "client_gone").inc()
        if usage.prompt:
            self._token(provider, "input").inc(usage.prompt)
            self._token(provider, "output").inc(usage.output)
        if context.masked is not None and context.masked.summary.total:
            self._protected.inc(context.masked.summary.total)

    def limited(self, context: RequestContext) -> None:
        """Measure a call that the limits refused; of those nothing else is counted but the error."""
        self._genai.ended(context)

    def drifted(self, drift: Drift) -> None:
        """Count a deployment that was found elsewhere than the catalog says."""
        self._drift.labels(drift.provider, drift.rule, "yes" if drift.refused else "no").inc()

    def rested(self, deployment: str) -> None:
        """Count a deployment whose breaker opened."""
        self._rests.labels(deployment).inc()

    def refused(self, code: str) -> None:
        """Count an error response by its code."""
        self._errors.labels(code).inc()

    def exported(self, signal: str, result: str, items: int) -> None:
        """Count what was sent to the OpenTelemetry collector, or was not."""
        self._exported.labels(signal, result).inc(items)

    def families(self) -> Iterable[Metric]:
        """The metrics of this process alone."""
        self.sample()
        yield from self._registry.collect()
        if self._anchors is not None and self._shared is not None:  # else it is in the registry
            yield from self._anchors.collect()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format, added up over all workers."""
        self.sample()
        return generate_latest(self._registry if self._shared is None else self._summed(self._shared))

    def _summed(self, shared: Path) -> CollectorRegistry:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(shared))  # type: ignore[no-untyped-call]  # the library has no types here
        if self._anchors is not None:
            registry.register(self._anchors)  # asked of the database, so the same in every worker
        return registry


class _AnchorNumbers(Collector):
    """The lag of each anchor, queried at each collection; no samples while the database is away."""

    def __init__(self, lag: Callable[[], Sequence[AnchorLag]]) -> None:
        self._lag = lag

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One metric family per quantity, one sample per anchor."""
        behind = _of_anchors("leaves_behind", "Leaves that the anchor's newest checkpoint lacks.")
        age = _of_anchors(
            "age_seconds", "Seconds since the anchor took a checkpoint; absent if it never did."
        )
        down = _of_anchors("down", "Whether the last publication to the anchor failed.")
        try:
            lags = self._lag()
        except Problem:
            lags = ()
        for lag in lags:
            behind.add_metric([lag.anchor], lag.leaves)
            down.add_metric([lag.anchor], int(bool(lag.fault)))
            if lag.age_s is not None:
                age.add_metric([lag.anchor], lag.age_s)
        yield from (behind, age, down)


def _of_anchors(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ni_custody_anchor_{name}", meaning, labels=("anchor",))
