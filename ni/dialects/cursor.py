"""Bodies that coding tools send to the address of chat completions in other shapes, as plain chat bodies.

Seen from Cursor: Responses bodies (`input`, `instructions`, flat and custom tools), flat tools among nested ones,
Anthropic's blocks, bare tools and `tool_choice` inside `messages`, texts that are arrays, call ids longer than 64
characters, and model names with a suffix for effort or speed. Each level is read on its own. A body that is plain
already is given back as it is, the very object; `check_body` judges whatever comes out.
"""

import re
from collections.abc import Callable
from typing import Any

from ni.dialects import fields
from ni.dialects.blocks import BLOCKS, add_message
from ni.dialects.call_ids import MOST, short_id
from ni.dialects.conversation import Conversation, compact
from ni.dialects.items import Items, chat_fields
from ni.dialects.parts import chat_parts
from ni.dialects.sealing import Seals
from ni.dialects.string_argument import wrap
from ni.dialects.toolbox import Toolbox, choice, is_plain, wire_name
from ni.domain.call import Json

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
_PARTS = frozenset({"text", "image_url", "input_audio", "file", "refusal"})
_CHOICES = frozenset({"none", "auto", "required"})


class Shapes:
    """The normalise step of the chat dialect; `is_route` says whether a name is an exact route id."""

    def __init__(self, seals: Seals, is_route: Callable[[str], bool]) -> None:
        self._seals = seals
        self._is_route = is_route

    def normalise(self, body: Json) -> Json:
        """The body in chat form: the same object if it was plain. Raises `BadRequest`."""
        changed = self._named(body)
        if is_of_responses(body):
            changed |= {"messages": Items(self._seals).read(body), **chat_fields(body)}
            if "logprobs" not in body:  # Responses have one without the other, chat has not
                changed["top_logprobs"] = None
        elif isinstance(body.get("messages"), list):
            changed |= self._talked(body)
        changed |= _tooled(body)
        foreign = (
            _OF_RESPONSES if "input" in body or "instructions" in body else frozenset()
        ) | _OF_ANTHROPIC
        left = {name: value for name, value in body.items() if name not in foreign}
        if not changed and len(left) == len(body):
            return body
        return {name: value for name, value in {**left, **changed}.items() if value is not None}

    def _named(self, body: Json) -> Json:
        """The model without its suffix, and the suffix's effort; nothing where the name is exact."""
        model = body.get("model")
        if not isinstance(model, str) or len(model) > 256:
            return {}
        found = _SUFFIX.fullmatch(model)
        if (
            found is None
            or found["name"] == model
            or self._is_route(model)
            or not self._is_route(found["name"])
        ):
            return {}
        effort = found["effort"] or ("medium" if found["thinking"] else "")
        return {"model": found["name"]} | ({"reasoning_effort": effort} if effort else {})

    def _talked(self, body: Json) -> Json:
        """`messages` where any of them is not plain, and the system prompt that may stand beside them."""
        before = [("instructions", body.get("instructions")), ("system", body.get("system"))]
        prompts = [compact(chat_parts(text, name)) for name, text in before if text]
        messages: list[Any] = body["messages"]
        found: Json = {"stop": body["stop_sequences"]} if body.get("stop_sequences") else {}
        if not prompts and all(_is_plain_message(message) for message in messages):
            return found
        talk = Conversation()
        for prompt in prompts:
            talk.say("system", prompt)
        for place, message in enumerate(messages):
            self._keep(talk, message, f"messages[{place}]")
        return found | {"messages": talk.messages()}

    def _keep(self, talk: Conversation, message: Any, path: str) -> None:
        if _is_plain_message(fields.an_object(message, path)):
            talk.keep(message)
        elif _has_blocks(message.get("content")) and message.get("role") in ("user", "assistant"):
            add_message(talk, message, path, self._seals)
        else:
            talk.keep(_plain(message, path))


def is_of_responses(body: Json) -> bool:
    """Whether the conversation is told as Responses items."""
    return bool(body.get("input")) and not body.get("messages")


def _plain(message: Json, path: str) -> Json:
    """One chat message with its parts, its calls and its ids made plain."""
    changed: Json = {}
    if isinstance(message.get("content"), list):
        changed["content"] = compact(chat_parts(message["content"], f"{path}.content"))
    if isinstance(message.get("tool_calls"), list):
        changed["tool_calls"] = [_plain_call(call) for call in message["tool_calls"]]
    if isinstance(message.get("tool_call_id"), str):
        changed["tool_call_id"] = short_id(message["tool_call_id"])
    return {**message, **changed}


def _plain_call(call: Any) -> Any:
    """A nested function call out of a flat or a custom one; what cannot be read is left for validation."""
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


def _tooled(body: Json) -> Json:
    """`tools` and `tool_choice` where either is not plain."""
    tools, chosen = body.get("tools"), body.get("tool_choice")
    if not isinstance(tools, list) or not tools:
        return {}
    if all(is_plain(tool) for tool in tools) and _is_plain_choice(chosen):
        return {}
    box = Toolbox.of(tools)
    made = choice(chosen, box)
    if not box.tools:
        return {"tools": None, "tool_choice": None, "parallel_tool_calls": None}
    quiet = isinstance(chosen, dict) and chosen.get("disable_parallel_tool_use")
    said = {"tool_choice": made} if "tool_choice" in body else {}
    return {"tools": box.tools, **said} | ({"parallel_tool_calls": False} if quiet else {})


def _is_plain_choice(chosen: Any) -> bool:
    if isinstance(chosen, dict):
        return is_plain(chosen)
    return chosen is None or (isinstance(chosen, str) and chosen in _CHOICES)


def _is_plain_message(message: Any) -> bool:
    if not isinstance(message, dict):
        return True  # nothing to make plain; validation names it
    content, calls, answered = message.get("content"), message.get("tool_calls"), message.get("tool_call_id")
    if isinstance(content, list) and not all(map(_is_plain_part, content)):
        return False
    if isinstance(calls, list) and not all(map(_is_plain_tool_call, calls)):
        return False
    return not isinstance(answered, str) or len(answered) <= MOST


def _is_plain_part(part: Any) -> bool:
    if not isinstance(part, dict) or isinstance(part.get("text"), list):
        return False
    kind = part.get("type")
    return isinstance(kind, str) and kind in _PARTS


def _is_plain_tool_call(call: Any) -> bool:
    return is_plain(call) and isinstance(call.get("id"), str) and len(call["id"]) <= MOST


def _has_blocks(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(part, dict) and isinstance(part.get("type"), str) and part["type"] in BLOCKS
        for part in content
    )
