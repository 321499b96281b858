"""The counts that a client is told are those of its row, also where the provider's cannot be, in every dialect."""

import json

import pytest

from tests.api.everywhere import ANTHROPIC as CLAUDE_OF_ANTHROPIC
from tests.api.everywhere import AZURE, CHAT, CLAUDE, GEMINI, MESSAGES, RESPONSES, Everywhere, Json, answered

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
COUNTS = {
    "absurd output": (20, 0, 0, 0, 10**15, 0),
    "absurd input": (10**15, 0, 0, 0, 6, 0),
    "absurd cache": (20, 10**15, 0, 0, 6, 0),
    "negative output": (20, 0, 0, 0, -6, 0),
    "negative input": (-20, 0, 0, 0, 6, 0),
    "negative cache": (20, -64, 0, 0, 6, 0),
    "no output": (20, 0, 0, 0, 0, 0),
    "more thought than output": (20, 0, 0, 0, 6, 10**6),
    "believed": (20, 64, 16, 6, 12, 8),
}
"""Fresh, read from the cache, written to it, of that for an hour, output, thought."""
CALLS = {CHAT: "messages", RESPONSES: "input", MESSAGES: "messages"}


def asked(path: str, route: str, said: str, stream: bool) -> Json:
    prompt = "COUNTS " + " ".join(map(str, COUNTS[said]))
    more: Json = {"stream_options": {"include_usage": True}} if path == CHAT and stream else {}
    limit = "max_output_tokens" if path == RESPONSES else "max_tokens"
    messages = [{"role": "user", "content": prompt}]
    return {"model": route, "stream": stream, limit: 2000, CALLS[path]: messages, **more}


def usages(value: object) -> list[Json]:
    """Every `usage` object in an answer or event, in order."""
    if isinstance(value, list):
        return [usage for item in value for usage in usages(item)]
    if not isinstance(value, dict):
        return []
    own = [value["usage"]] if isinstance(value.get("usage"), dict) else []
    return own + [usage for name, inner in value.items() if name != "usage" for usage in usages(inner)]


def told(path: str, data: bytes, stream: bool) -> tuple[list[Json], tuple[int, int]]:
    """All usage objects that the client was sent; input and output tokens as its program adds them up."""
    if stream:
        lines = [line[6:] for line in data.splitlines() if line.startswith(b"data: {")]
        objects = usages([json.loads(line) for line in lines])
    else:
        objects = usages(json.loads(data))
    last: Json = {}
    for usage in objects:
        last |= usage
    if path == CHAT:
        return objects, (last["prompt_tokens"], last["completion_tokens"])
    cached = ("cache_read_input_tokens", "cache_creation_input_tokens") if path == MESSAGES else ()
    inputs = last["input_tokens"] + sum(last.get(name) or 0 for name in cached)
    return objects, (inputs, last["output_tokens"])


def numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("route", [AZURE, CLAUDE, GEMINI, CLAUDE_OF_ANTHROPIC])
@pytest.mark.parametrize("said", COUNTS)
def test_a_client_is_told_what_it_is_charged_for(
    gateway: Everywhere, said: str, route: str, path: str, stream: bool
) -> None:
    data = answered(gateway.post(path, asked(path, route, said, stream))).data
    objects, totals = told(path, data, stream)
    (row,) = json.loads(gateway.client.get("/api/usage?limit=1", headers=gateway.headers).data)["data"]
    assert totals == (row["prompt_tokens"], row["completion_tokens"])
    assert all(0 <= number < 10_000 for usage in objects for number in numbers(usage)), objects


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("route", [AZURE, CLAUDE, GEMINI, CLAUDE_OF_ANTHROPIC])
def test_what_we_count_ourselves_is_the_same_whole_and_streamed(
    gateway: Everywhere, route: str, path: str
) -> None:
    counted = []
    for stream in (False, True):
        data = answered(gateway.post(path, asked(path, route, "absurd output", stream))).data
        counted.append(told(path, data, stream)[1][1])
    assert counted[0] == counted[1]
