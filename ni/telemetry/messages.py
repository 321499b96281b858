"""The attributes, the resource and the scope of OTLP messages (opentelemetry-proto), and spans as octets.

The messages of a call are made once for each of its spans, up to eleven times. What is the same from call to call is
kept as octets, since octets of one message may be joined: the fields of both hold, in any order. The rest of a span is
of fixed length and is packed here, at a fifth of what the library takes.
Source: https://protobuf.dev/programming-guides/encoding/ and `opentelemetry/proto/trace/v1/trace.proto`.
"""

from collections.abc import Mapping
from functools import lru_cache
from struct import Struct

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Constant = tuple[str, str | int]
"""Name and value of an attribute that has few values; true and false are values too."""

SCOPE = "northern-inference"
SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
"""The last version of the general conventions that holds those for generative AI."""


@lru_cache(maxsize=4096)
def text(name: str, value: str) -> KeyValue:
    """An attribute with a text, which has few values: routes, providers, outcomes. Not to be changed."""
    return KeyValue(key=name, value=AnyValue(string_value=value))


@lru_cache(maxsize=4096)
def described(
    name: str, kind: "Span.SpanKind.ValueType", *attributes: Constant, failed: bool = False
) -> bytes:
    """Name, kind, status and attributes of a span, which come together again and again, as octets."""
    pairs = (_pair(name, value) for name, value in attributes)
    status = Status(code=Status.STATUS_CODE_ERROR) if failed else None
    return Span(name=name, kind=kind, attributes=pairs, status=status).SerializeToString()


def attributed(*attributes: KeyValue) -> bytes:
    """Attributes of a span, as octets."""
    return Span(attributes=attributes).SerializeToString() if attributes else b""


_PLACE = Struct("<2s16s2s8scQcQ2sI")
"""`trace_id`, `span_id`, `start_time_unix_nano`, `end_time_unix_nano` and `flags`, each behind its tag."""


def placed(trace_id: bytes, span_id: bytes, parent: bytes, flags: int, bounds_ns: tuple[int, int]) -> bytes:
    """Where a span stands, as octets: its ids, its parent's id or nothing, its flags, its begin and end since 1970."""
    begin, end = bounds_ns
    ids = b"\n\x10", trace_id, b"\x12\x08", span_id
    place = _PLACE.pack(*ids, b"9", begin, b"A", end, b"\x85\x01", flags)
    return place + b'"\x08' + parent if parent else place


def field(number: int, message: bytes) -> bytes:
    """A field that holds a message; `number` is below 16."""
    size, length = len(message), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return b"%c%b%c%b" % (number << 3 | 2, bytes(length), size, message)


def _pair(name: str, value: str | int) -> KeyValue:
    if isinstance(value, bool):
        return KeyValue(key=name, value=AnyValue(bool_value=value))
    return number(name, value) if isinstance(value, int) else varying(name, value)


def varying(name: str, value: str) -> KeyValue:
    """An attribute with a text that is another one for each call."""
    return KeyValue(key=name, value=AnyValue(string_value=value))


def number(name: str, value: int) -> KeyValue:
    """An attribute with a whole number."""
    return KeyValue(key=name, value=AnyValue(int_value=value))


def decimal(name: str, value: float) -> KeyValue:
    """An attribute with a number that need not be whole."""
    return KeyValue(key=name, value=AnyValue(double_value=value))


def texts(name: str, *values: str) -> KeyValue:
    """An attribute with a list of texts."""
    items = [AnyValue(string_value=value) for value in values]
    return KeyValue(key=name, value=AnyValue(array_value=ArrayValue(values=items)))


def resource(attributes: Mapping[str, str]) -> Resource:
    """Who speaks."""
    return Resource(attributes=[text(name, value) for name, value in attributes.items()])


def scope(version: str) -> InstrumentationScope:
    """What made the data."""
    return InstrumentationScope(name=SCOPE, version=version)
