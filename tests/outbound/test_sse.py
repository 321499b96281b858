"""The event stream reader against the standard's rules, and against itself under every cut."""

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.outbound.errors import TooLarge
from ni.outbound.http1 import EventReader, ServerSentEvent


def events(*pieces: bytes) -> list[ServerSentEvent]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


def message(content: bytes) -> ServerSentEvent:
    return ServerSentEvent("message", content)


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"data: {}\n\n", [message(b"{}")]),
        (b"data:{}\r\n\r\n", [message(b"{}")]),
        (b"data: a\r\rdata: b\r\r", [message(b"a"), message(b"b")]),
        (b"data: a\ndata:  b\ndata\n\n", [message(b"a\n b\n")]),
        (b"data\n\n", [message(b"")]),
        (b"event: ping\ndata: x\nid: 7\nretry: 3\n\n", [ServerSentEvent("ping", b"x")]),
        (b"event: ping\n\ndata: x\n\n", [message(b"x")]),
        (b": comment\n\n:\n\ndata: x\n\n", [message(b"x")]),
        (b"\xef\xbb\xbfdata: x\n\n", [message(b"x")]),
        (b"data: x\n\n\xef\xbb\xbfdata: y\n\n", [message(b"x")]),
        (b"Data: x\n data: y\nother: z\n\n", []),
        (b"\n\n\n", []),
        (b"data: x\n", []),
        (b"data: x", []),
        ("data: Zoë 👋\n\n".encode(), [message("Zoë 👋".encode())]),
    ],
)
def test_a_stream_gives_the_events_of_the_standard(wire: bytes, expected: list[ServerSentEvent]) -> None:
    assert events(wire) == expected
    assert events(*(wire[at : at + 1] for at in range(len(wire)))) == expected


@pytest.mark.parametrize(
    ("wire", "unfinished"),
    [
        (b"data: x\n\n", False),
        (b"data: x\n", True),
        (b"data: x", True),
        (b"event: a\n", True),
        (b"data: x\r\n\r", False),
        (b"", False),
        (b": c\n", False),
    ],
)
def test_bytes_left_over_are_told(wire: bytes, unfinished: bool) -> None:
    reader = EventReader()
    reader.feed(wire)
    assert reader.unfinished is unfinished


LINES = st.sampled_from(
    [b"data: a", b"data:\xc3\xa9", b"data", b"", b"", b"event: e", b":c", b"x: y", b"id: 1"]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(
    st.lists(st.tuples(LINES, ENDS), max_size=20), st.lists(st.integers(0, 300), max_size=8), st.booleans()
)
def test_any_cut_gives_the_same_events(lines: list[tuple[bytes, bytes]], at: list[int], bom: bool) -> None:
    wire = (b"\xef\xbb\xbf" if bom else b"") + b"".join(line + end for line, end in lines)
    edges = [0, *sorted(position % (len(wire) + 1) for position in at), len(wire)]
    assert events(*(wire[a:b] for a, b in pairwise(edges))) == events(wire)


@given(st.binary(max_size=100), st.integers(0, 100))
def test_arbitrary_bytes_cut_once_give_the_same_events(wire: bytes, at: int) -> None:
    assert events(wire[:at], wire[at:]) == events(wire)


@pytest.mark.parametrize(
    "wire", [b"data: " + b"x" * 200, b"data: xxxxxxxx\n" * 20, b"data\n" * 50, b":" + b"c" * 200]
)
def test_a_line_or_event_beyond_the_limit_is_refused(wire: bytes) -> None:
    with pytest.raises(TooLarge):
        EventReader(limit=100).feed(wire)
    reader = EventReader(limit=100)
    for at in range(100):
        reader.feed(wire[at : at + 1])
    with pytest.raises(TooLarge):
        deque(map(reader.feed, (wire[at : at + 1] for at in range(100, len(wire)))))


def test_many_small_events_never_reach_the_limit() -> None:
    reader = EventReader(limit=100)
    assert sum(len(reader.feed(b"data: 12345678\n\n: c\n")) for _ in range(1000)) == 1000
