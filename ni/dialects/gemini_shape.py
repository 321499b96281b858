"""Bodies of Gemini's shape at the address of chat completions, as chat bodies: Cursor's for names with `gemini`.

`contents` of `parts`, a system instruction, function declarations, a generation config; the source is Google's
reference of `generateContent`, in both spellings of its names. Calls there may have no ids: they are numbered, and a
result answers the oldest open call of its name. What only Google's servers could do (search) is left out. Pure.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import fields
from ni.dialects.chat_body import MAX_MESSAGES, MAX_PARTS, MAX_TOOLS
from ni.dialects.conversation import Conversation, compact
from ni.dialects.parts import text_part
from ni.domain.call import Json
from ni.domain.errors import BadRequest

_ROLES = ("user", "model", "function")
_OF_GEMINI = frozenset(
    {
        "contents", "systemInstruction", "system_instruction", "generationConfig", "generation_config", "toolConfig",
        "tool_config", "safetySettings", "safety_settings", "cachedContent", "cached_content",
    }
)  # fmt: skip
_CONFIG: Mapping[str, str] = MappingProxyType(
    {"temperature": "temperature", "topP": "top_p", "maxOutputTokens": "max_tokens", "stopSequences": "stop"}
)
_CHOICES: Mapping[str, str] = MappingProxyType({"AUTO": "auto", "ANY": "required", "NONE": "none"})


def from_gemini(body: Json) -> Json:
    """The body in chat form: the same object if it is of another shape. Raises `BadRequest` naming the field."""
    if body.get("messages") or type(body.get("contents")) is not list:
        return body
    made = {name: value for name, value in body.items() if name not in _OF_GEMINI}
    made["messages"] = _Turns().read(body)
    made |= _config(_named(body, "generationConfig") or {}) | _tools(body)
    return made


class _Turns:
    """Reads one conversation; `waiting` are calls without a result, as id and name."""

    def __init__(self) -> None:
        self._talk = Conversation()
        self._waiting: list[tuple[str, str]] = []
        self._count = 0

    def read(self, body: Json) -> list[Json]:
        system = _named(body, "systemInstruction")
        if system is not None:
            parts = system["parts"] if isinstance(system, dict) and "parts" in system else system
            self._say("system", parts, "systemInstruction")
        for place, turn in enumerate(fields.a_list(body["contents"], "contents", MAX_MESSAGES)):
            path = f"contents[{place}]"
            role = fields.an_object(turn, path).get("role", "user")
            fields.one_of(*_ROLES)(role, f"{path}.role")
            self._say("assistant" if role == "model" else "user", turn.get("parts"), f"{path}.parts")
        return self._talk.messages()

    def _say(self, role: str, parts: Any, path: str) -> None:
        """Results first, then what was said, then calls, as chat has them."""
        said: list[Json] = []
        calls: list[Json] = []
        for part, where in _parts(parts, path):
            if answer := _named(part, "functionResponse"):
                self._result(fields.an_object(answer, f"{where}.functionResponse"))
            elif call := _named(part, "functionCall"):
                calls.append(self._call(fields.an_object(call, f"{where}.functionCall"), where))
            elif not part.get("thought"):
                said.append(_shown(part, where))
        if said:
            self._talk.say(role, compact(said))
        for call in calls:
            self._talk.call(call)

    def _call(self, call: Json, path: str) -> Json:
        fields.filled_text(call.get("name"), f"{path}.functionCall.name")
        self._count += 1
        call_id = str(call.get("id") or f"call_{self._count}")
        self._waiting.append((call_id, call["name"]))
        arguments = orjson.dumps(call.get("args") or {}).decode()
        return {"id": call_id, "type": "function", "function": {"name": call["name"], "arguments": arguments}}

    def _result(self, answer: Json) -> None:
        given, name = answer.get("id"), answer.get("name")
        found = next(
            (entry for entry in self._waiting if given == entry[0] or (not given and name == entry[1])), None
        )
        if found is not None:
            self._waiting.remove(found)
        call_id = found[0] if found else str(given or name)
        response = answer.get("response")
        told = response.get("output", response.get("result")) if isinstance(response, dict) else response
        self._talk.result(call_id, told if isinstance(told, str) else orjson.dumps(response).decode())


def _parts(parts: Any, path: str) -> Iterator[tuple[Json, str]]:
    listed = [text_part(parts)] if isinstance(parts, str) else fields.a_list(parts, path, MAX_PARTS)
    for place, part in enumerate(listed):
        yield fields.an_object(part, f"{path}[{place}]"), f"{path}[{place}]"


def _shown(part: Json, path: str) -> Json:
    """A text or an image."""
    if isinstance(part.get("text"), str):
        return text_part(part["text"])
    inline, stored = _named(part, "inlineData"), _named(part, "fileData")
    if isinstance(inline, dict):
        url = f"data:{_named(inline, 'mimeType')};base64,{inline.get('data')}"
        return {"type": "image_url", "image_url": {"url": url}}
    if isinstance(stored, dict) and isinstance(_named(stored, "fileUri"), str):
        return {"type": "image_url", "image_url": {"url": _named(stored, "fileUri")}}
    raise BadRequest(
        "`%(field)s` is a kind of content that this gateway cannot pass on; it reads %(known)s.",
        param=path, field=path, known="`text`, `inlineData`, `fileData`, `functionCall`, `functionResponse`",
    )  # fmt: skip


def _config(config: Any) -> Json:
    given = fields.an_object(config, "generationConfig")
    made = {name: value for of, name in _CONFIG.items() if (value := _named(given, of)) is not None}
    schema = _named(given, "responseJsonSchema") or _named(given, "responseSchema")
    if schema is not None:
        named = {"name": "answer", "schema": _schema(schema)}
        made["response_format"] = {"type": "json_schema", "json_schema": named}
    elif _named(given, "responseMimeType") == "application/json":
        made["response_format"] = {"type": "json_object"}
    return made


def _tools(body: Json) -> Json:
    """The declared functions as chat tools, and the choice among them; tools of Google's own are left out."""
    if type(body.get("tools")) is not list:
        return {}
    tools = [
        tool for place, entry in enumerate(body["tools"]) for tool in _declared(entry, f"tools[{place}]")
    ]
    config = _named(_named(body, "toolConfig"), "functionCallingConfig")
    mode = _CHOICES.get(str(_named(config, "mode") or "AUTO").upper(), "auto")
    return {"tools": tools or None} | ({"tool_choice": mode} if tools and mode != "auto" else {})


def _declared(entry: Any, path: str) -> list[Any]:
    declared = _named(entry, "functionDeclarations")
    if declared is not None:
        return [_tool(tool) for tool in fields.a_list(declared, f"{path}.functionDeclarations", MAX_TOOLS)]
    return [entry] if not isinstance(entry, dict) or entry.keys() & {"type", "function", "name"} else []


def _tool(tool: Any) -> Any:
    """A declaration as a function."""
    if not isinstance(tool, dict):
        return tool
    schema = _named(tool, "parametersJsonSchema") or tool.get("parameters")
    function = {
        "name": tool.get("name"),
        "description": tool.get("description"),
        "parameters": _schema(schema),
    }
    return {
        "type": "function",
        "function": {name: value for name, value in function.items() if value is not None},
    }


def _schema(schema: Any) -> Any:
    """JSON Schema in lower case, as everybody but Google writes the names of types."""
    if isinstance(schema, list):
        return [_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.lower() if name == "type" and isinstance(value, str) else _schema(value)
        for name, value in schema.items()
    }


def _named(holder: Any, name: str) -> Any:
    """A field in either spelling: `mimeType` or `mime_type`."""
    if not isinstance(holder, dict):
        return None
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    found = holder.get(name)
    return found if found is not None else holder.get(snake)
