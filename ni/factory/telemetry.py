"""Builds the export of traces and metrics where `NI_OTEL` is on; nothing of it is imported where it is off.

The `OTEL_` variables are read as their specification says. Platforms put them into every container: so they start no
export by themselves, and refuse no start where nothing is exported. That is why they are checked here.
Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and `protocol/exporter`.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

import ni
from ni.domain.clock import Clock
from ni.domain.ids import Random
from ni.domain.route import Deployment, Drift
from ni.domain.trace import HeaderLookup, TraceContext
from ni.gateway.context import RequestContext
from ni.gateway.dependencies import Instance, Meters
from ni.outbound.client import EgressClient
from ni.providers.base import Provider
from ni.settings import Settings
from ni.settings.values import SettingsError, choice, count, full_url
from ni.web.metrics import Metrics

if TYPE_CHECKING:
    from ni.telemetry.exporter import Exporter
    from ni.telemetry.tracing import Tracing

T = TypeVar("T")

SERVICE = "northern-inference"
BASES = ("always_on", "always_off", "traceidratio")
SAMPLERS = (*BASES, *(f"parentbased_{base}" for base in BASES))
SPANS_S = 0.25
LAST_S = 3.0
"""How long the end of the process waits for the last spans, and then for the last metrics."""
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SHARE = re.compile(r"[01]|0?\.[0-9]{1,12}|1\.0{1,12}")


@dataclass(frozen=True, slots=True)
class TelemetryTerms:
    """Where to and how: `endpoint` without a slash at its end, headers with credentials, attributes of the resource.

    `sampler` is one of `SAMPLERS`, `share` the one of `traceidratio`.
    """

    endpoint: str
    headers: Mapping[str, str] = field(repr=False)
    attributes: Mapping[str, str]
    sampler: str
    share: float
    interval_s: float
    propagate: bool


def telemetry_terms(settings: Settings) -> TelemetryTerms | None:
    """How to export; None where that is off. Raises `SettingsError`."""
    if not settings.otel:
        return None
    if not _installed("opentelemetry.proto.trace.v1"):
        raise SettingsError(
            "NI_OTEL",
            "is on and its library is not installed; run pip install 'northern-inference[otel]', or write off",
        )
    _read("OTEL_EXPORTER_OTLP_PROTOCOL", settings.otel_protocol, choice("http/protobuf"))
    attributes = _read("OTEL_RESOURCE_ATTRIBUTES", settings.otel_attributes, _pairs)
    service = settings.otel_service or attributes.get("service.name") or SERVICE
    interval_ms = _read("OTEL_METRIC_EXPORT_INTERVAL", settings.otel_interval, count(100, 999_999))
    return TelemetryTerms(
        endpoint=_read("OTEL_EXPORTER_OTLP_ENDPOINT", settings.otel_endpoint, full_url).rstrip("/"),
        headers=_read("OTEL_EXPORTER_OTLP_HEADERS", settings.otel_headers.reveal(), _headers),
        attributes={**attributes, "service.name": service, "service.version": ni.__version__},
        sampler=_read("OTEL_TRACES_SAMPLER", settings.otel_sampler, choice(*SAMPLERS)),
        share=_read("OTEL_TRACES_SAMPLER_ARG", settings.otel_sampler_arg or "1", _share),
        interval_s=interval_ms / 1000,
        propagate=settings.otel_propagate,
    )


@dataclass(frozen=True, slots=True)
class TelemetryTools:
    """What the export is built from: the HTTP client, time, randomness, this process, the providers."""

    egress: EgressClient
    clock: Clock
    random: Random
    instance: Instance
    providers: Mapping[str, Provider]

    def endpoint(self, deployment: Deployment) -> str:
        """The base URL of a deployment; empty where it has none."""
        provider = self.providers.get(deployment.provider)
        return provider.endpoint(deployment) if provider is not None else ""


@dataclass(frozen=True)
class Telemetry:
    """The export of one process. `began_ns` is when its figures began, in nanoseconds since 1970."""

    tracing: "Tracing"
    exporter: "Exporter"
    metrics: Metrics
    interval_s: float
    began_ns: int

    def begin(self, header: HeaderLookup) -> TraceContext:
        """The trace of a request with these headers."""
        return self.tracing.begin(header)

    def ended(self, context: RequestContext) -> None:
        """Hand over the spans of a call that ended."""
        self.tracing.ended(context)

    def jobs(self) -> Iterable[tuple[float, Callable[[], None]]]:
        """What runs beside the calls, with the seconds between two runs."""
        return (SPANS_S, self.exporter.send_spans), (self.interval_s, self.send_metrics)

    def send_metrics(self, within_s: float | None = None) -> None:
        """Export this process's figures."""
        from ni.telemetry.metrics import metrics_of

        self.exporter.send_metrics(
            metrics_of(self.metrics.families(), self.began_ns, time.time_ns()), within_s
        )

    def close(self) -> None:
        """Send what waits, within seconds; before the process ends."""
        self.exporter.close(LAST_S)
        self.send_metrics(LAST_S)


def make_telemetry(settings: Settings, tools: TelemetryTools, meters: Meters) -> Telemetry | None:
    """The export; None where it is off, or nothing is served. Starts nothing. Raises `SettingsError`."""
    terms = telemetry_terms(settings)
    if terms is None or not isinstance(meters, Metrics):
        return None
    from ni.telemetry.delivery import Collector
    from ni.telemetry.exporter import Exporter
    from ni.telemetry.messages import resource, scope
    from ni.telemetry.spans import SpanMaker, address_of
    from ni.telemetry.tracing import Sampler, Tracing

    collector = Collector(tools.egress, terms.endpoint, terms.headers)
    origin = (
        resource({**terms.attributes, "service.instance.id": tools.instance.process_id}),
        scope(ni.__version__),
    )
    exporter = Exporter(collector, origin, meters.exported, tools.random)
    maker = SpanMaker(address_of(settings.public_url), tools.endpoint)
    sampler, sources = Sampler(terms.sampler, terms.share), (tools.clock, tools.random)
    tracing = Tracing(sampler, maker, exporter.offer, sources, propagate=terms.propagate)
    return Telemetry(tracing, exporter, meters, terms.interval_s, time.time_ns())


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package above it
        return False


def _read(name: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as fault:
        raise SettingsError(name, str(fault)) from None


def _share(text: str) -> float:
    if not _SHARE.fullmatch(text):
        raise ValueError(f"is {text!r}; write a share from 0 to 1 such as 0.1")
    return float(text)


def _pairs(text: str) -> dict[str, str]:
    """`name=value` separated by commas, percent-encoded (W3C Baggage, without properties)."""
    pairs: dict[str, str] = {}
    for member in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = member.partition("=")
        if not equals or not name.strip():
            raise ValueError("does not hold pairs; write name=value, separated by commas")
        pairs[unquote(name.strip())] = unquote(value.strip())
    return pairs


def _headers(text: str) -> dict[str, str]:
    """The same as HTTP headers; errors quote none of it, since it holds credentials."""
    headers = _pairs(text)
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not (value.isascii() and value.isprintable()):
            raise ValueError("holds what is no HTTP header; write name=value, percent-encoded")
    return headers


@dataclass(frozen=True, slots=True)
class TracedMeters:
    """Metrics that also have each call traced."""

    meters: Meters
    telemetry: Telemetry

    def ended(self, context: RequestContext) -> None:
        """Count and trace a call that ended."""
        self.meters.ended(context)
        self.telemetry.ended(context)

    def limited(self, context: RequestContext) -> None:
        """Count and trace a call that the limits refused."""
        self.meters.limited(context)
        self.telemetry.ended(context)

    def drifted(self, drift: Drift) -> None:
        """Count a deployment that was found elsewhere than the catalog says."""
        self.meters.drifted(drift)

    def rested(self, deployment: str) -> None:
        """Count a deployment whose breaker opened."""
        self.meters.rested(deployment)
