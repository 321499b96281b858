"""The texts of a JSON Schema (2020-12): its words and its data are visited, its structure is not."""

from collections.abc import Mapping
from typing import Any, Protocol

from ni.privacy.untouched import SCHEMAS

_STRUCTURE = frozenset(SCHEMAS.fields) - {"required", "dependentRequired", "propertyOrdering"}
_PROPERTY_NAMES = frozenset({"required", "propertyOrdering"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"default", "example", "examples", "enum", "const"})


class Change(Protocol):
    """What is done with a text or with free data in a schema; `key` where it is the name of a property."""

    def __call__(self, value: Any, key: bool = False) -> Any:
        """The value to put in its place."""


def rewritten(schema: Any, change: Change) -> Any:
    """The schema with its descriptions, titles, defaults, examples and listed values changed."""
    if isinstance(schema, list):
        return [rewritten(item, change) for item in schema]
    if not isinstance(schema, Mapping):
        return change(schema) if isinstance(schema, str) else schema
    return {change(name, key=True): _member(name, value, change) for name, value in schema.items()}


def _member(name: str, value: Any, change: Change) -> Any:
    if name in _MAPS and isinstance(value, Mapping):
        return {change(key, key=True): rewritten(inner, change) for key, inner in value.items()}
    if name in _PROPERTY_NAMES and isinstance(value, list):
        return [change(item, key=True) if isinstance(item, str) else item for item in value]
    if name in _STRUCTURE and not isinstance(value, Mapping):
        return _structure(value, change)
    if name in _DATA:
        return change(value)
    return rewritten(value, change)


def _structure(value: Any, change: Change) -> Any:
    """A word of the schema, or a list of them; one that has the shape of no word is looked through."""
    if isinstance(value, list):
        return [_structure(item, change) for item in value]
    if isinstance(value, Mapping):
        return rewritten(value, change)
    return change(value) if isinstance(value, str) and not SCHEMAS.shape.fullmatch(value) else value
