"""The texts of a request or an answer, in any form: `rewritten` passes each of them through a function.

Every string and every key of free data is visited, at any depth, except the fields of `TABLE` (shown in
`docs/privacy.md`): a field is left alone for its name *and* the shape of its value, and no shape fits a mail address,
telephone or card number. Of a JSON Schema (2020-12), descriptions and data are visited. Base64 and `data:` URLs are
visited if their bytes are text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol
from urllib.parse import quote, unquote

import orjson

from ni.domain.call import Json
from ni.domain.clock import give_way
from ni.domain.errors import BadRequest
from ni.privacy.encoded import UnreadableFile, base64_text, data_url, is_data_url

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
class Unmasked:
    """One row of the table: `what` it is, the `fields` it stands in, and the `shape` that it must have to be kept.

    `shape_in_words` is the shape for the document, `also` where else such a value stands.
    """

    what: str
    fields: tuple[str, ...]
    shape: re.Pattern[str]
    shape_in_words: str
    also: str = ""


WORDS = Unmasked(
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
NAMES = Unmasked(
    "names of tools and schemas",
    ("tool_name", "server_name", "server_label", "namespace", "allowed_callers", "allowed_tools"),
    NAME,
    "letters, digits and `_ . : / -`, at most 128",
    "`name` of a tool, a call, a choice of tools, a schema or a tool's message",
)  # fmt: skip
IDENTIFIERS = Unmasked(
    "identifiers",
    (
        "id", "call_id", "tool_call_id", "tool_use_id", "tool_id", "item_id", "file_id", "response_id",
        "previous_response_id", "container_id", "vector_store_ids", "model", "system_fingerprint",
    ),
    IDENTIFIER,
    "letters, digits and `_ . : | / -`; or a UUID",
)  # fmt: skip
ADDRESSES = Unmasked(
    "addresses of images and files",
    ("url", "image_url", "video_url", "audio_url", "file_url", "server_url"),
    ADDRESS,
    "`https://`, `http://`, `gs://` or `s3://`",
)
SEALS = Unmasked(
    "what a provider signed or encrypted",
    ("signature", "thought_signature", "thoughtSignature", "encrypted_content", "encrypted_index", "encrypted_stdout"),
    SEALED,
    "base64",
    "`data` of `redacted_thinking` and of `reasoning.encrypted`",
)  # fmt: skip
MEDIA_TYPES = Unmasked("media types", ("media_type", "mime_type", "mimeType"), MEDIA_TYPE, "`type/subtype`")
MEDIA = Unmasked(
    "images, sound, video, PDF and other files",
    ("file_data", "data", "bytes", "b64_json"),
    ANYTHING,
    "base64 whose content is no text; text is decoded, looked through and encoded again; what is declared as text or "
    "as base64 and is not is refused",
    "`data:` URLs in any field",
)
SCHEMAS = Unmasked(
    "structure of JSON schemas",
    (
        "type", "format", "pattern", "required", "$ref", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor",
        "contentEncoding", "contentMediaType", "dependentRequired", "propertyOrdering",
    ),
    STRUCTURE,
    "without white space, `@` or a long number, and inside `parameters`, `input_schema`, `schema` alone",
)  # fmt: skip
KEYS = Unmasked(
    "keys of objects",
    (),
    KEY,
    "letters, digits and `_ $ . : / -`, at most 128",
    "any object, properties of a schema included, but arguments and results of tools and metadata, whose keys are "
    "looked through",
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
        lines.append(
            f"| {row.what} | {', '.join(fields)} | {row.shape_in_words.replace('|', chr(92) + '|')} |"
        )
    return "\n".join(lines)


_PROPERTY_NAMES = frozenset({"required", "propertyOrdering", "dependentRequired"})
_REFERENCES = frozenset({"$ref", "$dynamicRef"})
_STRUCTURE = frozenset(SCHEMAS.fields) - _PROPERTY_NAMES - _REFERENCES
_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"default", "example", "examples", "enum", "const"})


class SchemaChange(Protocol):
    """What is done with a text or with free data in a schema; `key` where it is the name of a property."""

    def __call__(self, value: Any, key: bool = False) -> Any:
        """The value to put in its place."""


def rewritten_schema(schema: Any, change: SchemaChange) -> Any:
    """The schema with its descriptions, titles, defaults, examples and listed values changed."""
    if isinstance(schema, list):
        return [rewritten_schema(item, change) for item in schema]
    if not isinstance(schema, Mapping):
        return change(schema) if isinstance(schema, str) else schema
    return {change(name, key=True): _member(name, value, change) for name, value in schema.items()}


def _member(name: str, value: Any, change: SchemaChange) -> Any:
    if name in _MAPS and isinstance(value, Mapping):
        return {change(key, key=True): rewritten_schema(inner, change) for key, inner in value.items()}
    if name == "patternProperties" and isinstance(value, Mapping):
        return {_structure(key, change): rewritten_schema(inner, change) for key, inner in value.items()}
    if name in _PROPERTY_NAMES:
        return _property_names(value, change)
    if name in _REFERENCES and isinstance(value, str):
        return _reference(value, change)
    if name in _STRUCTURE and not isinstance(value, Mapping):
        return _structure(value, change)
    if name in _DATA:
        return change(value)
    return rewritten_schema(value, change)


def _property_names(value: Any, change: SchemaChange) -> Any:
    """Names of properties, in a list or by a name, changed as they are where the properties are defined."""
    if isinstance(value, str):
        return change(value, key=True)
    if isinstance(value, list):
        return [_property_names(item, change) for item in value]
    if isinstance(value, Mapping):
        return {change(key, key=True): _property_names(inner, change) for key, inner in value.items()}
    return value


def _reference(reference: str, change: SchemaChange) -> str:
    """A reference whose fragment is a JSON pointer (RFC 6901): each of its steps is a key."""
    base, mark, fragment = reference.partition("#")
    if not fragment.startswith("/"):
        return str(_structure(reference, change))
    steps = [_step(step, change) for step in fragment.split("/")]
    return f"{_structure(base, change)}{mark}{'/'.join(steps)}"


def _step(step: str, change: SchemaChange) -> str:
    key = unquote(step).replace("~1", "/").replace("~0", "~")
    changed = str(change(key, key=True))
    if changed == key:
        return step
    written = changed.replace("~", "~0").replace("/", "~1")
    return quote(written, safe="~") if "%" in step else written


def _structure(value: Any, change: SchemaChange) -> Any:
    """A word of the schema, or a list of them; one that has the shape of no word is looked through."""
    if isinstance(value, list):
        return [_structure(item, change) for item in value]
    if isinstance(value, Mapping):
        return rewritten_schema(value, change)
    return change(value) if isinstance(value, str) and not SCHEMAS.shape.fullmatch(value) else value


class Place(Enum):
    """What a text is, as far as looking for personal data depends on it."""

    SYSTEM = "system"  # written by a program or its operator: patterns only
    SPOKEN = "spoken"  # written by a person or a model
    RESULT = "result"  # what a tool returned: text, or JSON
    ARGUMENTS = "arguments"  # JSON source, as a model wrote it
    NAME = "name"  # of a participant: letters, digits, `_` and `-` only
    KEY = "key"  # of an object


class Rewrite(Protocol):
    """What is done with each text; `context` is the key under which it stands, where that may say what it is."""

    def __call__(self, text: str, place: Place, context: str = "") -> str:
        """The text to put in its place."""


FORMS = frozenset({"chat", "messages", "responses", "embeddings", "completions"})
"""The forms of a body that may leave: the walk is the same for all of them."""

_PLACES = {"system": Place.SYSTEM, "developer": Place.SYSTEM, "tool": Place.RESULT, "function": Place.RESULT}
_OF_PROGRAMS = frozenset(
    {"system", "instructions", "tools", "functions", "tool_choice", "response_format", "output_config"}
)
_SCHEMAS = frozenset(
    {"parameters", "input_schema", "output_schema", "schema", "parametersJsonSchema", "guided_json"}
)
_JSON = frozenset({"input", "arguments"})
_FREE = frozenset({"metadata"})
_TOOL_HOLDERS = frozenset(
    {
        "tools", "functions", "function", "custom", "tool_choice", "function_call", "json_schema", "tool", "format",
        "allowed_tools", "mcp_servers", "tool_references",
    }
)  # fmt: skip
_TOOL_KINDS = ("tool_use", "function_call", "tool_call", "tool_reference")
_BASE64 = frozenset({"file_data", "bytes", "b64_json"})
_PROSE = frozenset(
    {
        "content", "text", "refusal", "thinking", "reasoning", "reasoning_content", "title", "context", "filename",
        "transcript", "cited_text", "document_title", "data", "file_data", "input", "output", "prompt", "suffix",
        "system", "instructions", "description", "stop", "stop_sequences", "summary", "name", "user",
        "prompt_cache_key", "safety_identifier",
    }
)  # fmt: skip
"""Fields whose name is no context for their value; other names may be (`date_of_birth`)."""


def rewritten(body: Json, rewrite: Rewrite, all_keys: bool = False) -> Json:
    """The body, or an answer, with each of its texts passed through `rewrite`, in a fixed order; see `Walker`."""
    walk = Walker(rewrite, all_keys)
    return {
        walk.key(name): walk.field(name, value, body, Place.SYSTEM if name in _OF_PROGRAMS else Place.SPOKEN)
        for name, value in body.items()
    }


class Walker:
    """Visits values with one `rewrite`; with `all_keys`, also keys that look like the API's, as a stand-in may."""

    __slots__ = ("_all_keys", "_rewrite")

    def __init__(self, rewrite: Rewrite, all_keys: bool = False) -> None:
        def in_turn(text: str, place: Place, context: str = "") -> str:
            give_way()
            return rewrite(text, place, context)

        self._rewrite = in_turn
        self._all_keys = all_keys

    def value(self, value: Any, place: Place = Place.SPOKEN, holder: str = "") -> Any:
        """A value of the API that stands under the field `holder`, with its texts rewritten."""
        if isinstance(value, dict):
            place = _place(value, place)
            return {
                self.key(name): self.field(name, inner, value, place, holder) for name, inner in value.items()
            }
        return self.field(holder, value, {}, place)

    def field(self, name: str, value: Any, within: Json, place: Place, holder: str = "") -> Any:
        """The value of one field of the object `within`, which itself stands under `holder`."""
        if isinstance(value, str):
            return self._text(name, value, within, place, holder)
        if isinstance(value, list):
            if name == "input_examples":
                return [self._json(item) for item in value]
            return [self._item(name, item, within, place, holder) for item in value]
        if not isinstance(value, dict):
            return value
        if name in _SCHEMAS:
            return rewritten_schema(value, self._program)
        if name in _JSON:
            return self._json(value)
        return self._free(value, place) if name in _FREE else self.value(value, place, name)

    def key(self, key: str) -> str:
        """A key of an object of the API."""
        return key if not self._all_keys and keeps_key(key) else self._rewrite(key, Place.KEY)

    def _item(self, name: str, item: Any, within: Json, place: Place, holder: str) -> Any:
        """An entry of the list under a field."""
        if isinstance(item, dict):
            return self.value(item, place, name)
        return self.field(name, item, within, place, holder)

    def _text(self, name: str, text: str, within: Json, place: Place, holder: str) -> str:
        if name == "name":
            return self._name(text, within, place, holder)
        if keeps(name, text) or (name == "data" and keeps_sealed(within.get("type"), text)):
            return text
        coded = name in _BASE64 or (name == "data" and _is_media(within))
        if coded or (name in ADDRESSES.fields and is_data_url(text)):
            return self._file(name, text, within)
        place = Place.ARGUMENTS if name == "arguments" else place
        return self._plain(text, place, "" if name in _PROSE else name)

    def _file(self, name: str, text: str, within: Json) -> str:
        """Base64 or a `data:` URL where files stand. Raises `BadRequest` for one that nobody here can look through."""

        def change(content: str) -> str:
            return self._rewrite(content, Place.RESULT)

        try:
            if is_data_url(text):
                return data_url(text, change, decoded_there=True)
            media_type = str(within.get("media_type") or within.get("format") or "")
            return base64_text(text, change, media_type, decoded_there=within.get("type") == "base64")
        except UnreadableFile as fault:
            if self._all_keys:  # an answer is not refused
                return text
            raise BadRequest(
                "`%(field)s` holds a file that cannot be looked through for personal data, so nothing was sent: send "
                "it as base64, and text in UTF-8.",
                param=name, field=name,
            ) from fault  # fmt: skip

    def _plain(self, text: str, place: Place, context: str) -> str:
        if is_data_url(text):
            return data_url(text, lambda content: self._rewrite(content, Place.RESULT))
        return self._rewrite(text, place, context)

    def _name(self, name: str, within: Json, place: Place, holder: str) -> str:
        """The name of a tool, of a participant, or of anything else."""
        if _names_a_tool(within, holder):
            return name if keeps_tool_name(name) else self._rewrite(name, place)
        if "role" not in within:
            return self._rewrite(name, place)
        surrogate = self._rewrite(name, Place.NAME)
        return surrogate if surrogate == name or name.split() != [name] else "_".join(surrogate.split())

    def _json(self, value: Any) -> Any:
        """Free data as the JSON source that other forms have: its keys and numbers are looked through too."""
        if isinstance(value, str):
            return self._rewrite(value, Place.SPOKEN)
        return orjson.loads(self._rewrite(orjson.dumps(value).decode(), Place.ARGUMENTS))

    def _free(self, value: Any, place: Place, context: str = "") -> Any:
        """Free data whose numbers stay."""
        if isinstance(value, str):
            return self._plain(value, place, context)
        if isinstance(value, list):
            return [self._free(item, place, context) for item in value]
        if isinstance(value, dict):
            return {
                self._rewrite(key, Place.KEY): self._free(item, place, key) for key, item in value.items()
            }
        return value

    def _program(self, value: Any, key: bool = False) -> Any:
        """A text or free data within a schema, or a key of it."""
        if key:
            return self.key(value)
        return self._free(value, Place.SYSTEM)


def _place(value: Json, place: Place) -> Place:
    """Where the texts of an object stand: its role says so, or that it is what a tool returned."""
    role, kind = value.get("role"), value.get("type")
    if isinstance(role, str):
        return _PLACES.get(role, Place.SPOKEN)
    if isinstance(kind, str) and kind.endswith(("tool_result", "_output")):
        return Place.RESULT
    return place


def _names_a_tool(within: Json, holder: str) -> bool:
    kind = within.get("type")
    return (
        holder in _TOOL_HOLDERS
        or within.get("role") in ("tool", "function")
        or (isinstance(kind, str) and kind.endswith(_TOOL_KINDS))
    )


def _is_media(within: Json) -> bool:
    return within.get("type") == "base64" or "media_type" in within or "format" in within
