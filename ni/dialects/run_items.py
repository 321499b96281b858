"""Responses items of tools other than functions, as function calls and results that any model can read.

Shells, patches and the computer are run by the client; code, file searches and MCP tools were run at OpenAI, and their
item holds call and result in one. What such a tool was told and what came of it is part of the conversation. Source:
OpenAI's reference of the input items of `POST /v1/responses`. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.chat_validation import chat_parts, text_part
from ni.dialects.tools import wire_name
from ni.domain.call import Json


@dataclass(frozen=True, slots=True)
class RunItemKind:
    """How to read one kind of item: the tool's name, the members that it was told, those that came of it.

    An item with a result holds both, and `told` may be empty where the call is an item of its own.
    """

    name: str
    told: tuple[str, ...] = ()
    result: tuple[str, ...] = ()


KINDS: Mapping[str, RunItemKind] = MappingProxyType(
    {
        "local_shell_call": RunItemKind("local_shell", ("action",)),
        "local_shell_call_output": RunItemKind("local_shell", result=("output",)),
        "shell_call": RunItemKind("shell", ("action",)),
        "shell_call_output": RunItemKind("shell", result=("output",)),
        "apply_patch_call": RunItemKind("apply_patch", ("operation",)),
        "apply_patch_call_output": RunItemKind("apply_patch", result=("output", "status")),
        "computer_call": RunItemKind("computer", ("action", "actions")),
        "computer_call_output": RunItemKind("computer", result=("output",)),
        "tool_search_call": RunItemKind("tool_search", ("arguments",)),
        "tool_search_output": RunItemKind("tool_search", result=("tools",)),
        "program": RunItemKind("program", ("code",)),
        "program_output": RunItemKind("program", result=("result",)),
        "code_interpreter_call": RunItemKind("code_interpreter", ("code",), ("outputs",)),
        "file_search_call": RunItemKind("file_search", ("queries",), ("results",)),
        "mcp_call": RunItemKind("mcp", ("arguments",), ("error", "output")),
    }
)


@dataclass(frozen=True, slots=True)
class RunItem:
    """An item read: the call's id, the call in chat form if it holds one, the parts of the result if it holds one."""

    call_id: str
    function: Json | None
    result: list[Json] | None


def read_run(item: Json, kind: RunItemKind, path: str) -> RunItem:
    """Read an item of a kind in `KINDS`. Raises `BadRequest` naming the member."""
    named = "call_id" if item.get("call_id") is not None else "id"
    json_body.filled_text(item.get(named), f"{path}.{named}")
    function = {"name": _name(item, kind, path), "arguments": _arguments(item, kind)} if kind.told else None
    return RunItem(str(item[named]), function, _result(item, kind, path) if kind.result else None)


def _name(item: Json, kind: RunItemKind, path: str) -> str:
    if kind.name != "mcp":
        return kind.name
    json_body.filled_text(item.get("name"), f"{path}.name")
    label = item.get("server_label")
    if label is not None:
        json_body.text(label, f"{path}.server_label")
    return wire_name(item["name"], label or "")


def _arguments(item: Json, kind: RunItemKind) -> str:
    """What the tool was told as a JSON object: the one member that is an object itself, or the members by name."""
    given = {name: item[name] for name in kind.told if item.get(name) is not None}
    only = next(iter(given.values())) if len(given) == 1 else None
    if isinstance(only, str) and kind.told == ("arguments",):
        return only or "{}"
    return orjson.dumps(only if isinstance(only, dict) else given).decode()


def _result(item: Json, kind: RunItemKind, path: str) -> list[Json]:
    name = next((name for name in kind.result if item.get(name) is not None), "")
    value: Any = item.get(name)
    if isinstance(value, dict) and value.get("type") == "computer_screenshot":
        return chat_parts([{**value, "type": "input_image"}], f"{path}.{name}")
    if value is None or isinstance(value, str):
        return [text_part(value or "")]
    return [text_part(orjson.dumps(value).decode())]
