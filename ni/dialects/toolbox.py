"""The tools of one request: every shape that clients write them in, as chat functions, and the way back.

Known shapes, each entry read on its own: nested (chat) and flat (Responses) functions, custom tools with a grammar,
namespaces of functions, Anthropic's bare `{name, description, input_schema}` and its dated tools that clients run.
Tools that a provider would run itself are left out and named in `hosted`. A model's call is told to the client under
the name and kind it gave.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ni.dialects import fields
from ni.dialects.chat_body import MAX_TOOLS
from ni.dialects.client_tools import as_function, is_client_tool
from ni.dialects.string_argument import schema
from ni.domain.call import Json

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_KIND = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_READABLE = re.compile(r"(?!.*\d(?:[-._]?\d){8})[a-zA-Z0-9_.:/-]+")
"""Names of which a readable part may be shown to models. Others may hold an address or a number of a person, which
would not be recognised once its marks are gone."""
_OFFERED = frozenset({"function", "custom", "namespace"})
_SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class Origin:
    """How the client wrote a tool."""

    name: str
    namespace: str = ""
    custom: bool = False


@dataclass(slots=True)
class Toolbox:
    """`tools` in chat form; `origins` by the name that the model sees."""

    tools: list[Json] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    hosted: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, tools: Any, path: str = "tools") -> "Toolbox":
        """Read the `tools` of a body in any dialect. Raises `BadRequest` naming the field."""
        box = cls()
        for place, tool in enumerate(fields.a_list(tools, path, MAX_TOOLS) if tools is not None else ()):
            box._add(fields.an_object(tool, f"{path}[{place}]"), f"{path}[{place}]", "")
        return box

    def origin(self, name: str) -> Origin:
        """What the client calls the tool that the model calls `name`."""
        return self.origins.get(name) or Origin(name)

    def _add(self, tool: Json, path: str, namespace: str) -> None:
        kind = tool.get("type")
        if kind == "namespace":
            for place, entry in enumerate(fields.a_list(tool.get("tools"), f"{path}.tools", MAX_TOOLS)):
                where = f"{path}.tools[{place}]"
                if tool.get("name") is not None:
                    fields.text(tool["name"], f"{path}.name")
                self._add(fields.an_object(entry, where), where, tool.get("name") or "")
        elif kind == "custom" and "input_schema" not in tool:
            origin = Origin(_named(tool, "custom", path), namespace, custom=True)
            self._offer(_custom(tool, path), fields.cache_mark(tool, path), origin)
        elif kind in (None, "function", "custom"):
            origin = Origin(_named(tool, "function", path), namespace)
            self._offer(_function(tool, path), fields.cache_mark(tool, path), origin)
        elif is_client_tool(kind):
            origin = Origin(_named(tool, "function", path), namespace)
            self._offer(as_function(str(kind)), fields.cache_mark(tool, path), origin)
        else:
            self.hosted.append(_kind(kind, f"{path}.type"))

    def _offer(self, function: Json, marked: Json, origin: Origin) -> None:
        seen = wire_name(origin.name, origin.namespace)
        self.origins[seen] = origin
        self.tools.append({"type": "function", "function": {"name": seen, **function}, **marked})


def hosted_kinds(tools: Any) -> list[str]:
    """The kinds of tools in a request that a provider would have to run itself; no judgement of the others."""
    entries = tools if isinstance(tools, list) else ()
    kinds = [tool.get("type") for tool in entries if isinstance(tool, dict)]
    return sorted({kind for kind in kinds if isinstance(kind, str) and _is_hosted(kind)})


def dropped_tools(tools: Any) -> tuple[str, ...]:
    """The warning that names the hosted tools of a request, as nothing or one clause of `X-NI-Warning`."""
    kinds = [kind for kind in hosted_kinds(tools) if _KIND.fullmatch(kind)]
    return (f"dropped tools: {', '.join(kinds)}",) if kinds else ()


def _is_hosted(kind: str) -> bool:
    return kind not in _OFFERED and not is_client_tool(kind)


def _kind(kind: Any, path: str) -> str:
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise fields.refuse(path, "`function`, `custom` or the type of a tool")
    return kind


def wire_name(name: str, namespace: str = "") -> str:
    """The name that models see: letters, digits, `_` and `-`, at most 64; always the same for the same tool."""
    full = f"{namespace}{_SEPARATOR}{name}" if namespace else name
    if _NAME.fullmatch(full):
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:12]
    if not _READABLE.fullmatch(full):
        return f"tool_{digest}"
    return f"{_NOT_IN_NAMES.sub('_', full)[:50]}_{digest}"


def is_plain(tool: Any) -> bool:
    """Whether an entry of `tools`, or a call, is a chat function already, with a name that every upstream takes."""
    if (
        not isinstance(tool, dict)
        or tool.get("type") != "function"
        or not isinstance(tool.get("function"), dict)
    ):
        return False
    name = tool["function"].get("name")
    return not isinstance(name, str) or not name or _NAME.fullmatch(name) is not None


def choice(given: Any, box: Toolbox) -> Any:
    """`tool_choice` in chat form, from chat's, Responses' or Anthropic's; None where nothing is left to choose from.

    A choice among allowed tools leaves the others out of the box. A hosted tool cannot be forced: `auto`.
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


def _named(tool: Json, kind: str, path: str) -> str:
    inner = _inner(tool, kind)
    fields.filled_text(inner.get("name"), f"{path}.{kind}.name" if inner is not tool else f"{path}.name")
    return str(inner["name"])


def _function(tool: Json, path: str) -> Json:
    inner = _inner(tool, "function")
    function: Json = {}
    if inner.get("description") is not None:
        fields.text(inner["description"], f"{path}.description")
        function["description"] = inner["description"]
    parameters = inner.get("parameters", inner.get("input_schema"))
    if parameters is not None:
        function["parameters"] = fields.an_object(parameters, f"{path}.parameters")
    if isinstance(inner.get("strict"), bool):
        function["strict"] = inner["strict"]
    return function


def _custom(tool: Json, path: str) -> Json:
    """A function of one string; what the input must look like is told in the description."""
    inner = _inner(tool, "custom")
    if inner.get("description") is not None:
        fields.text(inner["description"], f"{path}.description")
    told = [inner["description"]] if inner.get("description") else []
    form = inner.get("format") or tool.get("format")
    if isinstance(form, dict) and form.get("type") == "grammar":
        nested = form.get("grammar")
        grammar: Json = nested if isinstance(nested, dict) else form
        told.append(
            f"`input` must match this {grammar.get('syntax') or 'lark'} grammar:\n{grammar.get('definition')}"
        )
    return {"description": "\n\n".join(told) or "Takes plain text.", "parameters": schema()}
