"""Requests that a route refused or broke although its provider would serve them: each kind, with neighbours."""

import json
import re
from typing import Any

import pytest

from tests.api.everywhere import (
    AGAIN,
    ANTHROPIC,
    AZURE,
    CALL,
    CALLED,
    CHAT,
    CLAUDE,
    GEMINI,
    HI,
    IMAGE,
    LOOK,
    MESSAGES,
    OPENAI,
    RESPONSES,
    RESULT,
    SIX,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])


# ------------------------------------------------------------------------------------------------- parameters by model

THINKS = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
ADAPTS = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}


@pytest.mark.parametrize("route", [AZURE, OPENAI])
@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        (CHAT, {"messages": [HI], "reasoning_effort": "medium"}, "reasoning_effort"),
        (CHAT, {"messages": [HI], "reasoning": {"effort": "low"}}, "reasoning_effort"),
        (CHAT, {"messages": [HI], "verbosity": "low"}, "verbosity"),
        (CHAT, {"messages": [HI], "top_k": 5}, "top_k"),
        (CHAT, {"input": [HI], "reasoning": {"effort": "medium"}, "stream": True}, "reasoning_effort"),
        (RESPONSES, {"input": "hi", "reasoning": {"effort": "high", "summary": "auto"}}, "reasoning"),
        (MESSAGES, {"max_tokens": 2000, "messages": [HI], **THINKS}, "thinking"),
        (MESSAGES, {"max_tokens": 2000, "messages": [HI], **ADAPTS}, "thinking"),
    ],
)
def test_a_model_that_does_not_reason_is_not_asked_to(
    gateway: Everywhere, route: str, path: str, body: Json, named: str
) -> None:
    response = answered(gateway.post(path, {"model": route, **body}))
    assert response.headers[WARNING] == f"dropped parameters: {named}"
    assert (
        gateway.sent(route)
        .keys()
        .isdisjoint({"reasoning_effort", "reasoning", "thinking", "verbosity", "top_k"})
    )


def test_a_reasoning_model_is_sent_none_of_what_it_refuses(gateway: Everywhere) -> None:
    sampling = {"presence_penalty": 0.5, "frequency_penalty": 0.5, "temperature": 0.2, "top_p": 0.9}
    given = {**sampling, "stop": ["x"], "logprobs": True, "logit_bias": {"1": 1}, "max_tokens": 9}
    response = answered(gateway.post(CHAT, {"model": "openai/gpt-5-mini-us", "messages": [HI], **given}))
    sent = gateway.sent("openai/")
    assert sent["max_completion_tokens"] == 9
    assert sent.keys().isdisjoint(given)
    assert set(response.headers[WARNING].removeprefix("dropped parameters: ").split(", ")) == (
        given.keys() - {"max_tokens"}
    )


@pytest.mark.parametrize(("route", "most"), [(AZURE, 4), (OPENAI, 4), (GEMINI, 5)])
def test_stop_sequences_beyond_the_limit_are_cut_and_named(
    gateway: Everywhere, route: str, most: int
) -> None:
    stops = [f"stop {at}" for at in range(7)]
    chat = answered(gateway.post(CHAT, {"model": route, "messages": [HI], "stop": stops}))
    assert chat.headers[WARNING] == f"changed parameters: stop=first {most} of 7"
    body = {"model": route, "max_tokens": 50, "messages": [HI], "stop_sequences": stops}
    messages = answered(gateway.post(MESSAGES, body))
    assert messages.headers[WARNING] == f"changed parameters: stop_sequences=first {most} of 7"


@pytest.mark.parametrize("route", SIX[:-1])
def test_what_costs_extra_or_keeps_content_never_leaves(gateway: Everywhere, route: str) -> None:
    extra: Json = {
        "service_tier": "priority",
        "store": True,
        "prompt_cache_retention": "24h",
        "web_search_options": {},
        "metadata": {"a": "b"},
    }
    response = answered(gateway.post(CHAT, {"model": route, "messages": [HI], **extra}))
    assert gateway.sent(route).keys().isdisjoint(extra)
    for name in extra:
        assert name in response.headers[WARNING]


@pytest.mark.parametrize(
    "value", [{"service_tier": "auto"}, {"store": False}, {"modalities": ["text"]}, {"n": 1}]
)
@pytest.mark.parametrize("route", SIX[:-1])
def test_a_default_that_is_said_aloud_is_no_warning(gateway: Everywhere, route: str, value: Json) -> None:
    assert WARNING not in answered(gateway.post(CHAT, {"model": route, "messages": [HI], **value})).headers


@pytest.mark.parametrize("path", [CHAT, "/v1/completions"])
def test_several_answers_of_gemini_come_whole_or_not_at_all(gateway: Everywhere, path: str) -> None:
    asked = {"model": GEMINI, "n": 2} | ({"messages": [HI]} if path == CHAT else {"prompt": "hi"})
    whole = json.loads(answered(gateway.post(path, asked)).data)
    assert [choice["index"] for choice in whole["choices"]] == [0, 1]
    gateway.forget()
    refused = gateway.post(path, {**asked, "stream": True})
    assert (refused.status_code, error_of(refused)["param"]) == (400, "n")
    assert "in a stream" in error_of(refused)["message"]
    assert gateway.fakes["vertex_ai"].seen == []


# ------------------------------------------------------------------------------------------------------ null and empty


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize(
    "fields",
    [
        {"tools": None},
        {"tools": []},
        {"tool_choice": "auto"},
        {"parallel_tool_calls": True},
        {"functions": []},
        {"stop": []},
        dict.fromkeys(("tools", "tool_choice", "response_format", "stop", "user", "metadata", "n", "seed")),
        {"tools": [{"type": "web_search"}]},
        {"tools": [{"googleSearch": {}, "type": "google_search"}], "tool_choice": "auto"},
    ],
    ids=str,
)
def test_null_and_empty_fields_say_nothing(gateway: Everywhere, route: str, fields: Json) -> None:
    answered(gateway.post(CHAT, {"model": route, "messages": [HI], **fields}))
    assert (
        gateway.sent(route).keys().isdisjoint({"tools", "tool_choice", "parallel_tool_calls", "toolConfig"})
    )


@pytest.mark.parametrize("route", [AZURE, OPENAI])
@pytest.mark.parametrize(
    "fields", [{"tools": None}, {"tools": []}, {"tools": None, "messages": None, "text": None}]
)
def test_cursors_body_may_hold_nulls(gateway: Everywhere, route: str, fields: Json) -> None:
    answered(gateway.post(CHAT, {"model": route, "input": [HI], **fields}))


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize(
    "said",
    [
        {"content": "ok", "tool_calls": []},
        {"content": "ok", "tool_calls": None},
        {"content": None},
        {"content": []},
        {"content": ""},
        {},
        {"content": "ok", "refusal": None, "audio": None, "function_call": None, "name": None},
    ],
    ids=str,
)
def test_an_answer_of_the_past_may_say_nothing(gateway: Everywhere, route: str, said: Json) -> None:
    messages = [HI, {"role": "assistant", **said}, AGAIN]
    answered(gateway.post(CHAT, {"model": route, "messages": messages}))


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize("content", [None, "", [], [{"type": "text", "text": ""}]], ids=repr)
def test_a_tool_may_return_nothing(gateway: Everywhere, route: str, content: Any) -> None:
    messages = [HI, CALLED, {**RESULT, "content": content}, AGAIN]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [LOOK]}))


@pytest.mark.parametrize("route", SIX)
def test_what_an_agent_keeps_in_its_history_is_its_own(gateway: Everywhere, route: str) -> None:
    own = {
        "id": "m1",
        "usage": {"total_tokens": 3},
        "provider_specific_fields": {"x": 1},
        "mine": "SECRET WORD",
    }
    call = {
        **CALL,
        "index": 0,
        "mine": "SECRET WORD",
        "function": {**CALL["function"], "mine": "SECRET WORD"},
    }
    said = {**HI, "content": [{"type": "text", "text": "hi", "mine": "SECRET WORD"}], **own}
    tool = {**LOOK, "mine": "SECRET WORD", "function": {**LOOK["function"], "mine": "SECRET WORD"}}
    messages = [said, {**CALLED, "tool_calls": [call], **own}, {**RESULT, **own}]
    answered(gateway.post(CHAT, {"model": route, "messages": messages, "tools": [tool]}))
    assert "SECRET WORD" not in json.dumps(gateway.sent(route))


@pytest.mark.parametrize("route", [CLAUDE, ANTHROPIC])
def test_what_an_agent_keeps_in_its_blocks_is_its_own(gateway: Everywhere, route: str) -> None:
    own = {"mine": "SECRET WORD"}
    result = {
        "type": "tool_result",
        "tool_use_id": "c1",
        "content": [{"type": "text", "text": "r", **own}],
        **own,
    }
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "hi", **own}], **own},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c1", "name": "look", "input": {}, **own}],
        },
        {"role": "user", "content": [result]},
    ]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    answered(gateway.post(MESSAGES, {"model": route, "max_tokens": 50, "messages": messages, "tools": tools}))
    assert "SECRET WORD" not in json.dumps(gateway.sent(route))


# ---------------------------------------------------------------------------------------------------------- the reason


@pytest.mark.parametrize("route", [AZURE, OPENAI])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_field_that_the_upstream_refused_is_named(gateway: Everywhere, route: str, language: str) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a b", "schema": {"type": "object"}}}
    path, sent = "response_format.json_schema.name", {"Accept_Language": language}
    chat = error_of(gateway.post(CHAT, {"model": route, "messages": [HI], "response_format": form}, **sent))
    assert chat["param"] == path
    assert f"`{path}`" in chat["message"]
    assert "invalid_value" in chat["message"]
    text = {"format": {"type": "json_schema", "name": "a b", "schema": {"type": "object"}}}
    responses = error_of(gateway.post(RESPONSES, {"model": route, "input": "hi", "text": text}, **sent))
    assert responses["message"] == chat["message"]


@pytest.mark.parametrize("route", [CLAUDE, ANTHROPIC])
def test_claudes_reason_is_named_in_both_dialects(gateway: Everywhere, route: str) -> None:
    schema = {"type": "object", "properties": {}}
    body = {"model": route, "max_tokens": 50, "messages": [HI]}
    output = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    told = error_of(gateway.post(MESSAGES, body | output))["message"]
    assert "`output_config.format.schema`" in told
    assert "additionalProperties" not in told


# --------------------------------------------------------------------------------------------------------- wrong types


@pytest.mark.parametrize("route", SIX)
@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (
            CHAT,
            {"messages": [{"role": "user", "content": [{"type": [], "text": "x"}]}]},
            "messages[0].content[0].type",
        ),
        (CHAT, {"messages": [HI, {"role": "assistant", "function_call": 3}]}, "messages[1].function_call"),
        (CHAT, {"messages": [HI], "tools": [{"type": "fun\r\nction"}]}, "tools[0].type"),
        (CHAT, {"messages": [HI], "thinking": "yes"}, "thinking"),
        (CHAT, {"messages": [HI], "reasoning": 3}, "reasoning"),
        (MESSAGES, {"messages": [HI], "thinking": ""}, "thinking"),
        (
            MESSAGES,
            {"messages": [HI], "thinking": {"type": "enabled", "budget_tokens": "t"}},
            "thinking.budget_tokens",
        ),
        (
            MESSAGES,
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": True}]}
                ]
            },
            "messages[0].content[0].cache_control",
        ),
        (MESSAGES, {"messages": [HI], "tool_choice": 3}, "tool_choice"),
        (RESPONSES, {"input": "x", "reasoning": {"summary": True}}, "reasoning.summary"),
        (RESPONSES, {"input": "x", "text": {"format": {"type": 3}}}, "text.format.type"),
    ],
)
def test_a_wrong_type_is_refused_by_the_name_of_its_field(
    gateway: Everywhere, route: str, path: str, body: Json, param: str
) -> None:
    more = {"max_tokens": 9} if path == MESSAGES else {}
    response = gateway.post(path, {"model": route, **more, **body})
    assert response.status_code == 400
    assert f"`{param}`" in error_of(response)["message"]


@pytest.mark.parametrize("route", SIX)
def test_half_a_surrogate_pair_does_not_end_a_session(gateway: Everywhere, route: str) -> None:
    body = json.dumps({"model": route, "messages": [{"role": "user", "content": "a\ud800b"}]}).encode()
    answered(gateway.post(CHAT, body))
    assert "a�b" in json.dumps(gateway.sent(route), ensure_ascii=False)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("route", SIX)
def test_what_clients_of_other_servers_write_is_read(
    gateway: Everywhere, route: str, *, stream: bool
) -> None:
    """An image's address without its object, and `top_k` off as vLLM has it."""
    shown = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": IMAGE["image_url"]["url"]}]
    body = {"model": route, "top_k": -1, "stream": stream, "messages": [{"role": "user", "content": shown}]}
    answered(gateway.post(CHAT, body))
    sent = json.dumps(gateway.sent(route))
    assert IMAGE["image_url"]["url"].rpartition(",")[2] in sent
    assert not {"top_k", "topK"} & set(re.findall(r'"(\w+)":', sent))
