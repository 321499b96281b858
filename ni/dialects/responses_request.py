"""An OpenAI Responses request as a chat body. Source: OpenAI's reference of `POST /v1/responses`.

Nothing is stored here: fields that refer to stored things are refused by name, and `store` has no effect.

`ItemReader` reads `instructions` and `input`, also for Cursor, which sends such bodies to the address of chat
completions. Instructions and developer messages become system messages, which every upstream knows. Items that no
other model could read (a web search without its results, approvals) are left out and named in `X-NI-Warning`. A
conversation that OpenAI compacted and encrypted is refused, because the answer would lack it.

Items of other tools become function calls and results that any model can read. Shells, patches and the computer are
run by the client; code, file searches and MCP tools were run at OpenAI, and their items hold call and result in one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.base import Matters, dropped_kinds, is_present, kinds_of, other_than
from ni.dialects.chat_validation import MAX_MESSAGES, check_body, check_choice, results_behind_calls
from ni.dialects.content import Conversation, chat_parts, compact, joined, text_part
from ni.dialects.messages_request import Thought
from ni.dialects.sealed_state import Seals
from ni.dialects.tools import Toolbox, chat_tool_choice, short_id, wire_name, wrap
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
_SUMMARIES = json_body.one_of("auto", "concise", "detailed")
STORED = ("previous_response_id", "conversation", "prompt")
_READABLE = "reasoning.encrypted_content"


def _includes_more(value: Any) -> bool:
    """Whether `include` asks for more than encrypted reasoning, which every answer holds anyway."""
    return isinstance(value, list) and any(entry != _READABLE for entry in value)


RESPONSES: Mapping[str, Matters] = MappingProxyType(
    {
        "access_programs": is_present,
        "context_management": is_present,
        "image": is_present,
        "include": _includes_more,
        "moderation": is_present,
        "prompt_cache_options": is_present,
        "store": other_than(False),
        "top_logprobs": other_than(0),
        "truncation": other_than("disabled"),
    }
)


@dataclass(frozen=True, slots=True)
class ToolItemKind:
    """How to read one kind of item: the tool's name, the members with its arguments, the members with its result.

    An item may hold both; `arguments` is empty where call and result are separate items.
    """

    name: str
    arguments: tuple[str, ...] = ()
    result: tuple[str, ...] = ()


TOOL_ITEM_KINDS: Mapping[str, ToolItemKind] = MappingProxyType(
    {
        "local_shell_call": ToolItemKind("local_shell", ("action",)),
        "local_shell_call_output": ToolItemKind("local_shell", result=("output",)),
        "shell_call": ToolItemKind("shell", ("action",)),
        "shell_call_output": ToolItemKind("shell", result=("output",)),
        "apply_patch_call": ToolItemKind("apply_patch", ("operation",)),
        "apply_patch_call_output": ToolItemKind("apply_patch", result=("output", "status")),
        "computer_call": ToolItemKind("computer", ("action", "actions")),
        "computer_call_output": ToolItemKind("computer", result=("output",)),
        "tool_search_call": ToolItemKind("tool_search", ("arguments",)),
        "tool_search_output": ToolItemKind("tool_search", result=("tools",)),
        "program": ToolItemKind("program", ("code",)),
        "program_output": ToolItemKind("program", result=("result",)),
        "code_interpreter_call": ToolItemKind("code_interpreter", ("code",), ("outputs",)),
        "file_search_call": ToolItemKind("file_search", ("queries",), ("results",)),
        "mcp_call": ToolItemKind("mcp", ("arguments",), ("error", "output")),
    }
)


def chat_body(body: Json, seals: Seals) -> Json:
    """The chat form, with `model` and `stream`. Raises `BadRequest` naming the field."""
    _refuse_stored(body)
    if not body.get("input") and not body.get("instructions"):
        raise json_body.refuse("input", "a string or an array of items that is not empty")
    read = body if body.get("input") is not None else {**body, "input": []}
    box = Toolbox.of(body.get("tools"))
    messages = results_behind_calls(ItemReader(seals).read(read))
    if not messages:
        raise json_body.refuse("input", "items that a model can read, one at least")
    chat: Json = {"model": body.get("model"), "messages": messages, **chat_fields(body)}
    if body.get("stream") is not None:
        chat["stream"] = body["stream"]
    if box.tools:
        chat |= _tools(body, box)
    check_body(chat)
    return chat


def _tools(body: Json, box: Toolbox) -> Json:
    if body.get("tool_choice") is not None:
        check_choice(body["tool_choice"])
    fields: dict[str, Any] = {"tool_choice": chat_tool_choice(body.get("tool_choice"), box)}
    if body.get("parallel_tool_calls") is not None:
        fields["parallel_tool_calls"] = body["parallel_tool_calls"]
    return {"tools": box.tools} | {name: value for name, value in fields.items() if value is not None}


def _refuse_stored(body: Json) -> None:
    for name in STORED:
        if body.get(name):
            raise BadRequest(
                "`%(field)s` refers to something stored, and this gateway stores no conversations. "
                "Send the whole conversation in `input`, with `store: false`.",
                param=name,
                field=name,
            )
    if body.get("background"):
        raise BadRequest(
            "`background` is not supported: answers are not stored, so nobody could fetch them later. "
            "Ask without it, or with `stream: true`.",
            param="background",
        )


def chat_fields(body: Json) -> Json:
    """The chat fields for those of a Responses body, without messages and tools. Raises `BadRequest`."""
    chat = {name: body[name] for name in _CARRIED if body.get(name) is not None}
    if body.get("max_output_tokens") is not None:
        json_body.whole(1, 2**31 - 1)(body["max_output_tokens"], "max_output_tokens")
        chat["max_tokens"] = body["max_output_tokens"]
    reasoning, text = body.get("reasoning"), body.get("text")
    if reasoning is not None:
        chat |= _reasoning_fields(json_body.an_object(reasoning, "reasoning"))
    if text is not None:
        chat |= _text_fields(json_body.an_object(text, "text"))
    return chat


def _reasoning_fields(reasoning: Json) -> Json:
    for name in ("summary", "generate_summary"):
        if reasoning.get(name) is not None:
            _SUMMARIES(reasoning[name], f"reasoning.{name}")
    if reasoning.get("effort") in (None, ""):
        return {}
    json_body.text(reasoning["effort"], "reasoning.effort")
    return {"reasoning_effort": reasoning["effort"]}


def _text_fields(text: Json) -> Json:
    chat: Json = {}
    if text.get("verbosity") is not None:
        json_body.text(text["verbosity"], "text.verbosity")
        chat["verbosity"] = text["verbosity"]
    form = text.get("format")
    if form is None or json_body.an_object(form, "text.format").get("type") in (None, "text"):
        return chat
    json_body.one_of("text", "json_object", "json_schema")(form["type"], "text.format.type")
    if form["type"] != "json_schema":
        return chat | {"response_format": form}
    named = {
        name: form[name] for name in ("name", "description", "schema", "strict") if form.get(name) is not None
    }
    json_body.filled_text(named.get("name"), "text.format.name")
    return chat | {"response_format": {"type": "json_schema", "json_schema": named}}


def dropped_items(given: Any) -> tuple[str, ...]:
    """The clause of `X-NI-Warning` that names the kinds of items in `input` that are left out; empty for none."""
    return dropped_kinds("items", kinds_of(given) - _READ - TOOL_ITEM_KINDS.keys(), _UNREADABLE)


class ItemReader:
    """Reads the items of one body, oldest first; used once."""

    def __init__(self, seals: Seals) -> None:
        self._conversation = Conversation()
        self._seals = seals
        self._thought: Thought | None = None

    def read(self, body: Json) -> list[Json]:
        """The messages of `instructions` and `input`. Raises `BadRequest` naming the item."""
        instructions = body.get("instructions")
        if instructions:
            self._conversation.say("system", joined(instructions, "instructions"))
        given = body.get("input")
        if isinstance(given, str):
            self._conversation.say("user", given)
            return self._conversation.messages()
        for place, item in enumerate(json_body.a_list(given, "input", 4 * MAX_MESSAGES)):
            path = f"input[{place}]"
            self._add(json_body.an_object(item, path), path)
        return self._conversation.messages()

    def _add(self, item: Json, path: str) -> None:
        kind = item.get("type") or "message"
        if not isinstance(kind, str):
            raise json_body.refuse(f"{path}.type", "a string")
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
        if kind in TOOL_ITEM_KINDS:
            self._tool_item(item, TOOL_ITEM_KINDS[kind], path)
        elif add := self._readers().get(kind):
            add(item, path)

    def _readers(self) -> dict[str, Callable[[Json, str], None]]:
        """The methods for the kinds in `_READ`."""
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
        json_body.one_of(*ROLES)(role, f"{path}.role")
        parts = chat_parts(item.get("content"), f"{path}.content")
        if role == "assistant":
            self._conversation.answer(compact(parts), self._thought.fields() if self._thought else None)
            return
        self._thought = None
        self._conversation.say(ROLES[str(role)], compact(parts))

    def _call(self, item: Json, path: str) -> None:
        json_body.text(item.get("arguments"), f"{path}.arguments")
        self._add_call(item, path, item["arguments"] or "{}")

    def _custom_call(self, item: Json, path: str) -> None:
        json_body.text(item.get("input"), f"{path}.input")
        self._add_call(item, path, wrap(item["input"]))

    def _add_call(self, item: Json, path: str, arguments: str) -> None:
        json_body.filled_text(item.get("call_id"), f"{path}.call_id")
        json_body.filled_text(item.get("name"), f"{path}.name")
        if item.get("namespace") is not None:
            json_body.text(item["namespace"], f"{path}.namespace")
        name = wire_name(item["name"], item.get("namespace") or "")
        call: Json = {
            "id": short_id(item["call_id"]),
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        self._append_call(call)

    def _append_call(self, call: Json) -> None:
        thought = self._thought
        self._conversation.call(
            thought.with_state(call) if thought else call, thought.fields() if thought else None
        )

    def _tool_item(self, item: Json, kind: ToolItemKind, path: str) -> None:
        read = read_tool_item(item, kind, path)
        if read.function is not None:
            self._append_call({"id": short_id(read.call_id), "type": "function", "function": read.function})
        if read.result is not None:
            self._thought = None
            self._conversation.result(short_id(read.call_id), compact(read.result))

    def _result(self, item: Json, path: str) -> None:
        json_body.filled_text(item.get("call_id"), f"{path}.call_id")
        self._thought = None
        output: Any = item.get("output")
        self._conversation.result(short_id(item["call_id"]), compact(chat_parts(output, f"{path}.output")))

    def _reasoning(self, item: Json, path: str) -> None:
        if self._thought is None:
            self._thought = Thought(self._seals)
        opened = self._seals.unseal(item.get("encrypted_content"))
        self._thought.add_sealed(opened)
        for name in ("summary", "content"):
            for place, part in enumerate(
                json_body.a_list(item.get(name, []), f"{path}.{name}", MAX_MESSAGES)
            ):
                where = f"{path}.{name}[{place}]"
                self._thought.add_text(joined(json_body.an_object(part, where).get("text"), f"{where}.text"))


@dataclass(frozen=True, slots=True)
class ToolItem:
    """The content of an item: the call's id, the call in chat form and the parts of the result, if there are any."""

    call_id: str
    function: Json | None
    result: list[Json] | None


def read_tool_item(item: Json, kind: ToolItemKind, path: str) -> ToolItem:
    """Read an item of a kind in `TOOL_ITEM_KINDS`. Raises `BadRequest` naming the member."""
    id_name = "call_id" if item.get("call_id") is not None else "id"
    json_body.filled_text(item.get(id_name), f"{path}.{id_name}")
    function = (
        {"name": _name(item, kind, path), "arguments": _arguments(item, kind)} if kind.arguments else None
    )
    return ToolItem(str(item[id_name]), function, _result(item, kind, path) if kind.result else None)


def _name(item: Json, kind: ToolItemKind, path: str) -> str:
    if kind.name != "mcp":
        return kind.name
    json_body.filled_text(item.get("name"), f"{path}.name")
    label = item.get("server_label")
    if label is not None:
        json_body.text(label, f"{path}.server_label")
    return wire_name(item["name"], label or "")


def _arguments(item: Json, kind: ToolItemKind) -> str:
    """The arguments as a JSON object: a single member that is an object, or else the members by name."""
    given = {name: item[name] for name in kind.arguments if item.get(name) is not None}
    only = next(iter(given.values())) if len(given) == 1 else None
    if isinstance(only, str) and kind.arguments == ("arguments",):
        return only or "{}"
    return orjson.dumps(only if isinstance(only, dict) else given).decode()


def _result(item: Json, kind: ToolItemKind, path: str) -> list[Json]:
    name = next((name for name in kind.result if item.get(name) is not None), "")
    value: Any = item.get(name)
    if isinstance(value, dict) and value.get("type") == "computer_screenshot":
        return chat_parts([{**value, "type": "input_image"}], f"{path}.{name}")
    if value is None or isinstance(value, str):
        return [text_part(value or "")]
    return [text_part(orjson.dumps(value).decode())]
