"""The chat form as turns: what providers need whose wire is not OpenAI's.

Those wires know two roles that alternate, keep the system's words apart, refuse blank text, and want all results of one
turn's tool calls together in the turn that follows. This file brings a conversation into that order once; each adapter
writes the blocks in its own words. It is pure: a remote image stays an address here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from ni.domain.call import Json
from ni.domain.errors import BadRequest, UnsupportedParameter

OPENING = "(The conversation begins.)"
"""Stands in for a user's turn where a wire demands one and the client sent none."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words that are not blank; `cache` is a client's `cache_control`, on any kind of block."""

    text: str
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image: base64 in `content` with its media type, or an address in `url`."""

    media_type: str = ""
    content: str = ""
    url: str = ""
    cache: Json | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the assistant made; `arguments` is always an object."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call; it carries the tool's name, because one wire matches by name."""

    id: str
    name: str
    parts: tuple[Text | Image, ...]
    cache: Json | None = None
    failed: bool = False


CONTINUE = "Continue."
"""What the user says where the conversation may not end with the assistant."""

Block = Text | Image | ToolCall | ToolResult
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """All that one side said before the other."""

    role: Role
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The system's words, and turns that alternate and begin with the user."""

    system: tuple[Text, ...]
    turns: tuple[Turn, ...]


def conversation_of(messages: Sequence[Json]) -> Conversation:
    """Put a conversation in order. Raises `BadRequest` for calls without results and for parts that nobody reads."""
    gathered = _Gathered()
    for place, message in enumerate(messages):
        gathered.add(message, f"messages[{place}]")
    gathered.require_results("messages")
    system, turns = gathered.system, gathered.turns
    if not turns:
        turns.append(Turn("user", [system.pop() if system else Text(OPENING)]))
    if turns[0].role == "assistant":
        turns.insert(0, Turn("user", [Text(OPENING)]))
    return Conversation(tuple(system), tuple(turns))


def ending_with_user(conversation: Conversation, *, unless: bool = False) -> tuple[Turn, ...]:
    """The turns, with a word of the user's behind the assistant's last, unless the model continues that itself."""
    if unless or conversation.turns[-1].role == "user":
        return conversation.turns
    return (*conversation.turns, Turn("user", [Text(CONTINUE)]))


@dataclass(slots=True)
class _Gathered:
    """The conversation so far; `waiting` are calls without a result, in their order."""

    system: list[Text] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    waiting: dict[str, ToolCall] = field(default_factory=dict)
    results: dict[str, ToolResult] = field(default_factory=dict)

    def add(self, message: Json, path: str) -> None:
        role = message.get("role")
        if role in ("tool", "function"):
            self._result(message, path)
            return
        if role in ("system", "developer"):
            self.system += [block for block in _blocks(message, path) if isinstance(block, Text)]
            return
        self.require_results(path)
        if role == "assistant":
            calls = list(_calls(message))
            self._say("assistant", [*_blocks(message, path), *calls])
            self.waiting = {call.id: call for call in calls}
        else:
            self._say("user", _blocks(message, path))

    def require_results(self, path: str) -> None:
        """Every call has its result, as OpenAI demands too."""
        if self.waiting:
            raise BadRequest(
                "An assistant message with `tool_calls` must be followed by a `tool` message for each of them.",
                param=path,
            )

    def _result(self, message: Json, path: str) -> None:
        call_id = message.get("tool_call_id") or _named(self.waiting, message.get("name"))
        call = self.waiting.pop(call_id, None)
        if call is None:
            raise BadRequest(
                "A `tool` message must answer a call of the assistant message before it.",
                param=f"{path}.tool_call_id",
            )
        parts = tuple(part for part in _blocks(message, path) if isinstance(part, Text | Image))
        failed = message.get("is_error") is True
        self.results[call_id] = ToolResult(call.id, call.name, parts, message.get("cache_control"), failed)
        if not self.waiting:
            self._flush()

    def _flush(self) -> None:
        """All results are in: they go into one turn, in the order of their calls."""
        order = [block.id for block in self.turns[-1].blocks if isinstance(block, ToolCall)]
        self._say("user", [self.results[call_id] for call_id in order if call_id in self.results])
        self.results = {}

    def _say(self, role: Role, blocks: Iterable[Block]) -> None:
        found = list(blocks)
        if found and self.turns and self.turns[-1].role == role:
            self.turns[-1].blocks.extend(found)
        elif found:
            self.turns.append(Turn(role, found))


def _named(waiting: dict[str, ToolCall], name: Any) -> str:
    """The waiting call of that name, for messages of the older `function` role."""
    return next((call.id for call in waiting.values() if call.name == name), "")


def _blocks(message: Json, path: str) -> list[Block]:
    content = message.get("content")
    cache = message.get("cache_control")
    if isinstance(content, str):
        return [Text(content, cache)] if content.strip() else []
    parts = content if isinstance(content, list) else []
    return [block for place, part in enumerate(parts) for block in _part(part, f"{path}.content[{place}]")]


def _part(part: Json, path: str) -> Iterator[Block]:
    kind, cache = part.get("type"), part.get("cache_control")
    if kind in ("text", "refusal"):
        words = part.get(kind) or ""
        if words.strip():
            yield Text(words, cache)
    elif kind == "image_url":
        yield _image((part.get("image_url") or {}).get("url") or "", cache, path)
    else:
        raise UnsupportedParameter(
            "`%(field)s` is of a type that this model cannot read. Send text or images.",
            param=path,
            field=path,
        )


def _image(url: str, cache: Json | None, path: str) -> Image:
    if url[:5].lower() != "data:":
        return Image(url=url, cache=cache)
    head, comma, content = url.partition(",")
    media_type, _, coding = head[5:].partition(";")
    if not comma or coding.lower() != "base64" or not content:
        raise BadRequest("`%(field)s` must be a base64 data URL.", param=path, field=path)
    return Image(media_type.lower().replace("image/jpg", "image/jpeg"), content, cache=cache)


def _calls(message: Json) -> Iterator[ToolCall]:
    for call in message.get("tool_calls") or ():
        if call.get("type") == "custom":
            custom = call["custom"]
            yield ToolCall(call["id"], custom["name"], {"input": custom.get("input") or ""})
        else:
            function = call["function"]
            yield ToolCall(call["id"], function["name"], arguments_of(function.get("arguments")))
    if older := message.get("function_call"):
        yield ToolCall(f"call_{older['name']}", older["name"], arguments_of(older.get("arguments")))


def arguments_of(written: Any) -> Json:
    """Arguments as an object; what a model once wrote that is none is kept as text under `input`."""
    try:
        found = orjson.loads(written or "{}")
    except orjson.JSONDecodeError:
        found = written
    return found if isinstance(found, dict) else {"input": found}
