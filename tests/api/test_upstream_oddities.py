"""What servers of one's own answer oddly, in every dialect, streamed or not: one meaning, told well, or a 502."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ni.domain.route import Deployment
from ni.providers.openai_compatible import Local
from tests.api.instance import Instance
from tests.api.speakers import SPEAKERS, Speaker
from tests.dialects.checkers import CHECKS
from tests.fakes.doors import make_door, shut_doors
from tests.fakes.openai_server import KEY, FakeOpenAI, Script
from tests.fakes.orders import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
MODEL = "local/qwen3-odd-local"
Json = dict[str, Any]
DIALECTS = [speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")]
EACH = pytest.mark.parametrize("speaker", DIALECTS, ids=lambda speaker: speaker.name)


def call(arguments: Any = "", name: str | None = "look", **more: Any) -> Json:
    return {**more, "function": {**({"name": name} if name else {}), "arguments": arguments}}


def delta(**fields: Any) -> Json:
    return {"choices": [{"index": 0, "delta": fields}]}


def finish(reason: Any = "stop") -> Json:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


A, B = ("look", {"a": "x"}), ("look", {"a": "y"})
# name: the chunks, and text, thinking, calls, reason in OpenAI's words
STREAMS: dict[str, tuple[list[Any], tuple[str, str, list[Any], str]]] = {
    "two calls with index 0": (
        [
            delta(tool_calls=[call('{"a":"x"}', index=0, id="a")]),
            delta(tool_calls=[call('{"a":"y"}', index=0, id="b")]),
            finish(),
        ],
        ("", "", [A, B], "tool_calls"),
    ),
    "a message in the place of the delta": (
        [
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": None}]},
            finish(),
        ],
        ("hi", "", [], "stop"),
    ),
    "two calls with index 0, in pieces": (
        [
            delta(tool_calls=[call('{"a":', index=0, id="a")]),
            delta(tool_calls=[call('"x"}', None, index=0)]),
            delta(tool_calls=[call('{"a":', index=0, id="b")]),
            delta(tool_calls=[call('"y"}', None, index=0)]),
            finish("tool_calls"),
        ],
        ("", "", [A, B], "tool_calls"),
    ),
    "two calls without ids at one index": (
        [
            delta(tool_calls=[call('{"a":"x"}', index=0)]),
            delta(tool_calls=[call('{"a":"y"}', index=0)]),
            finish(),
        ],
        ("", "", [A, B], "tool_calls"),
    ),
    "interleaved pieces": (
        [
            delta(tool_calls=[call('{"a":', index=0, id="a"), call('{"a":', index=1, id="b")]),
            delta(tool_calls=[call('"x"}', None, index=0), call('"y"}', None, index=1)]),
            finish("tool_calls"),
        ],
        ("", "", [A, B], "tool_calls"),
    ),
    "interleaved, the second done first": (
        [
            delta(tool_calls=[call("", index=0, id="a"), call("", index=1, id="b")]),
            delta(tool_calls=[call('{"a":"y"}', None, index=1)]),
            delta(tool_calls=[call('{"a":"x"}', None, index=0)]),
            finish("tool_calls"),
        ],
        ("", "", [A, B], "tool_calls"),
    ),
    "text while a call is told": (
        [
            delta(tool_calls=[call('{"a":', index=0, id="a")]),
            delta(content="so"),
            delta(tool_calls=[call('"x"}', None, index=0)]),
            finish("tool_calls"),
        ],
        ("so", "", [A], "tool_calls"),
    ),
    "arguments as an object": (
        [delta(tool_calls=[call({"a": "x"}, index=0, id="a")]), finish("tool_calls")],
        ("", "", [A], "tool_calls"),
    ),
    "no arguments": ([delta(tool_calls=[call("", index=0, id="a")]), finish("tool_calls")],
        ("", "", [("look", {})], "tool_calls")),
    "one id for two calls": (
        [*(delta(tool_calls=[call('{"a":"x"}', index=at, id="a")]) for at in (0, 1)), finish("tool_calls")],
        ("", "", [A, A], "tool_calls")),
    "half a pair of surrogates": ([rb'data: {"choices":[{"index":0,"delta":{"content":"a\ud83d b"}}]}', finish()],
        ("a\ufffd b", "", [], "stop")),
    "an infinity": ([rb'data: {"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"x":-Infinity}}]}', finish()],
        ("a", "", [], "stop")),
    "a byte order mark": ([b'data: \xef\xbb\xbf{"choices":[{"index":0,"delta":{"content":"a"}}]}', finish()],
        ("a", "", [], "stop")),
    "a reason that is an object": (
        [delta(content="a"), finish({"type": "length", "matched": None})],  # type: ignore[arg-type]
        ("a", "", [], "length"),
    ),
    "arguments null, no index, no id": (
        [delta(tool_calls=[call(None)]), finish("tool_calls")],
        ("", "", [("look", {})], "tool_calls"),
    ),
    "a number for an id, text for an index": (
        [delta(tool_calls=[call('{"a":"x"}', index="0", id=7)]), finish("tool_calls")],
        ("", "", [A], "tool_calls"),
    ),
    "a new id on each piece": (
        [
            delta(tool_calls=[call('{"a":', index=0, id="a")]),
            delta(tool_calls=[call('"x"}', None, index=0, id="zz")]),
            finish("tool_calls"),
        ],
        ("", "", [A], "tool_calls"),
    ),
    "the name on each piece": (
        [
            delta(tool_calls=[call('{"a":', index=0, id="a")]),
            delta(tool_calls=[call('"x"}', index=0, id="a")]),
            delta(tool_calls=[call("", index=0)]),
            finish("tool_calls"),
        ],
        ("", "", [A], "tool_calls"),
    ),
    "the name after the arguments": (
        [
            delta(tool_calls=[call('{"a":', None, index=0, id="a")]),
            delta(tool_calls=[call('"x"}', index=0)]),
            finish("tool_calls"),
        ],
        ("", "", [A], "tool_calls"),
    ),
    "stop beside calls": (
        [delta(tool_calls=[call('{"a":"x"}', index=0, id="a")]), finish("stop")],
        ("", "", [A], "tool_calls"),
    ),
    "tool_calls without calls": ([delta(content="a"), finish("tool_calls")], ("a", "", [], "stop")),
    "another word for the end": ([delta(content="a"), finish("eos_token")], ("a", "", [], "stop")),
    "a word that says not yet": (
        [{"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "null"}]}, delta(content="b"), finish()],
        ("ab", "", [], "stop"),
    ),
    "another word for the limit": ([delta(content="a"), finish("max_tokens")], ("a", "", [], "length")),
    "choices null in the middle": (
        [delta(content="a"), {"choices": None}, delta(content="b"), finish()],
        ("ab", "", [], "stop"),
    ),
    "pings": (
        [{}, {"type": "ping"}, delta(content="a"), {"choices": []}, delta(content="b"), finish()],
        ("ab", "", [], "stop"),
    ),
    "delta null": (
        [{"choices": [{"index": 0, "delta": None}]}, delta(content="b"), finish()],
        ("b", "", [], "stop"),
    ),
    "no delta, no index": ([{"choices": [{}]}, delta(content="b"), finish()], ("b", "", [], "stop")),
    "reasoning": ([delta(reasoning="think"), delta(content="b"), finish()], ("b", "think", [], "stop")),
    "reasoning_content": (
        [delta(reasoning_content="think"), delta(content="b"), finish()],
        ("b", "think", [], "stop"),
    ),
    "reasoning twice": (
        [delta(reasoning="think", reasoning_content="think"), delta(content="b"), finish()],
        ("b", "think", [], "stop"),
    ),
    "content as a list": (
        [delta(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), finish()],
        ("ab", "", [], "stop"),
    ),
    "content and calls null": (
        [delta(role=None, content=None, tool_calls=None, refusal=None), delta(content="a"), finish()],
        ("a", "", [], "stop"),
    ),
    "counts as text": (
        [delta(content="a"), finish(), {"choices": [], "usage": {"prompt_tokens": "9", "completion_tokens": "x"}}],
        ("a", "", [], "stop"),
    ),
    "counts of odd types": (
        [delta(content="a"), {**finish(), "usage": {"prompt_tokens": 9, "completion_tokens": [], "x": {}}}],
        ("a", "", [], "stop"),
    ),
    "counts that are no object": ([delta(content="a"), finish(), {"usage": 7}], ("a", "", [], "stop")),
    "an envelope of odd types": (
        [{**delta(content="a"), "id": 3, "created": "x", "object": None, "model": [], "system_fingerprint": 3},
         {**finish(), "service_tier": {}}],
        ("a", "", [], "stop"),
    ),
    "the end said twice": ([delta(content="a"), finish(), finish()], ("a", "", [], "stop")),
}  # fmt: skip

NONSENSE: dict[str, Any] = {
    "choices is text": {"choices": "x"},
    "a choice is text": {"choices": ["x"]},
    "an index is text": {"choices": [{"index": "x", "delta": {}}]},
    "a delta is text": {"choices": [{"index": 0, "delta": "x"}]},
    "content is a number": delta(content=7),
    "content is an object": delta(content={"a": 1}),
    "a part is a number": delta(content=[3]),
    "reasoning is a number": delta(reasoning=True),
    "a refusal is an object": delta(refusal={}),
    "calls is text": delta(tool_calls="x"),
    "a call is text": delta(tool_calls=["x"]),
    "a function is text": delta(tool_calls=[{"index": 0, "id": "a", "function": "x"}]),
    "a name is an object": delta(tool_calls=[call("", name={"a": 1}, index=0, id="a")]),  # type: ignore[arg-type]
    "an id is an object": delta(tool_calls=[call("", index=0, id={})]),
    "a call's index is an object": delta(tool_calls=[call("", index={}, id="a")]),
    "a finish reason is a number": finish(3),
    "it says it failed": finish("error"),
}


def sse(*chunks: Any) -> bytes:
    lines = [
        chunk if isinstance(chunk, bytes) else b"data: " + json.dumps(chunk).encode() for chunk in chunks
    ]
    return b"\n\n".join([*lines, b"data: [DONE]", b""])


@pytest.fixture
def server(instance: Instance) -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        named = {"NI_LOCAL_BASE_URL": fake.base_url, "NI_LOCAL_API_KEY": KEY}
        instance.gateway.providers["local"] = Local(make_door(), settings(**named))  # type: ignore[index]
        assert instance.gateway.providers["local"].missing(Deployment("local", "local", "", "CA")) is None
        instance.gateway.catalog.with_local(["qwen3-odd"])
        instance.gateway.catalog.refresh()
        yield fake
    shut_doors()


def ask(instance: Instance, speaker: Speaker, *, stream: bool) -> Any:
    more = {} if speaker.name == "messages" else {"stream": stream}
    body = speaker.body(("user", "hi"), model=MODEL, tools=[tool_for(speaker)], stream=stream)
    return instance.post(speaker.path, body | more)


def tool_for(speaker: Speaker) -> Json:
    """The speaker's tool, named `look`."""
    named: Json = json.loads(json.dumps(speaker.tool).replace('"read"', '"look"'))
    return named


REASONS = {
    "messages": {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"},
    "responses": {"stop": "completed", "length": "incomplete", "tool_calls": "completed"},
}


def told_by(speaker: Speaker, octets: bytes, *, stream: bool) -> tuple[str, str, list[Any], str]:
    """Text, thinking, calls and reason as a client of the dialect reads them."""
    events = CHECKS[speaker.dialect](octets) if stream else None
    return READERS[speaker.dialect](events, None if stream else json.loads(octets))


def of_chat(events: Any, whole: Any) -> tuple[str, str, list[Any], str]:
    if events is not None:
        whole = joined(events)
    message = whole["choices"][0]["message"]
    calls = [
        (one["function"]["name"], json.loads(one["function"]["arguments"] or "{}"))
        for one in message.get("tool_calls") or ()
    ]
    reason = whole["choices"][0]["finish_reason"]
    return message.get("content") or "", message.get("reasoning_content") or "", calls, reason


def joined(events: list[Json]) -> Json:
    """A chat stream put together, as the SDKs do, by index; calls without id or name at their opening are faults."""
    message: Json = {"content": "", "reasoning_content": "", "tool_calls": {}}
    reason = ""
    for event in events:
        for choice in event.get("choices") or ():
            grown = choice["delta"]
            message["content"] += grown.get("content") or ""
            message["reasoning_content"] += grown.get("reasoning_content") or ""
            for one in grown.get("tool_calls") or ():
                if one["index"] not in message["tool_calls"]:
                    assert one["id"]
                    assert one["type"] == "function"
                    assert one["function"]["name"]
                    message["tool_calls"][one["index"]] = {"name": one["function"]["name"], "arguments": ""}
                assert isinstance(one["function"]["arguments"], str)
                message["tool_calls"][one["index"]]["arguments"] += one["function"]["arguments"]
            reason = choice.get("finish_reason") or reason
    calls = [{"function": one} for _, one in sorted(message["tool_calls"].items())]
    return {"choices": [{"message": {**message, "tool_calls": calls}, "finish_reason": reason}]}


def of_responses(events: Any, whole: Any) -> tuple[str, str, list[Any], str]:
    whole = whole if events is None else events[-1]["response"]
    text = thought = ""
    calls = []
    for item in whole["output"]:
        text += "".join(part["text"] for part in item.get("content") or ())
        thought += "".join(part["text"] for part in item.get("summary") or ())
        if item["type"] == "function_call":
            calls.append((item["name"], json.loads(item["arguments"])))
    return text, thought, calls, whole["status"]


def of_messages(events: Any, whole: Any) -> tuple[str, str, list[Any], str]:
    blocks = whole["content"] if whole else blocks_of(events)
    text = "".join(block.get("text", "") for block in blocks)
    thought = "".join(block.get("thinking", "") for block in blocks)
    calls = [(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
    if whole:
        return text, thought, calls, whole["stop_reason"]
    (reason,) = [event["delta"]["stop_reason"] for event in events if event["type"] == "message_delta"]
    return text, thought, calls, reason


def blocks_of(events: list[Json]) -> list[Json]:
    blocks: list[Json] = []
    for event in events:
        if event["type"] == "content_block_start":
            blocks.append({**event["content_block"], "written": ""})
        elif event["type"] == "content_block_delta":
            piece = event["delta"]
            name = {"input_json_delta": "written"}.get(piece["type"], piece["type"].removesuffix("_delta"))
            value = piece.get("partial_json", piece.get(name))
            blocks[-1][name] = blocks[-1].get(name, "") + value
    for block in blocks:
        if block["type"] == "tool_use":
            block["input"] = json.loads(block["written"] or "{}")
    return blocks


READERS = {"chat": of_chat, "responses": of_responses, "messages": of_messages}


@EACH
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("oddity", STREAMS)
def test_an_odd_stream_means_the_same_everywhere(
    instance: Instance, server: FakeOpenAI, speaker: Speaker, oddity: str, *, stream: bool
) -> None:
    chunks, expected = STREAMS[oddity]
    server.scripts.append(Script(body=sse(*chunks), headers={"Content-Type": "text/event-stream"}))
    response = ask(instance, speaker, stream=stream)
    assert response.status_code == 200, response.data
    *said, reason = expected
    shown = REASONS.get(speaker.dialect, {}).get(reason, reason)
    assert told_by(speaker, response.data, stream=stream) == (*said, shown)


@EACH
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("oddity", NONSENSE)
def test_an_answer_that_cannot_be_read_is_the_upstreams_failure(
    instance: Instance, server: FakeOpenAI, speaker: Speaker, oddity: str, *, stream: bool
) -> None:
    body = sse(NONSENSE[oddity], delta(content="a"), finish())
    server.scripts.append(Script(body=body, headers={"Content-Type": "text/event-stream"}))
    response = ask(instance, speaker, stream=stream)
    assert response.status_code == 502, response.data
    assert "Local failed to answer" in speaker.error(response)["message"]


WHOLE: dict[str, tuple[Json, tuple[str, str, list[Any], str]]] = {
    "arguments as an object": (
        {"message": {"tool_calls": [call({"a": "x"}, id="a")]}, "finish_reason": "stop"},
        ("", "", [A], "tool_calls"),
    ),
    "calls of one index": (
        {"message": {"tool_calls": [call('{"a":"x"}', index=0), call('{"a":"y"}', index=0)]}},
        ("", "", [A, B], "tool_calls"),
    ),
    "content as a list": (
        {"message": {"content": [{"type": "text", "text": "a"}, "b"]}, "finish_reason": "eos"},
        ("ab", "", [], "stop"),
    ),
    "no content, no reason": ({"message": {"reasoning": "think"}}, ("", "think", [], "stop")),
    "tool_calls null": (
        {"message": {"content": "a", "tool_calls": None, "function_call": None}, "finish_reason": "length"},
        ("a", "", [], "length"),
    ),
}


@EACH
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("oddity", WHOLE)
def test_an_odd_answer_in_one_piece_means_the_same_everywhere(
    instance: Instance, server: FakeOpenAI, speaker: Speaker, oddity: str, *, stream: bool
) -> None:
    choice, expected = WHOLE[oddity]
    server.scripts.append(Script(body=json.dumps({"choices": [choice]}).encode()))
    response = ask(instance, speaker, stream=stream)
    assert response.status_code == 200, response.data
    *said, reason = expected
    shown = REASONS.get(speaker.dialect, {}).get(reason, reason)
    assert told_by(speaker, response.data, stream=stream) == (*said, shown)


@EACH
@pytest.mark.parametrize(
    "whole", [{}, {"choices": None}, {"choices": []}, {"choices": [{"message": None}]}, [], "x"]
)
def test_an_answer_without_a_message_is_the_upstreams_failure(
    instance: Instance, server: FakeOpenAI, speaker: Speaker, whole: Any
) -> None:
    server.scripts.append(Script(body=json.dumps(whole).encode()))
    assert ask(instance, speaker, stream=False).status_code == 502


WORDS: dict[str, str] = {
    # Words of natural ends, by any spelling, and words that tell nothing: the server did say that it came to an end.
    "eos": "stop", "eos_token": "stop", "end_turn": "stop", "COMPLETE": "stop", "STOP": "stop", "done": "stop",
    "pause_turn": "stop", "frobnicated": "stop",
    # Words that say that something is missing: never `stop`, or a client takes half an answer for a whole one.
    "max_tokens": "length", "MAX_TOKENS": "length", "model_length": "length", "time_limit": "length",
    "repetition": "length", "token_budget": "length", "context_window_exceeded": "length", "truncated": "length",
    "SAFETY": "content_filter", "sensitive": "content_filter", "recitation": "content_filter",
    "blocked_by_policy": "content_filter", "refusal": "content_filter",
    # Words that say that it failed: 502.
    "error": "", "ABORT": "", "insufficient_system_resource": "", "network_error": "", "timeout": "", "ERROR_TOXIC": "",
    "malformed_function_call": "", "cancelled": "",
}  # fmt: skip


def ended_by(word: str | None, **usage: int) -> Json:
    whole = {"choices": [{"message": {"content": "a"}, "finish_reason": word}]}
    return whole | ({"usage": {"prompt_tokens": 9, **usage}} if usage else {})


SAID = [(DIALECTS[0], word) for word in WORDS]
SAID += [(one, word) for one in DIALECTS[1:] for word in ("eos", "repetition", "sensitive", "network_error")]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("told", ["whole", "stream"])
@pytest.mark.parametrize(("speaker", "word"), SAID, ids=[f"{one.name} {word}" for one, word in SAID])
def test_a_servers_own_word_for_the_end_is_never_a_stop_where_it_says_otherwise(
    instance: Instance, server: FakeOpenAI, speaker: Speaker, word: str, told: str, *, stream: bool
) -> None:
    body = json.dumps(ended_by(word)).encode() if told == "whole" else sse(delta(content="a"), finish(word))
    form = "application/json" if told == "whole" else "text/event-stream"
    server.scripts.append(Script(body=body, headers={"Content-Type": form}))
    response = ask(instance, speaker, stream=stream)
    shown = {**REASONS.get(speaker.dialect, {}), "content_filter": FILTERED.get(speaker.dialect)}
    if not WORDS[word]:
        assert_failed(response)
        return
    assert response.status_code == 200, response.data
    reason = told_by(speaker, response.data, stream=stream)[3]
    assert reason == (shown.get(WORDS[word]) or WORDS[word])


FILTERED = {"messages": "refusal", "responses": "incomplete"}


def assert_failed(response: Any) -> None:
    """An error, before the first byte or in the middle."""
    assert response.status_code == 502 or b"Local failed to answer" in response.data, response.data


@pytest.mark.parametrize("word", [None, "frobnicated"])
@pytest.mark.parametrize(
    ("counted", "limit", "reason"),
    [(7, 7, "length"), (8, 7, "length"), (6, 7, "stop"), (0, 7, "stop"), (7, None, "stop")],
)
def test_an_answer_that_does_not_say_how_it_ended_ended_by_its_limit_if_it_reached_that(
    instance: Instance, server: FakeOpenAI, word: str | None, counted: int, limit: int | None, reason: str
) -> None:
    """Else of itself: the document is complete, its upstream said 200, and OpenAI's schema knows no null there.

    A 502 would throw away what was paid for; strict clients (pydantic-ai) refuse null and unknown words.
    """
    server.scripts.append(Script(body=json.dumps(ended_by(word, completion_tokens=counted)).encode()))
    body = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "max_tokens": limit}
    told = json.loads(instance.post("/v1/chat/completions", body).data)
    assert told["choices"][0]["finish_reason"] == reason


def test_a_stream_that_does_not_say_how_it_ended_was_cut(instance: Instance, server: FakeOpenAI) -> None:
    """Nothing but the reason tells a whole stream from half a one; `[DONE]` is said by proxies, too."""
    body = sse(delta(content="a"), finish(None))
    server.scripts.append(Script(body=body, headers={"Content-Type": "text/event-stream"}))
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
    assert_failed(instance.post("/v1/chat/completions", asked))
