"""What of a Messages body is passed on as it came, what is left out, and when only a translation can be sent."""

from typing import Any

import pytest

from ni.dialects.messages import MessagesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest
from tests.dialects.checkers import check_messages

SEALS = StateSealer(bytes(32), bytes)
USER: Json = {"role": "user", "content": "hi"}
READ: Json = {"name": "read", "input_schema": {"type": "object"}}
MARK: Json = {"type": "ephemeral", "ttl": "1h"}
SEALED = {"type": "thinking", "thinking": "hm", "signature": SEALS.seal({"blocks": [], "state": {}})}
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "Eq8B"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a.py"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "x"}]}


def parsed(**fields: Any) -> Call:
    body = {"model": "a/b-us", "max_tokens": 10, "messages": [USER], **fields}
    return MessagesDialect(SEALS).parse(body, {})


def sent(**fields: Any) -> Json:
    return parsed(**fields).for_upstream("messages").body


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}]},
        {"system": "Be brief."},
        {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "high"}},
        {"context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}},
        {"tools": [{**READ, "defer_loading": True, "cache_control": MARK}], "tool_choice": {"type": "any"}},
        {"stop_sequences": ["END"], "temperature": 0.5, "top_k": 3, "cache_control": MARK},
        {"messages": [USER, {"role": "assistant", "content": [SIGNED, USE]}, {"role": "user", "content": [RESULT]}]},
        {"messages": [{"role": "user", "content": [{"type": "hologram", "words": ["new"], "cache_control": MARK}]}]},
        {"messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
             "citations": {"enabled": True}}]}]},
        {"messages": [USER, {"role": "assistant", "content": [
            {"type": "text", "text": "So.", "citations": [{"type": "char_location", "cited_text": "so"}]},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]}, USER]},
    ],
)  # fmt: skip
def test_what_the_client_wrote_is_passed_on_as_it_came(fields: Json) -> None:
    assert sent(**fields) == {"max_tokens": 10, "messages": [USER], **fields}


@pytest.mark.parametrize(
    "fields",
    [
        {"metadata": {"user_id": "someone"}, "service_tier": "auto", "speed": "fast", "inference_geo": "us"},
        {"mcp_servers": [{"url": "https://elsewhere.example"}], "container": "c1", "api_base": "https://x.example"},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}], "tool_choice": {"type": "any"}},
        {"context_management": {"edits": [{"type": "compact_20260112"}]}},
        {"context_management": "nonsense"},
        {"system": [{"type": "text", "text": "x-anthropic-billing-header: cc_version=2"}]},
    ],
)  # fmt: skip
def test_what_leads_elsewhere_names_a_person_or_has_its_own_price_is_left_out(fields: Json) -> None:
    assert sent(**fields) == {"max_tokens": 10, "messages": [USER]}


def test_a_hosted_tool_leaves_alone_and_takes_its_choice_along() -> None:
    hosted = {"type": "web_search_20250305", "name": "web_search"}
    body = sent(tools=[hosted, READ], tool_choice={"type": "tool", "name": "web_search"})
    assert body == {"max_tokens": 10, "messages": [USER], "tools": [READ]}


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "system", "content": "late"}, USER]},
        {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]},
        {"tools": [{"type": "function", "function": {"name": "read"}}]},
        {
            "messages": [
                USER,
                {"role": "assistant", "content": [SEALED, USE]},
                {"role": "user", "content": [RESULT]},
            ]
        },
    ],
)
def test_what_was_written_for_another_upstream_is_translated(fields: Json) -> None:
    call = parsed(**fields)
    assert call.passthrough_body is None
    assert call.for_upstream("messages").form == "chat"


def test_thinking_of_another_upstream_is_left_out_once_its_turn_is_over() -> None:
    answer = {"role": "assistant", "content": [SEALED, {"type": "text", "text": "Hello."}]}
    thought = {"role": "assistant", "content": [SEALED]}
    body = sent(messages=[USER, answer, USER, thought, USER])
    assert body["messages"] == [USER, {**answer, "content": answer["content"][1:]}, USER, USER]


def test_a_block_that_chat_has_no_word_for_leaves_only_to_an_upstream_that_may_know_it() -> None:
    for block in ({"type": "hologram"}, {**RESULT, "content": [{"type": "hologram"}]}):
        call = parsed(messages=[{"role": "user", "content": [block]}])
        assert call.for_upstream("messages").form == "messages"
        with pytest.raises(BadRequest, match="kind of content"):
            call.for_upstream("")


@pytest.mark.untyped
def test_an_upstreams_events_are_shown_under_the_routes_name_and_its_last_is_held_back() -> None:
    stream = MessagesDialect(SEALS).stream(parsed(), "a/b-us")
    usage = {"input_tokens": 1, "output_tokens": 1, "service_tier": "standard"}
    message: Json = {"type": "message", "role": "assistant", "model": "x", "content": [], "stop_reason": None}
    message |= {"id": "msg_9", "usage": usage}
    events: list[Json] = [
        {"type": "message_start", "message": message},
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": []}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {"n": 1}}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "new_reason"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]  # fmt: skip
    octets = [stream.chunk({"choices": [], "native": event}) for event in events]
    assert octets[-1] == b""
    shown = check_messages(b"".join(octets) + stream.end())
    assert shown[1:] == events[1:]
    assert shown[0] == {"type": "message_start", "message": {**message, "model": "a/b-us"}}


@pytest.mark.untyped
def test_a_whole_message_is_the_upstreams_own_under_the_routes_name() -> None:
    own = {
        "type": "message",
        "model": "claude-x",
        "content": [{"type": "hologram"}],
        "stop_reason": "end_turn",
    }
    rendered = MessagesDialect(SEALS).reply(parsed(), "a/b-us", {"choices": [], "native": own})
    assert (
        rendered
        == b'{"type":"message","model":"a/b-us","content":[{"type":"hologram"}],"stop_reason":"end_turn"}'
    )
