"""Anthropic's content blocks as chat messages: calls onto the assistant's message, results into messages of their own.

Used for `POST /v1/messages` and for clients that put such blocks into chat bodies. Thinking blocks keep their
signatures; those that this gateway sealed itself are opened, and the state inside goes back to its calls.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import fields
from ni.dialects.call_ids import short_id
from ni.dialects.chat_body import MAX_PARTS
from ni.dialects.conversation import Conversation, compact
from ni.dialects.dropped import dropped_kinds, kinds_of
from ni.dialects.parts import UnknownPart, chat_part, chat_parts, text_part
from ni.dialects.sealing import Seals, is_sealed
from ni.dialects.string_argument import wrap
from ni.dialects.toolbox import wire_name
from ni.domain.call import Json

BLOCKS = frozenset({"tool_use", "tool_result", "thinking", "redacted_thinking"})
_TEXTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tool_use": ("id", "name"),
        "tool_result": ("tool_use_id",),
        "thinking": ("thinking", "signature"),
        "redacted_thinking": ("data",),
        "compaction": ("content",),
    }
)
"""Members that are texts wherever the block stands: upstreams of the dialect may be sent it as it is."""
_RUN_ELSEWHERE = (
    "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
    "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "mcp_tool_use", "mcp_tool_result",
    "tool_search_tool_result",
)  # fmt: skip
"""What tools at Anthropic were told and answered: left out of a translation, and named in `X-NI-Warning`."""


def add_message(talk: Conversation, message: Json, path: str, seals: Seals) -> None:
    """Add one message with blocks to the conversation. Raises `BadRequest` naming the block."""
    content = message.get("content")
    if isinstance(content, str):
        talk.say(message["role"], content)
        return
    listed = fields.a_list(content, f"{path}.content", 16 * MAX_PARTS)
    placed = [
        (fields.an_object(block, f"{path}.content[{at}]"), f"{path}.content[{at}]")
        for at, block in enumerate(listed)
    ]
    for block, where in placed:
        fields.filled_text(block.get("type"), f"{where}.type")
        for name in _TEXTS.get(block["type"], ()):
            if block.get(name) is not None:
                fields.text(block[name], f"{where}.{name}")
    placed = [(_summary(block), where) for block, where in placed if block["type"] not in _RUN_ELSEWHERE]
    if message["role"] == "assistant":
        _add_answer(talk, placed, seals)
    else:
        _add_turn(talk, message["role"], placed)


def _summary(block: Json) -> Json:
    """A `compaction` block as the text of its summary, which stands for the turns before it; others as they are."""
    if block["type"] != "compaction":
        return block
    return fields.cache_mark(block, "content") | text_part(block.get("content") or "")


def dropped_blocks(body: Json) -> tuple[str, ...]:
    """The warning that names the kinds of blocks that a translation leaves out, as nothing or one clause."""
    messages: list[Any] = body["messages"]
    contents = [message.get("content") for message in messages if isinstance(message, dict)]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return dropped_kinds("blocks", kinds_of(blocks) & set(_RUN_ELSEWHERE), _RUN_ELSEWHERE)


def _add_turn(talk: Conversation, role: str, placed: list[tuple[Json, str]]) -> None:
    """Results first, as upstreams want them, then what the person said."""
    said: list[Json] = []
    for block, path in placed:
        if block.get("type") == "tool_result":
            _add_result(talk, block, path)
        else:
            said += _said(talk, block, path)
    if said or not placed:
        talk.say(role, compact(said))


def _said(talk: Conversation, block: Json, path: str) -> list[Json]:
    """The block as a part; an empty text stands where chat form has no word for it."""
    try:
        part = chat_part(block, path)
    except UnknownPart as problem:
        talk.miss(problem)
        return [text_part("")]
    return [part] if part is not None else []


def _add_result(talk: Conversation, block: Json, path: str) -> None:
    fields.filled_text(block.get("tool_use_id"), f"{path}.tool_use_id")
    more = fields.cache_mark(block, path)
    if block.get("is_error") is not None:
        fields.flag(block["is_error"], f"{path}.is_error")
        more |= {"is_error": True} if block["is_error"] else {}
    try:
        parts = chat_parts(block.get("content"), f"{path}.content")
    except UnknownPart as problem:
        talk.miss(problem)
        parts = []
    talk.result(short_id(block["tool_use_id"]), parts, **more)


def _add_answer(talk: Conversation, placed: list[tuple[Json, str]], seals: Seals) -> None:
    said: list[Json] = []
    calls: list[Json] = []
    thought = Thought(seals)
    for block, path in placed:
        kind = block.get("type")
        if kind in ("thinking", "redacted_thinking"):
            thought.add(block)
        elif kind == "tool_use":
            calls.append(tool_call(block, path))
        else:
            said += _said(talk, block, path)
    message: Json = {"role": "assistant", "content": compact(said) if said or not calls else None}
    message |= thought.fields()
    if calls:
        message["tool_calls"] = [thought.with_state(call) for call in calls]
    talk.keep(message)


def tool_call(block: Json, path: str, *, custom: bool = False) -> Json:
    """The chat call that a `tool_use` block stands for."""
    fields.filled_text(block.get("id"), f"{path}.id")
    fields.filled_text(block.get("name"), f"{path}.name")
    given: Any = block.get("input")
    if given is not None and not isinstance(given, str | dict):
        raise fields.refuse(f"{path}.input", "an object")
    arguments = given if isinstance(given, str) else orjson.dumps(given if given is not None else {}).decode()
    called = {"name": wire_name(block["name"]), "arguments": wrap(arguments) if custom else arguments}
    call: Json = {"id": short_id(block["id"]), "type": "function", "function": called}
    return call | fields.cache_mark(block, path)


class Thought:
    """What the assistant thought in one turn: its text, the signatures without it, and the state of its calls.

    The text stands in one place alone, `reasoning_content`, where the shield finds it.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._texts: list[str] = []
        self._blocks: list[Json] = []
        self._state: dict[str, Any] = {}

    def add(self, block: Json) -> None:
        """Take a `thinking` or `redacted_thinking` block."""
        text = block.get("thinking")
        if isinstance(text, str) and text:
            self._texts.append(text)
        mark = block.get("signature", block.get("data"))
        if is_sealed(mark):
            self.add_sealed(self._seals.unseal(mark))
        elif isinstance(mark, str) and mark:
            kind = "signature" if block["type"] == "thinking" else "data"
            self._blocks.append({"type": block["type"], kind: mark})

    def add_text(self, text: str) -> None:
        """Take a text without a signature."""
        if text:
            self._texts.append(text)

    def add_sealed(self, value: Json | None) -> None:
        """Take what a seal of ours held."""
        if value is not None:
            self._blocks += value.get("blocks") or []
            self._state |= value.get("state") or {}

    def fields(self) -> Json:
        """The fields of the assistant's message."""
        shown: Json = {"reasoning_content": "\n".join(self._texts)} if self._texts else {}
        return shown | ({"thinking_blocks": self._blocks} if self._blocks else {})

    def with_state(self, call: Json) -> Json:
        """The call with the provider's state of it, if a seal held one."""
        state = self._state.get(call["id"])
        return call | {"extra_content": state} if state else call
