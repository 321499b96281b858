"""Tidying and checks of bodies in chat form.

`tidy_chat` removes what has no effect and OpenAI would refuse, orders results behind their calls and reads the several
ways to ask for reasoning. `check_body` checks types, required fields and limits; each refusal names its field. The
source is OpenAI's published schema of `POST /v1/chat/completions`. Unknown fields are carried through untouched:
providers decide what they understand. What depends on the route (images, tools, the number of stop sequences) is
decided by the gateway and the table of parameters. The body holds no nulls.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from ni.dialects import json_body
from ni.dialects.json_body import Check, is_same
from ni.domain.call import PART_KINDS, Json
from ni.domain.errors import BadRequest

MAX_MESSAGES, MAX_PARTS, MAX_TOOLS, MAX_STOPS = 2048, 256, 256, 64
MAX_MODEL = 256
MAX_TOKENS = 2**31 - 1
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_IMAGE_URL = re.compile(r"(?:https?://|data:image/)", re.IGNORECASE)
_LINKS = {
    "video_url": re.compile(r"(?:https?://|data:video/)", re.IGNORECASE),
    "audio_url": re.compile(r"(?:https?://|data:audio/)", re.IGNORECASE),
}
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")
_STANDS_FOR_CONTENT = ("tool_calls", "function_call", "refusal", "audio", "reasoning", "reasoning_content")
_INSTEAD_OF_TEXT = ("tool_calls", "function_call", "refusal", "audio")
_LIMITS = ("max_tokens", "max_completion_tokens")
"""-1 means no limit to LM Studio and llama.cpp, whose examples have it."""
_OF_TOOLS = ("tool_choice", "parallel_tool_calls")
_RESULTS = ("tool", "function")
_BUDGETS = ((2048, "low"), (16_384, "medium"))
"""The largest number of thinking tokens that counts as each effort; more is `high`."""


def tidy_chat(body: Json) -> Json:
    """The body without empty lists, with results behind their calls, and with `reasoning` as `reasoning_effort`."""
    body = _without_empty_tools(body)
    unlimited = [name for name in _LIMITS if body.get(name) == -1]
    if unlimited:
        body = {name: value for name, value in body.items() if name not in unlimited}
    messages = body.get("messages")
    if type(messages) is list:
        tidied = _with_ids([_tidy_message(message) for message in messages])
        if not all(map(is_same, tidied, messages)):
            body = {**body, "messages": tidied}
        ordered = results_behind_calls(tidied)
        if ordered is not tidied:
            body = {**body, "messages": ordered}
    return _reasoning(body)


def results_behind_calls(messages: list[Any]) -> list[Any]:
    """The messages with each result right behind the turn that holds its call; the same list if all are.

    Clients of Responses may send results later, because `call_id` joins outputs and calls there.
    """
    if not _has_late_results(messages):
        return messages
    results: dict[str, list[Json]] = {}
    for message in messages:
        if _is_result(message):
            results.setdefault(message["tool_call_id"], []).append(message)
    ordered: list[Any] = []
    for message in messages:
        if not _is_result(message):
            ordered.append(message)
            for call_id in _call_ids(message):
                ordered += results.get(call_id, [])[:1]
                results[call_id] = results.get(call_id, [])[1:]
    return ordered + [message for unmatched in results.values() for message in unmatched]


def _has_late_results(messages: list[Any]) -> bool:
    waiting: set[str] = set()
    for message in messages:
        if _is_result(message):
            waiting.discard(message["tool_call_id"])
        elif waiting:
            return True
        else:
            waiting = set(_call_ids(message))
    return False


def _is_result(message: Any) -> bool:
    return (
        type(message) is dict and message.get("role") == "tool" and type(message.get("tool_call_id")) is str
    )


def _call_ids(message: Any) -> list[str]:
    """The ids of a message's calls. Values of wrong types are skipped; validation refuses them later."""
    calls = message.get("tool_calls") if type(message) is dict else None
    ids = [call.get("id") for call in calls if type(call) is dict] if type(calls) is list else []
    return [call_id for call_id in ids if type(call_id) is str]


def _without_empty_tools(body: Json) -> Json:
    """The body without empty lists of tools and without a choice among no tools, both of which OpenAI refuses."""
    empty = {name for name in ("tools", "functions", "stop") if body.get(name) == []}
    if "tools" in empty or "tools" not in body:
        empty |= {name for name in _OF_TOOLS if name in body}
    if "functions" in empty or "functions" not in body:
        empty |= {"function_call"} & body.keys()
    return {name: value for name, value in body.items() if name not in empty} if empty else body


def _tidy_message(message: Any) -> Any:
    """The message without empty lists. An answer or a result without any content gets an empty text."""
    if type(message) is not dict:
        return message
    role, content = message.get("role"), message.get("content")
    calls = message.get("tool_calls")
    if calls == []:
        message = {name: value for name, value in message.items() if name != "tool_calls"}
    elif type(calls) is list and not all(map(_has_written_arguments, calls)):
        message = {**message, "tool_calls": [_written(call) for call in calls]}
    if content == []:
        return {**message, "content": ""}
    if content is not None:
        return message
    silent = role == "assistant" and not any(message.get(name) for name in _INSTEAD_OF_TEXT)
    return {**message, "content": ""} if silent or role in _RESULTS else message


def _with_ids(messages: list[Any]) -> list[Any]:
    """The messages with an id for each call and result without one, by their order; some servers give none."""
    nameless = [at for at, message in enumerate(messages) if _lacks_ids(message)]
    if not nameless:
        return messages
    given = [*messages]
    for at in nameless:
        calls, waiting = [], []
        for place, call in enumerate(messages[at]["tool_calls"]):
            lacks = type(call) is dict and not call.get("id")
            calls.append({**call, "id": f"call_{at}_{place}"} if lacks else call)
            waiting += [calls[-1]["id"]] if lacks else []
        given[at] = {**messages[at], "tool_calls": calls}
        behind = at + 1
        while waiting and behind < len(given) and _is_result_without_id(given[behind]):
            given[behind] = {**given[behind], "tool_call_id": waiting.pop(0)}
            behind += 1
    return given


def _lacks_ids(message: Any) -> bool:
    calls = message.get("tool_calls") if type(message) is dict else None
    return type(calls) is list and any(type(call) is dict and not call.get("id") for call in calls)


def _is_result_without_id(message: Any) -> bool:
    return type(message) is dict and message.get("role") == "tool" and not message.get("tool_call_id")


def _has_written_arguments(call: Any) -> bool:
    function = call.get("function") if type(call) is dict else None
    return type(function) is not dict or type(function.get("arguments")) is str


def _written(call: Any) -> Any:
    """The call with its arguments as text, where a program kept none, or the object that they stand for."""
    if _has_written_arguments(call):
        return call
    arguments = call["function"].get("arguments")
    if arguments is not None and type(arguments) is not dict:
        return call
    return {**call, "function": {**call["function"], "arguments": orjson.dumps(arguments or {}).decode()}}


def _reasoning(body: Json) -> Json:
    """The body with `reasoning: {effort, max_tokens, enabled}` as `reasoning_effort`. Raises `BadRequest`."""
    reasoning = body.get("reasoning")
    if reasoning is None:
        return body
    json_body.an_object(reasoning, "reasoning")
    tidied = {name: value for name, value in body.items() if name != "reasoning"}
    effort = reasoning.get("effort")
    if effort is None and reasoning.get("max_tokens") is not None:
        effort = effort_of_budget(reasoning["max_tokens"], "reasoning.max_tokens")
    elif effort is None and reasoning.get("enabled") is False:
        effort = "none"
    if effort is not None:
        json_body.text(effort, "reasoning.effort")
        tidied.setdefault("reasoning_effort", effort)
    return tidied


def effort_of_budget(budget: Any, path: str) -> str:
    """The effort that a budget of thinking tokens stands for. Raises `BadRequest` naming `path`."""
    json_body.whole(1, 2**31 - 1)(budget, path)
    return next((effort for tokens, effort in _BUDGETS if budget <= tokens), "high")


def check_body(body: Json) -> None:
    """Raises `BadRequest` for the first field that is missing, of another type, or over its limit."""
    check_model(body.get("model"))
    _check_messages(body.get("messages"))
    for name, check in _FIELDS.items():
        value = body.get(name)
        if value is not None:
            check(value, name)
    check_chosen_tool(body)


def check_model(model: Any) -> str:
    """`model` if it can name a route. Raises `BadRequest`."""
    if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
        raise json_body.refuse("model", "a non-empty string of at most %(most)s characters", most=MAX_MODEL)
    return model


def _check_messages(messages: Any) -> None:
    if not json_body.a_list(messages, "messages", MAX_MESSAGES):
        raise json_body.refuse("messages", "an array with at least one message")
    for place, message in enumerate(messages):
        path = f"messages[{place}]"
        if type(message) is not dict:
            raise json_body.refuse(path, "an object")
        role = message.get("role")
        check = _ROLES.get(role) if type(role) is str else None
        if check is None:
            known = ", ".join(f"`{role}`" for role in _ROLES)
            raise json_body.refuse(f"{path}.role", "one of %(choices)s", choices=known)
        check(message, path)
        _check_members(message, path, _MESSAGE_MEMBERS)
        content = message.get("content")
        if type(content) is list:
            _check_parts(content, f"{path}.content")


def _check_members(holder: Json, path: str, members: Mapping[str, Check]) -> None:
    """Check the members that are there; all of them are optional."""
    for name, check in members.items():
        if name in holder:
            check(holder[name], f"{path}.{name}")
    json_body.cache_mark(holder, path)


def _check_prompt(message: Json, path: str) -> None:
    if type(message.get("content")) not in (str, list):
        raise json_body.refuse(f"{path}.content", "a string or an array of content parts")


def _check_result(message: Json, path: str) -> None:
    _check_prompt(message, path)
    json_body.filled_text(message.get("tool_call_id"), f"{path}.tool_call_id")


def _check_named_result(message: Json, path: str) -> None:
    json_body.filled_text(message.get("name"), f"{path}.name")
    if message.get("content") is not None:
        _check_prompt(message, path)


def _check_answer(message: Json, path: str) -> None:
    if message.get("content") is None:
        if not any(message.get(name) for name in _STANDS_FOR_CONTENT):
            raise json_body.refuse(f"{path}.content", "a string or an array, or come with `tool_calls`")
    else:
        _check_prompt(message, path)
    calls = message.get("tool_calls")
    if calls is not None:
        for place, call in enumerate(json_body.a_list(calls, f"{path}.tool_calls", MAX_TOOLS)):
            _check_tool_call(call, f"{path}.tool_calls[{place}]")


def _check_tool_call(call: Any, path: str) -> None:
    kind = json_body.an_object(call, path).get("type", "function")
    json_body.filled_text(call.get("id"), f"{path}.id")
    json_body.cache_mark(call, path)
    json_body.one_of("function", "custom")(kind, f"{path}.type")
    called = json_body.an_object(call.get(kind), f"{path}.{kind}")
    json_body.filled_text(called.get("name"), f"{path}.{kind}.name")
    written = "arguments" if kind == "function" else "input"
    json_body.text(called.get(written), f"{path}.{kind}.{written}")


def _check_parts(parts: list[Any], path: str) -> None:
    json_body.a_list(parts, path, MAX_PARTS)
    for place, part in enumerate(parts):
        kind = part.get("type") if type(part) is dict else None
        if kind == "text":
            if type(part.get("text")) is not str:
                raise json_body.refuse(f"{path}[{place}].text", "a string")
        elif kind == "image_url":
            _check_image(part.get("image_url"), f"{path}[{place}].image_url")
        else:
            _check_other_part(part, f"{path}[{place}]")
        json_body.cache_mark(part, f"{path}[{place}]")


def _check_image(image: Any, path: str) -> None:
    url = json_body.an_object(image, path).get("url")
    if type(url) is not str or not _IMAGE_URL.match(url):
        raise json_body.refuse(f"{path}.url", "an http(s) address or a `data:image/` URL")
    if image.get("detail") is not None:
        json_body.one_of("auto", "low", "high", "original")(image["detail"], f"{path}.detail")


def _check_other_part(part: Any, path: str) -> None:
    kind = json_body.an_object(part, path).get("type")
    if type(kind) is not str or not _KIND.fullmatch(kind):
        raise json_body.refuse(f"{path}.type", "the name of a kind of part, such as `text`")
    if kind == "refusal":
        json_body.text(part.get("refusal"), f"{path}.refusal")
    elif kind in _LINKS:
        held = part.get(kind)
        url = held.get("url") if type(held) is dict else held
        if type(url) is not str or not _LINKS[kind].match(url):
            raise json_body.refuse(f"{path}.{kind}.url", "an http(s) address or a `data:` URL of its kind")
    elif kind in PART_KINDS:
        held = json_body.an_object(part.get(kind), f"{path}.{kind}")
        for name in ("file_data", "file_id", "filename", "data", "format"):
            if name in held:
                json_body.text(held[name], f"{path}.{kind}.{name}")


def _check_older_call(call: Any, path: str) -> None:
    """The deprecated `function_call` of a message, since replaced by `tool_calls`."""
    json_body.filled_text(json_body.an_object(call, path).get("name"), f"{path}.name")
    json_body.text(call.get("arguments"), f"{path}.arguments")


def _check_tools(tools: Any, path: str) -> None:
    for place, tool in enumerate(json_body.a_list(tools, path, MAX_TOOLS)):
        where = f"{path}[{place}]"
        kind = json_body.an_object(tool, where).get("type")
        json_body.one_of("function", "custom")(kind, f"{where}.type")
        _check_definition(tool.get(kind), f"{where}.{kind}")
        json_body.cache_mark(tool, where)


def _check_functions(functions: Any, path: str) -> None:
    for place, function in enumerate(json_body.a_list(functions, path, MAX_TOOLS)):
        _check_definition(function, f"{path}[{place}]")


def _check_definition(tool: Any, path: str) -> None:
    name = json_body.an_object(tool, path).get("name")
    if type(name) is not str or not _TOOL_NAME.fullmatch(name):
        raise json_body.refuse(f"{path}.name", "1 to 64 letters, digits, `_` or `-`")
    if tool.get("description") is not None:
        json_body.text(tool["description"], f"{path}.description")
    if tool.get("parameters") is not None:
        json_body.an_object(tool["parameters"], f"{path}.parameters")
    if tool.get("strict") is not None:
        json_body.flag(tool["strict"], f"{path}.strict")
    json_body.cache_mark(tool, path)


def _check_response_format(value: Any, path: str) -> None:
    kind = json_body.an_object(value, path).get("type")
    json_body.one_of("text", "json_object", "json_schema")(kind, f"{path}.type")
    if kind == "json_schema":
        schema = json_body.an_object(value.get("json_schema"), f"{path}.json_schema")
        json_body.filled_text(schema.get("name"), f"{path}.json_schema.name")
        _check_members(schema, f"{path}.json_schema", _SCHEMA_MEMBERS)


def _check_stream_options(value: Any, path: str) -> None:
    for name in ("include_usage", "include_obfuscation"):
        if json_body.an_object(value, path).get(name) is not None:
            json_body.flag(value[name], f"{path}.{name}")


def _check_stop(value: Any, path: str) -> None:
    if type(value) is str:
        return
    for place, stop in enumerate(json_body.a_list(value, path, MAX_STOPS)):
        json_body.text(stop, f"{path}[{place}]")


def _check_thinking(value: Any, path: str) -> None:
    """Anthropic's `thinking`, which clients of other gateways put into chat bodies."""
    if json_body.an_object(value, path):
        json_body.filled_text(value.get("type"), f"{path}.type")
    if value.get("budget_tokens") is not None or value.get("type") == "enabled":
        json_body.whole(1, MAX_TOKENS)(value.get("budget_tokens"), f"{path}.budget_tokens")
    if value.get("display") is not None:
        json_body.text(value["display"], f"{path}.display")


def _check_object(value: Any, path: str) -> None:
    json_body.an_object(value, path)


def _check_bias(value: Any, path: str) -> None:
    for token, bias in json_body.an_object(value, path).items():
        if type(bias) not in (int, float) or not -100 <= bias <= 100 or not token.isdecimal():
            raise json_body.refuse(path, "an object of token numbers with a number from -100 to 100 each")


def _check_texts(value: Any, path: str) -> None:
    for place, entry in enumerate(json_body.a_list(value, path, MAX_STOPS)):
        json_body.text(entry, f"{path}[{place}]")


def check_chosen_tool(body: Json) -> None:
    """Raise `BadRequest` for a `tool_choice` that names none of the `tools`."""
    chosen = body.get("tool_choice")
    if type(chosen) is not dict or "tools" not in body or chosen["type"] not in ("function", "custom"):
        return
    inner = chosen.get(chosen["type"])
    if type(inner) is not dict:
        return
    if inner["name"] not in [tool[tool["type"]]["name"] for tool in body["tools"]]:
        raise BadRequest(
            "`tool_choice` names a tool that is not among `tools`. Add the tool, or choose another.",
            param="tool_choice",
        )


def _check_older_choice(value: Any, path: str) -> None:
    json_body.text_or_object(value, path)
    if type(value) is dict:
        json_body.filled_text(value.get("name"), f"{path}.name")


def check_choice(chosen: Any, path: str = "tool_choice") -> None:
    """Check a `tool_choice`: a word, or an object with `type` and, for a named tool, `name`. Raises `BadRequest`."""
    json_body.text_or_object(chosen, path)
    if type(chosen) is not dict:
        return
    json_body.filled_text(chosen.get("type"), f"{path}.type")
    kind = chosen["type"]
    inner = chosen.get(kind)
    named: Json = inner if type(inner) is dict else chosen
    if kind in ("function", "custom", "tool"):
        json_body.filled_text(named.get("name"), f"{path}.name" if named is chosen else f"{path}.{kind}.name")
    elif kind == "allowed_tools":
        for place, entry in enumerate(json_body.a_list(named.get("tools"), f"{path}.tools", MAX_TOOLS)):
            json_body.an_object(entry, f"{path}.tools[{place}]")


_ROLES = {
    "system": _check_prompt,
    "developer": _check_prompt,
    "user": _check_prompt,
    "assistant": _check_answer,
    "tool": _check_result,
    "function": _check_named_result,
}
_MESSAGE_MEMBERS: Mapping[str, Check] = {
    "name": json_body.text,
    "refusal": json_body.text,
    "reasoning_content": json_body.text,
    "is_error": json_body.flag,
    "audio": _check_object,
    "function_call": _check_older_call,
}
_SCHEMA_MEMBERS: Mapping[str, Check] = {
    "description": json_body.text,
    "schema": _check_object,
    "strict": json_body.flag,
}
_FIELDS: Mapping[str, Check] = {
    "stream": json_body.flag,
    "stream_options": _check_stream_options,
    "tools": _check_tools,
    "functions": _check_functions,
    "tool_choice": check_choice,
    "function_call": _check_older_choice,
    "parallel_tool_calls": json_body.flag,
    "response_format": _check_response_format,
    "n": json_body.whole(1, 128),
    "max_tokens": json_body.whole(1, MAX_TOKENS),
    "max_completion_tokens": json_body.whole(1, MAX_TOKENS),
    "temperature": json_body.number(0, 2),
    "top_p": json_body.number(0, 1),
    "frequency_penalty": json_body.number(-2, 2),
    "presence_penalty": json_body.number(-2, 2),
    "logprobs": json_body.flag,
    "top_logprobs": json_body.whole(0, 20),
    "seed": json_body.whole(-(2**63), 2**63 - 1),
    "stop": _check_stop,
    "top_k": json_body.whole(0, MAX_TOKENS),
    "min_p": json_body.number(0, 1),
    "logit_bias": _check_bias,
    "reasoning_effort": json_body.text,
    "thinking": _check_thinking,
    "verbosity": json_body.text,
    "prediction": _check_object,
    "modalities": _check_texts,
    "audio": _check_object,
    "web_search_options": _check_object,
    "metadata": _check_object,
    "store": json_body.flag,
    "service_tier": json_body.text,
    "prompt_cache_key": json_body.text,
    "prompt_cache_retention": json_body.text,
    "safety_identifier": json_body.text,
    "user": json_body.text,
}
