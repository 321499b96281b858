"""Events out of order or of no kind are the upstream's failure: what clients of Messages are sent keeps its grammar."""

import copy
import json
from typing import Any

import pytest

from ni.domain.call import Json
from ni.domain.errors import UpstreamError
from ni.providers.anthropic import Anthropic, NativeReader
from ni.providers.errors import Upstream
from tests.fakes.anthropic_wire import AnthropicWire
from tests.fakes.doors import make_door
from tests.fakes.openai_server import Script
from tests.fakes.upstreams import NATIVE
from tests.fakes.wire_server import FakeWire

START: Json = {
    "type": "message_start",
    "message": {"content": [], "usage": {"input_tokens": 3, "output_tokens": 1}},
}
OPEN: Json = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
GROW: Json = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}
SHUT: Json = {"type": "content_block_stop", "index": 0}
END: Json = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
STOP: Json = {"type": "message_stop"}
WHOLE = [START, OPEN, GROW, SHUT, END, STOP]
NEW: Json = {"type": "tomorrow.event", "x": 1}


def read(events: list[Json]) -> list[Json]:
    """What the reader lets through."""
    reader = NativeReader(lambda name, kept: None, Upstream("Somewhere"))
    return [chunk["native"] for event in copy.deepcopy(events) for chunk in reader.event(event)]


@pytest.mark.parametrize("at", range(len(WHOLE) + 1))
def test_an_event_of_a_new_kind_may_stand_anywhere(at: int) -> None:
    events = [*WHOLE[:at], NEW, *WHOLE[at:]]
    assert read(events) == events


def changed(event: Json, **members: Any) -> Json:
    return {**event, **members}


NO_KINDS: list[Any] = [None, 7, {}, [], "", " ", "ping\ndata: {}", "Ping", "{}"]


@pytest.mark.parametrize(
    "events",
    [
        [OPEN, GROW],
        [START, START],
        [START, GROW],
        [START, SHUT],
        [START, OPEN, OPEN],
        [START, OPEN, changed(GROW, index=1)],
        [START, OPEN, GROW, changed(SHUT, index=1)],
        [START, OPEN, GROW, END],
        [START, changed(OPEN, index="0")],
        [START, changed(OPEN, index=True)],
        [START, changed(OPEN, content_block={"type": ["text"]})],
        [START, OPEN, changed(GROW, delta={"type": "text_delta", "text": 7})],
        [START, OPEN, changed(GROW, delta={"type": {}, "text": "x"})],
        *([START, {"type": kind}] for kind in NO_KINDS),
    ],
    ids=lambda events: json.dumps(events[-1])[:60],
)
def test_events_that_cannot_follow_are_not_let_through(events: list[Json]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        read(events)


def test_what_was_let_through_before_stays() -> None:
    """The client has it already; the failure follows it."""
    wire = b"".join(
        b"event: x\ndata: %s\n\n" % json.dumps(event).encode()
        for event in [START, OPEN, GROW, OPEN, SHUT, END, STOP]
    )
    with FakeWire(AnthropicWire()) as fake:
        fake.scripts.append(Script(body=wire, headers={"Content-Type": "text/event-stream"}))
        upstream = NATIVE["anthropic messages"]
        given = upstream.greeting(fake, stream=True)
        chunks = Anthropic(make_door(), upstream.lookup()).send(given).chunks()
        seen = [next(chunks)["native"] for _ in range(3)]
        with pytest.raises(UpstreamError):
            list(chunks)
    assert seen == [START, OPEN, GROW]
