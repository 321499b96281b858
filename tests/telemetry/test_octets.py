"""Octets that are packed here are the messages that the library would have written."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from ni.telemetry.messages import Value, attribute, described, field, placed

IDS = st.binary(min_size=8, max_size=8)
INSTANTS = st.integers(0, 2**63)
TEXTS = st.text(max_size=300)
VALUES: st.SearchStrategy[Value] = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.lists(TEXTS, max_size=3).map(tuple)
)


def any_value(value: Value) -> AnyValue:
    """As the library makes it."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=map(any_value, value)))


@given(
    st.binary(min_size=16, max_size=16), IDS, IDS | st.just(b""), st.sampled_from([0, 0x101, 0x301]),
    st.tuples(INSTANTS, INSTANTS), TEXTS, st.booleans(), st.lists(st.tuples(TEXTS, VALUES), max_size=4),
)  # fmt: skip
def test_the_parts_of_a_span_are_the_span(
    trace_id: bytes,
    span_id: bytes,
    parent: bytes,
    flags: int,
    bounds: tuple[int, int],
    name: str,
    failed: bool,
    told: list[tuple[str, Value]],
) -> None:
    constant = [part for pair in told for part in pair]
    octets = b"".join(
        (
            placed(trace_id, span_id, parent, flags, bounds),
            described(name, Span.SPAN_KIND_CLIENT, failed, *constant),
            attribute("ni.request_id", name),
        )
    )
    assert Span.FromString(octets) == Span(
        trace_id=trace_id, span_id=span_id, parent_span_id=parent, flags=flags, name=name,
        kind=Span.SPAN_KIND_CLIENT, start_time_unix_nano=bounds[0], end_time_unix_nano=bounds[1],
        attributes=[
            *(KeyValue(key=key, value=any_value(value)) for key, value in told),
            KeyValue(key="ni.request_id", value=any_value(name)),
        ],
        status=Status(code=Status.STATUS_CODE_ERROR) if failed else None,
    )  # fmt: skip


@given(st.sampled_from([0, 1, 126, 127, 128, 16_383, 16_384, 2_097_152]))
def test_a_field_of_any_length_is_read_back(length: int) -> None:
    span = Span(trace_state="x" * length)
    scoped = field(2, span.SerializeToString())
    whole = ResourceSpans.FromString(field(2, scoped))
    assert whole == ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])
