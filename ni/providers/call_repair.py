"""The tool calls of one choice, each with an index, an id and a name of its own, whatever the server numbered.

OpenAI's chunks open a call by `id` and `name` and continue it by `index`. Seen in the wild, and brought to that: all
calls at index 0, no index, no id, a new id on each piece of one call, the name on each piece, the arguments as an
object, pieces of a call before its name.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from ni.domain.call import Json


class Malformed(ValueError):
    """An answer that cannot be read. Its text says what, never with the upstream's words."""


@dataclass(slots=True)
class _Call:
    """One call: its number in the answer, its id as the server gave it, and what came of it so far."""

    number: int
    identity: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    more: Json = field(default_factory=dict)

    def is_complete(self) -> bool:
        """Whether the arguments are a whole JSON value."""
        try:
            orjson.loads("".join(self.arguments))
        except orjson.JSONDecodeError:
            return False
        return True


class CallRepair:
    """The calls of one choice; `prefix` begins the ids that are made for calls without one."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._at: dict[int, _Call] = {}  # by the server's index
        self._count = 0

    @property
    def any(self) -> bool:
        """Whether a tool was called."""
        return self._count > 0

    def pieces(self, raw: Any, *, whole: bool) -> list[Json]:
        """The entries of a delta's `tool_calls`; in a `whole` message each entry is a call. Raises `Malformed`."""
        pieces = []
        for at, entry in enumerate(objects(raw, "tool_calls")):
            index = at if whole else index_of(entry.get("index"), at)
            piece = self._custom(entry) if entry.get("custom") else self._piece(index, entry)
            if piece is not None:
                pieces.append(piece)
        return pieces

    def end(self) -> None:
        """The choice is finished. Raises `Malformed` for a call whose name never came."""
        if any(not call.name for call in self._at.values()):
            raise Malformed("a tool call has no name")

    def _piece(self, index: int, entry: Json) -> Json | None:
        function = entry.get("function") or {}
        if not isinstance(function, dict):
            raise Malformed("a function is no object")
        identity, name = _text(entry.get("id")), _text(function.get("name"))
        arguments = written(function.get("arguments"))
        call = self._at.get(index)
        if call is None or _opens(call, identity, name, arguments):
            call = self._at[index] = self._opened(identity, entry)
        return self._grown(call, name, arguments)

    def _opened(self, identity: str, entry: Json) -> _Call:
        number, self._count = self._count, self._count + 1
        more = {
            name: value for name, value in entry.items() if name not in ("index", "id", "type", "function")
        }
        return _Call(number, identity or f"{self._prefix}_{number}", more=more)

    @staticmethod
    def _grown(call: _Call, name: str, arguments: str) -> Json | None:
        """The piece to pass on; none while the name of the call is not known, for clients open a call by it."""
        call.arguments.append(arguments)
        if call.name:
            return {"index": call.number, "function": {"arguments": arguments}} if arguments else None
        if not name:
            return None
        call.name = name
        function = {"name": name, "arguments": "".join(call.arguments)}
        return {
            **call.more,
            "index": call.number,
            "id": call.identity,
            "type": "function",
            "function": function,
        }

    def _custom(self, entry: Json) -> Json:
        """A call of a custom tool, which OpenAI's own models alone make: as it is, at its number."""
        if not isinstance(entry["custom"], dict):
            raise Malformed("a custom call is no object")
        self._count = max(self._count, index_of(entry.get("index"), self._count) + 1)
        return dict(entry)


def _opens(call: _Call, identity: str, name: str, arguments: str) -> bool:
    """Whether a piece at the index of `call` begins another call."""
    if identity:
        return bool(name) and identity != call.identity
    return bool(name and arguments and call.name) and call.is_complete()


def written(arguments: Any) -> str:
    """Arguments as JSON source; an object is written out, null is nothing."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else orjson.dumps(arguments).decode()


def joined_text(value: Any, name: str) -> str | None:
    """A text, or the texts of a list of parts. Raises `Malformed` for anything else."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise Malformed(f"{name} is no text")
    texts = [part if isinstance(part, str) else _part_text(part, name) for part in value]
    return "".join(texts)


def _part_text(part: Any, name: str) -> str:
    """The text of a part; parts of other kinds (Mistral's `thinking`, images) have none here."""
    if not isinstance(part, dict):
        raise Malformed(f"a part of {name} is no object")
    return _text(part.get("text"))


def objects(value: Any, name: str) -> list[Json]:
    """A list of objects; null is an empty one. Raises `Malformed`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Malformed(f"{name} is no list of objects")
    return value


def label(value: Any) -> str:
    """A text for looking up in a set; anything else is the empty one."""
    return value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    """A text or a number as text; null is nothing. Raises `Malformed`."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Malformed("a name or id is no text")
    return str(value)


def index_of(value: Any, default: int) -> int:
    """A place in a list: a whole number, perhaps as text. Raises `Malformed`."""
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed("an index is no whole number")
    return value
