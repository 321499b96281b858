"""Open Responses: its published compliance cases on every kind of route, and its schema on every response and event.

Cases: https://www.openresponses.org/compliance, in our own words. Schema: `tests/open_responses.py`, generated from the
specification's OpenAPI document; every other test holds its replies and events against it as well.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pydantic
import pytest
from openresponses_types import ResponseResource

from tests.api.all_upstreams import ROUTES, Servers, all_upstreams
from tests.api.instance import Instance
from tests.dialects.checkers import check_responses
from tests.open_responses import check_event, check_response, event_types

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
        check_event(event)
        assert event["sequence_number"] == place
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


REQUIRED = [name for name, member in ResponseResource.model_fields.items() if member.is_required()]


@pytest.mark.parametrize("member", REQUIRED)
def test_the_schema_notices_each_missing_member(instance: Instance, member: str) -> None:
    """So that what passes above passed for a reason."""
    told = json.loads(instance.post("/v1/responses", {"model": "sandbox/echo-local", "input": "hi"}).data)
    check_response(told)
    del told[member]
    with pytest.raises(pydantic.ValidationError, match=member):
        check_response(told)


def test_the_schema_knows_the_events(instance: Instance) -> None:
    body = {"model": "sandbox/echo-local", "input": "hi", "stream": True}
    events = check_responses(instance.post("/v1/responses", body).data)
    assert len({event["type"] for event in events} & event_types().keys()) == 9
    for event in events:
        for member in ("sequence_number", "type"):
            with pytest.raises((pydantic.ValidationError, KeyError)):
                check_event({name: value for name, value in event.items() if name != member})


@pytest.mark.parametrize("wrong", [None, 3, "text", [], {}, ["x"], True])
@pytest.mark.parametrize("member", ["async", "defer_loading", "allowed_callers", "output_schema", "format"])
@pytest.mark.parametrize("kind", ["function", "custom", "namespace"])
def test_a_tools_member_of_a_wrong_type_is_not_repeated(
    instance: Instance, kind: str, member: str, wrong: object
) -> None:
    """What is repeated is held against the official types, by the fixture of every test."""
    tool = {**WEATHER, "type": "custom" if kind == "custom" else "function", member: wrong}
    tools = [{"type": "namespace", "name": "n", "tools": [tool]}] if kind == "namespace" else [tool]
    response = instance.post("/v1/responses", {"model": "sandbox/echo-local", "input": "hi", "tools": tools})
    assert response.status_code == 200, response.data
    check_response(json.loads(response.data))


def test_a_grammar_is_repeated_flat(instance: Instance) -> None:
    grammar = {"syntax": "lark", "definition": "start: WORD"}
    for form in ({"type": "grammar", **grammar}, {"type": "grammar", "grammar": grammar}):
        tools = [{"type": "custom", "name": "patch", "format": form}]
        told = instance.post("/v1/responses", {"model": "sandbox/echo-local", "input": "hi", "tools": tools})
        assert json.loads(told.data)["tools"][0]["format"] == {"type": "grammar", **grammar}


ECHOED = (
    ("reasoning", "context"), ("reasoning", "effort"), ("reasoning", "mode"), ("text", "verbosity"), ("text", "format"),
    ("tool_choice", "tools"), ("tool_choice", "mode"), ("tool_choice", "name"),
)  # fmt: skip


@pytest.mark.parametrize("wrong", [None, 3, 1.5, "", "text", [], {}, ["x"], [[]], True, {"type": "x"}])
@pytest.mark.parametrize(("holder", "member"), ECHOED)
def test_a_member_of_a_wrong_type_is_refused_or_not_repeated(
    instance: Instance, holder: str, member: str, wrong: object
) -> None:
    good = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "get_weather"}]}
    given = {"tool_choice": good, "reasoning": {}, "text": {}}[holder] | {member: wrong}
    body = {"model": "sandbox/echo-local", "input": "hi", "tools": [WEATHER], holder: given}
    response = instance.post("/v1/responses", body)
    assert response.status_code in (200, 400), response.data
    if response.status_code == 200:
        check_response(json.loads(response.data))


NUMBERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "top_logprobs", "max_tool_calls",
           "max_output_tokens")  # fmt: skip


@pytest.mark.parametrize("wrong", [1.5, "x", True, [], {}])
@pytest.mark.parametrize("member", NUMBERS)
def test_a_number_of_a_wrong_type_is_refused_or_not_repeated(
    instance: Instance, member: str, wrong: object
) -> None:
    response = instance.post("/v1/responses", {"model": "sandbox/echo-local", "input": "hi", member: wrong})
    assert response.status_code in (200, 400), response.data
    if response.status_code == 200:
        check_response(json.loads(response.data))
