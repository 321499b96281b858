"""Histories and bodies as other servers and older clients leave them go on at every provider."""

import base64
import json

import pytest

from tests.api.everywhere import (
    ANTHROPIC,
    AZURE,
    CALL,
    CHAT,
    CLAUDE,
    EIGHT,
    GEMINI,
    HI,
    LLAMA,
    LOOK,
    MESSAGES,
    MISTRAL,
    OPENAI,
    OWN,
    SIX,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)
from tests.fakes.openai_server import Script
from tests.sdk_bodies import PNG

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
ROUTES = tuple(dict.fromkeys((*SIX, *EIGHT)))
CLAUDES = (ANTHROPIC, CLAUDE)
SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}


def turn(call_id: str, result: str) -> list[Json]:
    """A call and its result."""
    return [
        {"role": "assistant", "content": None, "tool_calls": [{**CALL, "id": call_id}]},
        {"role": "tool", "tool_call_id": call_id, "content": result},
    ]


@pytest.mark.parametrize("route", ROUTES)
def test_an_id_that_comes_again_in_a_later_turn_is_told_apart(gateway: Everywhere, route: str) -> None:
    messages = [HI, *turn("call_0", "first"), *turn("call_0", "second")]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [LOOK]}))
    sent = json.dumps(gateway.sent(route))
    assert sent.index("first") < sent.index("second")


@pytest.mark.parametrize("route", ROUTES)
def test_two_calls_of_one_answer_with_one_id_get_a_result_each(gateway: Everywhere, route: str) -> None:
    if route in (AZURE, OPENAI, OWN):
        return  # they go as they are
    calls = [{**CALL, "id": "x"}, {**CALL, "id": "x"}]
    results = [{"role": "tool", "tool_call_id": "x", "content": text} for text in ("first", "second")]
    messages = [HI, {"role": "assistant", "content": None, "tool_calls": calls}, *results]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [LOOK]}))
    sent = json.dumps(gateway.sent(route))
    assert "first" in sent
    assert "second" in sent


@pytest.mark.parametrize("route", CLAUDES)
def test_claudes_own_form_may_repeat_ids_too(gateway: Everywhere, route: str) -> None:
    messages: list[Json] = [HI]
    for result in ("first", "second"):
        used = {"type": "tool_use", "id": "call_0", "name": "look", "input": {}}
        shown = {"type": "tool_result", "tool_use_id": "call_0", "content": result}
        messages += [{"role": "assistant", "content": [used]}, {"role": "user", "content": [shown]}]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    answered(gateway.post(MESSAGES, {"model": route, "max_tokens": 9, "messages": messages, "tools": tools}))
    ids = [
        block.get("tool_use_id") for one in gateway.sent(route)["messages"][1:] for block in one["content"]
    ]
    assert ids == [None, "call_0", None, "call_0-2"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("arguments", [None, {"a": "x"}, {}], ids=str)
def test_arguments_that_a_program_kept_as_an_object_or_not_at_all_are_read(
    gateway: Everywhere, route: str, arguments: Json | None
) -> None:
    call = {**CALL, "function": {"name": "look", "arguments": arguments}}
    messages = [HI, {"role": "assistant", "content": None, "tool_calls": [call]}, *turn("c1", "r")[1:]]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [LOOK]}))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("call_id", ["", None])
def test_calls_and_results_without_ids_are_joined_by_their_order(
    gateway: Everywhere, route: str, call_id: str | None
) -> None:
    calls = [{**CALL, "id": call_id}, {**CALL, "id": call_id}]
    results = [{"role": "tool", "tool_call_id": call_id, "content": text} for text in ("first", "second")]
    messages = [HI, {"role": "assistant", "content": None, "tool_calls": calls}, *results]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [LOOK]}))
    sent = json.dumps(gateway.sent(route))
    assert sent.index("first") < sent.index("second")


@pytest.mark.parametrize("route", ROUTES)
def test_a_limit_of_minus_one_is_none(gateway: Everywhere, route: str) -> None:
    answered(gateway.post(CHAT, {"model": route, "messages": [HI], "max_tokens": -1}))
    assert "-1" not in json.dumps(gateway.sent(route))


@pytest.mark.parametrize("route", [*CLAUDES, GEMINI, OPENAI])
def test_the_older_name_of_structured_output_is_read(gateway: Everywhere, route: str) -> None:
    form = {"type": "json_schema", "schema": SCHEMA}
    body = {"model": route, "max_tokens": 50, "messages": [HI], "output_format": form}
    told = answered(gateway.post(MESSAGES, body, anthropic_beta="structured-outputs-2025-11-13"))
    assert isinstance(json.loads(json.loads(told.data)["content"][0]["text"]), dict)
    assert WARNING not in told.headers


@pytest.mark.parametrize("route", [*CLAUDES, OPENAI, GEMINI])
def test_a_limit_of_nothing_fills_the_cache_of_claude_and_is_refused_elsewhere(
    gateway: Everywhere, route: str
) -> None:
    told = gateway.post(MESSAGES, {"model": route, "max_tokens": 0, "messages": [HI]})
    if route in CLAUDES:
        assert gateway.sent(route)["max_tokens"] == 0
    else:
        assert "`max_tokens` is 0" in error_of(told)["message"]


@pytest.mark.parametrize("route", [CLAUDE, GEMINI, ANTHROPIC])
@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;charset=utf-8;base64,{PNG}",
        f"data:image/png;name=a.png;base64,{PNG}",
        f"data:image/png;base64,{PNG[:40]}\n{PNG[40:]}\n",
        f"data:image/png;base64,{PNG.rstrip('=')}",
    ],
    ids=["a charset", "a name", "lines", "no padding"],
)
def test_a_data_url_may_have_parameters_and_line_breaks(gateway: Everywhere, route: str, url: str) -> None:
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "What is this?"}]
    answered(gateway.post(CHAT, {"model": route, "messages": [{"role": "user", "content": content}]}))
    sent = json.dumps(gateway.sent(route))
    assert base64.b64encode(base64.b64decode(PNG)).decode() in sent


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_a_cache_mark_on_a_result_or_on_the_body_reaches_bedrock(gateway: Everywhere, path: str) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    if path == MESSAGES:
        answered(gateway.post(path, {"model": CLAUDE, "max_tokens": 9, "messages": [HI], **mark}))
        assert gateway.sent(CLAUDE)["messages"] == [
            {"role": "user", "content": [{"type": "text", "text": "hi", **mark}]}
        ]
        return
    call, result = turn("c1", "")
    messages = [HI, call, {**result, "content": [{"type": "text", "text": "r", **mark}]}]
    answered(gateway.post(path, {"model": CLAUDE, "messages": messages, "tools": [LOOK]}))
    assert {"cachePoint": {"type": "default"}} in gateway.sent(CLAUDE)["messages"][-1]["content"]


def test_of_many_cache_marks_the_last_four_reach_bedrock(gateway: Everywhere) -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    words = [{"type": "text", "text": f"word {at}", **mark} for at in range(7)]
    system = {"role": "system", "content": [{"type": "text", "text": "s", **mark}]}
    answered(gateway.post(CHAT, {"model": CLAUDE, "messages": [system, {"role": "user", "content": words}]}))
    content = gateway.sent(CLAUDE)["messages"][0]["content"]
    assert [at for at, part in enumerate(content) if "cachePoint" in part] == [5, 7, 9]


def test_chunks_of_a_document_stay_apart(gateway: Everywhere) -> None:
    source = {
        "type": "content",
        "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
    }
    messages = [{"role": "user", "content": [{"type": "document", "source": source}]}]
    answered(gateway.post(MESSAGES, {"model": OPENAI, "max_tokens": 9, "messages": messages}))
    assert "one\\n\\ntwo" in json.dumps(gateway.sent(OPENAI))


@pytest.mark.parametrize("route", [CLAUDE, ANTHROPIC, GEMINI, MISTRAL, LLAMA])
def test_strictness_that_no_field_demands_is_named(gateway: Everywhere, route: str) -> None:
    tool = {"type": "function", "function": {**LOOK["function"], "strict": True}}
    told = answered(gateway.post(CHAT, {"model": route, "messages": [HI], "tools": [tool]}))
    assert "tools.strict" in told.headers[WARNING]


def test_fields_of_tools_that_bedrock_refused_are_not_tried_again(gateway: Everywhere) -> None:
    gateway.forget()
    tool = {"name": "look", "input_schema": {"type": "object"}, "eager_input_streaming": True}
    body = {"model": CLAUDE, "max_tokens": 9, "messages": [HI], "tools": [tool]}
    for _ in range(3):
        answered(gateway.post(MESSAGES, body))
    assert len(gateway.fakes["bedrock"].seen) == 4


@pytest.mark.parametrize("route", CLAUDES)
def test_thinking_that_does_not_fit_is_named(gateway: Everywhere, route: str) -> None:
    forced = {"tool_choice": "required", "tools": [LOOK], "reasoning_effort": "high"}
    told = answered(gateway.post(CHAT, {"model": route, "messages": [HI], **forced}))
    assert "dropped parameters: reasoning_effort" in told.headers[WARNING]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    native: Json = {"max_tokens": 2000, "messages": [HI], "tools": tools, "tool_choice": {"type": "any"}}
    told = answered(gateway.post(MESSAGES, {"model": route, **native, "thinking": {"type": "disabled"}}))
    assert WARNING not in told.headers


def test_a_persons_name_goes_to_openai_as_it_takes_names(gateway: Everywhere) -> None:
    answered(gateway.post(CHAT, {"model": OPENAI, "messages": [{**HI, "name": "Zoe <B>"}]}))
    assert gateway.sent(OPENAI)["messages"][0]["name"] == "Zoe_B_"


@pytest.mark.parametrize(
    "words",
    [
        "registry.ollama.ai/library/gemma2 does not support tools",
        '"auto" tool choice requires --enable-auto-tool-choice',
    ],
)
def test_a_server_whose_model_has_no_tools_is_told_of_by_that_field(gateway: Everywhere, words: str) -> None:
    body = json.dumps({"error": {"message": words, "type": "api_error"}}).encode()
    gateway.fakes["local"].scripts.append(Script(status=400, body=body))
    error = error_of(gateway.post(CHAT, {"model": OWN, "messages": [HI], "tools": [LOOK]}))
    assert error["param"] == "tools"
