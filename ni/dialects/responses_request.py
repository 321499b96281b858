"""An OpenAI Responses request as a chat body.

The source is OpenAI's reference of `POST /v1/responses`. Nothing is stored here: what refers to stored things is
refused by name, `store` has no effect, and every answer says `store: false`.

Responses items as chat messages, and the other fields of a Responses body as chat fields.

Used for `POST /v1/responses` and for Cursor, which sends such bodies to the address of chat completions. Instructions
and developer messages become system messages, which every upstream knows. Items that hold nothing that another model
could read (a web search without its results, approvals) are left out, and `X-NI-Warning` says which; a conversation
that OpenAI compacted and encrypted is refused, because an answer without it would be another one.

The output items of a Responses answer: how each kind of block looks as an item, and which events tell it.

An item is told as added (empty), then by the events of its group, then as done (whole). Function and custom calls,
messages with text or refusal, reasoning with a summary and, sealed, what a provider wants back with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ni.dialects import json_body
from ni.dialects.chat_validation import MAX_MESSAGES, chat_parts, check_body, check_choice, joined
from ni.dialects.conversation import Conversation, compact
from ni.dialects.dropped import dropped_kinds, kinds_of
from ni.dialects.messages_request import Thought
from ni.dialects.normalise import results_behind_calls
from ni.dialects.run_items import KINDS, RunItemKind, read_run
from ni.dialects.sealed_state import Seals
from ni.dialects.segments import Block, BlockKind
from ni.dialects.string_argument import wrap
from ni.dialects.tools import Toolbox, choice, short_id, wire_name
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
        for place, item in enumerate(json_body.a_list(given, "input", 4 * MAX_MESSAGES)):
            path = f"input[{place}]"
            self._add(json_body.an_object(item, path), path)
        return self._talk.messages()

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
        json_body.one_of(*ROLES)(role, f"{path}.role")
        parts = chat_parts(item.get("content"), f"{path}.content")
        if role == "assistant":
            self._talk.answer(compact(parts), self._thought.fields() if self._thought else None)
            return
        self._thought = None
        self._talk.say(ROLES[str(role)], compact(parts))

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
        self._tell_call(call)

    def _tell_call(self, call: Json) -> None:
        thought = self._thought
        self._talk.call(thought.with_state(call) if thought else call, thought.fields() if thought else None)

    def _run(self, item: Json, kind: RunItemKind, path: str) -> None:
        run = read_run(item, kind, path)
        if run.function is not None:
            self._tell_call({"id": short_id(run.call_id), "type": "function", "function": run.function})
        if run.result is not None:
            self._thought = None
            self._talk.result(short_id(run.call_id), compact(run.result))

    def _result(self, item: Json, path: str) -> None:
        json_body.filled_text(item.get("call_id"), f"{path}.call_id")
        self._thought = None
        output: Any = item.get("output")
        self._talk.result(short_id(item["call_id"]), compact(chat_parts(output, f"{path}.output")))

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


def dropped_items(given: Any) -> tuple[str, ...]:
    """The warning that names the kinds of items in `input` that are left out, as nothing or one clause."""
    return dropped_kinds("items", kinds_of(given) - _READ - KINDS.keys(), _UNREADABLE)


def chat_fields(body: Json) -> Json:
    """The chat fields that say what a Responses body says, apart from messages and tools."""
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


STORED = ("previous_response_id", "conversation", "prompt")


def chat_body(body: Json, seals: Seals) -> Json:
    """The chat form, with `model` and `stream`. Raises `BadRequest` naming the field."""
    _refuse_stored(body)
    if not body.get("input") and not body.get("instructions"):
        raise json_body.refuse("input", "a string or an array of items that is not empty")
    read = body if body.get("input") is not None else {**body, "input": []}
    box = Toolbox.of(body.get("tools"))
    messages = results_behind_calls(Items(seals).read(read))
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
    made: dict[str, Any] = {"tool_choice": choice(body.get("tool_choice"), box)}
    if body.get("parallel_tool_calls") is not None:
        made["parallel_tool_calls"] = body["parallel_tool_calls"]
    return {"tools": box.tools} | {name: value for name, value in made.items() if value is not None}


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


class Status(StrEnum):
    """How far an item or a response is."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Group:
    """The events of one kind of item; `field` holds the text. Items in parts tell the part, too."""

    prefix: str
    event: str
    field: str
    part: str = ""
    part_index: str = ""


_TEXT = Group("msg", "response.output_text", "text", "response.content_part", "content_index")
_GROUPS = {
    BlockKind.TEXT: _TEXT,
    BlockKind.REFUSAL: Group("msg", "response.refusal", "refusal", "response.content_part", "content_index"),
    BlockKind.THINKING: Group(
        "rs", "response.reasoning_summary_text", "text", "response.reasoning_summary_part", "summary_index"
    ),
    BlockKind.REDACTED: Group("rs", "", ""),
    BlockKind.CALL: Group("fc", "response.function_call_arguments", "arguments"),
}
_CUSTOM = Group("ctc", "response.custom_tool_call_input", "input")


@dataclass(slots=True)
class Item:
    """One output item while it is told. `identity` is that of the response."""

    block: Block
    identity: str
    seals: Seals

    def added(self) -> Iterator[Json]:
        """The events with which it begins."""
        yield self._whole("response.output_item.added", self.shown(Status.IN_PROGRESS, empty=True))
        if self._group.part and self.block.kind is not BlockKind.THINKING:
            yield self._part("added", "")

    def grown(self, piece: str) -> Iterator[Json]:
        """The events for one more piece."""
        if (
            self.block.kind is BlockKind.THINKING and self.block.text == piece
        ):  # its first piece: now there is a summary
            yield self._part("added", "")
        more: Json = {"logprobs": []} if self.block.kind is BlockKind.TEXT else {}
        yield self._event(f"{self._group.event}.delta", {"delta": piece, **more})

    def done(self, status: Status) -> Iterator[Json]:
        """The events with which it ends."""
        if self.block.kind is not BlockKind.REDACTED and (
            self.block.kind is not BlockKind.THINKING or self.block.text
        ):
            more: Json = {"logprobs": []} if self.block.kind is BlockKind.TEXT else {}
            if self.block.kind is BlockKind.CALL and not self.block.origin.custom:
                more["name"] = self.block.origin.name
            yield self._event(f"{self._group.event}.done", {self._group.field: self.block.text, **more})
            if self._group.part:
                yield self._part("done", self.block.text)
        yield self._whole("response.output_item.done", self.shown(status))

    def shown(self, status: Status, *, empty: bool = False) -> Json:
        """The item; `empty` as it is before its first piece."""
        block = self.block
        if block.kind in (BlockKind.THINKING, BlockKind.REDACTED):
            return {"id": self._id, "type": "reasoning", **self._reasoning(empty)}
        if block.kind is BlockKind.CALL:
            return {"id": self._id, **self._call(empty), "status": status.value}
        content = [] if empty else [self._content(block.text)]
        return {
            "id": self._id,
            "type": "message",
            "status": status.value,
            "role": "assistant",
            "content": content,
        }

    @property
    def _group(self) -> Group:
        return _CUSTOM if self.block.origin.custom else _GROUPS[self.block.kind]

    @property
    def _id(self) -> str:
        return f"{self._group.prefix}_{self.identity}_{self.block.index}"

    def _reasoning(self, empty: bool) -> Json:
        block = self.block
        if empty:
            return {"summary": []}
        kept = {"blocks": block.own_blocks, "state": block.state}
        told: Json = {"summary": [self._content(block.text)] if block.text else []}
        return told | ({"encrypted_content": self.seals.seal(kept)} if any(kept.values()) else {})

    def _call(self, empty: bool) -> Json:
        origin, written = self.block.origin, "" if empty else self.block.text
        named: Json = {"call_id": self.block.call_id, "name": origin.name}
        if origin.namespace:
            named["namespace"] = origin.namespace
        if origin.custom:
            return {"type": "custom_tool_call", **named, "input": written}
        return {"type": "function_call", **named, "arguments": written if empty else written or "{}"}

    def _content(self, text: str) -> Json:
        match self.block.kind:
            case BlockKind.REFUSAL:
                return {"type": "refusal", "refusal": text}
            case BlockKind.THINKING:
                return {"type": "summary_text", "text": text}
            case _:
                return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _part(self, suffix: str, text: str) -> Json:
        return self._event(f"{self._group.part}.{suffix}", {"part": self._content(text)})

    def _event(self, name: str, more: Json) -> Json:
        index = {self._group.part_index: 0} if self._group.part_index else {}
        return {"type": name, "item_id": self._id, "output_index": self.block.index, **index, **more}

    def _whole(self, name: str, item: Json) -> Json:
        return {"type": name, "output_index": self.block.index, "item": item}
