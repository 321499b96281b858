"""An Anthropic Messages request as a chat body: system blocks, turns with blocks, tools, thinking, limits.

The source is Anthropic's reference of `POST /v1/messages`. Fields of its own that chat form has words for are put into
those; `thinking` and `top_k` stay beside them for upstreams that know them. Left out are what names a person
(`metadata`), what only Anthropic's servers could do (`container`, `mcp_servers`, `context_management`: named in
`X-NI-Warning`), and the billing block that Claude Code puts first, which changes with every build and would spoil
caching.

Anthropic's content blocks as chat messages: calls onto the assistant's message, results into messages of their own.

Used for `POST /v1/messages` and for clients that put such blocks into chat bodies. Thinking blocks keep their
signatures; those that this gateway sealed itself are opened, and the state inside goes back to its calls.

What of a request the gateway leaves out although it means something, as clauses of `X-NI-Warning`.

One closed table for each dialect, so that a header never holds a client's own text. Not named: what no answer depends
on (attribution, diagnostics, cache marks), values that are the default anyway, and members that nobody's reference
has. Pure. Sources: Anthropic's reference of Messages (with betas), OpenAI's of Responses, Open Responses.
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
from ni.dialects.tools import Toolbox, choice, short_id, wire_name, wrap
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
"""Members that are texts wherever the block stands: upstreams of the dialect may be sent it as it is."""
_RUN_ELSEWHERE = (
    "server_tool_use", "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
    "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "mcp_tool_use", "mcp_tool_result",
    "tool_search_tool_result",
)  # fmt: skip
"""What tools at Anthropic were told and answered: left out of a translation, and named in `X-NI-Warning`."""
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
    """Edits that no upstream is sent: they are answered by another turn of the model, at a price."""
    return any(not kind.startswith(_CLEARS) for kind in _edits(managed))


def _clears_results(managed: Any) -> bool:
    """Edits that a Claude is sent and others do not know; thinking of earlier turns is not shown to those anyway."""
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
TRANSLATED_MESSAGES: Mapping[str, Matters] = MappingProxyType({"context_management": _clears_results})
"""Left out only where the body is translated: an upstream of the dialect is sent them."""


def chat_body(body: Json, seals: Seals, *, counting: bool = False) -> tuple[Json, Problem | None]:
    """The chat form, with `model`, and why it does not tell all, if it does not. `counting` asks for no `max_tokens`.

    Raises `BadRequest` naming the field.
    """
    _refuse_elsewhere(body)
    if not counting or body.get("max_tokens") is not None:
        json_body.whole(1, MAX_TOKENS)(body.get("max_tokens"), "max_tokens")
    box = Toolbox.of(body.get("tools"))
    talk = _conversation(body, seals)
    chat: Json = {"model": body.get("model"), "messages": results_behind_calls(talk.messages())}
    chat |= {name: body[name] for name in ("stream", "max_tokens", *_CARRIED) if body.get(name) is not None}
    chat |= _thinking(body)
    chosen = _choice(body.get("tool_choice"), box)
    if box.tools:
        chat |= {"tools": box.tools} | chosen
    check_body(chat)
    return chat | _stops(body), talk.missed


def _conversation(body: Json, seals: Seals) -> Conversation:
    talk = Conversation(lenient=True)
    system = [part for part in chat_parts(body.get("system"), "system") if not is_billing(part)]
    if system:
        talk.say("system", compact(system))
    messages = json_body.a_list(body.get("messages"), "messages", MAX_MESSAGES)
    if not messages:
        raise json_body.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        json_body.one_of(*_ROLES)(json_body.an_object(message, path).get("role"), f"{path}.role")
        add_message(talk, message, path, seals)
    return talk


def _refuse_elsewhere(body: Json) -> None:
    """Refuse what asks for another kind of answer, or refers to a conversation that Anthropic holds."""
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


def is_billing(part: Json) -> bool:
    """Whether a part of `system` is Claude Code's billing block."""
    text = part.get("text")
    return isinstance(text, str) and text.startswith(BILLING)


def _choice(given: Any, box: Toolbox) -> Json:
    if given is None:
        return {}
    check_choice(json_body.an_object(given, "tool_choice"))
    if given.get("disable_parallel_tool_use") is not None:
        json_body.flag(given["disable_parallel_tool_use"], "tool_choice.disable_parallel_tool_use")
    made: Json = {"tool_choice": choice(given, box)}
    return made | ({"parallel_tool_calls": False} if given.get("disable_parallel_tool_use") else {})


def _thinking(body: Json) -> Json:
    """The effort and the answer's form, out of `thinking` and `output_config`."""
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


def add_message(talk: Conversation, message: Json, path: str, seals: Seals) -> None:
    """Add one message with blocks to the conversation. Raises `BadRequest` naming the block."""
    content = message.get("content")
    if isinstance(content, str):
        talk.say(message["role"], content)
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
        _add_answer(talk, placed, seals)
    else:
        _add_turn(talk, message["role"], placed)


def _summary(block: Json) -> Json:
    """A `compaction` block as the text of its summary, which stands for the turns before it; others as they are."""
    if block["type"] != "compaction":
        return block
    return json_body.cache_mark(block, "content") | text_part(block.get("content") or "")


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
    json_body.filled_text(block.get("tool_use_id"), f"{path}.tool_use_id")
    more = json_body.cache_mark(block, path)
    if block.get("is_error") is not None:
        json_body.flag(block["is_error"], f"{path}.is_error")
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
