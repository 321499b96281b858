"""Anthropic's tools that the client runs itself and names by a dated type: bash, text editor, memory, computer.

Claude knows their inputs by the type, so a route that speaks Messages is sent them as they are. Other models get them
as functions with the inputs that Anthropic's reference documents. Pure. Source: Anthropic's pages of each tool.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ni.domain.call import Json

_DATED = re.compile(r"(bash|text_editor|memory|computer)_\d{8}")


def _one_of(*names: str) -> Json:
    return {"type": "string", "enum": list(names)}


_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer"}
_PAIR: Json = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_INPUTS: Mapping[str, tuple[str, tuple[str, ...], Json]] = MappingProxyType(
    {
        "bash": (
            "Runs a command in a bash session that keeps its state between calls.",
            (),
            {"command": _TEXT, "restart": {"type": "boolean", "description": "Start the session anew."}},
        ),
        "text_editor": (
            "Views, creates and edits text files.",
            ("command", "path"),
            {
                "command": _one_of("view", "create", "str_replace", "insert", "undo_edit"),
                "path": _TEXT,
                "file_text": {**_TEXT, "description": "The content, for `create`."},
                "old_str": {**_TEXT, "description": "The text to replace, which must be unique."},
                "new_str": _TEXT,
                "insert_line": {**_NUMBER, "description": "The line to insert behind; 0 is the beginning."},
                "insert_text": _TEXT,
                "view_range": {**_PAIR, "description": "First and last line, for `view`."},
            },
        ),
        "memory": (
            "Keeps notes in files under /memories between conversations.",
            ("command",),
            {
                "command": _one_of("view", "create", "str_replace", "insert", "delete", "rename"),
                "path": _TEXT,
                "file_text": _TEXT,
                "old_str": _TEXT,
                "new_str": _TEXT,
                "insert_line": _NUMBER,
                "insert_text": _TEXT,
                "old_path": _TEXT,
                "new_path": _TEXT,
                "view_range": _PAIR,
            },
        ),
        "computer": (
            "Uses a screen, a mouse and a keyboard.",
            ("action",),
            {
                "action": _one_of(
                    "key", "type", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click",
                    "double_click", "triple_click", "left_mouse_down", "left_mouse_up", "scroll", "hold_key", "wait",
                    "screenshot", "cursor_position", "zoom",
                ),
                "coordinate": _PAIR,
                "start_coordinate": _PAIR,
                "region": {"type": "array", "items": _NUMBER},
                "text": _TEXT,
                "duration": {"type": "number"},
                "scroll_direction": _one_of("up", "down", "left", "right"),
                "scroll_amount": _NUMBER,
            },
        ),
    }
)  # fmt: skip


def is_client_tool(kind: object) -> bool:
    """Whether a tool of this type is run by the client."""
    return isinstance(kind, str) and _DATED.fullmatch(kind) is not None


def as_function(kind: str) -> Json:
    """Description and parameters of the function that stands for such a tool."""
    described, required, properties = _INPUTS[kind.rpartition("_")[0]]
    schema: Json = {"type": "object", "properties": properties, "required": list(required)}
    return {"description": described, "parameters": schema}
