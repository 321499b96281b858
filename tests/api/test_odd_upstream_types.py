"""Any wrong JSON type anywhere in an upstream's answer: an answer of the right types, or a 502 with a sentence."""

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.all_upstreams import Servers, all_upstreams
from tests.api.instance import Instance
from tests.api.speakers import SPEAKERS, Speaker
from tests.fakes.openai_server import Script
from tests.fakes.openai_wire import events

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
DIALECTS = [speaker for speaker in SPEAKERS if speaker.name in ("chat", "responses", "messages")]
EACH = pytest.mark.parametrize("speaker", DIALECTS, ids=lambda speaker: speaker.name)
ROUTES = {
    "azure": "azure/gpt-4.1-mini-ca",
    "anthropic": "anthropic/claude-sonnet-4-6-us",
    "vertex_ai": "vertex_ai/gemini-2.5-flash-ca",
    "bedrock": "bedrock/mistral.mistral-large-2402-v1:0-ca",
    "local": "local/my-finetune-local",
}
ODD: list[Any] = [None, True, 3, -1, 1.5, "", "x", [], ["x"], {}, {"x": 1}]
KEPT = frozenset({"tool_calls", "arguments", "partial_json", "finish_reason"})
TRIES = 24


@pytest.fixture(scope="module")
def servers(instance: Instance) -> Iterator[Servers]:
    with all_upstreams(instance) as started:
        yield started


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a JSON document."""
    if way:
        yield way
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in entries:
        yield from places(inner, (*way, name))


def bent(document: Any, chance: random.Random, left: frozenset[str] = KEPT) -> Any:
    """The document with one value of another type."""
    made = copy.deepcopy(document)
    # Not in calls, nor the word that ends an answer: `test_upstream_oddities` has their table.
    *way, last = chance.choice([way for way in places(made) if not left.intersection(way)])
    holder = made
    for step in way:
        holder = holder[step]
    holder[last] = chance.choice(ODD)
    return made


def answer_of(servers: Servers, provider: str) -> tuple[bytes, str]:
    """The body and type of the last good answer."""
    if provider == "local":
        body = servers.local.requests[-1]
        return json.dumps(servers.local.whole("/v1/chat/completions", body)).encode(), "application/json"
    wire = servers.wires[provider]
    told = wire.wire.answer(wire.seen[-1])
    return told.body, told.form


def bent_answer(body: bytes, form: str, chance: random.Random, *, calls: bool) -> bytes:
    if "event-stream" not in form:
        return json.dumps(bent(json.loads(body), chance)).encode()
    lines = body.split(b"\n")
    with_json = [at for at, line in enumerate(lines) if re.match(rb"data: \{", line)]
    at = chance.choice(with_json)
    left = KEPT | {"choices"} if calls else KEPT  # a lost piece of a call is no wrong type any more
    lines[at] = b"data: " + json.dumps(bent(json.loads(lines[at][6:]), chance, left)).encode()
    return b"\n".join(lines)


@EACH
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("provider", ROUTES)
@pytest.mark.parametrize("tools", [False, True], ids=["text", "calls"])
def test_a_value_of_another_type_is_never_a_500(
    instance: Instance, servers: Servers, speaker: Speaker, provider: str, *, stream: bool, tools: bool
) -> None:
    if provider == "bedrock" and stream:
        pytest.skip("its frames carry a checksum; the whole answer is read by the same code")
    if provider == "anthropic" and speaker.name == "messages":
        pytest.skip("its own events are passed as they are")
    chance = random.Random(  # noqa: S311 - the same each time is what is wanted
        f"{provider} {speaker.name} {stream} {tools}"
    )
    more = {"tools": [speaker.tool]} if tools else {}
    body = speaker.body(("user", "go"), model=ROUTES[provider], stream=stream, **more)
    assert instance.post(speaker.path, body).status_code == 200
    octets, form = answer_of(servers, provider)
    if provider == "local" and stream:
        octets, form = streamed(servers)
    scripts = (servers.local if provider == "local" else servers.wires[provider]).scripts
    for _ in range(TRIES):
        odd = bent_answer(octets, form, chance, calls=tools)
        scripts.append(Script(body=odd, headers={"Content-Type": form}))
        response = instance.post(speaker.path, body)
        assert response.status_code in (200, 400, 429, 502, 503), (odd, response.data)
        assert b"went wrong in the gateway" not in response.data, odd


def streamed(servers: Servers) -> tuple[bytes, str]:
    return events(servers.local.requests[-1]), "text/event-stream"
