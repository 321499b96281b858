"""An Anthropic Messages request as a chat body: system blocks, turns with blocks, tools, thinking, limits.

The source is Anthropic's reference of `POST /v1/messages`. Fields with an equivalent in chat form are translated;
`thinking` and `top_k` are kept for upstreams that know them. Left out are `metadata`, which names a person, fields for
Anthropic's servers (`container`, `mcp_servers`, `context_management`, named in `X-NI-Warning`), and the billing block
of Claude Code, which changes with every build and would spoil caching.

`add_message` also reads such blocks in chat bodies. Calls go onto the assistant's message, results into messages.
Thinking blocks keep their signatures; those that this gateway sealed are opened, and the state inside goes back to its
calls.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.base import Matters, dropped_kinds, is_present, kinds_of, other_than
from ni.dialects.chat_validation import (
    MAX_MESSAGES,
    MAX_PARTS,
    MAX_STOPS,
    MAX_TOKENS,
    check_body,
    check_choice,
    effort_of_budget,
    results_behind_calls,
)
from ni.dialects.content import Conversation, UnknownPart, chat_part, chat_parts, compact, text_part
from ni.dialects.sealed_state import Seals, is_sealed
from ni.dialects.tools import Toolbox, chat_tool_choice, short_id, wire_name, wrap
from ni.domain.call import Json
from ni.domain.errors import BadRequest, Problem

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
"""Members that must be texts, because an upstream of the dialect may be sent the block unchanged."""
_RUN_ELSEWHERE = (
    "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
    "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "mcp_tool_use", "mcp_tool_result",
    "tool_search_tool_result",
)  # fmt: skip
"""Calls and results of tools that Anthropic ran: left out of a translation, and named in `X-NI-Warning`."""
BILLING = "x-anthropic-billing-header:"
_ROLES = ("user", "assistant", "system")
_CARRIED = ("temperature", "top_p", "top_k", "thinking")
_CLEARS, _CLEARS_THINKING = "clear_", "clear_thinking"


def _edits(managed: Any) -> Iterator[str]:
    edits = managed.get("edits") if isinstance(managed, dict) else None
    for edit in edits if isinstance(edits, list) else ():
        kind = edit.get("type") if isinstance(edit, dict) else None
        if isinstance(kind, str):
            yield kind


def _thinks_again(managed: Any) -> bool:
    """Whether there are edits that no upstream is sent, because they cost another turn of the model."""
    return any(not kind.startswith(_CLEARS) for kind in _edits(managed))


def _clears_results(managed: Any) -> bool:
    """Whether there are edits that only Claude knows, except of thinking, which other models are not shown anyway."""
    return any(kind.startswith(_CLEARS) and not kind.startswith(_CLEARS_THINKING) for kind in _edits(managed))


MESSAGES: Mapping[str, Matters] = MappingProxyType(
    {
        "container": is_present,
        "context_management": _thinks_again,
        "fallbacks": is_present,
        "inference_geo": is_present,
        "mcp_servers": is_present,
        "service_tier": other_than("auto"),
        "speed": other_than("standard"),
        "thread": is_present,
    }
)
_NOTHING_TO_WRITE = (
    "`max_tokens` is 0, which fills the prompt cache of Claude alone. Ask for 1 token or more, or choose a route of "
    "Claude's."
)
TRANSLATED_MESSAGES: Mapping[str, Matters] = MappingProxyType({"context_management": _clears_results})
"""Members that are left out only where the body is translated."""


def newer_form(body: Json) -> Json:
    """The body with `output_format`, the name under which structured outputs were a beta, as `output_config.format`."""
    if "output_format" not in body:
        return body
    rest = {name: value for name, value in body.items() if name != "output_format"}
    output = json_body.an_object(body.get("output_config", {}), "output_config")
    return {**rest, "output_config": {"format": body["output_format"], **output}}


def chat_body(body: Json, seals: Seals, *, counting: bool = False) -> tuple[Json, Problem | None]:
    """The chat form, with `model`, and the error for upstreams that need it if it lacks content of the request.

    While `counting`, `max_tokens` is optional. Raises `BadRequest` naming the field.
    """
    _refuse_unsupported(body)
    if not counting or body.get("max_tokens") is not None:
        json_body.whole(0, MAX_TOKENS)(body.get("max_tokens"), "max_tokens")
    box = Toolbox.of(body.get("tools"))
    conversation = _read_conversation(body, seals)
    chat: Json = {"model": body.get("model"), "messages": results_behind_calls(conversation.messages())}
    chat |= {name: body[name] for name in ("stream", "max_tokens", *_CARRIED) if body.get(name) is not None}
    chat |= _thinking(body)
    chosen = _choice(body.get("tool_choice"), box)
    if box.tools:
        chat |= {"tools": box.tools} | chosen
    missed = conversation.missed
    if chat.get("max_tokens") == 0:
        del chat["max_tokens"]
        missed = BadRequest(_NOTHING_TO_WRITE, param="max_tokens")
    check_body(chat)
    return chat | _stops(body), missed


def _read_conversation(body: Json, seals: Seals) -> Conversation:
    conversation = Conversation(lenient=True)
    system = [part for part in chat_parts(body.get("system"), "system") if not is_billing_block(part)]
    if system:
        conversation.say("system", compact(system))
    messages = json_body.a_list(body.get("messages"), "messages", MAX_MESSAGES)
    if not messages:
        raise json_body.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        json_body.one_of(*_ROLES)(json_body.an_object(message, path).get("role"), f"{path}.role")
        add_message(conversation, message, path, seals)
    return conversation


def _refuse_unsupported(body: Json) -> None:
    """Raise `BadRequest` for a request for a summary and for a reference to a conversation that Anthropic holds."""
    thread = body.get("thread")
    if isinstance(thread, dict) and thread.get("previous_message_id"):
        raise BadRequest(
            "`%(field)s` refers to something stored, and this gateway stores no conversations. "
            "Send the whole conversation in `messages`.",
            param="thread", field="thread",
        )  # fmt: skip
    if body.get("compaction"):
        raise BadRequest(
            "`compaction` is not supported: the answer would be a summary that Anthropic alone can make. "
            "Ask the model for a summary in `messages`.",
            param="compaction",
        )


def is_billing_block(part: Json) -> bool:
    """Whether a part of `system` is Claude Code's billing block."""
    text = part.get("text")
    return isinstance(text, str) and text.startswith(BILLING)


def _choice(given: Any, box: Toolbox) -> Json:
    if given is None:
        return {}
    check_choice(json_body.an_object(given, "tool_choice"))
    if given.get("disable_parallel_tool_use") is not None:
        json_body.flag(given["disable_parallel_tool_use"], "tool_choice.disable_parallel_tool_use")
    fields: Json = {"tool_choice": chat_tool_choice(given, box)}
    return fields | ({"parallel_tool_calls": False} if given.get("disable_parallel_tool_use") else {})


def _thinking(body: Json) -> Json:
    """`reasoning_effort` and `response_format` from `thinking` and `output_config`."""
    output = json_body.an_object(body.get("output_config", {}), "output_config")
    thinking = json_body.an_object(body.get("thinking", {}), "thinking")
    chat: Json = {}
    effort = output.get("effort")
    if effort is not None:
        json_body.text(effort, "output_config.effort")
    if thinking:
        json_body.filled_text(thinking.get("type"), "thinking.type")
    if thinking.get("type") == "enabled":
        of_budget = effort_of_budget(thinking.get("budget_tokens"), "thinking.budget_tokens")
        effort = of_budget if effort is None else effort
    if effort is not None and thinking.get("type") != "disabled":
        chat["reasoning_effort"] = effort
    form = output.get("format")
    if form is not None and json_body.an_object(form, "output_config.format").get("type") == "json_schema":
        schema = json_body.an_object(form.get("schema"), "output_config.format.schema")
        named = {"name": "answer", "schema": schema, "strict": True}
        chat["response_format"] = {"type": "json_schema", "json_schema": named}
    return chat


def _stops(body: Json) -> Json:
    stops = body.get("stop_sequences")
    if stops is None or stops == []:
        return {}
    for place, stop in enumerate(json_body.a_list(stops, "stop_sequences", MAX_STOPS)):
        json_body.filled_text(stop, f"stop_sequences[{place}]")
    return {"stop": stops}


def add_message(conversation: Conversation, message: Json, path: str, seals: Seals) -> None:
    """Add one message with blocks to the conversation. Raises `BadRequest` naming the block."""
    content = message.get("content")
    if isinstance(content, str):
        conversation.say(message["role"], content)
        return
    listed = json_body.a_list(content, f"{path}.content", 16 * MAX_PARTS)
    placed = [
        (json_body.an_object(block, f"{path}.content[{at}]"), f"{path}.content[{at}]")
        for at, block in enumerate(listed)
    ]
    for block, where in placed:
        json_body.filled_text(block.get("type"), f"{where}.type")
        for name in _TEXTS.get(block["type"], ()):
            if block.get(name) is not None:
                json_body.text(block[name], f"{where}.{name}")
    placed = [(_summary(block), where) for block, where in placed if block["type"] not in _RUN_ELSEWHERE]
    if message["role"] == "assistant":
        _add_answer(conversation, placed, seals)
    else:
        _add_turn(conversation, message["role"], placed)


def _summary(block: Json) -> Json:
    """A `compaction` block as its summary of the earlier turns, in a text part; other blocks unchanged."""
    if block["type"] != "compaction":
        return block
    return json_body.cache_mark(block, "content") | text_part(block.get("content") or "")


def dropped_blocks(body: Json) -> tuple[str, ...]:
    """The warning that names the kinds of blocks that a translation leaves out, as nothing or one clause."""
    messages: list[Any] = body["messages"]
    contents = [message.get("content") for message in messages if isinstance(message, dict)]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return dropped_kinds("blocks", kinds_of(blocks) & set(_RUN_ELSEWHERE), _RUN_ELSEWHERE)


def _add_turn(conversation: Conversation, role: str, placed: list[tuple[Json, str]]) -> None:
    """Add the results first, as upstreams require, then a message of the other parts."""
    parts: list[Json] = []
    for block, path in placed:
        if block.get("type") == "tool_result":
            _add_result(conversation, block, path)
        else:
            parts += _parts(conversation, block, path)
    if parts or not placed:
        conversation.say(role, compact(parts))


def _parts(conversation: Conversation, block: Json, path: str) -> list[Json]:
    """The block as a list of at most one part; an empty text in place of one that chat form cannot express."""
    try:
        part = chat_part(block, path)
    except UnknownPart as problem:
        conversation.miss(problem)
        return [text_part("")]
    return [part] if part is not None else []


def _add_result(conversation: Conversation, block: Json, path: str) -> None:
    json_body.filled_text(block.get("tool_use_id"), f"{path}.tool_use_id")
    more = json_body.cache_mark(block, path)
    if block.get("is_error") is not None:
        json_body.flag(block["is_error"], f"{path}.is_error")
        more |= {"is_error": True} if block["is_error"] else {}
    try:
        parts = chat_parts(block.get("content"), f"{path}.content")
    except UnknownPart as problem:
        conversation.miss(problem)
        parts = []
    conversation.result(short_id(block["tool_use_id"]), parts, **more)


def _add_answer(conversation: Conversation, placed: list[tuple[Json, str]], seals: Seals) -> None:
    parts: list[Json] = []
    calls: list[Json] = []
    thought = Thought(seals)
    for block, path in placed:
        kind = block.get("type")
        if kind in ("thinking", "redacted_thinking"):
            thought.add(block)
        elif kind == "tool_use":
            calls.append(tool_call(block, path))
        else:
            parts += _parts(conversation, block, path)
    message: Json = {"role": "assistant", "content": compact(parts) if parts or not calls else None}
    message |= thought.fields()
    if calls:
        message["tool_calls"] = [thought.with_state(call) for call in calls]
    conversation.append(message)


def tool_call(block: Json, path: str, *, custom: bool = False) -> Json:
    """The chat call that a `tool_use` block stands for."""
    json_body.filled_text(block.get("id"), f"{path}.id")
    json_body.filled_text(block.get("name"), f"{path}.name")
    given: Any = block.get("input")
    if given is not None and not isinstance(given, str | dict):
        raise json_body.refuse(f"{path}.input", "an object")
    arguments = given if isinstance(given, str) else orjson.dumps(given if given is not None else {}).decode()
    called = {"name": wire_name(block["name"]), "arguments": wrap(arguments) if custom else arguments}
    call: Json = {"id": short_id(block["id"]), "type": "function", "function": called}
    return call | json_body.cache_mark(block, path)


class Thought:
    """The assistant's thinking in one turn: its text, signatures without text, and the provider's state of its calls.

    The text is in one place only, `reasoning_content`, where masking finds it.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._texts: list[str] = []
        self._blocks: list[Json] = []
        self._state: dict[str, Any] = {}

    def add(self, block: Json) -> None:
        """Add a `thinking` or `redacted_thinking` block."""
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
        """Add a text without a signature."""
        if text:
            self._texts.append(text)

    def add_sealed(self, value: Json | None) -> None:
        """Add what a seal of this gateway held; None for a seal that could not be opened."""
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
