"""What coding agents post in a tool loop, as recorded from them or told by their source, and how each goes on.

An agent posts a task, reads the stream for calls, answers each with a result, and so on until the model answers in
words. Extras are those that these programs really send: fields of their own, nulls, reminders behind results.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from tests.api.everywhere import CHAT, MESSAGES, RESPONSES
from tests.dialects.checkers import CHECKS
from tests.fakes.model import AGAIN

Json = dict[str, Any]
SCHEMA: Json = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
GRAMMAR: Json = {"type": "grammar", "syntax": "lark", "definition": 'start: "*** Begin Patch" LF'}


@dataclass(frozen=True)
class Turn:
    """What the model said in one step: its words, and its calls as id and what else the client needs of them."""

    text: str
    calls: Sequence[Json]
    raw: Any


class Agent(Protocol):
    """One program."""

    name: str
    path: str
    headers: Mapping[str, str]

    def task(self, route: str, words: str) -> Json:
        """The first body."""

    def read(self, octets: bytes) -> Turn:
        """The turn in a stream."""

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        """The next body, in which each call has this result."""


def chat_turn(octets: bytes) -> Turn:
    """A turn in a stream of chat chunks."""
    text = ""
    calls: dict[int, Json] = {}
    for event in CHECKS["chat"](octets):
        for choice in event.get("choices", ()):
            delta = choice["delta"]
            text += delta.get("content") or ""
            for piece in delta.get("tool_calls") or ():
                call = calls.setdefault(piece["index"], {"written": ""})
                inner = piece.get("function") or piece.get("custom") or {}
                call |= {name: piece[name] for name in ("id", "type") if piece.get(name)}
                call |= {"name": inner["name"]} if inner.get("name") else {}
                call["written"] += inner.get("arguments") or inner.get("input") or ""
    return Turn(text, [calls[at] for at in sorted(calls)], None)


def nested(name: str, **more: Any) -> Json:
    """A tool of the chat form."""
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": SCHEMA, **more}}


class PlainSdk:
    """An agent on the official SDK that sends what the reference says."""

    name, path = "plain SDK", CHAT
    headers: Mapping[str, str] = MappingProxyType({})

    def task(self, route: str, words: str) -> Json:
        messages = [{"role": "system", "content": "You help."}, {"role": "user", "content": words}]
        return {
            "model": route,
            "messages": messages,
            "tools": [nested("read"), nested("write")],
            "stream": True,
        }

    def read(self, octets: bytes) -> Turn:
        return chat_turn(octets)

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        calls = [self._call(at, call) for at, call in enumerate(turn.calls)]
        answer = self._answer(turn, calls)
        results = [self._result(call, result) for call in turn.calls]
        return {**body, "messages": [*body["messages"], answer, *results]}

    def _call(self, at: int, call: Json) -> Json:
        function = {"name": call["name"], "arguments": call["written"]}
        return {"id": call["id"], "type": "function", "function": function}

    def _answer(self, turn: Turn, calls: list[Json]) -> Json:
        return {"role": "assistant", "content": turn.text or None, "tool_calls": calls}

    def _result(self, call: Json, result: str) -> Json:
        return {"role": "tool", "tool_call_id": call["id"], "content": result}


class OpenHands(PlainSdk):
    """OpenHands through LiteLLM: sampling, effort, stop words, parts with cache marks, LiteLLM's own members."""

    name = "OpenHands"

    def task(self, route: str, words: str) -> Json:
        mark = {"cache_control": {"type": "ephemeral"}}
        system = {"role": "system", "content": [{"type": "text", "text": "You are OpenHands.", **mark}]}
        user = {"role": "user", "content": [{"type": "text", "text": words}]}
        settings = {
            "temperature": 0.0,
            "top_p": 1.0,
            "reasoning_effort": "high",
            "stop": ["</function"],
            "seed": None,
        }
        more = {"tool_choice": "auto", "parallel_tool_calls": None, "stream_options": {"include_usage": True}}
        body = super().task(route, words)
        return {**body, "messages": [system, user], **settings, **more, "metadata": {"trace_id": "t"}}

    def _call(self, at: int, call: Json) -> Json:
        return {"index": at, **super()._call(at, call)}

    def _answer(self, turn: Turn, calls: list[Json]) -> Json:
        own = {
            "function_call": None,
            "provider_specific_fields": {"refusal": None},
            "reasoning_content": "I think.",
        }
        return {**super()._answer(turn, calls), **own, "content": [{"type": "text", "text": "I look."}]}

    def _result(self, call: Json, result: str) -> Json:
        parts = [{"type": "text", "text": result}]
        return {**super()._result(call, result), "content": parts, "name": call["name"]}


class MistralVibe(PlainSdk):
    """Mistral Vibe: ids and counts on messages, numbered calls, the words of the person behind the results."""

    name = "Mistral Vibe"

    def task(self, route: str, words: str) -> Json:
        body = super().task(route, words)
        settings = {"temperature": 0.2, "max_tokens": None, "tool_choice": "auto", "response_format": None}
        return {**body, **settings, "stream_options": {"include_usage": True}, "metadata": {"agent": "vibe"}}

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        told = super().go_on(body, turn, result)
        if AGAIN in result:
            return told
        return {
            **told,
            "messages": [*told["messages"], {"role": "user", "content": "<reminder>Be brief.</reminder>"}],
        }

    def _call(self, at: int, call: Json) -> Json:
        return {**super()._call(at, call), "index": at}

    def _answer(self, turn: Turn, calls: list[Json]) -> Json:
        own = {
            "message_id": "m-1",
            "reasoning_content": None,
            "reasoning_state": None,
            "usage": {"total_tokens": 3},
        }
        return {**super()._answer(turn, calls), "content": "", **own}

    def _result(self, call: Json, result: str) -> Json:
        return {**super()._result(call, result), "name": call["name"], "message_id": "m-2"}


class Cursor:
    """Cursor's agent: a Responses body on the address of chat completions, read as chat chunks."""

    name, path = "Cursor", CHAT
    headers: Mapping[str, str] = MappingProxyType({})

    def task(self, route: str, words: str) -> Json:
        flat = {
            "type": "function",
            "name": "read_file",
            "description": "d",
            "parameters": SCHEMA,
            "strict": False,
        }
        patch = {"type": "custom", "name": "ApplyPatch", "description": "Edit files.", "format": GRAMMAR}
        return {
            "model": route,
            "messages": None,
            "instructions": "You are a coding assistant.",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": words}]}],
            "tools": [flat, patch],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
            "reasoning": {"effort": "medium", "summary": "auto"},
            "text": {"verbosity": "low"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            "prompt_cache_retention": "24h",
            "previous_response_id": None,
            "truncation": "disabled",
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def read(self, octets: bytes) -> Turn:
        return chat_turn(octets)

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        items: list[Json] = []
        for call in turn.calls:
            custom = call["type"] == "custom"
            kind, written = ("custom_tool_call", "input") if custom else ("function_call", "arguments")
            items.append(
                {"type": kind, "call_id": call["id"], "name": call["name"], written: call["written"]}
            )
        for call in turn.calls:
            kind = "custom_tool_call_output" if call["type"] == "custom" else "function_call_output"
            items.append({"type": kind, "call_id": call["id"], "output": result})
        return {**body, "input": [*body["input"], *items]}


class Codex:
    """Codex: developer messages, namespaces of tools, a hosted search, reasoning that it carries sealed."""

    name, path = "Codex", RESPONSES
    headers: Mapping[str, str] = MappingProxyType({"originator": "codex_cli_rs", "session-id": "s"})

    def task(self, route: str, words: str) -> Json:
        function = {"type": "function", "name": "exec_command", "parameters": SCHEMA, "strict": False}
        space = {"type": "namespace", "name": "fs", "tools": [{**function, "name": "read"}]}
        return {
            "model": route,
            "input": [
                {
                    "type": "message",
                    "role": "developer",
                    "content": [{"type": "input_text", "text": "You are Codex."}],
                },
                {
                    "type": "message",
                    "role": "developer",
                    "content": [{"type": "input_text", "text": "Sandboxed."}],
                },
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]},
            ],
            "tools": [function, space, {"type": "web_search"}],
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "reasoning": {"effort": None, "summary": "auto"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            "stream": True,
            "prompt_cache_key": "k",
            "client_metadata": {"x": "y"},
        }

    def read(self, octets: bytes) -> Turn:
        done = [
            event for event in CHECKS["responses"](octets) if event["type"] == "response.output_item.done"
        ]
        items = [event["item"] for event in done]
        text = "".join(part["text"] for item in items for part in item.get("content") or () if "text" in part)
        calls = [item for item in items if item["type"] == "function_call"]
        return Turn(text, calls, items)

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        outputs = [
            {"type": "function_call_output", "call_id": call["call_id"], "output": result}
            for call in turn.calls
        ]
        return {**body, "input": [*body["input"], *turn.raw, *outputs]}


class ClaudeCode:
    """Claude Code: thinking, effort, marks, a billing block, a deferred tool, a reminder behind the results."""

    name, path = "Claude Code", MESSAGES
    headers: Mapping[str, str] = MappingProxyType(
        {
            "anthropic-version": "2023-06-01",
            "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,"
            "advanced-tool-use-2025-11-20,effort-2025-11-24",
        }
    )

    def task(self, route: str, words: str) -> Json:
        mark = {"cache_control": {"type": "ephemeral"}}
        return {
            "model": route,
            "max_tokens": 32000,
            "stream": True,
            "system": [
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1"},
                {"type": "text", "text": "You are Claude Code.", **mark},
            ],
            "messages": [{"role": "user", "content": [{"type": "text", "text": words, **mark}]}],
            "tools": [
                {"name": "Bash", "description": "d", "input_schema": SCHEMA},
                {"name": "Read", "description": "d", "input_schema": SCHEMA, "eager_input_streaming": True},
            ],
            "thinking": {"type": "adaptive"},
            "output_config": {"effort": "high"},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "metadata": {"user_id": json.dumps({"device_id": "d"})},
        }

    def read(self, octets: bytes) -> Turn:
        blocks: list[Json] = []
        for event in CHECKS["messages"](octets):
            if event["type"] == "content_block_start":
                blocks.append({**event["content_block"], "written": ""})
            elif event["type"] == "content_block_delta":
                _grow(blocks[event["index"]], event["delta"])
        raw = [_ended(block) for block in blocks]
        text = "".join(block.get("text", "") for block in raw)
        return Turn(text, [block for block in raw if block["type"] == "tool_use"], raw)

    def go_on(self, body: Json, turn: Turn, result: str) -> Json:
        results: list[Json] = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": result, "is_error": False}
            for call in turn.calls
        ]
        reminder = {"type": "text", "text": "<system-reminder>Be brief.</system-reminder>"}
        turns = [
            {"role": "assistant", "content": turn.raw},
            {"role": "user", "content": [*results, reminder]},
        ]
        return {**body, "messages": [*body["messages"], *turns]}


def _grow(block: Json, delta: Json) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "input_json_delta":
            block["written"] += delta["partial_json"]


def _ended(block: Json) -> Json:
    written = block.pop("written")
    return {**block, "input": json.loads(written or "{}")} if block["type"] == "tool_use" else block


AGENTS: tuple[Agent, ...] = (Cursor(), ClaudeCode(), Codex(), OpenHands(), MistralVibe(), PlainSdk())
