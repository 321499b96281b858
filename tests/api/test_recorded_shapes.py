"""Bodies recorded from coding tools, through the whole gateway: a provider is asked what the plain equivalent asks."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.instance import Instance

SHAPES = sorted((Path(__file__).parents[1] / "dialects" / "shapes").glob("*.json"))
ADDRESSES = {"chat": "/v1/chat/completions", "messages": "/v1/messages", "responses": "/v1/responses"}
# Each shape that a tool is known to send, the recording that has it, and what shows that it does.
NAMED = [
    ("Codex: two developer messages, no instructions", "codex", '"role":"developer"'),
    ("Codex: namespaced tools", "codex", '"type":"namespace"'),
    ("Codex: a namespaced call", "codex", '"namespace":"fs"'),
    ("Codex: hosted tools", "codex", '"type":"web_search"'),
    ("Codex: client metadata", "codex", '"client_metadata"'),
    ("Codex: encrypted reasoning", "codex", '"encrypted_content"'),
    ("Codex: an image in a tool's output", "codex", '"type":"input_image"'),
    ("Codex: instructions", "codex-custom", '"instructions":"'),
    ("Codex: a grammar tool", "codex-custom", '"type":"grammar"'),
    ("Codex: a custom call", "codex-custom", '"type":"custom_tool_call"'),
    ("Codex: a custom output", "codex-custom", '"type":"custom_tool_call_output"'),
    ("Responses: a schema for the text", "openai-sdk-parse", '"type":"json_schema"'),
    ("Responses: allowed tools", "openai-sdk-parse", '"type":"allowed_tools"'),
    ("Claude Code: the billing block", "claude-code", "x-anthropic-billing-header"),
    ("Claude Code: adaptive thinking that is not shown", "claude-code", '"display":"omitted"'),
    ("Claude Code: effort", "claude-code", '"effort":"high"'),
    ("Claude Code: edits of the context", "claude-code", '"clear_thinking_20251015"'),
    ("Claude Code: a person and a device", "claude-code", '"user_id":"{'),
    ("Claude Code: a tool that waits to be found", "claude-code", '"defer_loading":true'),
    ("Claude Code: cache marks", "claude-code", '"cache_control"'),
    ("Claude Code: thinking in the history", "claude-code", '"signature"'),
    ("Claude Code: redacted thinking", "claude-code", '"redacted_thinking"'),
    ("Claude Code: a tool that failed", "claude-code", '"is_error":true'),
    ("Claude Code: a hosted tool", "claude-code", '"web_search_20250305"'),
    ("Claude Code: a tool's name beyond 64 characters", "claude-code", "mcp__serverserverserver"),
    ("Anthropic SDK: images by bytes and by address", "anthropic-sdk", '"type":"url"'),
    ("Anthropic SDK: sampling and stops", "anthropic-sdk", '"stop_sequences"'),
    ("Cursor: input with null messages beside it", "cursor-agent", '"messages":null'),
    ("Cursor: input with empty messages beside it", "cursor-input-string", '"messages":[]'),
    ("Cursor: flat tools", "cursor-agent", '{"type":"function","name"'),
    ("Cursor: a grammar tool", "cursor-agent", '"type":"custom","name":"ApplyPatch"'),
    ("Cursor: reasoning, include, text, store", "cursor-agent", '"include":["reasoning.encrypted_content"]'),
    ("Cursor: cache retention", "cursor-agent", '"prompt_cache_retention":"24h"'),
    ("Cursor: truncation", "cursor-agent", '"truncation":"disabled"'),
    ("Cursor: nested and flat tools mixed", "cursor-ask", '"type":"function","function"'),
    ("Cursor: a flat grammar in a nested tool", "cursor-ask", '"custom":{"name":"ApplyPatch2"'),
    ("Cursor: custom calls in messages", "cursor-custom-history", '"custom":{"name":"ApplyPatch","input"'),
    ("Cursor: Anthropic's blocks in messages", "cursor-claude", '"type":"tool_use"'),
    ("Cursor: results in a user's turn", "cursor-claude", '"tool_use_id"'),
    ("Cursor: bare tools", "cursor-claude", '"input_schema"'),
    ("Cursor: Anthropic's tool_choice", "cursor-claude", '"type":"any"'),
    ("Cursor: Google's contents", "cursor-gemini", '"contents"'),
    ("Cursor: Google's other spelling", "cursor-gemini-mixed", '"function_declarations"'),
    ("Cursor: a text that is an array", "cursor-text-array", '"text":['),
    ("Cursor: call ids beyond 64 characters", "cursor-long-ids", "x" * 64),
    ("Cursor: a suffix for effort", "cursor-suffix", "-thinking-high"),
    ("Cursor: a suffix for speed", "cursor-fast", "-fast"),
    ("Cursor: the verify request", "cursor-verify", "You are a test assistant."),
    ("Cursor: the verify request of the Azure fields", "cursor-verify-azure", '"max_tokens":10'),
    ("Cursor: the Azure-shaped path", "cursor-azure", '"input"'),
    ("Continue: fields that nobody knows", "continue-extra-body", '"some_future_field"'),
    ("OpenCode: two user messages in a row", "opencode-title", '"role":"user"'),
    ("OpenCode: the prompt in quotes", "opencode-agent", '"\\"call'),
    ("OpenCode, Cline: usage asked for, a choice of tools", "cline", '"include_usage":true'),
    ("Aider: a system message after the user's", "aider", '"content":"reminder"'),
    ("LangChain: a null content beside calls", "langchain-null-content", '"content":null'),
]


def shape_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def asked(instance: Instance, address: str, body: Any) -> Any:
    """What the provider was asked for a body, and whether as a stream."""
    instance.sandbox.orders.clear()
    response = instance.post(address, body)
    assert response.status_code == 200, response.data
    assert response.data
    (order,) = instance.sandbox.orders
    return order.body, order.stream, order.route.id, order.form


@pytest.mark.parametrize("path", SHAPES, ids=lambda path: path.stem)
def test_a_provider_is_asked_what_the_plain_equivalent_asks(instance: Instance, path: Path) -> None:
    shape = shape_of(path)
    address = shape.get("path") or ADDRESSES[shape.get("dialect", "chat")]
    assert asked(instance, address, shape["given"]) == asked(instance, ADDRESSES["chat"], shape["plain"])


@pytest.mark.parametrize(("what", "name", "shown"), NAMED, ids=[what for what, _, _ in NAMED])
def test_every_shape_that_is_known_has_a_recording(what: str, name: str, shown: str) -> None:
    (path,) = [path for path in SHAPES if path.stem == name]
    assert shown in json.dumps(shape_of(path)["given"], separators=(",", ":")), what


def test_every_recording_is_of_a_known_shape() -> None:
    assert {path.stem for path in SHAPES} == {name for _, name, _ in NAMED}
