"""What a plain chat-completions body must look like: types, required fields and limits, each refusal naming its field.

The source is OpenAI's published schema of `POST /v1/chat/completions`. Fields that are not known here are carried
through untouched: providers decide what they understand. Not here: what depends on the route (images, tools, the
number of stop sequences), which the gateway and the table of parameters decide. The body holds no nulls.
"""

import re
from collections.abc import Mapping
from typing import Any

from ni.dialects import fields
from ni.dialects.fields import Check
from ni.domain.call import Json

MAX_MESSAGES, MAX_PARTS, MAX_TOOLS, MAX_STOPS = 2048, 256, 256, 64
MAX_MODEL = 256
MAX_TOKENS = 2**31 - 1

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_IMAGE_URL = re.compile(r"(?:https?://|data:image/)", re.IGNORECASE)
_STANDS_FOR_CONTENT = ("tool_calls", "function_call", "refusal", "audio", "reasoning", "reasoning_content")


def check_body(body: Json) -> None:
    """Raises `BadRequest` for the first field that is missing, of another type, or over its limit."""
    model = body.get("model")
    if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
        raise fields.refuse("model", f"a non-empty string of at most {MAX_MODEL} characters")
    _check_messages(body.get("messages"))
    for name, check in _FIELDS.items():
        value = body.get(name)
        if value is not None:
            check(value, name)


def _check_messages(messages: Any) -> None:
    if not fields.a_list(messages, "messages", MAX_MESSAGES):
        raise fields.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        if type(message) is not dict:
            raise fields.refuse(path, "an object")
        role = message.get("role")
        check = _ROLES.get(role) if type(role) is str else None
        if check is None:
            raise fields.refuse(f"{path}.role", "one of " + ", ".join(f"`{known}`" for known in _ROLES))
        check(message, path)
        _check_members(message, path, _MESSAGE_MEMBERS)
        content = message.get("content")
        if type(content) is list:
            _check_parts(content, f"{path}.content")


def _check_members(holder: Json, path: str, members: Mapping[str, Check]) -> None:
    """The members that may be left out."""
    for name, check in members.items():
        if name in holder:
            check(holder[name], f"{path}.{name}")
    fields.cache_mark(holder, path)


def _check_prompt(message: Json, path: str) -> None:
    if type(message.get("content")) not in (str, list):
        raise fields.refuse(f"{path}.content", "a string or an array of content parts")


def _check_result(message: Json, path: str) -> None:
    _check_prompt(message, path)
    fields.filled_text(message.get("tool_call_id"), f"{path}.tool_call_id")


def _check_named_result(message: Json, path: str) -> None:
    fields.filled_text(message.get("name"), f"{path}.name")
    if message.get("content") is not None:
        _check_prompt(message, path)


def _check_answer(message: Json, path: str) -> None:
    if message.get("content") is None:
        if not any(message.get(name) for name in _STANDS_FOR_CONTENT):
            raise fields.refuse(f"{path}.content", "a string or an array, or come with `tool_calls`")
    else:
        _check_prompt(message, path)
    calls = message.get("tool_calls")
    if calls is not None:
        for place, call in enumerate(fields.a_list(calls, f"{path}.tool_calls", MAX_TOOLS)):
            _check_tool_call(call, f"{path}.tool_calls[{place}]")


def _check_tool_call(call: Any, path: str) -> None:
    kind = fields.an_object(call, path).get("type", "function")
    fields.filled_text(call.get("id"), f"{path}.id")
    fields.cache_mark(call, path)
    fields.one_of("function", "custom")(kind, f"{path}.type")
    called = fields.an_object(call.get(kind), f"{path}.{kind}")
    fields.filled_text(called.get("name"), f"{path}.{kind}.name")
    written = "arguments" if kind == "function" else "input"
    fields.text(called.get(written), f"{path}.{kind}.{written}")


def _check_parts(parts: list[Any], path: str) -> None:
    fields.a_list(parts, path, MAX_PARTS)
    for place, part in enumerate(parts):
        kind = part.get("type") if type(part) is dict else None
        if kind == "text":
            if type(part.get("text")) is not str:
                raise fields.refuse(f"{path}[{place}].text", "a string")
        elif kind == "image_url":
            _check_image(part.get("image_url"), f"{path}[{place}].image_url")
        else:
            _check_other_part(part, f"{path}[{place}]")
        fields.cache_mark(part, f"{path}[{place}]")


def _check_image(image: Any, path: str) -> None:
    url = fields.an_object(image, path).get("url")
    if type(url) is not str or not _IMAGE_URL.match(url):
        raise fields.refuse(f"{path}.url", "an http(s) address or a `data:image/` URL")
    if image.get("detail") is not None:
        fields.one_of("auto", "low", "high", "original")(image["detail"], f"{path}.detail")


def _check_other_part(part: Any, path: str) -> None:
    kind = fields.an_object(part, path).get("type")
    fields.one_of("text", "image_url", "input_audio", "file", "refusal")(kind, f"{path}.type")
    if kind == "refusal":
        fields.text(part.get("refusal"), f"{path}.refusal")
    else:
        held = fields.an_object(part.get(kind), f"{path}.{kind}")
        for name in ("file_data", "file_id", "filename", "data", "format"):
            if name in held:
                fields.text(held[name], f"{path}.{kind}.{name}")


def _check_older_call(call: Any, path: str) -> None:
    """`function_call` of a message, which `tool_calls` took the place of."""
    fields.filled_text(fields.an_object(call, path).get("name"), f"{path}.name")
    fields.text(call.get("arguments"), f"{path}.arguments")


def _check_tools(tools: Any, path: str) -> None:
    for place, tool in enumerate(fields.a_list(tools, path, MAX_TOOLS)):
        where = f"{path}[{place}]"
        kind = fields.an_object(tool, where).get("type")
        fields.one_of("function", "custom")(kind, f"{where}.type")
        _check_definition(tool.get(kind), f"{where}.{kind}")
        fields.cache_mark(tool, where)


def _check_functions(functions: Any, path: str) -> None:
    for place, function in enumerate(fields.a_list(functions, path, MAX_TOOLS)):
        _check_definition(function, f"{path}[{place}]")


def _check_definition(tool: Any, path: str) -> None:
    name = fields.an_object(tool, path).get("name")
    if type(name) is not str or not _TOOL_NAME.fullmatch(name):
        raise fields.refuse(f"{path}.name", "1 to 64 letters, digits, `_` or `-`")
    if tool.get("description") is not None:
        fields.text(tool["description"], f"{path}.description")
    if tool.get("parameters") is not None:
        fields.an_object(tool["parameters"], f"{path}.parameters")
    if tool.get("strict") is not None:
        fields.flag(tool["strict"], f"{path}.strict")
    fields.cache_mark(tool, path)


def _check_response_format(value: Any, path: str) -> None:
    kind = fields.an_object(value, path).get("type")
    fields.one_of("text", "json_object", "json_schema")(kind, f"{path}.type")
    if kind == "json_schema":
        schema = fields.an_object(value.get("json_schema"), f"{path}.json_schema")
        fields.filled_text(schema.get("name"), f"{path}.json_schema.name")
        _check_members(schema, f"{path}.json_schema", _SCHEMA_MEMBERS)


def _check_stream_options(value: Any, path: str) -> None:
    for name in ("include_usage", "include_obfuscation"):
        if fields.an_object(value, path).get(name) is not None:
            fields.flag(value[name], f"{path}.{name}")


def _check_stop(value: Any, path: str) -> None:
    if type(value) is str:
        return
    for place, stop in enumerate(fields.a_list(value, path, MAX_STOPS)):
        fields.text(stop, f"{path}[{place}]")


def _check_thinking(value: Any, path: str) -> None:
    """Anthropic's `thinking`, which clients of other gateways put into chat bodies."""
    if fields.an_object(value, path):
        fields.filled_text(value.get("type"), f"{path}.type")
    if value.get("budget_tokens") is not None or value.get("type") == "enabled":
        fields.whole(1, MAX_TOKENS)(value.get("budget_tokens"), f"{path}.budget_tokens")
    if value.get("display") is not None:
        fields.text(value["display"], f"{path}.display")


def _check_object(value: Any, path: str) -> None:
    fields.an_object(value, path)


def _check_bias(value: Any, path: str) -> None:
    for token, bias in fields.an_object(value, path).items():
        if type(bias) not in (int, float) or not -100 <= bias <= 100 or not token.isdecimal():
            raise fields.refuse(path, "an object of token numbers with a number from -100 to 100 each")


def _check_texts(value: Any, path: str) -> None:
    for place, entry in enumerate(fields.a_list(value, path, MAX_STOPS)):
        fields.text(entry, f"{path}[{place}]")


def _check_older_choice(value: Any, path: str) -> None:
    fields.text_or_object(value, path)
    if type(value) is dict:
        fields.filled_text(value.get("name"), f"{path}.name")


def check_choice(given: Any, path: str = "tool_choice") -> None:
    """A word, or an object that says by its `type` and `name` what is to be called. Raises `BadRequest`."""
    fields.text_or_object(given, path)
    if type(given) is not dict:
        return
    fields.filled_text(given.get("type"), f"{path}.type")
    kind = given["type"]
    inner = given.get(kind)
    named: Json = inner if type(inner) is dict else given
    if kind in ("function", "custom", "tool"):
        fields.filled_text(named.get("name"), f"{path}.name" if named is given else f"{path}.{kind}.name")
    elif kind == "allowed_tools":
        for place, entry in enumerate(fields.a_list(named.get("tools"), f"{path}.tools", MAX_TOOLS)):
            fields.an_object(entry, f"{path}.tools[{place}]")


_ROLES = {
    "system": _check_prompt,
    "developer": _check_prompt,
    "user": _check_prompt,
    "assistant": _check_answer,
    "tool": _check_result,
    "function": _check_named_result,
}

_MESSAGE_MEMBERS: Mapping[str, Check] = {
    "name": fields.text,
    "refusal": fields.text,
    "reasoning_content": fields.text,
    "is_error": fields.flag,
    "audio": _check_object,
    "function_call": _check_older_call,
}

_SCHEMA_MEMBERS: Mapping[str, Check] = {
    "description": fields.text,
    "schema": _check_object,
    "strict": fields.flag,
}

_FIELDS: Mapping[str, Check] = {
    "stream": fields.flag,
    "stream_options": _check_stream_options,
    "tools": _check_tools,
    "functions": _check_functions,
    "tool_choice": check_choice,
    "function_call": _check_older_choice,
    "parallel_tool_calls": fields.flag,
    "response_format": _check_response_format,
    "n": fields.whole(1, 128),
    "max_tokens": fields.whole(1, MAX_TOKENS),
    "max_completion_tokens": fields.whole(1, MAX_TOKENS),
    "temperature": fields.number(0, 2),
    "top_p": fields.number(0, 1),
    "frequency_penalty": fields.number(-2, 2),
    "presence_penalty": fields.number(-2, 2),
    "logprobs": fields.flag,
    "top_logprobs": fields.whole(0, 20),
    "seed": fields.whole(-(2**63), 2**63 - 1),
    "stop": _check_stop,
    "top_k": fields.whole(0, MAX_TOKENS),
    "min_p": fields.number(0, 1),
    "logit_bias": _check_bias,
    "reasoning_effort": fields.text,
    "thinking": _check_thinking,
    "verbosity": fields.text,
    "prediction": _check_object,
    "modalities": _check_texts,
    "audio": _check_object,
    "web_search_options": _check_object,
    "metadata": _check_object,
    "store": fields.flag,
    "service_tier": fields.text,
    "prompt_cache_key": fields.text,
    "prompt_cache_retention": fields.text,
    "safety_identifier": fields.text,
    "user": fields.text,
}
