"""Every position of a call in which text travels is visited, and those that must not change are not."""

import json
from typing import Any

import pytest

from ni.domain.call import Json
from tests.privacy.cast import call, caller, shield

SECRET = "jean.tremblay@acme.ca"
ARGUMENTS = json.dumps({"to": SECRET, "list": [{"deep": SECRET}], "nested": json.dumps({"to": SECRET})})


def _message(**fields: Any) -> Json:
    return {"messages": [{"role": "user", **fields}]}


MASKED: dict[str, Json] = {
    "user": _message(content=SECRET),
    "system": _message(role="system", content=SECRET),
    "developer": _message(role="developer", content=SECRET),
    "assistant": _message(role="assistant", content=SECRET),
    "tool result": _message(role="tool", content=SECRET),
    "tool result in JSON": _message(role="tool", content=json.dumps({"a": [SECRET]})),
    "function result": _message(role="function", name="f", content=SECRET),
    "text part": _message(content=[{"type": "text", "text": SECRET}]),
    "input_text part": _message(content=[{"type": "input_text", "text": SECRET}]),
    "refusal part": _message(role="assistant", content=[{"type": "refusal", "refusal": SECRET}]),
    "file name": _message(
        content=[{"type": "file", "file": {"filename": f"{SECRET} cv.pdf", "file_data": "AAAA"}}]
    ),
    "document block": _message(
        content=[
            {
                "type": "document",
                "title": SECRET,
                "context": SECRET,
                "source": {"type": "text", "data": SECRET},
            }
        ]
    ),
    "tool_result block": _message(
        content=[{"type": "tool_result", "content": [{"type": "text", "text": SECRET}]}]
    ),
    "tool_result block with text": _message(content=[{"type": "tool_result", "content": SECRET}]),
    "tool_use block": _message(
        role="assistant", content=[{"type": "tool_use", "name": "f", "input": {"to": [SECRET]}}]
    ),
    "refusal": _message(role="assistant", refusal=SECRET),
    "reasoning": _message(role="assistant", reasoning_content=SECRET, reasoning=SECRET),
    "arguments": _message(role="assistant", tool_calls=[{"function": {"name": "f", "arguments": ARGUMENTS}}]),
    "arguments that are no JSON": _message(
        role="assistant", tool_calls=[{"function": {"name": "f", "arguments": '{"to": "' + SECRET}}]
    ),
    "input of a custom tool": _message(
        role="assistant", tool_calls=[{"custom": {"name": "f", "input": SECRET}}]
    ),
    "function call": _message(role="assistant", function_call={"name": "f", "arguments": ARGUMENTS}),
    "prediction": {"messages": [], "prediction": {"type": "content", "content": SECRET}},
    "prediction in parts": {
        "messages": [],
        "prediction": {"type": "content", "content": [{"type": "text", "text": SECRET}]},
    },
    "stop": {"messages": [], "stop": [SECRET]},
    "metadata": {"messages": [], "metadata": {"customer": SECRET}},
    "user id": {"messages": [], "user": SECRET, "safety_identifier": SECRET},
}

UNTOUCHED: dict[str, Json] = {
    "tool": {
        "messages": [],
        "tools": [
            {
                "type": "function",
                "function": {"name": SECRET, "description": SECRET, "parameters": {"a": SECRET}},
            }
        ],
    },
    "tool choice": {"messages": [], "tool_choice": {"type": "function", "function": {"name": SECRET}}},
    "schema": {"messages": [], "response_format": {"type": "json_schema", "json_schema": {"name": SECRET}}},
    "name of a called tool": _message(
        role="assistant", tool_calls=[{"id": SECRET, "function": {"name": SECRET, "arguments": "{}"}}]
    ),
    "name of an answering tool": _message(role="tool", name=SECRET, tool_call_id=SECRET, content="ok"),
    "keys of arguments": _message(
        role="assistant", tool_calls=[{"function": {"name": "f", "arguments": json.dumps({SECRET: 1})}}]
    ),
    "image": _message(content=[{"type": "image_url", "image_url": {"url": f"https://acme.ca/{SECRET}"}}]),
    "image data": _message(
        content=[{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
    ),
    "sound": _message(content=[{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]),
    "odd shapes": {
        "messages": [
            {"role": "user", "content": None},
            {"role": "user"},
            "text",
            {"role": "user", "content": [3]},
        ]
    },
}


@pytest.mark.parametrize("position", MASKED)
def test_text_is_masked_wherever_it_stands(position: str) -> None:
    body = MASKED[position]
    before = json.dumps(body)
    result = shield().substitute(caller(), call(body))
    assert SECRET not in json.dumps(result.body)
    assert "acme" not in json.dumps(result.body)
    assert json.dumps(body) == before
    assert result.summary.counts == {"EMAIL": 1}


@pytest.mark.parametrize("position", UNTOUCHED)
def test_what_must_not_change_does_not(position: str) -> None:
    body = UNTOUCHED[position]
    assert shield().substitute(caller(), call(body)).body == body


def test_a_participant_s_name_is_masked_within_its_alphabet() -> None:
    body = _message(name="Jean_Tremblay", content="I am Jean Tremblay")
    message = shield().substitute(caller(), call(body)).body["messages"][0]
    assert "Tremblay" not in message["name"]
    assert message["name"].replace("_", "").isascii()
    assert message["name"].isidentifier()


def test_people_are_not_looked_for_in_system_prompts_but_are_hidden_there_once_named() -> None:
    alone = {"messages": [{"role": "system", "content": "Jean Tremblay wrote this prompt."}]}
    assert shield().substitute(caller(), call(alone)).body == alone
    named = {"messages": [*alone["messages"], {"role": "user", "content": "Ask Jean Tremblay."}]}
    assert "Tremblay" not in json.dumps(shield().substitute(caller(), call(named)).body)


def test_arguments_keep_their_white_space_and_escapes_where_nothing_was_hidden() -> None:
    source = '{ "a" :1.50,\n"b":"caf\\u00e9 \\/ x", "to": "jean.tremblay@acme.ca" }'
    body = _message(role="assistant", tool_calls=[{"function": {"name": "f", "arguments": source}}])
    result = (
        shield()
        .substitute(caller(), call(body))
        .body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    )
    assert result.startswith('{ "a" :1.50,\n"b":"caf\\u00e9 \\/ x", "to": "')
    assert result.endswith('@example.ca" }')


KEYED = {
    "sin": "046454286",
    "dateOfBirth": "1990-05-14",
    "passport_number": "AB123456",
    "health-card": "12345-6789",
    "phone": "5149876543",
    "password": "hunter2!",
    "driverLicence": "1234567",
}


@pytest.mark.parametrize("key", KEYED)
def test_the_key_of_an_argument_says_what_its_value_is(key: str) -> None:
    source = json.dumps({"id": 1, key: KEYED[key]})
    body = _message(role="assistant", tool_calls=[{"function": {"name": "f", "arguments": source}}])
    made = (
        shield()
        .substitute(caller(), call(body))
        .body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    )
    assert KEYED[key] not in made
    assert list(json.loads(made)) == ["id", key]


def test_a_number_in_arguments_is_masked_and_stays_a_number() -> None:
    body = _message(
        role="tool", content='{"phone": 5149876543, "card": [4111111111111111], "count": 12345678}'
    )
    made = json.loads(shield().substitute(caller(), call(body)).body["messages"][0]["content"])
    assert made["phone"] != 5149876543
    assert isinstance(made["phone"], int)
    assert made["card"] != [4111111111111111]
    assert made["count"] == 12345678
