"""The walker for a call in Anthropic's own form: every text of a Messages body, so that it may leave as it came.

It works the other way round than that of the chat form: in a turn every string is visited, whatever the kind of its
block, except those under the few names that hold identifiers, addresses, media or what the provider has sealed. A kind
of block that is new tomorrow is masked today. Tool definitions are not visited, as nowhere.
"""

from typing import Any

import orjson

from ni.domain.call import Json
from ni.privacy.walker import Place, Rewrite

UNTOUCHED = frozenset(
    {
        "type", "id", "tool_use_id", "tool_name", "server_name", "signature", "media_type", "file_id", "url",
        "cache_control", "caller", "encrypted_content", "encrypted_index", "encrypted_stdout", "error_code",
    }
)  # fmt: skip
"""Names under which a block holds no words of anybody."""
_OPAQUE = frozenset({"redacted_thinking", "base64"})


def rewritten(body: Json, rewrite: Rewrite) -> Json:
    """The body with each of its texts passed through `rewrite`, in a fixed order."""
    made = dict(body)
    if "system" in body:
        made["system"] = _words(body["system"], rewrite, Place.SYSTEM)
    made["messages"] = [
        {**message, "content": _words(message.get("content"), rewrite, Place.SPOKEN)}
        for message in body["messages"]
    ]
    if "stop_sequences" in body:
        made["stop_sequences"] = [rewrite(stop, Place.SPOKEN) for stop in body["stop_sequences"]]
    return made


def block_rewritten(block: Json, rewrite: Rewrite, place: Place = Place.SPOKEN) -> Json:
    """One block of a turn or of an answer, or one of its parts, in the same way."""
    kind = str(block.get("type"))
    if kind in _OPAQUE:
        return block
    if kind.endswith("tool_result"):
        place = Place.RESULT
    kept = UNTOUCHED | {"name"} if kind.endswith("tool_use") else UNTOUCHED
    return {
        name: value if name in kept else _field(name, value, rewrite, place) for name, value in block.items()
    }


def _field(name: str, value: Any, rewrite: Rewrite, place: Place) -> Any:
    """A tool's input goes as the JSON source that other dialects have: its names and numbers are the tool's."""
    if name == "input" and isinstance(value, dict):
        return orjson.loads(rewrite(orjson.dumps(value).decode(), Place.ARGUMENTS))
    return _words(value, rewrite, place)


def _words(value: Any, rewrite: Rewrite, place: Place) -> Any:
    """A text, or anything that is made of texts."""
    if isinstance(value, str):
        return rewrite(value, place)
    if isinstance(value, list):
        return [_words(item, rewrite, place) for item in value]
    return block_rewritten(value, rewrite, place) if isinstance(value, dict) else value
