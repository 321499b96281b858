"""Responses items as chat messages, and the other fields of a Responses body as chat fields.

Used for `POST /v1/responses` and for Cursor, which sends such bodies to the address of chat completions. Instructions
and developer messages become system messages, which every upstream knows. Items that hold nothing that another model
could read (a web search without its results, approvals) are left out, and `X-NI-Warning` says which; a conversation
that OpenAI compacted and encrypted is refused, because an answer without it would be another one.
"""

from collections.abc import Callable
from typing import Any

from ni.dialects import fields
from ni.dialects.blocks import Thought
from ni.dialects.call_ids import short_id
from ni.dialects.chat_body import MAX_MESSAGES
from ni.dialects.conversation import Conversation, compact
from ni.dialects.dropped import dropped_kinds, kinds_of
from ni.dialects.parts import chat_parts, joined
from ni.dialects.run_items import KINDS, Kind, read_run
from ni.dialects.sealing import Seals
from ni.dialects.string_argument import wrap
from ni.dialects.toolbox import wire_name
from ni.domain.call import Json
from ni.domain.errors import BadRequest

ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
_CARRIED = (
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "user",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "stop",
)
_COMPACTED = frozenset({"compaction", "compaction_summary", "compaction_trigger"})
_READ = frozenset(
    {
        "message", "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output", "reasoning",
    }
)  # fmt: skip
_UNREADABLE = (
    "additional_tools", "configuration_update", "image_generation_call", "mcp_approval_request",
    "mcp_approval_response", "mcp_list_tools", "web_search_call",
)  # fmt: skip
_SUMMARIES = fields.one_of("auto", "concise", "detailed")


class Items:
    """Reads the items of one body, oldest first."""

    def __init__(self, seals: Seals) -> None:
        self._talk = Conversation()
        self._seals = seals
        self._thought: Thought | None = None

    def read(self, body: Json) -> list[Json]:
        """The messages of `instructions` and `input`. Raises `BadRequest` naming the item."""
        instructions = body.get("instructions")
        if instructions:
            self._talk.say("system", joined(instructions, "instructions"))
        given = body.get("input")
        if isinstance(given, str):
            self._talk.say("user", given)
            return self._talk.messages()
        for place, item in enumerate(fields.a_list(given, "input", 4 * MAX_MESSAGES)):
            path = f"input[{place}]"
            self._add(fields.an_object(item, path), path)
        return self._talk.messages()

    def _add(self, item: Json, path: str) -> None:
        kind = item.get("type") or "message"
        if not isinstance(kind, str):
            raise fields.refuse(f"{path}.type", "a string")
        if kind == "item_reference":
            raise BadRequest(
                "`%(field)s` refers to a stored item, and nothing is stored here. Send the items themselves.",
                param=path, field=path,
            )  # fmt: skip
        if kind in _COMPACTED:
            raise BadRequest(
                "`%(field)s` is a `%(kind)s` item: it stands for a conversation that OpenAI alone can compact and "
                "read. Send the items that it stands for, or fewer of them.",
                param=path, field=path, kind=kind,
            )  # fmt: skip
        if kind in KINDS:
            self._run(item, KINDS[kind], path)
        elif add := self._readers().get(kind):
            add(item, path)

    def _readers(self) -> dict[str, Callable[[Json, str], None]]:
        """By the kinds in `_READ`."""
        return {
            "message": self._message,
            "function_call": self._call,
            "custom_tool_call": self._custom_call,
            "function_call_output": self._result,
            "custom_tool_call_output": self._result,
            "reasoning": self._reasoning,
        }

    def _message(self, item: Json, path: str) -> None:
        role = item.get("role")
        fields.one_of(*ROLES)(role, f"{path}.role")
        parts = chat_parts(item.get("content"), f"{path}.content")
        if role == "assistant":
            self._talk.answer(compact(parts), self._thought.fields() if self._thought else None)
            return
        self._thought = None
        self._talk.say(ROLES[str(role)], compact(parts))

    def _call(self, item: Json, path: str) -> None:
        fields.text(item.get("arguments"), f"{path}.arguments")
        self._add_call(item, path, item["arguments"] or "{}")

    def _custom_call(self, item: Json, path: str) -> None:
        fields.text(item.get("input"), f"{path}.input")
        self._add_call(item, path, wrap(item["input"]))

    def _add_call(self, item: Json, path: str, arguments: str) -> None:
        fields.filled_text(item.get("call_id"), f"{path}.call_id")
        fields.filled_text(item.get("name"), f"{path}.name")
        if item.get("namespace") is not None:
            fields.text(item["namespace"], f"{path}.namespace")
        name = wire_name(item["name"], item.get("namespace") or "")
        call: Json = {
            "id": short_id(item["call_id"]),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        self._tell_call(call)

    def _tell_call(self, call: Json) -> None:
        thought = self._thought
        self._talk.call(thought.with_state(call) if thought else call, thought.fields() if thought else None)

    def _run(self, item: Json, kind: Kind, path: str) -> None:
        run = read_run(item, kind, path)
        if run.function is not None:
            self._tell_call({"id": short_id(run.call_id), "type": "function", "function": run.function})
        if run.result is not None:
            self._thought = None
            self._talk.result(short_id(run.call_id), compact(run.result))

    def _result(self, item: Json, path: str) -> None:
        fields.filled_text(item.get("call_id"), f"{path}.call_id")
        self._thought = None
        output: Any = item.get("output")
        self._talk.result(short_id(item["call_id"]), compact(chat_parts(output, f"{path}.output")))

    def _reasoning(self, item: Json, path: str) -> None:
        if self._thought is None:
            self._thought = Thought(self._seals)
        opened = self._seals.unseal(item.get("encrypted_content"))
        self._thought.add_sealed(opened)
        for name in ("summary", "content"):
            for place, part in enumerate(fields.a_list(item.get(name, []), f"{path}.{name}", MAX_MESSAGES)):
                where = f"{path}.{name}[{place}]"
                self._thought.add_text(joined(fields.an_object(part, where).get("text"), f"{where}.text"))


def dropped_items(given: Any) -> tuple[str, ...]:
    """The warning that names the kinds of items in `input` that are left out, as nothing or one clause."""
    return dropped_kinds("items", kinds_of(given) - _READ - KINDS.keys(), _UNREADABLE)


def chat_fields(body: Json) -> Json:
    """The chat fields that say what a Responses body says, apart from messages and tools."""
    chat = {name: body[name] for name in _CARRIED if body.get(name) is not None}
    if body.get("max_output_tokens") is not None:
        fields.whole(1, 2**31 - 1)(body["max_output_tokens"], "max_output_tokens")
        chat["max_tokens"] = body["max_output_tokens"]
    reasoning, text = body.get("reasoning"), body.get("text")
    if reasoning is not None:
        chat |= _reasoning_fields(fields.an_object(reasoning, "reasoning"))
    if text is not None:
        chat |= _text_fields(fields.an_object(text, "text"))
    return chat


def _reasoning_fields(reasoning: Json) -> Json:
    for name in ("summary", "generate_summary"):
        if reasoning.get(name) is not None:
            _SUMMARIES(reasoning[name], f"reasoning.{name}")
    if reasoning.get("effort") in (None, ""):
        return {}
    fields.text(reasoning["effort"], "reasoning.effort")
    return {"reasoning_effort": reasoning["effort"]}


def _text_fields(text: Json) -> Json:
    chat: Json = {}
    if text.get("verbosity") is not None:
        fields.text(text["verbosity"], "text.verbosity")
        chat["verbosity"] = text["verbosity"]
    form = text.get("format")
    if form is None or fields.an_object(form, "text.format").get("type") in (None, "text"):
        return chat
    fields.one_of("text", "json_object", "json_schema")(form["type"], "text.format.type")
    if form["type"] != "json_schema":
        return chat | {"response_format": form}
    named = {
        name: form[name] for name in ("name", "description", "schema", "strict") if form.get(name) is not None
    }
    fields.filled_text(named.get("name"), "text.format.name")
    return chat | {"response_format": {"type": "json_schema", "json_schema": named}}
