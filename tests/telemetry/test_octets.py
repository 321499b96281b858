"""Octets that are packed here are the messages that the library would have written."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from ni.telemetry.messages import attributed, described, field, number, placed, text, varying

IDS = st.binary(min_size=8, max_size=8)
INSTANTS = st.integers(0, 2**63)


@given(
    st.binary(min_size=16, max_size=16), IDS, IDS | st.just(b""), st.sampled_from([0, 0x101, 0x301]),
    st.tuples(INSTANTS, INSTANTS), st.text(max_size=300), st.booleans(),
)  # fmt: skip
def test_the_parts_of_a_span_are_the_span(
    trace_id: bytes,
    span_id: bytes,
    parent: bytes,
    flags: int,
    bounds: tuple[int, int],
    name: str,
    failed: bool,
) -> None:
    octets = b"".join(
        (
            placed(trace_id, span_id, parent, flags, bounds),
            described(name, Span.SPAN_KIND_CLIENT, ("ni.dialect", "chat"), ("stream", True), failed=failed),
            attributed(varying("ni.request_id", name), number("tokens", bounds[0] // 2)),
            attributed(),
        )
    )
    assert Span.FromString(octets) == Span(
        trace_id=trace_id, span_id=span_id, parent_span_id=parent, flags=flags, name=name,
        kind=Span.SPAN_KIND_CLIENT, start_time_unix_nano=bounds[0], end_time_unix_nano=bounds[1],
        attributes=[
            text("ni.dialect", "chat"),
            Span.FromString(described("", Span.SPAN_KIND_CLIENT, ("stream", True))).attributes[0],
            varying("ni.request_id", name), number("tokens", bounds[0] // 2),
        ],
        status=Status(code=Status.STATUS_CODE_ERROR) if failed else None,
    )  # fmt: skip


@given(st.sampled_from([0, 1, 126, 127, 128, 16_383, 16_384, 2_097_152]))
def test_a_field_of_any_length_is_read_back(length: int) -> None:
    span = Span(trace_state="x" * length)
    scoped = field(2, span.SerializeToString())
    whole = ResourceSpans.FromString(field(2, scoped))
    assert whole == ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])
