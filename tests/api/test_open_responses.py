"""Open Responses: its published compliance cases on every kind of route, and its schema on every response and event.

Cases and schema: https://www.openresponses.org/compliance and its repository (`ResponseResource`, the union of
streaming events), restated here in our own words.
"""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.all_upstreams import ROUTES, Servers, all_upstreams
from tests.api.instance import Instance
from tests.dialects.checkers import check_responses

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
Json = dict[str, Any]
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c63f8cfc0f01f0005000201ff5f2b1e000000000049454e44ae426082"
    )
).decode()
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the weather of a place.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}


def said(role: str, content: Any) -> Json:
    return {"type": "message", "role": role, "content": content}


SEEN = [
    {"type": "input_text", "text": "What is in this image?"},
    {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
]
CASES: dict[str, Json] = {
    "basic text": {"input": [said("user", "Say hello in exactly 3 words.")]},
    "streaming": {"input": [said("user", "Count from 1 to 5.")], "stream": True},
    "system prompt": {"input": [said("system", "Speak as a pirate."), said("user", "Say hello.")]},
    "tool calling": {"input": [said("user", "call get_weather with {}")], "tools": [WEATHER]},
    "tool calling, streaming": {
        "input": [said("user", "call get_weather with {}")],
        "tools": [WEATHER],
        "stream": True,
    },
    "image input": {"input": [said("user", SEEN)]},
    "several turns": {
        "input": [said("user", "I am Alice."), said("assistant", "Hello Alice!"), said("user", "Who am I?")]
    },
}

Check = Callable[[Any], bool]


def whole(value: Any) -> bool:
    return type(value) is int


def number(value: Any) -> bool:
    return type(value) in (int, float)


def text(value: Any) -> bool:
    return isinstance(value, str)


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def an_object(value: Any) -> bool:
    return isinstance(value, dict)


def a_list(value: Any) -> bool:
    return isinstance(value, list)


def or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


RESPONSE: dict[str, Check] = {
    "id": text, "object": lambda value: value == "response", "created_at": whole, "completed_at": or_null(whole),
    "status": text, "incomplete_details": or_null(an_object), "model": text, "previous_response_id": or_null(text),
    "instructions": or_null(text), "output": a_list, "error": or_null(an_object), "tools": a_list,
    "tool_choice": lambda value: text(value) or an_object(value),
    "truncation": lambda value: value in ("auto", "disabled"),
    "parallel_tool_calls": flag, "text": an_object, "top_p": number, "presence_penalty": number,
    "frequency_penalty": number, "top_logprobs": whole, "temperature": number, "reasoning": or_null(an_object),
    "usage": or_null(an_object), "max_output_tokens": or_null(whole), "max_tool_calls": or_null(whole), "store": flag,
    "background": flag, "service_tier": text, "metadata": an_object, "safety_identifier": or_null(text),
    "prompt_cache_key": or_null(text),
}  # fmt: skip
TOOL: dict[str, Check] = {
    "type": text, "name": text, "description": or_null(text), "parameters": or_null(an_object), "strict": or_null(flag),
}  # fmt: skip
CALL: dict[str, Check] = {"id": text, "call_id": text, "name": text, "arguments": text, "status": text}
MESSAGE: dict[str, Check] = {"id": text, "status": text, "role": text, "content": a_list}
TEXT: dict[str, Check] = {"text": text, "annotations": a_list, "logprobs": a_list}
USAGE: dict[str, Check] = {
    "input_tokens": whole, "output_tokens": whole, "total_tokens": whole,
    "input_tokens_details": lambda value: whole(value["cached_tokens"]),
    "output_tokens_details": lambda value: whole(value["reasoning_tokens"]),
}  # fmt: skip
IN_TEXT: dict[str, Check] = {"item_id": text, "output_index": whole, "content_index": whole}
IN_ITEM: dict[str, Check] = {"item_id": text, "output_index": whole}
IN_SUMMARY: dict[str, Check] = {**IN_ITEM, "summary_index": whole}
WITH_RESPONSE: dict[str, Check] = {"response": an_object}
WITH_ITEM: dict[str, Check] = {"output_index": whole, "item": an_object}
WITH_PART: dict[str, Check] = {**IN_TEXT, "part": an_object}
WITH_SUMMARY: dict[str, Check] = {**IN_SUMMARY, "part": an_object}
EVENTS: dict[str, dict[str, Check]] = {
    "response.created": WITH_RESPONSE,
    "response.in_progress": WITH_RESPONSE,
    "response.completed": WITH_RESPONSE,
    "response.output_item.added": WITH_ITEM,
    "response.output_item.done": WITH_ITEM,
    "response.content_part.added": WITH_PART,
    "response.content_part.done": WITH_PART,
    "response.output_text.delta": {**IN_TEXT, "delta": text, "logprobs": a_list},
    "response.output_text.done": {**IN_TEXT, "text": text, "logprobs": a_list},
    "response.function_call_arguments.delta": {**IN_ITEM, "delta": text},
    "response.function_call_arguments.done": {**IN_ITEM, "arguments": text},
    "response.reasoning_summary_part.added": WITH_SUMMARY,
    "response.reasoning_summary_part.done": WITH_SUMMARY,
    "response.reasoning_summary_text.delta": {**IN_SUMMARY, "delta": text},
    "response.reasoning_summary_text.done": {**IN_SUMMARY, "text": text},
}


def holds(value: Json, members: dict[str, Check]) -> None:
    faults = [name for name, check in members.items() if name not in value or not check(value[name])]
    assert not faults, f"{faults} of {value}"


def check_item(item: Json) -> None:
    if item["type"] == "function_call":
        holds(item, CALL)
    elif item["type"] == "message":
        holds(item, MESSAGE)
        for part in item["content"]:
            holds(part, TEXT if part["type"] == "output_text" else {"refusal": text})
    else:
        assert item["type"] == "reasoning"
        holds(item, {"id": text, "summary": a_list})
        assert text(item.get("encrypted_content", ""))


def check_response(response: Json) -> None:
    holds(response, RESPONSE)
    for tool in response["tools"]:
        holds(tool, TOOL)
    for item in response["output"]:
        check_item(item)
    if response["usage"] is not None:
        holds(response["usage"], USAGE)


def check_event(event: Json, place: int) -> None:
    holds(event, EVENTS[event["type"]])
    assert event["sequence_number"] == place
    if "response" in event:
        check_response(event["response"])
    if "item" in event:
        check_item(event["item"])


@pytest.fixture(scope="module")
def servers(instance: Instance) -> Iterator[Servers]:
    with all_upstreams(instance) as started:
        yield started


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("case", CASES)
def test_a_published_case_passes_on_every_kind_of_route(
    instance: Instance, servers: Servers, route: str, case: str
) -> None:
    asked = {"model": route, **CASES[case]}
    response = instance.post("/v1/responses", asked)
    assert response.status_code == 200, response.data
    told = json.loads(response.data) if not asked.get("stream") else final(response.data)
    check_response(told)
    assert told["status"] == "completed"
    assert told["completed_at"] >= told["created_at"]
    assert told["usage"]["input_tokens"] > 0
    kind = "function_call" if "tools" in asked else "message"
    assert kind in [item["type"] for item in told["output"]]


def final(octets: bytes) -> Json:
    """The response that a stream ends with; each event on the way is checked."""
    events = check_responses(octets)
    for place, event in enumerate(events):
        check_event(event, place)
    response: Json = events[-1]["response"]
    return response


def test_what_was_asked_is_repeated(instance: Instance) -> None:
    given = {
        "temperature": 0.5, "top_p": 0.5, "max_output_tokens": 99, "max_tool_calls": 3, "user": "u1",
        "safety_identifier": "s1", "prompt_cache_key": "p1", "metadata": {"a": "b"}, "instructions": "Be brief.",
        "parallel_tool_calls": False, "tool_choice": {"type": "function", "name": "get_weather"},
    }  # fmt: skip
    body = {"model": "sandbox/echo-local", "input": "hi", "tools": [WEATHER], **given}
    told = json.loads(instance.post("/v1/responses", body).data)
    check_response(told)
    assert {name: told[name] for name in given} == given
    assert told["tools"] == [{**WEATHER, "strict": False}]
    assert "user" not in json.loads(instance.post("/v1/responses", {**body, "user": None}).data)
