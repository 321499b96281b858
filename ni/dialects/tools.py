"""The tools of one request in chat form, and the names and ids that models see.

`Toolbox` reads every shape in which clients write tools, each entry on its own: nested (chat) and flat (Responses)
functions, custom tools with a grammar, namespaces of functions, Anthropic's bare `{name, description, input_schema}`
and its dated tools that clients run (bash, text editor, memory, computer). Claude knows the inputs of the dated tools
by their type, so a route that speaks Messages is sent them unchanged; other models get functions with the inputs of
Anthropic's reference. Tools that a provider would run are left out and named in `hosted`.

A custom tool takes free text and becomes a function of one string, `{"input": "..."}`. Names and ids that upstreams do
not take become digests, so that a call and its result agree in this request and in the next without any state.
`stream_blocks` has the way back: a model's calls under the client's names and ids.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ni.dialects import json_body
from ni.dialects.base import dropped_kinds
from ni.dialects.chat_validation import MAX_TOOLS
from ni.domain.call import Json

_CLIENT_TOOL = re.compile(r"(bash|text_editor|memory|computer)_\d{8}")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_KIND = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_READABLE = re.compile(r"(?!.*\d(?:[-._]?\d){8})[a-zA-Z0-9_.:/-]+")
"""Names of which a readable part may be shown to models. Others may hold a person's address or number, which masking
would not recognise without its punctuation."""
_HOSTED = frozenset(
    {
        "advisor", "apply_patch", "code_execution", "code_interpreter", "computer_use", "connector", "file_search",
        "google_search", "image_generation", "local_shell", "mcp", "mcp_toolset", "shell", "tool_search",
        "tool_search_tool_bm25", "tool_search_tool_regex", "url_context", "web_fetch", "web_search",
    }
)  # fmt: skip
"""Kinds of hosted tools in the references of OpenAI, Anthropic and Google, without a date or `preview` behind them."""

_DATED = re.compile(r"(?:_preview)?(?:_\d{4}(?:_?\d{2}){2})?$")
_OFFERED = frozenset({"function", "custom", "namespace"})
_SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class ToolOrigin:
    """A tool's name, namespace and kind in the client's request."""

    name: str
    namespace: str = ""
    custom: bool = False


@dataclass(slots=True)
class Toolbox:
    """The `tools` of a request in chat form; `origins` by the name that the model sees; `hosted` are kinds left out."""

    tools: list[Json] = field(default_factory=list)
    origins: dict[str, ToolOrigin] = field(default_factory=dict)
    hosted: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, tools: Any, path: str = "tools") -> "Toolbox":
        """Read the `tools` of a body in any dialect. Raises `BadRequest` naming the field."""
        box = cls()
        for place, tool in enumerate(json_body.a_list(tools, path, MAX_TOOLS) if tools is not None else ()):
            box._add(json_body.an_object(tool, f"{path}[{place}]"), f"{path}[{place}]", "")
        return box

    def origin(self, name: str) -> ToolOrigin:
        """The client's tool for the name that the model used; one of the same name if it is unknown.

        Gemini writes `default_api.look` for `look`, and Llama and Nova put a space before it.
        """
        candidates = (name, name.strip(), name.strip().removeprefix("default_api."))
        known = (self.origins[candidate] for candidate in candidates if candidate in self.origins)
        return next(known, None) or ToolOrigin(name)

    def _add(self, tool: Json, path: str, namespace: str) -> None:
        kind = tool.get("type")
        if kind == "namespace":
            for place, entry in enumerate(json_body.a_list(tool.get("tools"), f"{path}.tools", MAX_TOOLS)):
                where = f"{path}.tools[{place}]"
                if tool.get("name") is not None:
                    json_body.text(tool["name"], f"{path}.name")
                self._add(json_body.an_object(entry, where), where, tool.get("name") or "")
        elif kind == "custom" and "input_schema" not in tool:
            origin = ToolOrigin(_checked_name(tool, "custom", path), namespace, custom=True)
            self._offer(_custom(tool, path), json_body.cache_mark(tool, path), origin)
        elif kind in (None, "function", "custom"):
            origin = ToolOrigin(_checked_name(tool, "function", path), namespace)
            self._offer(_function(tool, path), json_body.cache_mark(tool, path), origin)
        elif is_client_tool(kind):
            origin = ToolOrigin(_checked_name(tool, "function", path), namespace)
            self._offer(as_function(str(kind)), json_body.cache_mark(tool, path), origin)
        else:
            self.hosted.append(_hosted_kind(kind, f"{path}.type"))

    def _offer(self, function: Json, marked: Json, origin: ToolOrigin) -> None:
        seen = wire_name(origin.name, origin.namespace)
        self.origins[seen] = origin
        self.tools.append({"type": "function", "function": {"name": seen, **function}, **marked})


def hosted_kinds(tools: Any) -> list[str]:
    """The kinds of tools in a request that a provider would have to run, sorted. Nothing is validated."""
    entries = tools if isinstance(tools, list) else ()
    kinds = [tool.get("type") for tool in entries if isinstance(tool, dict)]
    return sorted({kind for kind in kinds if isinstance(kind, str) and _is_hosted(kind)})


def dropped_tools(tools: Any) -> tuple[str, ...]:
    """The clause of `X-NI-Warning` that names the hosted tools of a request; empty for none."""
    shown = [kind if _DATED.sub("", kind) in _HOSTED else "others" for kind in hosted_kinds(tools)]
    return dropped_kinds("tools", dict.fromkeys(shown)) if shown else ()


def _is_hosted(kind: str) -> bool:
    return kind not in _OFFERED and not is_client_tool(kind)


def _hosted_kind(kind: Any, path: str) -> str:
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise json_body.refuse(path, "`function`, `custom` or the type of a tool")
    return kind


def chat_tool_choice(given: Any, box: Toolbox) -> Any:
    """`tool_choice` in chat form, from chat's, Responses' or Anthropic's; None if the box has no tools.

    A choice among allowed tools removes the others from the box. A hosted tool cannot be forced and becomes `auto`.
    """
    if not box.tools or given is None:
        return None
    if not isinstance(given, dict):
        return given
    kind = given.get("type")
    if kind == "allowed_tools":
        return _allowed(given, box)
    inner = given.get(kind) if isinstance(kind, str) else None
    named: Json = inner if isinstance(inner, dict) else given
    if kind in ("function", "custom", "tool") and isinstance(named.get("name"), str):
        seen = wire_name(named["name"], str(named.get("namespace") or ""))
        if box.hosted and seen not in box.origins:
            return "auto"
        return {"type": "function", "function": {"name": seen}}
    return {"any": "required", "none": "none", "required": "required"}.get(str(kind), "auto")


def _allowed(given: Json, box: Toolbox) -> str:
    inner = given.get("allowed_tools")
    allowed: Json = inner if isinstance(inner, dict) else given
    entries = allowed.get("tools")
    names = set(_names(entries if isinstance(entries, list) else []))
    box.tools = [tool for tool in box.tools if tool["function"]["name"] in names] or box.tools
    return "required" if allowed.get("mode") == "required" else "auto"


def _names(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, dict):
            inner = entry.get(str(entry.get("type")))
            named: Json = inner if isinstance(inner, dict) else entry
            yield wire_name(str(named.get("name") or ""), str(named.get("namespace") or ""))


def _inner(tool: Json, kind: str) -> Json:
    inner = tool.get(kind)
    return inner if isinstance(inner, dict) else tool


def _checked_name(tool: Json, kind: str, path: str) -> str:
    inner = _inner(tool, kind)
    json_body.filled_text(inner.get("name"), f"{path}.{kind}.name" if inner is not tool else f"{path}.name")
    return str(inner["name"])


def _function(tool: Json, path: str) -> Json:
    inner = _inner(tool, "function")
    function: Json = {}
    if inner.get("description") is not None:
        json_body.text(inner["description"], f"{path}.description")
        function["description"] = inner["description"]
    parameters = inner.get("parameters", inner.get("input_schema"))
    if parameters is not None:
        function["parameters"] = json_body.an_object(parameters, f"{path}.parameters")
    if isinstance(inner.get("strict"), bool):
        function["strict"] = inner["strict"]
    return function


def _custom(tool: Json, path: str) -> Json:
    """A function of one string. The description gives the grammar of the input."""
    inner = _inner(tool, "custom")
    if inner.get("description") is not None:
        json_body.text(inner["description"], f"{path}.description")
    description = [inner["description"]] if inner.get("description") else []
    form = inner.get("format") or tool.get("format")
    if isinstance(form, dict) and form.get("type") == "grammar":
        nested = form.get("grammar")
        grammar: Json = nested if isinstance(nested, dict) else form
        description.append(
            f"`input` must match this {grammar.get('syntax') or 'lark'} grammar:\n{grammar.get('definition')}"
        )
    return {"description": "\n\n".join(description) or "Takes plain text.", "parameters": text_input_schema()}


INPUT = "input"


def text_input_schema() -> Json:
    """The parameters of the function that replaces a custom tool."""
    return {
        "type": "object",
        "properties": {
            INPUT: {"type": "string", "description": "The whole input of the tool, as plain text."}
        },
        "required": [INPUT],
        "additionalProperties": False,
    }


def wrap(text: str) -> str:
    """The arguments of that function for a custom call's input."""
    return json.dumps({INPUT: text}, ensure_ascii=False)


def unwrap(arguments: str) -> str:
    """The input of a custom call from that function's arguments; other arguments unchanged."""
    try:
        value: Any = json.loads(arguments)
    except ValueError:
        return arguments
    if isinstance(value, dict) and isinstance(value.get(INPUT), str):
        return str(value[INPUT])
    return value if isinstance(value, str) else arguments


def is_plain(tool: Any) -> bool:
    """Whether an entry of `tools`, or a call, is a chat function with a name that every upstream takes."""
    if (
        not isinstance(tool, dict)
        or tool.get("type") != "function"
        or not isinstance(tool.get("function"), dict)
    ):
        return False
    name = tool["function"].get("name")
    return not isinstance(name, str) or not name or _NAME.fullmatch(name) is not None


def wire_name(name: str, namespace: str = "") -> str:
    """The name that models see: at most 64 letters, digits, `_` and `-`; the same for the same tool."""
    full = f"{namespace}{_SEPARATOR}{name}" if namespace else name
    if _NAME.fullmatch(full):
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:12]
    if not _READABLE.fullmatch(full):
        return f"tool_{digest}"
    return f"{_NOT_IN_NAMES.sub('_', full)[:50]}_{digest}"


MAX_ID_LENGTH = 64
_ID_FIELDS = ("id", "call_id", "tool_call_id", "tool_use_id")


def short_id(call_id: str) -> str:
    """`call_id` if upstreams take its length, else a digest of 45 characters."""
    if len(call_id) <= MAX_ID_LENGTH:
        return call_id
    return "call_" + hashlib.sha256(call_id.encode()).hexdigest()[:40]


def long_ids(body: Json) -> dict[str, str]:
    """The long ids in a request, by their short ones."""
    ids = (*_ids(body.get("messages")), *_ids(body.get("input")))
    return {short_id(call_id): call_id for call_id in ids if len(call_id) > MAX_ID_LENGTH}


def _ids(entries: Any) -> Iterator[str]:
    """The ids in messages or items, in their calls and in their blocks."""
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        yield from (value for name in _ID_FIELDS if isinstance(value := entry.get(name), str))
        for name in ("tool_calls", "content"):
            yield from _ids(entry.get(name))


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
    """Whether this type is a dated tool of Anthropic's that the client runs."""
    return isinstance(kind, str) and _CLIENT_TOOL.fullmatch(kind) is not None


def as_function(kind: str) -> Json:
    """Description and parameters of the function that replaces a dated tool of Anthropic's."""
    described, required, properties = _INPUTS[kind.rpartition("_")[0]]
    schema: Json = {"type": "object", "properties": properties, "required": list(required)}
    return {"description": described, "parameters": schema}
