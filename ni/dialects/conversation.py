"""Puts a conversation together in chat form out of wire formats that write it down in other pieces.

Formats differ in where calls and results stand: blocks inside turns (Anthropic), items of their own (Responses). The
builder keeps chat's rules: calls sit on the assistant's message, each result is a message right behind it, and images
that a tool returned follow in a user's message, because a `tool` message carries text alone.

The texts of embeddings and completions: one string, several, or token numbers, as OpenAI's reference has them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ni.dialects import json_body
from ni.domain.call import Json
from ni.domain.errors import Problem

Content = str | list[Json]
IMAGE_KINDS = ("image_url", "file", "input_audio")


class Conversation:
    """Messages in chat form, oldest first; `missed` is why they do not tell all, where that was `lenient`ly noted."""

    def __init__(self, *, lenient: bool = False) -> None:
        self.missed: Problem | None = None
        self._lenient = lenient
        self._messages: list[Json] = []
        self._shown: list[Json] = []  # what tools returned beside text, until their results are all told

    def say(self, role: str, content: Content, **more: Any) -> None:
        """Add a message of text and images. An empty one is kept: a client may mean it."""
        self._tell_shown()
        self._messages.append({"role": role, "content": content, **more})

    def answer(self, content: Content, thought: Mapping[str, Any] | None = None) -> None:
        """Add what the assistant said, with what it thought before (`reasoning_content`, `thinking_blocks`).

        Said after its calls and before their results, it belongs to the turn that holds the calls.
        """
        last = self._messages[-1] if self._messages else None
        if last is not None and last.get("tool_calls") and last["content"] is None:
            last.update(thought or {}, content=content)
        else:
            self.say("assistant", content, **(thought or {}))

    def call(self, tool_call: Json, thought: Mapping[str, Any] | None = None) -> None:
        """Add a call to the assistant's turn that is open, or to a new one."""
        self._tell_shown()
        last = self._messages[-1] if self._messages else None
        if last is None or last["role"] != "assistant":
            last = {"role": "assistant", "content": None}
            self._messages.append(last)
        last.update(thought or {})
        last.setdefault("tool_calls", []).append(tool_call)

    def result(self, call_id: str, parts: Content, **more: Any) -> None:
        """Add the result of a call; images among its parts come after the last result of the turn."""
        text, shown = parts, []
        if isinstance(parts, list):
            shown = [part for part in parts if part.get("type") in IMAGE_KINDS]
            text = compact([part for part in parts if part.get("type") not in IMAGE_KINDS])
        self._messages.append({"role": "tool", "tool_call_id": call_id, "content": text, **more})
        if shown:
            self._shown += [{"type": "text", "text": f"Returned by the tool call {call_id}:"}, *shown]

    def miss(self, problem: Problem) -> None:
        """Note that a part was left out. Raises `problem` unless the conversation is lenient."""
        if not self._lenient:
            raise problem
        self.missed = self.missed or problem

    def keep(self, message: Json) -> None:
        """Add a message that is in chat form already."""
        if message.get("role") != "tool":
            self._tell_shown()
        self._messages.append(message)

    def messages(self) -> list[Json]:
        """All of it."""
        self._tell_shown()
        return self._messages

    def _tell_shown(self) -> None:
        if self._shown:
            self._messages.append({"role": "user", "content": self._shown})
            self._shown = []


def compact(parts: Sequence[Json]) -> Content:
    """Plain text as chat clients send it: a string for one text part that says nothing more than its text."""
    if not parts:
        return ""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return str(parts[0]["text"])
    return list(parts)


MOST_TEXTS = 2048
MOST_TOKENS = 1_000_000
_TOKEN = json_body.whole(0, 2**31 - 1)


def check_texts(value: Any, name: str) -> bool:
    """Whether `value` holds token numbers. Raises `BadRequest` naming the entry that is neither text nor tokens."""
    if isinstance(value, str):
        json_body.filled_text(value, name)
        return False
    if not json_body.a_list(value, name, MOST_TOKENS):
        raise json_body.refuse(name, "a non-empty string or array")
    if _is_number(value[0]):
        _check_tokens(value, name)
        return True
    return _check_entries(json_body.a_list(value, name, MOST_TEXTS), name)


def texts_of(value: Any) -> list[Any]:
    """The texts one by one: strings, or lists of token numbers."""
    return value if isinstance(value, list) and not _is_number(value[0]) else [value]


def _check_entries(entries: list[Any], name: str) -> bool:
    tokens = False
    for place, entry in enumerate(entries):
        path = f"{name}[{place}]"
        if isinstance(entry, list):
            if not json_body.a_list(entry, path, MOST_TOKENS):
                raise json_body.refuse(path, "a non-empty string or array of token numbers")
            _check_tokens(entry, path)
            tokens = True
        else:
            json_body.filled_text(entry, path)
    return tokens


def _check_tokens(tokens: list[Any], path: str) -> None:
    for place, token in enumerate(tokens):
        _TOKEN(token, f"{path}[{place}]")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float, bool)
