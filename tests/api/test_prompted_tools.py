"""Tools for Llama 3 70B, which has none in Bedrock's Converse: written into its prompt, read back from its words."""

import json
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.api.everywhere import (
    AGAIN,
    CALL,
    CHAT,
    HI,
    IMAGE,
    LLAMA,
    LOOK,
    MESSAGES,
    RESPONSES,
    WARNING,
    Everywhere,
    Json,
    answered,
    error_of,
)
from tests.dialects.checkers import CHECKS
from tests.fakes import bedrock_wire
from tests.fakes.model import ARGUMENTS, Heard, ScriptedReply

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
EMAIL = "marie.tremblay@hotmail.ca"
OTHER: Json = {"type": "function", "function": {"name": "other", "parameters": {"type": "object"}}}
NAMED: Json = {"type": "function", "function": {"name": "other"}}
NOTE = "tools written into the prompt"


def says(text: str) -> Callable[[Heard], ScriptedReply]:
    """A model that always writes this; `$` stands for what it heard."""
    return lambda heard: ScriptedReply(text.replace("$", heard.text))


def asked(gateway: Everywhere, **fields: object) -> TestResponse:
    """The answer to a chat call with two tools."""
    body = {"model": LLAMA, "messages": [HI], "tools": [LOOK, OTHER], **fields}
    return answered(gateway.post(CHAT, body))


def message_of(response: TestResponse) -> Json:
    message: Json = json.loads(response.data)["choices"][0]["message"]
    return message


def told(gateway: Everywhere) -> str:
    """The system text that the model was given."""
    return "\n".join(block["text"] for block in gateway.sent(LLAMA).get("system", ()))


def test_tools_go_into_the_prompt_and_calls_come_back(gateway: Everywhere) -> None:
    response = asked(gateway)
    choice = json.loads(response.data)["choices"][0]
    assert response.headers[WARNING] == NOTE
    assert "toolConfig" not in gateway.sent(LLAMA)
    assert '{"name":"look","parameters":{"type":"object"}}' in told(gateway).splitlines()
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    calls = choice["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["look", "other"]
    assert len({call["id"] for call in calls}) == 2
    assert all(json.loads(call["function"]["arguments"]) == ARGUMENTS for call in calls)


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_model_writes_into_a_call_is_restored(
    gateway: Everywhere, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    text = 'I write.\n{"name": "look", "parameters": {"to": "$"}}'
    monkeypatch.setattr(bedrock_wire, "say", says(text))
    body = {
        "model": LLAMA,
        "messages": [{"role": "user", "content": EMAIL}],
        "tools": [LOOK],
        "stream": stream,
    }
    response = answered(gateway.post(CHAT, body))
    shown = response.data.decode()
    assert EMAIL in shown
    assert EMAIL not in json.dumps(gateway.sent(LLAMA))
    assert response.headers["X-NI-PII"] == "on; email=1"
    assert json.dumps({"to": EMAIL}) in shown.replace("\\", "")


@pytest.mark.parametrize("path", [CHAT, RESPONSES, MESSAGES])
def test_every_dialect_gets_calls_of_its_own_form_in_a_valid_stream(gateway: Everywhere, path: str) -> None:
    function = LOOK["function"]
    bodies: dict[str, Json] = {
        CHAT: {"messages": [HI], "tools": [LOOK]},
        RESPONSES: {"input": "hi", "tools": [{"type": "function", **function, "strict": False}]},
        MESSAGES: {
            "max_tokens": 99, "messages": [HI],
            "tools": [{"name": "look", "input_schema": function["parameters"]}],
        },
    }  # fmt: skip
    response = answered(gateway.post(path, {"model": LLAMA, "stream": True, **bodies[path]}))
    dialect = {CHAT: "chat", RESPONSES: "responses", MESSAGES: "messages"}[path]
    assert '"look"' in json.dumps(CHECKS[dialect](response.data))
    assert '\\"parameters\\"' not in response.data.decode()


@pytest.mark.parametrize(
    ("fields", "there", "missing"),
    [
        ({}, ['"look"', '"other"'], ["must call", "at most one"]),
        ({"tool_choice": "required"}, ["must call at least one tool", '"look"'], ["must call the tool"]),
        ({"tool_choice": NAMED}, ["must call the tool `other`", '"other"'], ['"look"']),
        ({"parallel_tool_calls": False}, ["Call at most one tool"], ["must call"]),
        ({"tool_choice": "none"}, [], ["look", "call"]),
    ],
    ids=str,
)
def test_what_a_client_chooses_is_an_instruction(
    gateway: Everywhere, fields: Json, there: list[str], missing: list[str]
) -> None:
    response = asked(gateway, **fields)
    assert all(words in told(gateway) for words in there)
    assert not any(words in told(gateway) for words in missing)
    silent = fields.get("tool_choice") == "none"
    assert (response.headers.get(WARNING) is None) == silent
    assert ("tool_calls" in message_of(response)) == (not silent)


@pytest.mark.parametrize("stream", [False, True])
def test_one_call_alone_comes_back_where_calls_may_not_be_parallel(gateway: Everywhere, stream: bool) -> None:
    response = asked(gateway, parallel_tool_calls=False, stream=stream)
    assert response.data.count(b'"type":"function"') == 1


def test_a_call_of_another_tool_than_the_named_one_stays_text(
    gateway: Everywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = '{"name": "look", "parameters": {}}'
    monkeypatch.setattr(bedrock_wire, "say", says(call))
    message = message_of(asked(gateway, tool_choice=NAMED))
    assert (message["content"], message.get("tool_calls")) == (call, None)


@pytest.mark.parametrize(
    ("text", "stop", "called"),
    [
        ('{"name": "look", "parameters": {"n": 1.50', ["."], False),
        ('{"name": "look", "parameters": {"n": 1', None, True),
    ],
)
def test_a_call_that_a_stop_sequence_cut_is_not_completed(
    gateway: Everywhere, monkeypatch: pytest.MonkeyPatch, text: str, stop: list[str] | None, called: bool
) -> None:
    monkeypatch.setattr(bedrock_wire, "say", says(text))
    message = message_of(asked(gateway, stop=stop))
    assert ("tool_calls" in message) == called


def test_a_history_of_calls_is_shown_in_the_form_that_is_taught(gateway: Everywhere) -> None:
    two = [{**CALL, "id": "a"}, {**CALL, "id": "b", "function": {"name": "other", "arguments": "{}"}}]
    messages = [
        {"role": "system", "content": "S"}, HI, {"role": "assistant", "content": "I look.", "tool_calls": two},
        {"role": "tool", "tool_call_id": "b", "content": "of other"},
        {"role": "tool", "tool_call_id": "a", "content": ""}, AGAIN,
    ]  # fmt: skip
    asked(gateway, messages=messages)
    sent = gateway.sent(LLAMA)
    turns = [[block["text"] for block in turn["content"]] for turn in sent["messages"]]
    assert turns == [
        ["hi"],
        ["I look.", '{"name":"look","parameters":{"a":"x"}}', '{"name":"other","parameters":{}}'],
        ["Result of look:", "(no output)", "Result of other:", "of other", "again"],
    ]
    assert [block["text"][:7] for block in sent["system"]] == ["S", "You can"]


def test_a_failed_tool_is_said_to_have_failed(gateway: Everywhere) -> None:
    used = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
    failed = {"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True}
    messages = [HI, {"role": "assistant", "content": [used]}, {"role": "user", "content": [failed]}]
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    body = {"model": LLAMA, "max_tokens": 9, "messages": messages, "tools": tools}
    answered(gateway.post(MESSAGES, body))
    assert gateway.sent(LLAMA)["messages"][-1]["content"][0] == {"text": "Result of look, which failed:"}


@pytest.mark.parametrize(
    "messages",
    [
        [HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}, AGAIN],
        [HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}],
        [HI, {"role": "tool", "tool_call_id": "c9", "content": "r"}],
    ],
)
def test_a_history_with_a_gap_is_refused_by_the_name_of_its_field(
    gateway: Everywhere, messages: list[Json]
) -> None:
    refused = gateway.post(CHAT, {"model": LLAMA, "messages": messages, "tools": [LOOK]})
    assert refused.status_code == 400
    assert error_of(refused)["param"].startswith("messages")


def test_older_functions_are_written_too(gateway: Everywhere) -> None:
    body = {
        "model": LLAMA,
        "messages": [HI],
        "functions": [LOOK["function"]],
        "function_call": {"name": "look"},
    }
    answered(gateway.post(CHAT, body))
    assert "must call the tool `look`" in told(gateway)


def test_images_are_refused_as_ever(gateway: Everywhere) -> None:
    body = {"model": LLAMA, "messages": [{"role": "user", "content": [IMAGE]}], "tools": [LOOK]}
    assert "cannot read images" in error_of(gateway.post(CHAT, body))["message"]


def test_lists_say_that_tools_may_be_offered_and_how(gateway: Everywhere) -> None:
    shown = json.loads(gateway.client.get(f"/v1/models/{LLAMA}", headers=gateway.headers).data)
    able = shown["capabilities"]
    assert (able["supports_function_calling"], able["tool_calling"]) == (True, "prompted")
    assert {"tools", "tool_choice", "parallel_tool_calls"} <= set(shown["supported_parameters"])
