"""The chat-completions dialect for clients that send other shapes to that address, with chat answers.

Seen from Cursor: Responses bodies (`input`, `instructions`, flat and custom tools), flat tools among nested ones,
Anthropic's blocks, bare tools and `tool_choice` inside `messages`, texts that are arrays, call ids longer than 64
characters, and model names with a suffix for effort or speed. `ChatNormaliser` reads each level on its own and returns
a plain body unchanged (the same object); `check_body` checks the result. Calls of custom tools go back as custom calls.

For names with `gemini` Cursor sends bodies of Gemini's shape, which `from_gemini` reads: `contents` of `parts`, a
system instruction, function declarations and a generation config, in both spellings of Google's reference of
`generateContent`. Calls there may have no ids: they are numbered, and a result answers the oldest open call of its
name. Tools that only Google could run (search) are left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.chat import ChatDialect, ChatStream
from ni.dialects.chat_validation import MAX_MESSAGES, MAX_PARTS, MAX_TOOLS
from ni.dialects.content import Conversation, chat_parts, compact, text_part
from ni.dialects.json_body import without_nulls
from ni.dialects.messages_request import BLOCKS, add_message
from ni.dialects.responses import dropped_warnings
from ni.dialects.responses_request import ItemReader, chat_fields
from ni.dialects.sealed_state import Seals
from ni.dialects.stream_blocks import CallDeltas, ClientTools, whole_call
from ni.dialects.tools import (
    MAX_ID_LENGTH,
    Toolbox,
    chat_tool_choice,
    dropped_tools,
    is_plain,
    short_id,
    wire_name,
    wrap,
)
from ni.domain.call import PART_KINDS, Call, Json
from ni.domain.clock import paced
from ni.domain.errors import BadRequest

_SUFFIX = re.compile(
    r"(?P<name>.+?)(?:-(?P<thinking>thinking))?(?:-(?P<effort>minimal|low|medium|high|xhigh|max))?(?:-fast)?"
)
_OF_RESPONSES = frozenset(
    {
        "input", "instructions", "reasoning", "text", "include", "store", "previous_response_id", "truncation",
        "max_output_tokens", "background", "metadata", "client_metadata", "conversation", "max_tool_calls",
    }
)  # fmt: skip
_OF_ANTHROPIC = frozenset({"system", "stop_sequences"})
_CHOICES = frozenset({"none", "auto", "required"})


class ChatVariantsDialect(ChatDialect):
    """`POST /v1/chat/completions` for bodies of every known shape."""

    def __init__(self, normaliser: "ChatNormaliser") -> None:
        self._normaliser = normaliser

    def parse(self, body: Json, headers: Mapping[str, str]) -> Call:
        """The call; `native` is the body where it was not plain. Raises `BadRequest` naming the field."""
        body = from_gemini(without_nulls(body))
        plain = self._normaliser.normalise(body)
        dropped = dropped_warnings(body) if is_of_responses(body) else dropped_tools(body.get("tools"))
        call = self.read(plain).warned(dropped)
        return call if plain is body else replace(call, raw_body=body)

    def reply(self, call: Call, model: str, reply: Json) -> bytes:
        """A whole `chat.completion`."""
        if call.raw_body is not None:
            tools = ClientTools.of(call.raw_body)
            reply = {**reply, "choices": [_with_calls(choice, tools) for choice in reply["choices"]]}
        return super().reply(call, model, reply)

    def stream(self, call: Call, model: str) -> ChatStream:
        """The renderer of one stream."""
        if call.raw_body is None:
            return super().stream(call, model)
        return ChatVariantsStream(model, call.include_usage, ClientTools.of(call.raw_body))


def _with_calls(choice: Json, tools: ClientTools) -> Json:
    message: Json = choice.get("message") or {}
    if not message.get("tool_calls"):
        return choice
    calls = [whole_call(tools, call) for call in message["tool_calls"]]
    return {**choice, "message": {**message, "tool_calls": calls}}


class ChatVariantsStream(ChatStream):
    """Renders one chat stream with calls of the client's own tools."""

    __slots__ = ("_deltas", "_tools")

    def __init__(self, model: str, include_usage: bool, tools: ClientTools) -> None:
        super().__init__(model, include_usage)
        self._tools = tools
        self._deltas: dict[int, CallDeltas] = {}

    def chunk(self, chunk: Json) -> bytes:
        """One `data:` event; empty as for `ChatStream`."""
        choices = [self._choice(choice) for choice in chunk.get("choices") or ()]
        return super().chunk({**chunk, "choices": choices})

    def _choice(self, choice: Json) -> Json:
        delta: Json = choice.get("delta") or {}
        deltas = self._deltas.setdefault(int(choice.get("index") or 0), CallDeltas(self._tools))
        calls = [deltas.piece(call) for call in delta.get("tool_calls") or ()]
        if choice.get("finish_reason"):
            calls += deltas.held_back()
        return {**choice, "delta": {**delta, "tool_calls": calls}} if calls else choice


class ChatNormaliser:
    """Turns bodies of other shapes into plain chat bodies; `is_route` tells whether a name is an exact route id."""

    def __init__(self, seals: Seals, is_route: Callable[[str], bool]) -> None:
        self._seals = seals
        self._is_route = is_route

    def normalise(self, body: Json) -> Json:
        """The body in chat form; the same object if it was plain. Raises `BadRequest`."""
        changed = self._without_suffix(body)
        if is_of_responses(body):
            changed |= {"messages": ItemReader(self._seals).read(body), **chat_fields(body)}
            if "logprobs" not in body:  # Responses have one without the other, chat has not
                changed["top_logprobs"] = None
        elif isinstance(body.get("messages"), list):
            changed |= self._messages(body)
        changed |= _tool_fields(body)
        if body.get("top_k") == -1:  # vLLM's and llama.cpp's way to leave it off
            changed["top_k"] = None
        foreign = (
            _OF_RESPONSES if "input" in body or "instructions" in body else frozenset()
        ) | _OF_ANTHROPIC
        own = {name: value for name, value in paced(body.items()) if name not in foreign}
        if not changed and len(own) == len(body):
            return body
        return {name: value for name, value in {**own, **changed}.items() if value is not None}

    def _without_suffix(self, body: Json) -> Json:
        """The model without its suffix, and the suffix's effort; empty where the name is exact."""
        model = body.get("model")
        if not isinstance(model, str) or len(model) > 256:
            return {}
        match = _SUFFIX.fullmatch(model)
        if match is None or match["name"] == model:
            return {}
        if self._is_route(model) or not self._is_route(match["name"]):
            return {}
        effort = match["effort"] or ("medium" if match["thinking"] else "")
        return {"model": match["name"]} | ({"reasoning_effort": effort} if effort else {})

    def _messages(self, body: Json) -> Json:
        """`messages`, if any is not plain or a system prompt stands beside them; `stop` from `stop_sequences`."""
        before = [("instructions", body.get("instructions")), ("system", body.get("system"))]
        prompts = [compact(chat_parts(text, name)) for name, text in before if text]
        messages = json_body.a_list(body["messages"], "messages", MAX_MESSAGES)
        changed: Json = {"stop": body["stop_sequences"]} if body.get("stop_sequences") else {}
        if not prompts and all(_is_plain_message(message) for message in messages):
            return changed
        conversation = Conversation()
        for prompt in prompts:
            conversation.say("system", prompt)
        for place, message in enumerate(messages):
            self._keep(conversation, message, f"messages[{place}]")
        return changed | {"messages": conversation.messages()}

    def _keep(self, conversation: Conversation, message: Any, path: str) -> None:
        if _is_plain_message(json_body.an_object(message, path)):
            conversation.append(message)
        elif _has_blocks(message.get("content")) and message.get("role") in ("user", "assistant"):
            add_message(conversation, message, path, self._seals)
        else:
            conversation.append(_plain(message, path))


def is_of_responses(body: Json) -> bool:
    """Whether the conversation is written as Responses items."""
    return bool(body.get("input")) and not body.get("messages")


def _plain(message: Json, path: str) -> Json:
    """A chat message with plain parts, calls and ids. Raises `BadRequest` naming the part."""
    changed: Json = {}
    if isinstance(message.get("content"), list):
        changed["content"] = compact(chat_parts(message["content"], f"{path}.content", others=True))
    if isinstance(message.get("tool_calls"), list):
        changed["tool_calls"] = [_plain_call(call) for call in message["tool_calls"]]
    if isinstance(message.get("tool_call_id"), str):
        changed["tool_call_id"] = short_id(message["tool_call_id"])
    return {**message, **changed}


def _plain_call(call: Any) -> Any:
    """A nested function call from a flat or a custom one; unreadable entries stay unchanged for validation."""
    if not isinstance(call, dict):
        return call
    kind = call.get("type") or "function"
    inner = call.get(kind) if isinstance(kind, str) else None
    called: Json = inner if isinstance(inner, dict) else call
    call_id, name = call.get("id", call.get("call_id")), called.get("name")
    written = called.get("input" if kind == "custom" else "arguments")
    if not isinstance(call_id, str) or not isinstance(name, str) or not isinstance(written, str):
        return call
    function = {"name": wire_name(name), "arguments": wrap(written) if kind == "custom" else written}
    more = {field: call[field] for field in ("index", "cache_control", "extra_content") if field in call}
    return {"id": short_id(call_id), "type": "function", "function": function, **more}


def _tool_fields(body: Json) -> Json:
    """`tools` and `tool_choice` where either is not plain."""
    tools, chosen = body.get("tools"), body.get("tool_choice")
    if not isinstance(tools, list) or not tools:
        return {}
    if all(is_plain(tool) for tool in tools) and _is_plain_choice(chosen):
        return {}
    box = Toolbox.of(tools)
    tool_choice = chat_tool_choice(chosen, box)
    if not box.tools:
        return {"tools": None, "tool_choice": None, "parallel_tool_calls": None}
    is_serial = isinstance(chosen, dict) and chosen.get("disable_parallel_tool_use")
    chosen_field = {"tool_choice": tool_choice} if "tool_choice" in body else {}
    return {"tools": box.tools, **chosen_field} | ({"parallel_tool_calls": False} if is_serial else {})


def _is_plain_choice(chosen: Any) -> bool:
    if isinstance(chosen, dict):
        return is_plain(chosen)
    return chosen is None or (isinstance(chosen, str) and chosen in _CHOICES)


def _is_plain_message(message: Any) -> bool:
    if not isinstance(message, dict):
        return True  # validation refuses it
    content, calls, answered = message.get("content"), message.get("tool_calls"), message.get("tool_call_id")
    if isinstance(content, list) and not all(map(_is_plain_part, content)):
        return False
    if isinstance(calls, list) and not all(map(_is_plain_tool_call, calls)):
        return False
    return not isinstance(answered, str) or len(answered) <= MAX_ID_LENGTH


def _is_plain_part(part: Any) -> bool:
    if not isinstance(part, dict) or isinstance(part.get("text"), list):
        return False
    kind = part.get("type")
    return isinstance(kind, str) and kind in PART_KINDS and not isinstance(part.get("image_url"), str)


def _is_plain_tool_call(call: Any) -> bool:
    return is_plain(call) and isinstance(call.get("id"), str) and len(call["id"]) <= MAX_ID_LENGTH


def _has_blocks(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(part, dict) and isinstance(part.get("type"), str) and part["type"] in BLOCKS
        for part in content
    )


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
_GEMINI_CHOICES: Mapping[str, str] = MappingProxyType({"AUTO": "auto", "ANY": "required", "NONE": "none"})


def from_gemini(body: Json) -> Json:
    """The body in chat form; the same object if it has another shape. Raises `BadRequest` naming the field."""
    if body.get("messages") or type(body.get("contents")) is not list:
        return body
    chat = {name: value for name, value in body.items() if name not in _OF_GEMINI}
    chat["messages"] = _GeminiReader().read(body)
    chat |= _config(_named(body, "generationConfig") or {}) | _tools(body)
    return {name: value for name, value in chat.items() if value is not None}


class _GeminiReader:
    """Reads one conversation of Gemini's shape. `_waiting` are the calls without a result, as id and name."""

    def __init__(self) -> None:
        self._conversation = Conversation()
        self._waiting: list[tuple[str, str]] = []
        self._count = 0

    def read(self, body: Json) -> list[Json]:
        system = _named(body, "systemInstruction")
        if system is not None:
            parts = system["parts"] if isinstance(system, dict) and "parts" in system else system
            self._say("system", parts, "systemInstruction")
        for place, turn in enumerate(json_body.a_list(body["contents"], "contents", MAX_MESSAGES)):
            path = f"contents[{place}]"
            role = json_body.an_object(turn, path).get("role", "user")
            json_body.one_of(*_ROLES)(role, f"{path}.role")
            self._say("assistant" if role == "model" else "user", turn.get("parts"), f"{path}.parts")
        return self._conversation.messages()

    def _say(self, role: str, parts: Any, path: str) -> None:
        """Add the results, then one message of the texts and images, then the calls, which is chat's order."""
        content: list[Json] = []
        calls: list[Json] = []
        for part, where in _parts(parts, path):
            if answer := _named(part, "functionResponse"):
                self._result(json_body.an_object(answer, f"{where}.functionResponse"))
            elif call := _named(part, "functionCall"):
                calls.append(self._call(json_body.an_object(call, f"{where}.functionCall"), where))
            elif not part.get("thought"):
                content.append(_shown(part, where))
        if content:
            self._conversation.say(role, compact(content))
        for call in calls:
            self._conversation.call(call)

    def _call(self, call: Json, path: str) -> Json:
        json_body.filled_text(call.get("name"), f"{path}.functionCall.name")
        self._count += 1
        call_id = str(call.get("id") or f"call_{self._count}")
        self._waiting.append((call_id, call["name"]))
        arguments = orjson.dumps(call.get("args") or {}).decode()
        return {"id": call_id, "type": "function", "function": {"name": call["name"], "arguments": arguments}}

    def _result(self, answer: Json) -> None:
        given, name = answer.get("id"), answer.get("name")
        called = next(
            (entry for entry in self._waiting if given == entry[0] or (not given and name == entry[1])), None
        )
        if called is not None:
            self._waiting.remove(called)
        call_id = called[0] if called else str(given or name)
        response = answer.get("response")
        output = response.get("output", response.get("result")) if isinstance(response, dict) else response
        self._conversation.result(
            call_id, output if isinstance(output, str) else orjson.dumps(response).decode()
        )


def _parts(parts: Any, path: str) -> Iterator[tuple[Json, str]]:
    listed = [text_part(parts)] if isinstance(parts, str) else json_body.a_list(parts, path, MAX_PARTS)
    for place, part in enumerate(listed):
        yield json_body.an_object(part, f"{path}[{place}]"), f"{path}[{place}]"


def _shown(part: Json, path: str) -> Json:
    """A text or an image as a chat part. Raises `BadRequest` for other kinds."""
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
    given = json_body.an_object(config, "generationConfig")
    chat = {name: value for google, name in _CONFIG.items() if (value := _named(given, google)) is not None}
    schema = _named(given, "responseJsonSchema") or _named(given, "responseSchema")
    if schema is not None:
        named = {"name": "answer", "schema": _schema(schema)}
        chat["response_format"] = {"type": "json_schema", "json_schema": named}
    elif _named(given, "responseMimeType") == "application/json":
        chat["response_format"] = {"type": "json_object"}
    return chat


def _tools(body: Json) -> Json:
    """The declared functions as chat tools, and the choice among them; Google's hosted tools are left out."""
    if type(body.get("tools")) is not list:
        return {}
    tools = [
        tool for place, entry in enumerate(body["tools"]) for tool in _declared(entry, f"tools[{place}]")
    ]
    config = _named(_named(body, "toolConfig"), "functionCallingConfig")
    mode = _GEMINI_CHOICES.get(str(_named(config, "mode") or "AUTO").upper(), "auto")
    return {"tools": tools or None} | ({"tool_choice": mode} if tools and mode != "auto" else {})


def _declared(entry: Any, path: str) -> list[Any]:
    declared = _named(entry, "functionDeclarations")
    if declared is not None:
        return [_tool(tool) for tool in json_body.a_list(declared, f"{path}.functionDeclarations", MAX_TOOLS)]
    return [entry] if not isinstance(entry, dict) or entry.keys() & {"type", "function", "name"} else []


def _tool(tool: Any) -> Any:
    """A function declaration as a chat tool; another value unchanged, for validation."""
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
    """The schema with names of types in lower case, as in JSON Schema; Google writes them in upper case."""
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
    value = holder.get(name)
    return value if value is not None else holder.get(snake)
