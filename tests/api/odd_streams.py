"""Streams of own servers that are odd, each with the one meaning that they have, and those that have none."""

import json
from typing import Any

Json = dict[str, Any]


def call(arguments: Any = "", name: str | None = "look", **more: Any) -> Json:
    return {**more, "function": {**({"name": name} if name else {}), "arguments": arguments}}


def delta(**fields: Any) -> Json:
    return {"choices": [{"index": 0, "delta": fields}]}


def finish(reason: Any = "stop") -> Json:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


A, B = ("look", {"a": "x"}), ("look", {"a": "y"})
NAMES = (
    " look", "look ", "default_api.look", "default_api:look", "functions.look", "look<|channel|>commentary",
    "functions.look<|constrain|>json",
)  # fmt: skip
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
        [delta(content="a"), finish({"type": "length", "matched": None})],
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
    "no reason before the end of the stream": (
        [delta(content="a"), {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}],
        ("a", "", [], "stop"),
    ),
    "no reason behind a call": (
        [delta(tool_calls=[call('{"a":', index=0, id="a")]), delta(tool_calls=[call('"x"}', None, index=0)])],
        ("", "", [A], "tool_calls"),
    ),
    "thinking behind nothing, without a reason": ([delta(reasoning="think")], ("", "think", [], "stop")),
    "a pair of surrogates over two chunks": (
        [rb'data: {"choices":[{"index":0,"delta":{"content":"a\ud83d"}}]}',
         rb'data: {"choices":[{"index":0,"delta":{"content":"\ude00 b"}}]}', finish()],
        ("a\U0001f600 b", "", [], "stop"),
    ),
    "a pair of surrogates in thinking, with text between": (
        [rb'data: {"choices":[{"index":0,"delta":{"reasoning_content":"a\ud83d"}}]}', delta(content="t"),
         rb'data: {"choices":[{"index":0,"delta":{"reasoning_content":"\ude00 b"}}]}', finish()],
        ("t", "a\U0001f600 b", [], "stop"),
    ),
    "half a pair, and the other never": (
        [rb'data: {"choices":[{"index":0,"delta":{"content":"a\ud83d"}}]}', delta(content="b"),
         rb'data: {"choices":[{"index":0,"delta":{"content":"\ude00"}}]}', finish()],
        ("a\ufffdb\ufffd", "", [], "stop"),
    ),
    "octets that are no UTF-8": (
        [b'data: {"choices":[{"index":0,"delta":{"content":"a\xf0\x9f b"}}]}', finish()],
        ("a\ufffd b", "", [], "stop"),
    ),
    "Mistral's thinking parts": (
        [delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "th"}]}]),
         delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "ink"}]}, "b"]),
         finish()],
        ("b", "think", [], "stop"),
    ),
    "a name in pieces": (
        [delta(tool_calls=[call("", "lo", index=0, id="a")]), delta(tool_calls=[call("", "ok", index=0)]),
         delta(tool_calls=[call('{"a":"x"}', None, index=0)]), finish("tool_calls")],
        ("", "", [A], "tool_calls"),
    ),
    "a name in pieces, twice, without arguments": (
        [delta(tool_calls=[call("", "lo", index=0, id="a")]), delta(tool_calls=[call("", "ok", index=0, id="a")]),
         delta(tool_calls=[call("", "l", index=1, id="b")]), delta(tool_calls=[call("", "ook", index=1)]),
         finish("tool_calls")],
        ("", "", [("look", {}), ("look", {})], "tool_calls"),
    ),
    "a name that is of no tool": (
        [delta(tool_calls=[call("", "frobnicate", index=0, id="a")]),
         delta(tool_calls=[call('{"a":"x"}', None, index=0)]), finish("tool_calls")],
        ("", "", [("frobnicate", {"a": "x"})], "tool_calls"),
    ),
    "a name that is of no tool, without arguments": (
        [delta(tool_calls=[call("", "frobnicate", index=0, id="a")]), finish("tool_calls")],
        ("", "", [("frobnicate", {})], "tool_calls"),
    ),
    "the end said twice": ([delta(content="a"), finish(), finish()], ("a", "", [], "stop")),
}  # fmt: skip

STREAMS |= {
    f"the name {name!r}": (
        [delta(tool_calls=[call('{"a":"x"}', name, index=0, id="a")]), finish("tool_calls")],
        ("", "", [A], "tool_calls"),
    )
    for name in NAMES
}

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
