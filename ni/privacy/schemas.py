"""The texts of a JSON Schema (2020-12): its words and its data are visited, its structure is not.

What leaves a call without being looked through: the one table, for all dialects, that `docs/privacy.md` shows.

A field is left alone by its name *and* by the shape of its value. An e-mail address, a telephone or a card number has
none of the shapes below, so that it is looked through even where an identifier belongs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_LONG_NUMBER = r"(?<![^\W_])\d(?:[-._ ]?\d){8,}(?![^\W_])"
"""Nine digits or more that no letter touches: a telephone, card or insurance number may stand there."""
_NO_NUMBER = rf"(?!.*?{_LONG_NUMBER})"
_UUID = r"(?:[a-zA-Z]+[-_])?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

WORD = re.compile(rf"{_NO_NUMBER}[a-z][a-z0-9_.:/-]{{0,47}}|\d{{1,4}}[a-z]{{0,2}}")
NAME = re.compile(rf"{_NO_NUMBER}[A-Za-z_][A-Za-z0-9_.:/-]{{0,127}}")
IDENTIFIER = re.compile(rf"{_UUID}|{_NO_NUMBER}[A-Za-z0-9_.:|/-]{{1,512}}")
ADDRESS = re.compile(r"(?:https?|gs|s3)://[^\s\"<>]+", re.IGNORECASE)
SEALED = re.compile(rf"{_UUID}|{_NO_NUMBER}[A-Za-z0-9+/=_.-]+")
MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-zA-Z0-9.+*-]{1,80}")
KEY = re.compile(rf"{_NO_NUMBER}[A-Za-z_$][\w$.:/-]{{0,127}}", re.ASCII)
STRUCTURE = re.compile(rf"{_NO_NUMBER}[^\s@]{{0,512}}")
ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of the table: `what` it is, the `fields` it stands in, and the `shape` that it must have to be kept.

    `told` says the shape in words, `also` where else it stands.
    """

    what: str
    fields: tuple[str, ...]
    shape: re.Pattern[str]
    told: str
    also: str = ""


WORDS = Kept(
    "words of the APIs",
    (
        "type", "role", "object", "status", "phase", "mode", "detail", "effort", "reasoning_effort", "verbosity",
        "service_tier", "finish_reason", "stop_reason", "native_finish_reason", "error_code", "format", "voice", "ttl",
        "modalities", "include", "tool_choice", "function_call", "truncation", "syntax", "search_context_size",
        "prompt_cache_retention", "encoding_format",
    ),
    WORD,
    "a lower-case word of at most 48 characters",
)  # fmt: skip
NAMES = Kept(
    "names of tools and schemas",
    (
        "tool_name", "server_name", "server_label", "namespace", "allowed_callers", "allowed_tools",
    ),
    NAME,
    "letters, digits and `_ . : / -`, at most 128",
    "`name` of a tool, a call, a choice of tools, a schema or a tool's message",
)  # fmt: skip
IDENTIFIERS = Kept(
    "identifiers",
    (
        "id", "call_id", "tool_call_id", "tool_use_id", "tool_id", "item_id", "file_id", "response_id",
        "previous_response_id", "container_id", "vector_store_ids", "model", "system_fingerprint",
    ),
    IDENTIFIER,
    "letters, digits and `_ . : | / -`; or a UUID",
)  # fmt: skip
ADDRESSES = Kept(
    "addresses of images and files",
    ("url", "image_url", "file_url", "server_url"),
    ADDRESS,
    "`https://`, `http://`, `gs://` or `s3://`",
)
SEALS = Kept(
    "what a provider signed or encrypted",
    (
        "signature", "thought_signature", "thoughtSignature", "encrypted_content", "encrypted_index",
        "encrypted_stdout",
    ),
    SEALED,
    "base64",
    "`data` of `redacted_thinking` and of `reasoning.encrypted`",
)  # fmt: skip
MEDIA_TYPES = Kept("media types", ("media_type", "mime_type", "mimeType"), MEDIA_TYPE, "`type/subtype`")
MEDIA = Kept(
    "images, sound, PDF and other files",
    ("file_data", "data", "bytes", "b64_json"),
    ANYTHING,
    "base64 whose content is no text; text is decoded, looked through and encoded again",
    "`data:` URLs in any field",
)
SCHEMAS = Kept(
    "structure of JSON schemas",
    (
        "type", "format", "pattern", "required", "$ref", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor",
        "contentEncoding", "contentMediaType", "dependentRequired", "propertyOrdering",
    ),
    STRUCTURE,
    "without white space, `@` or a long number, and inside `parameters`, `input_schema`, `schema` alone",
)  # fmt: skip
KEYS = Kept(
    "keys of objects",
    (),
    KEY,
    "letters, digits and `_ $ . : / -`, at most 128",
    "any object but arguments and results of tools and metadata, whose keys are looked through",
)

TABLE = (WORDS, NAMES, IDENTIFIERS, ADDRESSES, SEALS, MEDIA_TYPES, MEDIA, SCHEMAS, KEYS)
"""In the order of the document."""

_BY_FIELD = {
    field: row.shape
    for row in (WORDS, NAMES, IDENTIFIERS, ADDRESSES, SEALS, MEDIA_TYPES)
    for field in row.fields
}
_OPAQUE = frozenset({"redacted_thinking", "reasoning.encrypted"})


def keeps(field: str, text: str) -> bool:
    """Whether a text under this field of a message, part, call or body is left alone."""
    shape = _BY_FIELD.get(field)
    return shape is not None and shape.fullmatch(text) is not None


def keeps_tool_name(text: str) -> bool:
    """Whether a text is the name of a tool or schema."""
    return NAME.fullmatch(text) is not None


def keeps_sealed(kind: object, text: str) -> bool:
    """Whether a text under `data` is what a provider sealed; `kind` is the `type` beside it."""
    return isinstance(kind, str) and kind in _OPAQUE and SEALED.fullmatch(text) is not None


def keeps_key(key: str) -> bool:
    """Whether a key of an object of the API is left alone; most are plain words."""
    if key.isascii() and key.isidentifier() and (len(key) < 10 or key.replace("_", "").isalpha()):
        return True  # without room for a long number
    return KEY.fullmatch(key) is not None


def table() -> str:
    """The table as Markdown, as `docs/privacy.md` shows it."""
    lines = ["| left alone | in the fields | while it is |", "| --- | --- | --- |"]
    for row in TABLE:
        fields = [f"`{field}`" for field in row.fields] + ([row.also] if row.also else [])
        lines.append(f"| {row.what} | {', '.join(fields)} | {row.told.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


_STRUCTURE = frozenset(SCHEMAS.fields) - {"required", "dependentRequired", "propertyOrdering"}
_PROPERTY_NAMES = frozenset({"required", "propertyOrdering"})
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"default", "example", "examples", "enum", "const"})


class SchemaChange(Protocol):
    """What is done with a text or with free data in a schema; `key` where it is the name of a property."""

    def __call__(self, value: Any, key: bool = False) -> Any:
        """The value to put in its place."""


def rewritten(schema: Any, change: SchemaChange) -> Any:
    """The schema with its descriptions, titles, defaults, examples and listed values changed."""
    if isinstance(schema, list):
        return [rewritten(item, change) for item in schema]
    if not isinstance(schema, Mapping):
        return change(schema) if isinstance(schema, str) else schema
    return {change(name, key=True): _member(name, value, change) for name, value in schema.items()}


def _member(name: str, value: Any, change: SchemaChange) -> Any:
    if name in _MAPS and isinstance(value, Mapping):
        return {change(key, key=True): rewritten(inner, change) for key, inner in value.items()}
    if name in _PROPERTY_NAMES and isinstance(value, list):
        return [change(item, key=True) if isinstance(item, str) else item for item in value]
    if name in _STRUCTURE and not isinstance(value, Mapping):
        return _structure(value, change)
    if name in _DATA:
        return change(value)
    return rewritten(value, change)


def _structure(value: Any, change: SchemaChange) -> Any:
    """A word of the schema, or a list of them; one that has the shape of no word is looked through."""
    if isinstance(value, list):
        return [_structure(item, change) for item in value]
    if isinstance(value, Mapping):
        return rewritten(value, change)
    return change(value) if isinstance(value, str) and not SCHEMAS.shape.fullmatch(value) else value
