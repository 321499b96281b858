"""The one function that visits every text of a call in chat form: nothing else decides what is masked where.

Visited: what any side of the conversation wrote, tool results and arguments, names of participants and files, stop
sequences, predictions, metadata and user ids. Not visited: tool names and schemas, identifiers of calls and models,
images, sound and their addresses. A body is never changed: what was rewritten is a new one.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Protocol

from ni.domain.call import Json


class Place(Enum):
    """What a text is, as far as looking for personal data depends on it."""

    SYSTEM = "system"  # written by a program or its operator: patterns only
    SPOKEN = "spoken"  # written by a person or a model
    RESULT = "result"  # what a tool returned: text, or JSON
    ARGUMENTS = "arguments"  # JSON source, as a model wrote it
    NAME = "name"  # of a participant: letters, digits, `_` and `-` only


class Rewrite(Protocol):
    """What is done with each text; `context` is the key under which it stands, where that may say what it is."""

    def __call__(self, text: str, place: Place, context: str = "") -> str:
        """The text to put in its place."""


_SYSTEM_ROLES = frozenset({"system", "developer"})
_RESULT_ROLES = frozenset({"tool", "function"})
_SPOKEN_FIELDS = ("refusal", "reasoning_content", "reasoning")
# The fields of a content part (and of the blocks that some clients send within) that people read.
_PART_FIELDS = ("text", "refusal", "thinking", "title", "context", "filename", "transcript")
_PART_NESTED = ("file", "audio", "source", "content", "document")
_USER_FIELDS = ("user", "safety_identifier")


def rewritten(body: Json, rewrite: Rewrite) -> Json:
    """The body with each of its texts passed through `rewrite`, in a fixed order."""
    made = dict(body)
    if isinstance(body.get("messages"), list):
        made["messages"] = [_message(message, rewrite) for message in body["messages"]]
    if isinstance(body.get("prediction"), dict):
        made["prediction"] = _field(
            body["prediction"], "content", lambda value: _content(value, rewrite, Place.SPOKEN)
        )
    for name in ("stop", "metadata"):
        if name in body:
            made[name] = _all(body[name], rewrite, Place.SPOKEN)
    for name in _USER_FIELDS:
        if isinstance(body.get(name), str):
            made[name] = rewrite(body[name], Place.SYSTEM)
    return made


def _message(message: Any, rewrite: Rewrite) -> Any:
    if not isinstance(message, dict):
        return message
    role = message.get("role")
    place = Place.SYSTEM if role in _SYSTEM_ROLES else Place.RESULT if role in _RESULT_ROLES else Place.SPOKEN
    made = _field(message, "content", lambda value: _content(value, rewrite, place))
    for name in _SPOKEN_FIELDS:
        made = _field(made, name, lambda value: _content(value, rewrite, Place.SPOKEN))
    if place is not Place.RESULT:  # there, the name is the tool's
        made = _field(
            made, "name", lambda value: rewrite(value, Place.NAME) if isinstance(value, str) else value
        )
    made = _field(made, "function_call", lambda value: _function(value, rewrite))
    return _field(made, "tool_calls", lambda calls: _tool_calls(calls, rewrite))


def _field(holder: Json, name: str, change: Callable[[Any], Any]) -> Json:
    """The object with one field changed, if it has it."""
    return {**holder, name: change(holder[name])} if holder.get(name) is not None else holder


def _content(content: Any, rewrite: Rewrite, place: Place) -> Any:
    """A text, or a list of parts."""
    if isinstance(content, str):
        return rewrite(content, place)
    if isinstance(content, list):
        return [_part(part, rewrite, place) for part in content]
    return _part(content, rewrite, place)


def _part(part: Any, rewrite: Rewrite, place: Place) -> Any:
    if isinstance(part, str):
        return rewrite(part, place)
    if not isinstance(part, dict):
        return part
    made = part
    for name in _PART_FIELDS:
        if isinstance(part.get(name), str):
            made = {**made, name: rewrite(part[name], place)}
    for name in _PART_NESTED:
        if isinstance(part.get(name), dict | list) or (name == "content" and isinstance(part.get(name), str)):
            made = {**made, name: _content(part[name], rewrite, place)}
    if part.get("type") == "text" and isinstance(part.get("data"), str):
        made = {**made, "data": rewrite(part["data"], place)}
    if isinstance(part.get("input"), dict):
        made = {**made, "input": _all(part["input"], rewrite, Place.SPOKEN)}
    return made


def _tool_calls(calls: Any, rewrite: Rewrite) -> Any:
    if not isinstance(calls, list):
        return calls
    return [_tool_call(call, rewrite) if isinstance(call, dict) else call for call in calls]


def _tool_call(call: Json, rewrite: Rewrite) -> Json:
    made = _field(call, "function", lambda value: _function(value, rewrite))
    return _field(
        made,
        "custom",
        lambda value: (
            _field(value, "input", lambda text: _content(text, rewrite, Place.SPOKEN))
            if isinstance(value, dict)
            else value
        ),
    )


def _function(function: Any, rewrite: Rewrite) -> Any:
    if not isinstance(function, dict):
        return function
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        return {**function, "arguments": rewrite(arguments, Place.ARGUMENTS)}
    return _field(function, "arguments", lambda value: _all(value, rewrite, Place.SPOKEN))


def _all(value: Any, rewrite: Rewrite, place: Place, context: str = "") -> Any:
    """Every string of a JSON value; its keys stay."""
    if isinstance(value, str):
        return rewrite(value, place, context)
    if isinstance(value, list):
        return [_all(item, rewrite, place, context) for item in value]
    if isinstance(value, Mapping):
        return {key: _all(item, rewrite, place, key) for key, item in value.items()}
    return value
