"""One POST to the collector, and what its answer means (OTLP 1.x, "OTLP/HTTP Response").

It goes through the gateway's own HTTP client: vetted addresses, verified TLS, no redirects, no proxy.
Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from ni.outbound.client import EgressClient, Request, Timeouts
from ni.outbound.errors import AddressRefused, OutboundFault, Unsendable
from ni.outbound.http1 import Response
from ni.providers.errors import retry_after

_TIMEOUTS = Timeouts(first_byte_s=10.0, idle_s=10.0, total_s=10.0)
_ANSWER_LIMIT = 64 * 1024
_AGAIN = frozenset({429, 502, 503, 504})


class Signal(StrEnum):
    """What is exported; the word is that of the address."""

    TRACES = "traces"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a delivery ended. `trouble` says why it was not taken, empty if it was; `again` whether to send it again.

    `wait_s` is what the collector asks to wait, None if it does not say; `rejected` is how much of it was not taken.
    """

    trouble: str = ""
    again: bool = False
    wait_s: float | None = None
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Collector:
    """Where to: `endpoint` without a slash at its end, and headers that may hold a credential."""

    egress: EgressClient
    endpoint: str
    headers: Mapping[str, str]

    def deliver(self, signal: Signal, message: bytes, within_s: float | None = None) -> Delivered:
        """Send one message; never raises for what the network or the collector does."""
        headers = {
            "User-Agent": "northern-inference",
            **self.headers,
            "Content-Type": "application/x-protobuf",
        }
        timeouts = _TIMEOUTS if within_s is None else Timeouts(within_s, within_s, within_s)
        try:
            response = self.egress.send(
                Request("POST", f"{self.endpoint}/v1/{signal}", headers, message, timeouts)
            )
        except (AddressRefused, Unsendable) as fault:
            return Delivered(str(fault))
        except OutboundFault as fault:
            return Delivered(str(fault), again=True)
        return self._judged(signal, response)

    def _judged(self, signal: Signal, response: Response) -> Delivered:
        try:
            body = response.read(_ANSWER_LIMIT)
        except OutboundFault:  # its status is what counts
            body = b""
        finally:
            response.close()
        status = response.status
        if 200 <= status < 300:
            return Delivered(rejected=_rejected(signal, body))
        trouble = f"the collector answered {status}"
        if status not in _AGAIN:
            return Delivered(trouble)
        return Delivered(trouble, True, retry_after(response.headers, self.egress.clock.now()))


def _rejected(signal: Signal, body: bytes) -> int:
    """How many spans or data points a collector that took the rest did not take."""
    try:
        if signal is Signal.TRACES:
            return ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans
        return ExportMetricsServiceResponse.FromString(body).partial_success.rejected_data_points
    except DecodeError:  # no answer of the protocol's: it was taken, for all that we know
        return 0
