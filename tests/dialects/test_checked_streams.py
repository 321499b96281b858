"""The check of every stream notices one that is out of order, and lets one that is in order pass."""

import json

import pytest

from ni.domain.call import Json
from ni.domain.errors import Problem
from tests.checked_streams import Checked, install
from tests.dialects.test_golden import ASKED, ROUTE, SCENES, chunks, dialects


class Backwards:
    """A renderer that ends before it begins."""

    def chunk(self, chunk: Json) -> bytes:
        return b'event: message_stop\ndata: {"type":"message_stop"}\n\n'

    def end(self) -> bytes:
        return b'event: message_start\ndata: {"type":"message_start"}\n\n'

    def error(self, problem: Problem, message: str) -> bytes:
        return b"data: " + json.dumps(message).encode()

    def ping(self) -> bytes:
        return b": still here\n\n"


def test_a_stream_out_of_order_is_reported_at_once_and_once() -> None:
    """So that one whose client left before its end is found too."""
    faults: list[str] = []
    stream = Checked(Backwards(), "messages", faults.append)
    stream.ping()
    assert not faults
    stream.chunk({})
    assert len(faults) == 1
    assert "message_stop" in faults[0]
    stream.end()
    assert len(faults) == 1


class Long(Backwards):
    """A chat renderer: one large chunk after the other, the role last."""

    def chunk(self, chunk: Json) -> bytes:
        choice = {"index": 0, "delta": chunk, "finish_reason": chunk.get("role") and "stop"}
        event = {"object": "chat.completion.chunk", "choices": [choice]}
        return b"data: " + json.dumps(event).encode() + b"\n\n"

    def end(self) -> bytes:
        return b"data: [DONE]\n\n"


def test_a_stream_is_checked_to_its_end_however_large_it_is() -> None:
    faults: list[str] = []
    stream = Checked(Long(), "chat", faults.append)
    stream.chunk({"role": "assistant"})
    stream.chunk({"content": "x"})
    assert "follows the finish reason" in faults.pop()
    stream = Checked(Long(), "chat", faults.append)
    stream.chunk({"role": "assistant", "content": "x" * 300_000})
    stream.end()
    assert not faults
    stream.chunk({"content": "late"})
    assert "after the end" in faults.pop()


class Silent(Backwards):
    """A renderer that never says how it ended."""

    def end(self) -> bytes:
        return b""


def test_a_stream_that_ends_without_its_last_event_is_reported() -> None:
    faults: list[str] = []
    Checked(Silent(), "messages", faults.append).end()
    assert "without a final event" in faults.pop()


def test_a_stream_that_fails_out_of_form_is_reported() -> None:
    faults: list[str] = []
    Checked(Backwards(), "chat", faults.append).error(Problem(), "x")
    assert len(faults) == 1


@pytest.mark.parametrize("name", ASKED)
def test_every_dialect_is_wrapped_and_its_streams_are_in_order(name: str) -> None:
    """The wrapping of this very test is what `tests/conftest.py` did."""
    faults: list[str] = []
    dialect = dialects()[name]
    renderer = dialect.stream(dialect.parse({"model": ROUTE, "stream": True, **ASKED[name]}, {}), ROUTE)
    assert isinstance(renderer, Checked)
    with pytest.MonkeyPatch.context() as patch:
        install(patch.setattr, faults.append)
        for scene in ("text", "call", "reasoning"):
            again = dialect.stream(dialect.parse({"model": ROUTE, "stream": True, **ASKED[name]}, {}), ROUTE)
            assert b"".join(map(again.chunk, chunks(SCENES[scene]))) + again.end()
    assert not faults
