"""Chat replies, streams and errors, byte for byte."""

import json

import pytest

from ni.dialects.chat import ChatDialect
from ni.domain.call import Call, Json
from ni.domain.errors import BadRequest, UpstreamError

ROUTE = "vertex_ai/gemini-2.5-pro-ca"
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
DELTA: Json = {
    "id": "x",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "upstream",
    "choices": [{"index": 0, "delta": {"content": "é"}, "finish_reason": None}],
}
COUNTED: Json = {**DELTA, "choices": [], "usage": USAGE}


def call(include_usage: bool = False) -> Call:
    return Call(
        dialect="chat", model="pinned", stream=True, body={"messages": []}, include_usage=include_usage
    )


def event(octets: bytes) -> Json:
    assert octets.startswith(b"data: ")
    assert octets.endswith(b"\n\n")
    assert octets.count(b"\n") == 2
    decoded: Json = json.loads(octets[6:])
    return decoded


def test_a_reply_shows_the_route_as_its_model_and_is_otherwise_unchanged() -> None:
    reply = {"id": "x", "model": "upstream", "choices": [], "usage": USAGE, "extra": 1}
    assert json.loads(ChatDialect().reply(call(), ROUTE, reply)) == {**reply, "model": ROUTE}


def test_a_chunk_shows_the_route_as_its_model() -> None:
    assert event(ChatDialect().stream(call(), ROUTE).chunk(DELTA)) == {**DELTA, "model": ROUTE}


def test_usage_stays_out_of_a_stream_that_did_not_ask_for_it() -> None:
    stream = ChatDialect().stream(call(), ROUTE)
    assert stream.chunk(COUNTED) == b""
    assert "usage" not in event(stream.chunk({**DELTA, "usage": None}))
    assert "usage" not in event(stream.chunk({**DELTA, "usage": USAGE}))


def test_a_stream_that_asked_for_usage_has_null_until_the_usage_chunk() -> None:
    stream = ChatDialect().stream(call(include_usage=True), ROUTE)
    assert event(stream.chunk(DELTA))["usage"] is None
    last = event(stream.chunk(COUNTED))
    assert last["choices"] == []
    assert last["usage"] == USAGE


@pytest.mark.parametrize("include_usage", [False, True])
def test_a_chunk_that_says_nothing_is_not_sent(include_usage: bool) -> None:
    assert ChatDialect().stream(call(include_usage), ROUTE).chunk({**DELTA, "choices": []}) == b""


def test_a_complete_stream_ends_with_done_and_a_ping_is_a_comment() -> None:
    stream = ChatDialect().stream(call(), ROUTE)
    assert stream.end() == b"data: [DONE]\n\n"
    assert stream.ping() == b": ping\n\n"


def test_a_failed_stream_has_one_error_event_and_no_done() -> None:
    octets = ChatDialect().stream(call(), ROUTE).error(UpstreamError(provider="OpenAI"), "It failed.")
    assert event(octets) == {
        "error": {"message": "It failed.", "type": "api_error", "param": None, "code": "upstream_error"}
    }
    assert b"[DONE]" not in octets


def test_an_error_has_openais_shape_and_names_the_field() -> None:
    problem = BadRequest("`n` must be a number.", param="n")
    assert json.loads(ChatDialect().error(problem, problem.message, "8f2e3b7d9a1c4f08")) == {
        "error": {
            "message": "`n` must be a number.",
            "type": "invalid_request_error",
            "param": "n",
            "code": "invalid_request_error",
        }
    }
