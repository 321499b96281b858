"""The first step of every dialect: what a body says by null or by an empty list, it does not say.

The Python SDKs of OpenAI send `null` for arguments that were given as `None`, and agents store histories with empty
lists in them; providers refuse both. Free JSON is left alone: schemas, arguments and inputs of tools, where null is a
value. Pure; a body without anything to remove is returned as the same object.
"""

from typing import Any

from ni.dialects import json_body
from ni.domain.call import Json

_FREE = frozenset(
    {
        "parameters", "input_schema", "schema", "args", "response", "parametersJsonSchema", "parameters_json_schema",
        "responseSchema", "response_schema", "responseJsonSchema", "response_json_schema", "chat_template_kwargs",
        "guided_json", "structured_outputs", "input_examples", "metadata",
    }
)  # fmt: skip
_STANDS_FOR_CONTENT = ("tool_calls", "function_call", "refusal", "audio")
_OF_TOOLS = ("tool_choice", "parallel_tool_calls")
_RESULTS = ("tool", "function")
_BUDGETS = ((2048, "low"), (16_384, "medium"))
"""Up to so many tokens of thinking count as that effort; more is `high`."""


def without_nulls(body: Json) -> Json:
    """The body without members that are null, at any depth except in free JSON."""
    found: Json = _pruned(body)
    return found


def _pruned(value: Any) -> Any:
    """`value` itself if nothing was to be removed in it."""
    if type(value) is list:
        entries = [_pruned(entry) if type(entry) in (dict, list) else entry for entry in value]
        return value if all(map(_is_same, entries, value)) else entries
    if type(value) is not dict:
        return value
    changed: Json = {}
    for name, entry in value.items():
        if type(entry) in (dict, list) and not _is_free(name, entry):
            kept = _pruned(entry)
            if kept is not entry:
                changed[name] = kept
    nulls = [name for name, entry in value.items() if entry is None and not _is_chats_own(name, value)]
    if not changed and not nulls:
        return value
    return {name: changed.get(name, entry) for name, entry in value.items() if name not in nulls}


def _is_chats_own(name: str, holder: Json) -> bool:
    """`content: null` beside `tool_calls`, as OpenAI itself writes a turn of calls and every upstream reads it."""
    return name == "content" and bool(holder.get("tool_calls"))


def _is_same(one: Any, other: Any) -> bool:
    return one is other


def _is_free(name: str, entry: Any) -> bool:
    return name in _FREE or (name == "input" and type(entry) is dict)


def tidy_chat(body: Json) -> Json:
    """A chat body without what says nothing, with results behind their calls and one word for reasoning."""
    body = _without_empty_tools(body)
    messages = body.get("messages")
    if type(messages) is list:
        tidied = [_tidy_message(message) for message in messages]
        if not all(map(_is_same, tidied, messages)):
            body = {**body, "messages": tidied}
        ordered = results_behind_calls(tidied)
        if ordered is not tidied:
            body = {**body, "messages": ordered}
    return _reasoning(body)


def results_behind_calls(messages: list[Any]) -> list[Any]:
    """The messages with each result right behind the turn that holds its call, where a client sent it later.

    Clients of Responses may: outputs belong to calls by `call_id` there. The same list if none came late.
    """
    if not _any_comes_late(messages):
        return messages
    results: dict[str, list[Json]] = {}
    for message in messages:
        if _is_result(message):
            results.setdefault(message["tool_call_id"], []).append(message)
    ordered: list[Any] = []
    for message in messages:
        if not _is_result(message):
            ordered.append(message)
            for call_id in _called(message):
                ordered += results.get(call_id, [])[:1]
                results[call_id] = results.get(call_id, [])[1:]
    return ordered + [message for left in results.values() for message in left]


def _any_comes_late(messages: list[Any]) -> bool:
    waiting: set[str] = set()
    for message in messages:
        if _is_result(message):
            waiting.discard(message["tool_call_id"])
        elif waiting:
            return True
        else:
            waiting = set(_called(message))
    return False


def _is_result(message: Any) -> bool:
    return (
        type(message) is dict and message.get("role") == "tool" and type(message.get("tool_call_id")) is str
    )


def _called(message: Any) -> list[str]:
    """The ids of a message's calls; nothing where they are not of the types that validation wants."""
    calls = message.get("tool_calls") if type(message) is dict else None
    ids = [call.get("id") for call in calls if type(call) is dict] if type(calls) is list else []
    return [call_id for call_id in ids if type(call_id) is str]


def _without_empty_tools(body: Json) -> Json:
    """Without empty lists of tools, and without a choice among no tools: OpenAI refuses both."""
    empty = {name for name in ("tools", "functions", "stop") if body.get(name) == []}
    if "tools" in empty or "tools" not in body:
        empty |= {name for name in _OF_TOOLS if name in body}
    if "functions" in empty or "functions" not in body:
        empty |= {"function_call"} & body.keys()
    return {name: value for name, value in body.items() if name not in empty} if empty else body


def _tidy_message(message: Any) -> Any:
    """A message whose empty lists are gone; an answer that said nothing and a result without words are empty texts."""
    if type(message) is not dict:
        return message
    role, content = message.get("role"), message.get("content")
    if message.get("tool_calls") == []:
        message = {name: value for name, value in message.items() if name != "tool_calls"}
    if content == []:
        return {**message, "content": ""}
    if content is not None:
        return message
    silent = role == "assistant" and not any(message.get(name) for name in _STANDS_FOR_CONTENT)
    return {**message, "content": ""} if silent or role in _RESULTS else message


def _reasoning(body: Json) -> Json:
    """`reasoning: {effort, max_tokens, enabled}`, as some clients write it, as `reasoning_effort`."""
    given = body.get("reasoning")
    if given is None:
        return body
    json_body.an_object(given, "reasoning")
    left = {name: value for name, value in body.items() if name != "reasoning"}
    effort = given.get("effort")
    if effort is None and given.get("max_tokens") is not None:
        effort = effort_of_budget(given["max_tokens"], "reasoning.max_tokens")
    elif effort is None and given.get("enabled") is False:
        effort = "none"
    if effort is not None:
        json_body.text(effort, "reasoning.effort")
        left.setdefault("reasoning_effort", effort)
    return left


def effort_of_budget(budget: Any, path: str) -> str:
    """The effort that a budget of thinking tokens stands for. Raises `BadRequest` for what is no budget."""
    json_body.whole(1, 2**31 - 1)(budget, path)
    return next((effort for tokens, effort in _BUDGETS if budget <= tokens), "high")
