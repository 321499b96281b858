"""A Messages body that leaves as it came: every text in it is masked, whatever its block, and every event restored."""

import itertools
import json
from typing import Any

import pytest

from ni.domain.call import Call, Json
from ni.domain.errors import DetectionFailed
from ni.privacy.masking import Masked
from tests.privacy.cast import call as chat_call
from tests.privacy.cast import caller, shield

SECRET = "jean.tremblay@acme.ca"
NAME = "Jean Tremblay"


def masked(body: Json) -> Masked:
    return shield().substitute(caller(), Call("messages", "a/b-us", False, body, form="messages"))


def said(*blocks: Any, role: str = "user") -> Json:
    return {"messages": [{"role": role, "content": list(blocks)}]}


MASKED: dict[str, Json] = {
    "text": said({"type": "text", "text": SECRET}),
    "plain content": {"messages": [{"role": "user", "content": SECRET}]},
    "system": {"system": SECRET, "messages": []},
    "system blocks": {"system": [{"type": "text", "text": SECRET}], "messages": []},
    "stop sequence": {"messages": [], "stop_sequences": [SECRET]},
    "input": said(
        {"type": "tool_use", "name": "f", "input": {"name": SECRET, "id": [SECRET], "type": SECRET}}
    ),
    "input of a hosted tool": said(
        {"type": "server_tool_use", "name": "web_search", "input": {"query": SECRET}}
    ),
    "result": said({"type": "tool_result", "content": SECRET}),
    "result in JSON": said(
        {"type": "tool_result", "content": [{"type": "text", "text": json.dumps({"a": SECRET})}]}
    ),
    "thinking": said({"type": "thinking", "thinking": SECRET, "signature": "s"}),
    "document": said({"type": "document", "title": SECRET, "source": {"type": "text", "data": SECRET}}),
    "document of parts": said(
        {"type": "document", "source": {"type": "content", "content": [{"text": SECRET}]}}
    ),
    "search result": said(
        {"type": "search_result", "title": SECRET, "content": [{"type": "text", "text": SECRET}]}
    ),
    "citation": said(
        {"type": "text", "text": "", "citations": [{"cited_text": SECRET, "document_title": SECRET}]}
    ),
    "a block of tomorrow": said(
        {"type": "hologram", "name": SECRET, "deep": [{"words": [SECRET]}], "title": SECRET}
    ),
}

UNTOUCHED: dict[str, Json] = {
    "tool": {"messages": [], "tools": [{"name": "mail_jean", "input_schema": {"type": "object", "required": ["to"]}}]},
    "names and ids": said({"type": "tool_use", "id": "toolu_jean", "name": "tremblay", "input": {"to": 1}}),
    "signature": said({"type": "thinking", "thinking": "", "signature": "EqQBjean.tremblay+/=="}),
    "sealed thinking": said({"type": "redacted_thinking", "data": "EqQBjean.tremblay+/=="}),
    "image": said({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}),
    "address of an image": said({"type": "image", "source": {"type": "url", "url": f"https://acme.ca/{SECRET}"}}),
    "sealed content": said({"type": "web_search_result", "encrypted_content": "EqQBjean", "url": f"https://a.ca/{SECRET}"}),
    "marks": said({"type": "text", "text": "", "cache_control": {"type": "ephemeral", "ttl": "5m"}}),
}  # fmt: skip


@pytest.mark.parametrize("position", MASKED)
def test_text_is_masked_wherever_it_stands(position: str) -> None:
    body = MASKED[position]
    before = json.dumps(body)
    result = masked(body)
    assert "tremblay" not in json.dumps(result.body)
    assert json.dumps(body) == before
    assert result.summary.counts == {"EMAIL": 1}
    assert result.form == "messages"


@pytest.mark.parametrize("position", UNTOUCHED)
def test_what_must_not_change_does_not(position: str) -> None:
    assert masked(UNTOUCHED[position]).body == UNTOUCHED[position]


def test_a_form_that_nobody_walks_does_not_leave() -> None:
    with pytest.raises(DetectionFailed):
        shield().substitute(caller(), Call("x", "a/b-us", False, {"messages": []}, form="x"))


def test_both_forms_of_a_turn_are_masked_by_the_same_surrogates() -> None:
    input_ = {"to": SECRET, "name": NAME, "phone": 4165550123}
    use = {"type": "tool_use", "id": "t", "name": "f", "input": input_}
    native = masked(said({"type": "text", "text": f"Ask {NAME}"}, use, role="assistant"))
    calls = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": json.dumps(input_)}}]
    turn = {"role": "assistant", "content": f"Ask {NAME}", "tool_calls": calls}
    chat = shield().substitute(caller(), chat_call({"messages": [turn]})).body["messages"][0]
    blocks = native.body["messages"][0]["content"]
    assert blocks[0]["text"] == chat["content"]
    assert blocks[1]["input"] == json.loads(chat["tool_calls"][0]["function"]["arguments"])


# ---- the way back


@pytest.fixture
def result() -> Masked:
    return masked(said({"type": "text", "text": NAME}))


def surrogate(result: Masked) -> str:
    return str(result.body["messages"][0]["content"][0]["text"])


def through(result: Masked, *events: Json) -> list[Json]:
    chunks = [made for event in events for made in result.restorer.chunk({"choices": [], "native": event})]
    return [chunk["native"] for chunk in [*chunks, *result.restorer.end()]]


def delta(kind: str, name: str, text: str, index: int = 0) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, name: text}}


def joined(events: list[Json], name: str, index: int = 0) -> str:
    return "".join(e["delta"].get(name, "") for e in events if "delta" in e and e.get("index") == index)


STOP: Json = {"type": "content_block_stop", "index": 0}
KINDS = [("text_delta", "text"), ("thinking_delta", "thinking"), ("input_json_delta", "partial_json")]


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_block_is_restored_wherever_the_stream_is_cut(kind: str, name: str) -> None:
    result = masked(said({"type": "text", "text": NAME}))
    text = f'{{"to": "{surrogate(result)}"}}'
    for at in range(1, len(text)):
        again = masked(said({"type": "text", "text": NAME}))
        events = through(again, delta(kind, name, text[:at]), delta(kind, name, text[at:]), STOP)
        assert joined(events, name) == f'{{"to": "{NAME}"}}'
        assert events[-1] == STOP


def test_what_waits_is_told_before_the_signature_and_before_the_block_is_closed(result: Masked) -> None:
    signature: Json = {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "signature_delta", "signature": "s"},
    }
    events = through(result, delta("thinking_delta", "thinking", surrogate(result)), signature, STOP)
    assert [event.get("delta", event)["type"] for event in events[-2:]] == ["signature_delta", STOP["type"]]
    assert joined(events, "thinking") == NAME


def test_blocks_that_take_turns_do_not_mix(result: Masked) -> None:
    pairs = [(delta("text_delta", "text", c), delta("text_delta", "text", c, 1)) for c in surrogate(result)]
    events = through(result, *itertools.chain(*pairs), STOP, {**STOP, "index": 1})
    assert joined(events, "text") == joined(events, "text", 1) == NAME


@pytest.mark.parametrize(
    "event",
    [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "hologram", "words": ["NAME"]}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta",
                                                             "citation": {"cited_text": "NAME", "url": "u"}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "hologram_delta", "words": "NAME"}},
        {"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "NAME"}},
    ],
)  # fmt: skip
def test_whole_values_of_any_event_are_restored(result: Masked, event: Json) -> None:
    written = json.loads(json.dumps(event).replace("NAME", surrogate(result)))
    assert through(result, written) == [json.loads(json.dumps(event).replace("NAME", NAME))]


def test_a_block_that_begins_with_text_goes_on_with_it(result: Masked) -> None:
    given = surrogate(result)
    start: Json = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": given[:3]},
    }
    events = through(result, start, delta("text_delta", "text", given[3:]), STOP)
    assert events[0]["content_block"]["text"] + joined(events, "text") == NAME


def test_events_without_surrogates_pass_untouched(result: Masked) -> None:
    events = [
        delta("text_delta", "text", ""),
        {"type": "ping"},
        delta("text_delta", "text", "Bonjour "),
        STOP,
    ]
    assert joined(through(result, *events), "text") == "Bonjour "


def test_a_whole_message_is_restored(result: Masked) -> None:
    content = [
        {"type": "text", "text": f"Ask {surrogate(result)}."},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"to": surrogate(result)}},
    ]
    told = result.restorer.reply({"choices": [], "native": {"type": "message", "content": content}})["native"]
    assert told["content"][0]["text"] == f"Ask {NAME}."
    assert told["content"][1]["input"] == {"to": NAME}
