"""A canary in every string field of every request type of the official SDKs: none reaches an upstream.

The types are read from the installed `openai` and `anthropic` packages (`tests/privacy/canaries.py`), so that a field
which they get tomorrow is tested tomorrow. Each body goes its real way: read by its dialect, masked, sent by each
provider, streamed and not, to the strict fake of its wire. What a dialect refuses by name is mended where it says so,
so that one odd field does not keep the others from being sent.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import pytest
from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_create_params as beta_params
from openai.types import completion_create_params, embedding_create_params
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params

from ni.dialects.base import Dialect
from ni.dialects.chat_variants import ChatNormaliser, ChatVariantsDialect
from ni.dialects.messages import MessagesDialect
from ni.dialects.responses import ResponsesDialect
from ni.dialects.sealed_state import StateSealer
from ni.domain.call import Call
from ni.domain.errors import Problem
from ni.privacy.masking import Substitution, derived
from ni.privacy.names import NoNames
from ni.providers.base import Provider, ProviderRequest
from ni.providers.openai_compatible import Local, OpenAI
from tests.fakes.doors import make_door, shut_doors
from tests.fakes.openai_server import KEY, FakeOpenAI
from tests.fakes.orders import route, settings
from tests.fakes.upstreams import UPSTREAMS
from tests.fakes.wire_server import FakeWire
from tests.privacy.canaries import CARD, PHONE, Canaries, leaked
from tests.privacy.cast import caller

Json = dict[str, Any]
SEALS = StateSealer(bytes(32), bytes)
TOGETHER = 8
DIALECTS: dict[str, Dialect] = {
    "chat": ChatVariantsDialect(ChatNormaliser(SEALS, lambda name: False)),
    "responses": ResponsesDialect(SEALS),
    "messages": MessagesDialect(SEALS),
}
SHIELD = Substitution(NoNames(), derived(b"an instance's secret of 32 bytes"))
USER: Json = {"role": "user", "content": "Bonjour"}
CHAT: Json = {"model": "m", "messages": [USER]}
RESPONSES: Json = {"model": "m", "input": [USER]}
MESSAGES: Json = {"model": "m", "max_tokens": 4096, "messages": [USER]}


@dataclass(frozen=True)
class Kind:
    """One request type: of which SDK's parameters, in which form it may leave as it is, and who reads it."""

    name: str
    params: Any
    least: Json
    form: str
    dialect: str = ""
    fields: int = 0  # how many string fields it has at least


KINDS = (
    Kind("chat completions", chat_params.CompletionCreateParamsNonStreaming, CHAT, "chat", "chat", 120),
    Kind("responses", response_create_params.ResponseCreateParamsNonStreaming, RESPONSES, "responses",
         "responses", 400),
    Kind("responses at the address of chat", response_create_params.ResponseCreateParamsNonStreaming, RESPONSES,
         "chat", "chat", 400),
    Kind("messages", message_create_params.MessageCreateParamsNonStreaming, MESSAGES, "messages", "messages", 300),
    Kind("beta messages", beta_params.MessageCreateParamsNonStreaming, MESSAGES, "messages", "messages", 600),
    Kind("count tokens", message_count_tokens_params.MessageCountTokensParams, MESSAGES, "messages", "messages", 290),
    Kind("embeddings", embedding_create_params.EmbeddingCreateParams, {"model": "m"}, "embeddings", "", 4),
    Kind("completions", completion_create_params.CompletionCreateParamsNonStreaming, {"model": "m"},
         "completions", "", 8),
)  # fmt: skip
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
SENT = pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if kind.dialect and kind.name != "count tokens"],
    ids=lambda kind: kind.name,
)  # tokens are counted here, nothing is sent


def masked(call: Call) -> Json:
    return SHIELD.substitute(caller(), call).body


@EACH
def test_no_canary_is_left_in_any_form_that_may_leave(kind: Kind) -> None:
    canaries = Canaries()
    for body in in_lists(canaries.bodies(kind.params, kind.least)):
        assert not leaked(json.dumps(masked(Call(kind.form, "m", False, body, form=kind.form)))), body
    assert len(canaries.fields) >= kind.fields


def in_lists(bodies: Iterable[Json]) -> Iterator[Json]:
    """The bodies, with the lists of those that differ in one put behind each other."""
    for names, alike in groupby(bodies, key=lambda body: [(name, type(body[name]) is list) for name in body]):
        name, listed = names[-1]
        some = list(alike)
        for at in range(0, len(some), TOGETHER if listed else 1):
            joined = (
                [entry for body in some[at : at + TOGETHER] for entry in body[name]]
                if listed
                else some[at][name]
            )
            yield {**some[at], name: joined}


# ---- to the wires of all providers


def openai() -> Provider:
    return OpenAI(make_door(), settings(OPENAI_API_KEY=KEY))


@dataclass(frozen=True)
class Wire:
    """A provider before its fake, and what came there."""

    provider: Provider
    to: Any
    server: FakeOpenAI

    def came(self) -> bytes:
        """All that came since the last time, with its headers."""
        seen, headers = getattr(self.server, "seen", ()), self.server.headers
        told = [part for request in seen for part in (request.raw, request.path, str(request.headers))]
        told += [json.dumps(body, ensure_ascii=False) for body in self.server.requests] + [str(headers)]
        for kept in (self.server.requests, headers, seen):
            if isinstance(kept, list):
                kept.clear()
        return b"\n".join(part if isinstance(part, bytes) else part.encode() for part in told)


@pytest.fixture(scope="module")
def wires() -> Iterator[Mapping[str, Wire]]:
    plain, own = FakeOpenAI(), FakeOpenAI()
    fakes = {name: FakeWire(upstream.wire()) for name, upstream in UPSTREAMS.items()}
    found: dict[str, Wire] = {
        "openai": Wire(openai(), route("openai", "gpt-4.1-mini", plain.base_url), plain),
        "local": Wire(
            Local(make_door(), settings(NI_LOCAL_BASE_URL=own.base_url, NI_LOCAL_API_KEY=KEY)),
            route("local", "qwen", "", "NI_LOCAL_BASE_URL"),
            own,
        ),
    }
    for server in (plain, own, *fakes.values()):
        server.__enter__()
    for name, upstream in UPSTREAMS.items():
        provider = upstream.build(make_door(), upstream.lookup())
        found[name] = Wire(provider, upstream.route(fakes[name]), fakes[name])
    mistral = replace(UPSTREAMS["bedrock"], model="mistral.mistral-large-2402-v1:0")
    found["bedrock mistral"] = replace(found["bedrock"], to=mistral.route(fakes["bedrock"]))
    yield found
    for server in (plain, own, *fakes.values()):
        server.__exit__()
    shut_doors()


def read(kind: Kind, body: Json) -> Call | None:
    """The call, mended where its dialect names a field that it cannot be; None where nothing helps."""
    for _ in range(12):
        try:
            return DIALECTS[kind.dialect].parse(json.loads(json.dumps(body)), {})
        except Problem as problem:
            if not problem.param or not mended(body, problem.param):
                return None
    return None


VALID = {
    "url": "https://example.ca/a.png",
    "image_url": "https://example.ca/a.png",
    "file_data": "data:application/pdf;base64,JVBERi0xLjc=",
    "media_type": "image/png",
    "name": "f",
    "type": "text",
    "detail": "auto",
    "max_tokens": 4096,
}
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def mended(body: Any, path: str) -> bool:
    """Put a valid value where the path leads, or take the field out; False where there is no such place."""
    steps: list[Any] = [name or int(at) for name, at in STEP.findall(path)]
    for step in steps[:-1]:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return False
    last = steps[-1]
    if isinstance(body, list) and isinstance(last, int) and last < len(body):
        del body[last]
        return True
    if not isinstance(body, dict) or (last not in body and last not in VALID):
        return False
    if last in VALID and body.get(last) != VALID[last]:
        body[last] = VALID[last]
    else:
        body.pop(last, None)
    return True


def talked(kind: Kind, body: Json) -> Json:
    """The body with what its turns need before and after them: calls have results, results have calls."""
    name = "input" if kind.dialect == "responses" or "input" in body else "messages"
    turns = body.get(name)
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return body
    made: list[Json] = []
    for turn in turns:
        made += list(_around(turn, messages=kind.dialect == "messages"))
    first = [] if made and made[0].get("role") == "user" else [USER]
    return {**body, name: [*first, *made]}


def _around(turn: Json, messages: bool) -> Iterator[Json]:
    if messages and isinstance(turn.get("content"), list):
        yield from _blocks(turn)
        return
    if turn.get("role") == "tool":
        called = {
            "id": turn["tool_call_id"],
            "type": "function",
            "function": {"name": "f", "arguments": "{}"},
        }
        yield {"role": "assistant", "content": None, "tool_calls": [called]}
    yield turn
    for call in turn.get("tool_calls") or ():
        yield {"role": "tool", "tool_call_id": call["id"], "content": "ok"}


def _blocks(turn: Json) -> Iterator[Json]:
    for block in turn["content"]:
        kind = block.get("type") if isinstance(block, dict) else ""
        if kind == "tool_result":
            use = {"type": "tool_use", "id": block["tool_use_id"], "name": "f", "input": {}}
            yield {"role": "assistant", "content": [use]}
        said = kind in ("tool_use", "thinking", "redacted_thinking", "server_tool_use")
        yield {"role": "assistant" if said else "user", "content": [block]}
        if kind == "tool_use":
            result = {"type": "tool_result", "tool_use_id": block["id"], "content": "ok"}
            yield {"role": "user", "content": [result]}


def together(calls: list[tuple[str, Call]]) -> Iterator[tuple[str, Call]]:
    """Calls whose conversations, or whose tools, are put behind each other, so that fewer have to be sent."""
    joined: dict[tuple[str, str, frozenset[str]], list[Call]] = {}
    for form, call in calls:
        field = "tools" if "tools" in call.body else "messages"
        joined.setdefault((form, field, frozenset(call.body)), []).append(call)
    for (form, field, _), alike in joined.items():
        for at in range(0, len(alike), TOGETHER):
            some = alike[at : at + TOGETHER]
            listed = [entry for call in some for entry in call.body[field]]
            yield form, replace(some[0], body={**some[0].body, field: listed})


def calls_of(kind: Kind) -> list[tuple[str, Call]]:
    """The calls of a kind that some upstream would be sent, in the forms in which they leave."""
    found = []
    for given in Canaries().bodies(kind.params, kind.least):
        call = read(kind, talked(kind, {name: value for name, value in given.items() if value is not None}))
        if call is None:
            continue
        for spoken in {"", kind.dialect}:
            try:
                leaving = call.for_upstream(spoken)
            except Problem:
                continue
            body = {name: value for name, value in masked(leaving).items() if value is not None}
            found.append((leaving.form, replace(leaving, body=body)))
    return found


@SENT
def test_no_canary_reaches_an_upstream(kind: Kind, wires: Mapping[str, Wire]) -> None:
    taken = dict.fromkeys(wires, 0)
    for form, call in together(calls_of(kind)):
        for name, wire in wires.items():
            if form == "messages" and name not in ("anthropic", "bedrock"):
                continue
            for stream in (False, True):
                order = ProviderRequest("8f2e3b7d9a1c4f08", wire.to, call.body, stream, form=form)
                taken[name] += sent(wire, order)
            came = wire.came()
            assert not leaked(came), (name, form, came)
    assert all(count > 10 for count in taken.values()), taken


def sent(wire: Wire, order: ProviderRequest) -> bool:
    """Whether the upstream took it."""
    try:
        exchange = wire.provider.send(order)
    except Problem:
        return False
    exchange.close()
    return True


def test_the_canaries_are_what_recognisers_find() -> None:
    text = f"lea.kanari1@acme.ca, {PHONE}, {CARD}"
    assert leaked(text)
    body: Json = {"messages": [{"role": "user", "content": text}]}
    assert not leaked(json.dumps(masked(Call("chat", "m", False, body))))
