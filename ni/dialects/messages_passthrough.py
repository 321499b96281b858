"""A Messages body as an upstream of that dialect may be sent it, and its events as the client may be shown them.

Blocks, marks, signatures and tools go as the client wrote them. Fields of the body are a list of those that cost
nothing beyond the tokens that a cap reserves; left out is what names a person (`metadata`), leads elsewhere
(`mcp_servers`, `container`) or has a price of its own (hosted tools, `speed`, compaction). What was made for another
upstream cannot be passed on, and is translated.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ni.dialects.messages_request import is_billing
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
"""Members of blocks by Anthropic's reference; agents keep others of their own in histories, which it refuses."""
_CLEARING = "clear_"
"""Edits of the context that only take away; others think again at a price."""


def passthrough_body(body: Json) -> Json | None:
    """The body to send, without `model` and `stream`; None where only a translation can be sent.

    The body was read before, so its types are those of the reference.
    """
    messages: list[Json] = body["messages"]
    system = body.get("system")
    if (
        any(map(_is_mixed, messages))
        or any(map(_is_loose, system if isinstance(system, list) else ()))
        or any(map(_is_of_chat, body.get("tools") or ()))
        or _is_midway(messages)
    ):
        return None
    made = {name: body.get(name) for name in FIELDS}
    made["messages"] = [told for message in messages if (told := _message(message))["content"]]
    if not made["messages"]:
        return None
    if isinstance(body.get("system"), list):
        made["system"] = [
            part for part in body["system"] if not (isinstance(part, dict) and is_billing(part))
        ]
    edits = _edits(body.get("context_management"))
    made["context_management"] = {"edits": edits} if edits else None
    made |= _tools(body)
    return {name: value for name, value in made.items() if value is not None and value != []}


def passed(event: Json, model: str) -> Iterator[Json]:
    """An upstream's event under the name of the route; its last is held back until the call is settled."""
    if event["type"] == "message_start":
        yield {**event, "message": {**event["message"], "model": model}}
    elif event["type"] != "message_stop":
        yield event


def _is_mixed(message: Json) -> bool:
    """Whether the message is written partly as another API writes it; the translation reads that."""
    return message["role"] == "system" or any(
        block["type"] in _OF_CHAT or _is_loose(block) for block in _blocks(message)
    )


def _is_loose(block: Any) -> bool:
    """Whether a text is written as the translation alone reads it: bare, or in pieces."""
    if not isinstance(block, dict) or isinstance(block.get("text"), list):
        return True
    inner = block.get("content")
    return isinstance(inner, list) and any(map(_is_loose, inner))


def _is_of_chat(tool: Json) -> bool:
    """Whether a tool has no schema of Anthropic's form, and none that Claude knows by the type."""
    known = hosted_kinds([tool]) or is_client_tool(tool.get("type"))
    return not known and not isinstance(tool.get("input_schema"), dict)


def _is_midway(messages: list[Json]) -> bool:
    """Whether the turn that is under way began on another upstream: its thinking carries a seal of ours."""
    for message in reversed(messages):
        if message["role"] == "assistant":
            if any(map(_is_foreign, _blocks(message))):
                return True
        elif any(block.get("type") != "tool_result" for block in _blocks(message)):
            return False
    return False


def _message(message: Json) -> Json:
    """The message without thinking that was made elsewhere: no upstream could read it."""
    content = message["content"]
    if isinstance(content, str):
        return {"role": message["role"], "content": content}
    return {
        "role": message["role"],
        "content": [_known(block) for block in content if not _is_foreign(block)],
    }


def _known(block: Json) -> Json:
    """The block without members that the reference does not have; kinds that are not known here pass as they are."""
    kind = block.get("type")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    inner = block.get("content")
    if isinstance(inner, list):
        block = {**block, "content": [_known(part) if isinstance(part, dict) else part for part in inner]}
    if members is None or block.keys() <= members:
        return block
    return {name: value for name, value in block.items() if name in members}


def _is_foreign(block: Json) -> bool:
    """Whether a thinking block was made elsewhere: with a seal of ours, or without a signature."""
    mark = block.get("signature", block.get("data"))
    return block.get("type") in ("thinking", "redacted_thinking") and (not mark or is_sealed(mark))


def _blocks(message: Json) -> Iterable[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _tools(body: Json) -> Json:
    """The tools that the client runs itself, and the choice if it is among them."""
    tools = [tool for tool in body.get("tools") or () if not hosted_kinds([tool])]
    choice: Any = body.get("tool_choice") or {}
    named = choice.get("name")
    lost = not tools or (named is not None and named not in [tool.get("name") for tool in tools])
    return {"tools": tools, "tool_choice": None if lost else body.get("tool_choice")}


def _edits(given: Any) -> list[Json]:
    edits = given.get("edits") if isinstance(given, dict) else None
    return [
        edit
        for edit in (edits if isinstance(edits, list) else ())
        if isinstance(edit, dict) and str(edit.get("type")).startswith(_CLEARING)
    ]
