"""The attributes, the resource and the scope of OTLP messages (opentelemetry-proto)."""

from collections.abc import Mapping
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

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
def constant(*attributes: Constant) -> bytes:
    """Attributes that come together again and again, as a piece of a span that others are merged with."""
    pairs = (_pair(name, value) for name, value in attributes)
    return Span(attributes=pairs).SerializeToString()


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
