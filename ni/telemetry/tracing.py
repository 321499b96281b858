"""Which calls are traced, and handing over their spans when they end.

Samplers are those of OpenTelemetry's specification (`trace/sdk`, "Built-in samplers"). The one by share looks at the
trace id alone, so that all services with the same share keep the same traces.
"""

from collections.abc import Callable, Iterator, Sequence

from ni.domain.clock import Clock
from ni.domain.ids import Random
from ni.domain.trace import HeaderLookup, TraceContext, remote_parent
from ni.gateway.context import RequestContext
from ni.telemetry.spans import SpanMaker

_PARENT_BASED = "parentbased_"
DRAWN = 64
"""How many ids are drawn at once."""


def _no_header(_: str) -> None:
    return None


class Sampler:
    """Decides by the sampler's name in OpenTelemetry, and by the share of those that go by one."""

    def __init__(self, name: str, share: float) -> None:
        self._parent_counts = name.startswith(_PARENT_BASED)
        share = {"always_on": 1.0, "always_off": 0.0}.get(name.removeprefix(_PARENT_BASED), share)
        self._bound = round(share * 2**64)

    def samples(self, trace_id: bytes, parent_sampled: bool | None) -> bool:
        """Whether a trace is kept; `parent_sampled` is None where it begins here."""
        if self._parent_counts and parent_sampled is not None:
            return parent_sampled
        return int.from_bytes(trace_id[8:]) < self._bound


class Tracing:
    """Begins the trace of each call and offers its spans to `offer`, which neither waits nor raises."""

    def __init__(
        self,
        sampler: Sampler,
        maker: SpanMaker,
        offer: Callable[[Sequence[bytes]], None],
        sources: tuple[Clock, Random],
        *,
        propagate: bool,
    ) -> None:
        self._sampler = sampler
        self._maker = maker
        self._offer = offer
        self._clock, self._random = sources
        self._drawn: Iterator[bytes] = iter(())
        self._propagate = propagate

    def begin(self, header: HeaderLookup) -> TraceContext:
        """The trace of a request with these headers."""
        parent = remote_parent(header("traceparent"), header("tracestate"))
        drawn = next(self._drawn, None) or self._draw()
        trace_id = parent.trace_id if parent is not None else drawn[:16]
        sampled = self._sampler.samples(trace_id, parent.sampled if parent is not None else None)
        return TraceContext(trace_id, drawn[16:], sampled, parent, self._propagate)

    def _draw(self) -> bytes:
        """A trace id and a span id; more are kept, since asking the system for each takes as long as a span."""
        pool = self._random(DRAWN * 24)
        self._drawn = iter([pool[at : at + 24] for at in range(0, len(pool), 24)])
        return next(self._drawn)

    def ended(self, context: RequestContext) -> None:
        """Hand over the spans of a call that ended; the portal's own calls come without a trace and begin one."""
        trace = context.trace or self.begin(_no_header)
        if trace.sampled:
            self._offer(self._maker.spans(context, trace, self._clock.monotonic()))
