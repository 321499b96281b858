"""The resource, the scope and the attributes of OTLP messages (opentelemetry-proto), and spans as octets.

A call has up to eleven spans. What is the same from call to call is kept as octets, since octets of one message may be
joined: the fields of both hold, in any order. The rest is packed here, at a fifth of what the library takes.
Source: https://protobuf.dev/programming-guides/encoding/, `opentelemetry/proto/trace/v1/trace.proto` and
`opentelemetry/proto/common/v1/common.proto`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from struct import Struct

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

Value = str | int | float | tuple[str, ...]
"""Of an attribute; true and false are values too."""

SCOPE = "northern-inference"
SCHEMA = "https://opentelemetry.io/schemas/1.41.0"
"""The last version of the general conventions that holds those for generative AI."""


@lru_cache(maxsize=4096)
def text(name: str, value: str) -> KeyValue:
    """An attribute with a text, which has few values: routes, providers, outcomes. Not to be changed."""
    return KeyValue(key=name, value=AnyValue(string_value=value))


@lru_cache(maxsize=4096, typed=True)  # 1 is no true
def described(name: str, kind: "Span.SpanKind.ValueType", failed: bool = False, *told: Value) -> bytes:
    """Name, kind, status and attributes of a span, which come together again and again, as octets.

    `told` is the name of an attribute, its value, the next name and so on.
    """
    status = Status(code=Status.STATUS_CODE_ERROR) if failed else None
    span = Span(name=name, kind=kind, status=status).SerializeToString()
    pairs = zip(told[::2], told[1::2], strict=True)
    return span + b"".join([attribute(str(key), value) for key, value in pairs])


_PLACE = Struct("<2s16s2s8scQcQ2sI")
"""`trace_id`, `span_id`, `start_time_unix_nano`, `end_time_unix_nano` and `flags`, each behind its tag."""


def placed(trace_id: bytes, span_id: bytes, parent: bytes, flags: int, bounds_ns: tuple[int, int]) -> bytes:
    """Where a span stands, as octets: its ids, its parent's id or nothing, its flags, its begin and end since 1970."""
    return placing(trace_id, parent, flags)(span_id, *bounds_ns)


def placing(trace_id: bytes, parent: bytes, flags: int) -> Callable[[bytes, int, int], bytes]:
    """Gives where the spans below a parent stand, each by its id, its begin and its end."""
    pack, above = _PLACE.pack, b'"\x08' + parent if parent else b""

    def place(span_id: bytes, begin_ns: int, end_ns: int) -> bytes:
        ids = b"\n\x10", trace_id, b"\x12\x08", span_id
        return pack(*ids, b"9", begin_ns, b"A", end_ns, b"\x85\x01", flags) + above

    return place


def attribute(name: str, value: Value) -> bytes:
    """An attribute of a span, as octets."""
    named, held = _named(name), _any_value(value)
    if len(named) + len(held) < _SHORT:  # nearly always: two messages whose lengths take an octet each
        return b"J%c%b\x12%c%b" % (len(named) + len(held) + 2, named, len(held), held)
    return field(9, named + field(2, held))


def field(number: int, message: bytes) -> bytes:
    """A field that holds a message or a text; `number` is below 16."""
    return b"%c%b%b" % (number << 3 | 2, _varint(len(message)), message)


@lru_cache(maxsize=256)
def _named(name: str) -> bytes:
    return field(1, name.encode())


_SHORT = 0x80 - 2
_DOUBLE = Struct("<cd")
_UNSIGNED = 2**64 - 1


def _any_value(value: Value) -> bytes:
    if isinstance(value, str):
        octets = value.encode()
        return b"\n%c%b" % (len(octets), octets) if len(octets) < _SHORT else field(1, octets)
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + _varint(value & _UNSIGNED)
    if isinstance(value, float):
        return _DOUBLE.pack(b"!", value)
    return field(5, b"".join([field(1, _any_value(item)) for item in value]))


_ONE_OCTET = [bytes([value]) for value in range(0x80)]


def _varint(value: int) -> bytes:
    if value < 0x80:
        return _ONE_OCTET[value]
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def resource(attributes: Mapping[str, str]) -> Resource:
    """Who speaks."""
    return Resource(attributes=[text(name, value) for name, value in attributes.items()])


def scope(version: str) -> InstrumentationScope:
    """What made the data."""
    return InstrumentationScope(name=SCOPE, version=version)
