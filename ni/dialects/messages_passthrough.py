"""A Messages body for an upstream of that dialect, and the upstream's events for the client.

Blocks, cache marks, signatures and tools go as the client wrote them. Fields are sent from a list of those that cost
nothing beyond the tokens that a cap reserves. Left out is what names a person (`metadata`), refers to other servers
(`mcp_servers`, `container`) or has its own price (hosted tools, `speed`, compaction). A conversation that goes on from
another upstream cannot be passed through and is translated.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ni.dialects.messages_request import is_billing_block
from ni.dialects.sealed_state import is_sealed
from ni.dialects.tools import hosted_kinds, is_client_tool
from ni.domain.call import Json

FIELDS = (
    "max_tokens", "system", "messages", "stop_sequences", "temperature", "top_p", "top_k", "thinking", "output_config",
    "cache_control", "context_management", "tools", "tool_choice",
)  # fmt: skip
_OF_CHAT = frozenset(
    {"image_url", "input_text", "output_text", "input_image", "input_file", "file", "input_audio"}
)
_MEMBERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "text": frozenset({"type", "text", "cache_control", "citations"}),
        "image": frozenset({"type", "source", "cache_control"}),
        "document": frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
        "search_result": frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
        "tool_use": frozenset({"type", "id", "name", "input", "cache_control", "caller"}),
        "tool_result": frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"}),
        "tool_reference": frozenset({"type", "tool_name", "cache_control"}),
        "thinking": frozenset({"type", "thinking", "signature"}),
        "redacted_thinking": frozenset({"type", "data"}),
    }
)
"""Members of blocks by Anthropic's reference. Agents keep further members in histories, which Anthropic refuses."""
_CLEARING = "clear_"
"""Edits of the context that only remove; the others cost another turn of the model."""


def passthrough_body(body: Json) -> Json | None:
    """The body to send, without `model` and `stream`; None where only a translation can be sent.

    `body` was read by `messages_request` before, so its types are those of the reference.
    """
    messages: list[Json] = body["messages"]
    system = body.get("system")
    if (
        any(map(_has_other_forms, messages))
        or any(map(_is_loose_text, system if isinstance(system, list) else ()))
        or any(map(_is_chat_tool, body.get("tools") or ()))
        or _continues_elsewhere(messages)
    ):
        return None
    sent = {name: body.get(name) for name in FIELDS}
    sent["messages"] = [known for message in messages if (known := _message(message))["content"]]
    if not sent["messages"]:
        return None
    if isinstance(body.get("system"), list):
        sent["system"] = [
            part for part in body["system"] if not (isinstance(part, dict) and is_billing_block(part))
        ]
    edits = _edits(body.get("context_management"))
    sent["context_management"] = {"edits": edits} if edits else None
    sent |= _tools(body)
    return {name: value for name, value in sent.items() if value is not None and value != []}


def client_events(event: Json, model: str) -> Iterator[Json]:
    """An upstream's event with `model`, the route id. The last event is held back until the call is settled."""
    if event["type"] == "message_start":
        yield {**event, "message": {**event["message"], "model": model}}
    elif event["type"] != "message_stop":
        yield event


def _has_other_forms(message: Json) -> bool:
    """Whether parts of the message have another API's form, which only the translation reads."""
    return message["role"] == "system" or any(
        block["type"] in _OF_CHAT or _is_loose_text(block) for block in _blocks(message)
    )


def _is_loose_text(block: Any) -> bool:
    """Whether a block is a bare text or has its text in pieces, which only the translation reads."""
    if not isinstance(block, dict) or isinstance(block.get("text"), list):
        return True
    inner = block.get("content")
    return isinstance(inner, list) and any(map(_is_loose_text, inner))


def _is_chat_tool(tool: Json) -> bool:
    """Whether a tool has neither a schema of Anthropic's form nor a type by which Claude knows its input."""
    known = hosted_kinds([tool]) or is_client_tool(tool.get("type"))
    return not known and not isinstance(tool.get("input_schema"), dict)


def _continues_elsewhere(messages: list[Json]) -> bool:
    """Whether the current turn began on another upstream: its thinking has a seal of this gateway."""
    for message in reversed(messages):
        if message["role"] == "assistant":
            if any(map(_is_foreign, _blocks(message))):
                return True
        elif any(block.get("type") != "tool_result" for block in _blocks(message)):
            return False
    return False


def _message(message: Json) -> Json:
    """The message without thinking of another upstream, which this one could not read."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    return {
        "role": message["role"],
        "content": [_known(block) for block in content if not _is_foreign(block)],
    }


def _known(block: Json) -> Json:
    """The block without members that the reference does not have; blocks of unknown kinds are unchanged."""
    kind = block.get("type")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    inner = block.get("content")
    if isinstance(inner, list):
        block = {**block, "content": [_known(part) if isinstance(part, dict) else part for part in inner]}
    if members is None or block.keys() <= members:
        return block
    return {name: value for name, value in block.items() if name in members}


def _is_foreign(block: Json) -> bool:
    """Whether a thinking block comes from another upstream: it has a seal of this gateway, or no signature."""
    mark = block.get("signature", block.get("data"))
    return block.get("type") in ("thinking", "redacted_thinking") and (not mark or is_sealed(mark))


def _blocks(message: Json) -> Iterable[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _tools(body: Json) -> Json:
    """The tools that the client runs, and the choice unless it names another tool."""
    tools = [tool for tool in body.get("tools") or () if not hosted_kinds([tool])]
    choice: Any = body.get("tool_choice") or {}
    named = choice.get("name")
    dropped = not tools or (named is not None and named not in [tool.get("name") for tool in tools])
    return {"tools": tools, "tool_choice": None if dropped else body.get("tool_choice")}


def _edits(given: Any) -> list[Json]:
    edits = given.get("edits") if isinstance(given, dict) else None
    return [
        edit
        for edit in (edits if isinstance(edits, list) else ())
        if isinstance(edit, dict) and str(edit.get("type")).startswith(_CLEARING)
    ]
