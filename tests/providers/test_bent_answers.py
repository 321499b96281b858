"""Upstream answers with one member missing, null or of another type, on every wire: what comes back is an answer that
every dialect can render, or the upstream's failure with a sentence; never a fault of ours.

Every place of a good answer, whole and in each event of a stream, times every odd value; `NI_TEST_BENT` sets how many
of them are tried for each wire and mode, drawn with the same seed each time.
"""

import copy
import json
import os
import random
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from ni.domain.errors import Problem
from ni.providers.base import Provider, ProviderRequest
from ni.providers.openai_compatible import OpenAI
from ni.providers.usage import completion_of
from tests.dialects.test_golden import ASKED, ROUTE, dialects
from tests.fakes.bedrock_frames import frame
from tests.fakes.doors import make_door
from tests.fakes.openai_server import FakeOpenAI, Script
from tests.fakes.openai_wire import events
from tests.fakes.orders import OPENAI_SETTINGS, USER, order, route
from tests.fakes.upstreams import WIRES, Upstream
from tests.fakes.wire_server import FakeWire
from tests.providers.table import TOOLS

TRIES = int(os.environ.get("NI_TEST_BENT", "60"))
MISSING = object()
ODD: tuple[Any, ...] = (
    MISSING, None, True, 0, 3, -1, 1.5, 1e300, 2**70, "", "x", "9", [], ["x"], [None], [[]], {}, {"x": 1},
    {"type": "x"},
)  # fmt: skip
WAYS = ("anthropic", "anthropic messages", "azure", "bedrock", "bedrock messages", "openai", "vertex_ai")


@dataclass
class Wire:
    """One provider before its fake, and its good answers."""

    build: Callable[[], Provider]
    fake: FakeOpenAI
    greeting: ProviderRequest

    def good(self, provider: Provider, *, stream: bool, tools: bool) -> tuple[ProviderRequest, bytes, str]:
        """An order, and body and type of its good answer."""
        body = self.greeting.body | ({"tools": self._tools} if tools else {})
        given = replace(self.greeting, body=body, stream=stream)
        self.fake.scripts.clear()
        read(provider, given)
        if isinstance(self.fake, FakeWire):
            told = self.fake.wire.answer(self.fake.seen[-1])
            return given, told.body, told.form
        sent = self.fake.requests[-1]
        if stream:
            return given, events(sent), "text/event-stream"
        return given, json.dumps(self.fake.whole("/v1/chat/completions", sent)).encode(), "application/json"

    @property
    def _tools(self) -> Any:
        if self.greeting.form == "chat":
            return TOOLS
        return [{"name": "a", "input_schema": {"type": "object"}}]


@pytest.fixture(scope="module")
def wires() -> Iterator[Mapping[str, Wire]]:
    with ExitStack() as stack:
        made = {}
        for name in WAYS:
            if name in WIRES:
                fake = stack.enter_context(FakeWire(WIRES[name].wire()))
                made[name] = Wire(partial(_built, WIRES[name]), fake, WIRES[name].greeting(fake))
            else:
                plain = stack.enter_context(FakeOpenAI())
                to = route("openai", "gpt-4o", plain.base_url)
                made[name] = Wire(lambda: OpenAI(make_door(), OPENAI_SETTINGS), plain, order(to, USER))
        yield made


def _built(upstream: Upstream) -> Provider:
    return upstream.build(make_door(), upstream.lookup())


def read(provider: Provider, given: ProviderRequest) -> list[Any]:
    """The chunks of an answer, or the whole one. Raises `Problem`."""
    exchange = provider.send(given)
    told = list(exchange.chunks()) if given.stream else [exchange.reply()]
    assert exchange.usage is None or exchange.usage.output >= 0
    return told


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a JSON document."""
    if way:
        yield way
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in named:
        yield from places(inner, (*way, name))


def bent(document: Any, way: tuple[Any, ...], odd: Any) -> Any:
    """The document with another value at one place."""
    made = copy.deepcopy(document)
    holder = made
    for step in way[:-1]:
        holder = holder[step]
    if odd is MISSING:
        del holder[way[-1]]
    else:
        holder[way[-1]] = odd
    return made


def parts(body: bytes, form: str) -> list[tuple[bytes, Any, bytes]]:
    """An answer cut into (before, document, after); put together they are the body."""
    if "event-stream" not in form and "eventstream" not in form:
        return [(b"", json.loads(body), b"")]
    if "eventstream" in form:
        return list(frames(body))
    lines = re.split(rb"(?<=\n)", body)
    return [
        (b"data: ", json.loads(line[6:]), b"\n") if line.startswith(b"data: {") else (line, MISSING, b"")
        for line in lines
    ]


def frames(body: bytes) -> Iterator[tuple[bytes, Any, bytes]]:
    """As `parts`, for AWS's frames: before stands the name of the event."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    for message in buffer:
        yield message.headers[":event-type"].encode(), json.loads(message.payload), b"frame"


def written(cut: list[tuple[bytes, Any, bytes]]) -> bytes:
    """The body again."""
    return b"".join(map(_part, cut))


def _part(part: tuple[bytes, Any, bytes]) -> bytes:
    before, document, after = part
    if document is MISSING:
        return before
    octets = json.dumps(document).encode()
    if after != b"frame":
        return before + octets + after
    headers = {":event-type": before.decode(), ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, octets)


def spoilt(body: bytes, form: str, drawn: random.Random) -> Iterator[bytes]:
    """Bodies with one odd value each; every one there is, or as many as are tried."""
    cut = parts(body, form)
    every = [
        (at, way, odd)
        for at, (_, document, _) in enumerate(cut)
        if document is not MISSING
        for way in places(document)
        for odd in ODD
    ]
    for at, way, odd in drawn.sample(every, min(TRIES, len(every))):
        before, document, after = cut[at]
        yield written([*cut[:at], (before, bent(document, way, odd), after), *cut[at + 1 :]])


@pytest.mark.untyped
@pytest.mark.parametrize("tools", [False, True], ids=["text", "calls"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", WAYS)
def test_an_odd_value_is_an_answer_or_the_upstreams_failure(
    wires: Mapping[str, Wire], name: str, *, stream: bool, tools: bool
) -> None:
    wire = wires[name]
    provider = wire.build()  # for each test, because doors are shut after each
    given, body, form = wire.good(provider, stream=stream, tools=tools)
    drawn = random.Random(f"{name} {stream} {tools}")  # noqa: S311 - the same each time is what is wanted
    answers, faults = 0, []
    for odd in spoilt(body, form, drawn):
        wire.fake.scripts.append(Script(body=odd, headers={"Content-Type": form}))
        try:
            told = read(provider, given)
            answers += 1
            if given.form == "chat":
                render(told, stream=stream)
        except Problem as problem:
            if problem.status not in REFUSALS:
                faults.append(f"{problem.status} for {odd!r}")
        except Exception as fault:  # noqa: BLE001 - any is what is looked for
            at = traceback.extract_tb(fault.__traceback__)[-1]
            faults.append(f"{type(fault).__name__}: {fault} ({at.filename}:{at.lineno}) for {odd!r}")
    assert not faults, f"{len(faults)} of {TRIES}\n" + "\n".join(faults[:20])
    assert answers > 0


REFUSALS = (400, 429, 502, 503, 504)


def render(told: list[Any], *, stream: bool) -> None:
    """Say in every dialect what was answered. Raises whatever that raises but problems."""
    completion = completion_of(filter(None, copy.deepcopy(told))) if stream else told[0]
    if stream and not all(map(is_object, arguments_in(completion))):
        return  # a piece was lost: Messages, once begun, has no word for that
    for name, dialect in dialects().items():
        call = dialect.parse({"model": ROUTE, "stream": stream, **ASKED[name]}, {})
        with suppress(Problem):
            if not stream:
                dialect.reply(call, ROUTE, copy.deepcopy(completion))
                continue
            renderer = dialect.stream(call, ROUTE)
            for chunk in filter(None, copy.deepcopy(told)):
                renderer.chunk(chunk)
            renderer.end()


def arguments_in(completion: Any) -> Iterator[str]:
    for choice in completion["choices"]:
        yield from (call["function"]["arguments"] for call in choice["message"].get("tool_calls") or ())


def is_object(written: str) -> bool:
    try:
        return isinstance(json.loads(written or "{}"), dict)
    except ValueError:
        return False


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(
    "word", [None, "", "frobnicated", MISSING], ids=["null", "empty", "unknown", "missing"]
)
def test_a_whole_answer_whose_end_is_not_known_is_told_wire_by_wire(
    wires: Mapping[str, Wire], name: str, word: Any
) -> None:
    """Vendors list their reasons, so that none is a fault (502); Anthropic has added some since. Servers of OpenAI's
    shape do not: see the oddities.

    A client's own Messages are passed as they came; the client reads the new reason itself.
    """
    wire = wires[name]
    provider = wire.build()  # for each test, because doors are shut after each
    given, body, form = wire.good(provider, stream=False, tools=False)
    document = json.loads(body)
    way = next(way for way in places(document) if way[-1] in ENDS)
    octets = json.dumps(bent(document, way, word)).encode()
    wire.fake.scripts.append(Script(body=octets, headers={"Content-Type": form}))
    told = END_OF.get(name, "failure")
    if told == "failure" or (told in ("passed", "new") and word != "frobnicated"):
        with pytest.raises(Problem) as raised:
            read(provider, given)
        assert raised.value.status == 502
        return
    (reply,) = read(provider, given)
    assert reply["choices"][0]["finish_reason"] == "stop"
    assert told != "passed" or reply["native"]["stop_reason"] == word


ENDS = ("finish_reason", "stop_reason", "stopReason", "finishReason")
END_OF = {
    "openai": "stop", "azure": "stop", "anthropic": "new", "anthropic messages": "passed", "bedrock messages": "passed",
}  # fmt: skip
