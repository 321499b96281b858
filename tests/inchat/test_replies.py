"""Our own answers in chat form: the same text whole and streamed, and no tokens used."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ni.gateway.local_replies import chat_chunks, chat_reply

WHEN = datetime(2026, 11, 23, tzinfo=UTC)
ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


@given(st.text(max_size=2000))
def test_a_stream_says_the_same_as_the_whole_reply(text: str) -> None:
    whole = chat_reply(text, "m", "8f2e3b7d9a1c4f08", WHEN)
    chunks = list(chat_chunks(text, "m", "8f2e3b7d9a1c4f08", WHEN))
    said = "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])
    assert whole["choices"][0]["message"]["content"] == said == text
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}


def test_a_stream_begins_with_the_role_stops_and_counts_nothing() -> None:
    first, *_, last, counted = chat_chunks("hello", "m", "8f2e3b7d9a1c4f08", WHEN)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (counted["choices"], counted["usage"]) == ([], ZERO)


def test_the_whole_reply_is_an_ordinary_completion_of_no_cost() -> None:
    reply = chat_reply("hello", "claude-sonnet-4.5", "8f2e3b7d9a1c4f08", WHEN)
    assert (reply["object"], reply["model"], reply["usage"]) == ("chat.completion", "claude-sonnet-4.5", ZERO)
    assert reply["choices"][0]["finish_reason"] == "stop"
