"""Numbers for operators, in Prometheus' text format. No label was written by a client; none names a key or account."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ni.gateway.journey import Journey

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)


class Metrics:
    """The process's counters; one registry of its own, so that two apps in one process do not mix."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
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
        self.open_streams = Gauge("ni_open_streams", "Streams being written.", registry=registry)
        self.journal_depth = Gauge("ni_journal_depth", "Units waiting to be written.", registry=registry)

    def ended(self, journey: Journey) -> None:
        """Count a call that ended."""
        provider = journey.route.provider if journey.route is not None else ""
        self._call(journey.call.dialect, provider, journey.outcome.value).inc()
        self._duration(provider).observe(journey.latency_ms / 1000)
        if journey.usage.prompt:
            self._token(provider, "input").inc(journey.usage.prompt)
            self._token(provider, "output").inc(journey.usage.output)
        if journey.masked is not None and journey.masked.summary.total:
            self._protected.inc(journey.masked.summary.total)

    def refused(self, code: str) -> None:
        """Count an error that was answered."""
        self._errors.labels(code).inc()

    def text(self) -> bytes:
        """All numbers, as Prometheus reads them."""
        return generate_latest(self._registry)
