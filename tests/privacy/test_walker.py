"""Every position of a call in which text travels is visited; what is left alone is the documented table."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ni.domain.call import Call, Json
from ni.privacy import walker
from ni.privacy.walker import FORMS
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


def _encoded(text: str, codec: str = "utf-8") -> str:
    return base64.b64encode(text.encode(codec)).decode()


def _tool(**function: Any) -> Json:
    return {"messages": [], "tools": [{"type": "function", "function": {"name": "f", **function}}]}


CSV = f"name,email\nA,{SECRET}\n"
UNKNOWN_TO_US: dict[str, Json] = {
    "member of a message": _message(content="", note=SECRET),
    "reasoning details": _message(
        role="assistant", reasoning_details=[{"type": "reasoning.text", "text": SECRET, "format": "x-v1"}]
    ),
    "title of an annotation": _message(
        role="assistant", annotations=[{"type": "url_citation", "url_citation": {"title": SECRET}}]
    ),
    "fields of a provider": _message(role="assistant", provider_specific_fields={"a": {"b": [SECRET]}}),
    "member of an image": _message(
        content=[{"type": "image_url", "image_url": {"url": "https://a.ca/x.png", "alt": SECRET}}]
    ),
    "member of a part": _message(content=[{"type": "text", "text": "", "note": {"deep": [[SECRET]]}}]),
    "part of tomorrow": _message(content=[{"type": "hologram", "words": {"a": SECRET}}]),
    "member of a call": _message(
        role="assistant", tool_calls=[{"id": "c", "function": {"name": "f", "arguments": "{}"}, "x": SECRET}]
    ),
    "key of metadata": {"messages": [], "metadata": {SECRET: "1"}},
    "key of an unknown object": {"messages": [], "options": {SECRET: 1}},
    "key of arguments": _message(
        role="assistant",
        tool_calls=[{"function": {"name": "f", "arguments": json.dumps({SECRET: {SECRET: 1}})}}],
    ),
    "key of a result": _message(role="tool", content=json.dumps([{SECRET: 1}])),
    "prompt cache key": {"messages": [], "prompt_cache_key": SECRET},
    "location": {
        "messages": [],
        "web_search_options": {"user_location": {"type": "approximate", "approximate": {"city": SECRET}}},
    },
    "description of a choice": {
        "messages": [],
        "tool_choice": {"type": "function", "function": {"name": "f", "description": SECRET}},
    },
    "description of a tool": _tool(description=SECRET),
    "texts of a schema": _tool(
        parameters={
            "type": "object",
            "description": SECRET,
            "properties": {
                "a": {"type": "string", "title": SECRET, "default": SECRET, "examples": [{"x": SECRET}]},
                "b": {"anyOf": [{"enum": [SECRET]}, {"const": SECRET}]},
            },
            "$defs": {"c": {"$comment": SECRET, "items": {"description": SECRET}}},
        }
    ),
    "schema of an answer": {
        "messages": [],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"description": SECRET}},
        },
    },
    "examples of a tool": {"messages": [], "tools": [{"name": "f", "input_examples": [{"to": SECRET}]}]},
    "field of an own server": {"messages": [], "chat_template_kwargs": {"who": SECRET}, "grammar": SECRET},
    "prompt and suffix": {"prompt": [SECRET], "suffix": SECRET},
    "input of embeddings": {"input": [SECRET, SECRET]},
    "role": {"messages": [{"role": SECRET}]},
    "type": _message(content=[{"type": SECRET}]),
    "identifier": _message(role="tool", tool_call_id=SECRET, content="ok"),
    "name of a tool": _tool(name=SECRET),
    "signature": _message(content=[{"type": "thinking", "thinking": "", "signature": SECRET}]),
    "address that is none": _message(content=[{"type": "image", "source": {"type": "url", "url": SECRET}}]),
    "model": {"messages": [], "model": SECRET},
}
TEXT_FILES: dict[str, Json] = {
    "text file": {"filename": "a.txt", "file_data": f"data:text/plain;base64,{_encoded(CSV)}"},
    "CSV": {"file_data": f"data:text/csv;charset=utf-8;base64,{_encoded(CSV)}"},
    "CSV of another age": {"file_data": "data:text/csv;base64," + _encoded("né;" + CSV, "latin-1")},
    "JSON": {"file_data": "data:application/json;base64," + _encoded(json.dumps({"a": SECRET}))},
    "Windows": {"file_data": "data:text/plain;base64," + _encoded(CSV, "utf-16")},
    "not encoded": {"file_data": f"data:text/plain,{SECRET.replace('@', '%40')}"},
    "without its type": {"file_data": _encoded(CSV)},
    "under the wrong type": {"file_data": "data:image/png;base64," + _encoded(CSV)},
    "plain": {"file_data": CSV},
    "in lines": {"file_data": base64.encodebytes(CSV.encode() * 9).decode()},
    "of the web": {"file_data": base64.urlsafe_b64encode(f"ÿ?>~ {CSV}".encode()).decode().rstrip("=")},
    "source": {"type": "base64", "media_type": "text/plain", "data": _encoded(CSV)},
    "sound that is text": {"data": _encoded(CSV), "format": "wav"},
}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + SECRET.encode()).decode()
PDF = base64.b64encode(b"%PDF-1.7\n" + SECRET.encode()).decode()

UNTOUCHED: dict[str, Json] = {
    "tool": _tool(
        parameters={
            "type": "object",
            "properties": {"email": {"type": "string", "format": "email", "pattern": "^.+@acme.ca$"}},
            "required": ["email"],
            "$ref": "#/$defs/marie.tremblay",
        }
    ),
    "tool choice": {"messages": [], "tool_choice": {"type": "function", "function": {"name": "call_marie"}}},
    "schema": {"messages": [], "response_format": {"type": "json_schema", "json_schema": {"name": "jean"}}},
    "name of a called tool": _message(
        role="assistant",
        tool_calls=[{"id": "call_4f1c9d5149876543", "function": {"name": "mail__jean_tremblay", "arguments": "{}"}}],
    ),
    "name of an answering tool": _message(
        role="tool", name="jean", tool_call_id="0b7d4c1e-9a52-4c8e-8f6b-514987654321", content="ok"
    ),
    "image": _message(content=[{"type": "image_url", "image_url": {"url": f"https://acme.ca/{SECRET}"}}]),
    "image data": _message(
        content=[{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
    ),
    "image block": _message(
        content=[{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}]
    ),
    "document": _message(content=[{"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}"}}]),
    "sound": _message(content=[{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]),
    "seals": _message(
        content=[
            {"type": "thinking", "thinking": "", "signature": "EqQBCkYIARgCIkDjean+tremblay/=="},
            {"type": "redacted_thinking", "data": "EqQBCkYIARgCIkDjeantremblay=="},
        ]
    ),
    "sampling": {"messages": [], "seed": 5149876543, "reasoning_effort": "low", "service_tier": "auto"},
    "odd shapes": {
        "messages": [
            {"role": "user", "content": None},
            {"role": "user"},
            "text",
            {"role": "user", "content": [3]},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("position", UNKNOWN_TO_US)
def test_text_is_masked_in_fields_that_nobody_told_us_of(position: str, form: str) -> None:
    body = UNKNOWN_TO_US[position]
    result = shield().substitute(caller(), Call(form, "a/b-us", False, body, form=form))
    assert "tremblay" not in json.dumps(result.body)
    assert result.summary.counts == {"EMAIL": 1}


@pytest.mark.parametrize("kind", TEXT_FILES)
def test_a_file_of_text_is_looked_through_and_stays_a_file(kind: str) -> None:
    body = _message(content=[{"type": "file", "file": TEXT_FILES[kind]}])
    made = shield().substitute(caller(), call(body)).body["messages"][0]["content"][0]["file"]
    given = TEXT_FILES[kind].get("file_data") or TEXT_FILES[kind]["data"]
    sent = made.get("file_data") or made["data"]
    assert sent.partition(",")[0] == given.partition(",")[0] or "," not in given[:40] or kind == "plain"
    content = sent.rpartition(",")[2]
    if kind in ("not encoded", "plain"):
        assert SECRET not in sent
        assert "example.ca" in sent
    else:
        decoded = base64.b64decode(content)
        text = decoded.decode("utf-16" if kind == "Windows" else "latin-1")
        assert SECRET not in text
        assert "@example.ca" in text


def test_people_who_are_keys_are_hidden_and_put_back() -> None:
    source = json.dumps({"Jean Tremblay": {"age": 41}, "Tremblay": 1, "grant": 2, "Grant": 3})
    body = _message(role="assistant", tool_calls=[{"function": {"name": "f", "arguments": source}}])
    result = shield().substitute(caller(), call(body))
    arguments = result.body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert "Tremblay" not in arguments
    assert list(json.loads(arguments))[2:] == ["grant", "Grant"]
    choice = {
        "index": 0,
        "message": {"content": None, "tool_calls": [{"function": {"arguments": arguments}}]},
    }
    restored = result.restorer.reply({"choices": [choice]})["choices"][0]["message"]["tool_calls"][0]
    assert restored["function"]["arguments"] == source


def test_a_native_input_is_masked_with_its_keys_and_put_back() -> None:
    block: Json = {"type": "tool_use", "id": "t", "name": "f", "input": {"Jean Tremblay": [SECRET], "n": 1.5}}
    body = {"messages": [{"role": "assistant", "content": [block]}]}
    result = shield().substitute(caller(), Call("messages", "m", False, body, form="messages"))
    sent = result.body["messages"][0]["content"][0]
    assert "tremblay" not in json.dumps(sent).lower()
    told = result.restorer.reply({"choices": [], "native": {"type": "message", "content": [sent]}})["native"]
    assert told["content"] == [block]


def test_the_document_shows_the_table_that_the_code_has() -> None:
    document = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert walker.table() in document


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
