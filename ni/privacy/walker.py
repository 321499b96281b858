"""The one function that visits every text of a body, in any form: nothing else decides what is masked where.

Every string is visited, whatever the field is called and however deep it stands, and so is every key of free data.
What is left alone is the table of `untouched`. A body is never changed: what was rewritten is a new one. Answers are
restored by the same walk.
"""

from enum import Enum
from typing import Any, Protocol

import orjson

from ni.domain.call import Json
from ni.privacy import media, schemas
from ni.privacy.schemas import keeps, keeps_key, keeps_sealed, keeps_tool_name


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

_PLACES = {
    "system": Place.SYSTEM,
    "developer": Place.SYSTEM,
    "tool": Place.RESULT,
    "function": Place.RESULT,
}
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
"""Fields whose name says nothing about what stands in them; of others it may (`date_of_birth`)."""


def rewritten(body: Json, rewrite: Rewrite) -> Json:
    """The body, or an answer, with each of its texts passed through `rewrite`, in a fixed order."""
    walk = Walk(rewrite)
    return {
        walk.key(name): walk.field(name, value, body, Place.SYSTEM if name in _OF_PROGRAMS else Place.SPOKEN)
        for name, value in body.items()
    }


class Walk:
    """Visits values with one `rewrite`."""

    __slots__ = ("_rewrite",)

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite

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
            return schemas.rewritten(value, self._program)
        if name in _JSON:
            return self._json(value)
        return self._free(value, place) if name in _FREE else self.value(value, place, name)

    def key(self, key: str) -> str:
        """A key of an object of the API."""
        return key if keeps_key(key) else self._rewrite(key, Place.KEY)

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
        if coded and not media.is_data_url(text):
            media_type = str(within.get("media_type") or within.get("format") or "")
            return media.base64_text(text, lambda content: self._rewrite(content, Place.RESULT), media_type)
        place = Place.ARGUMENTS if name == "arguments" else place
        return self._plain(text, place, "" if name in _PROSE else name)

    def _plain(self, text: str, place: Place, context: str) -> str:
        if media.is_data_url(text):
            return media.data_url(text, lambda content: self._rewrite(content, Place.RESULT))
        return self._rewrite(text, place, context)

    def _name(self, name: str, within: Json, place: Place, holder: str) -> str:
        """The name of a tool, of a participant, or of anything else."""
        if _names_a_tool(within, holder):
            return name if keeps_tool_name(name) else self._rewrite(name, place)
        if "role" not in within:
            return self._rewrite(name, place)
        made = self._rewrite(name, Place.NAME)
        return made if made == name or name.split() != [name] else "_".join(made.split())

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
