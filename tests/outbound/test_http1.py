"""HTTP/1.1 without sockets: what is written, what is read, and what is refused; cut anywhere, a body is the same."""

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ni.outbound.errors import Cut, Malformed, OutboundFault, Unsendable
from ni.outbound.http1 import (
    Body,
    Chunked,
    ResponseHead,
    Sized,
    UntilClose,
    body_of,
    read_head,
    write_request,
)


def cut(wire: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(position % (len(wire) + 1) for position in at), len(wire)]
    return [wire[a:b] for a, b in pairwise(edges)]


def test_a_request_is_written_with_our_own_framing() -> None:
    wire = write_request(
        ("POST", "/v1", "host:1"), {"X-A": "é", "Host": "evil", "content-length": "99"}, b"{}"
    )
    assert wire == (
        b"POST /v1 HTTP/1.1\r\nHost: host:1\r\nAccept-Encoding: identity\r\nX-A: \xe9\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\n", "\r", "a\0", "\u20ac"])
def test_a_header_value_that_could_break_the_message_is_refused(value: str) -> None:
    with pytest.raises(Unsendable):
        write_request(("GET", "/", "h"), {"X": value}, b"")


def test_a_head_is_read_with_lower_case_names_and_joined_repeats() -> None:
    head = read_head(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:\t2 \r\nEmpty:")
    assert (head.status, head.headers, head.persistent) == (200, {"x-a": "1, 2", "empty": ""}, True)


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.0 200",
        b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close",
    ],
)
def test_a_peer_that_closes_is_believed(block: bytes) -> None:
    assert read_head(block).persistent is False


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"ICY 200 OK",
        b"HTTP/2 200",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 700 X",
        b"HTTP/1.1  200 OK",
        b"<html>",
        b"HTTP/1.1 200 OK\r\nno colon",
        b"HTTP/1.1 200 OK\r\n: x",
        b"HTTP/1.1 200 OK\r\nA : x",
        b"HTTP/1.1 200 OK\r\nA: x\r\n y",
        b"HTTP/1.1 200 OK\nA: x",
        b"HTTP/1.1 200 OK\r\nA: x\nB: y",
        b"HTTP/1.1 200 OK\r\nA: x\rB: y",
    ],
)
def test_an_ambiguous_head_is_refused(block: bytes) -> None:
    with pytest.raises(Malformed):
        read_head(block)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "5, 5"},
        {"content-length": "+5"},
        {"content-length": "5_0"},
        {"content-length": "-1"},
        {"content-length": "٥"},
        {"transfer-encoding": "gzip, chunked"},
        {"transfer-encoding": "xchunked"},
        {"content-encoding": "br"},
        {"content-encoding": "gzip, gzip"},
        {"content-length": "9" * 20},
    ],
)
def test_a_framing_that_is_not_plain_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        body_of("GET", ResponseHead(200, headers, True))


@pytest.mark.parametrize(
    ("method", "status", "headers", "kind", "reusable"),
    [
        ("GET", 200, {"content-length": "3"}, Sized, True),
        ("GET", 200, {"transfer-encoding": "Chunked"}, Chunked, True),
        ("GET", 200, {"transfer-encoding": "chunked", "content-length": "3"}, Chunked, False),
        ("GET", 200, {}, UntilClose, False),
        ("HEAD", 200, {"content-length": "3"}, Sized, True),
        ("GET", 204, {}, Sized, True),
    ],
)
def test_the_framing_follows_the_head(
    method: str, status: int, headers: dict[str, str], kind: type, reusable: bool
) -> None:
    body, again = body_of(method, ResponseHead(status, headers, True))
    assert type(body) is kind
    assert again is reusable


def chunked(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)


FRAMINGS: dict[str, tuple[dict[str, str], Callable[[bytes], bytes]]] = {
    "sized": ({}, bytes),
    "chunked": ({"transfer-encoding": "chunked"}, chunked),
    "until the end": ({}, bytes),
}


def gzip_body(kind: str, content: bytes) -> tuple[Body, bytes]:
    headers, framed = FRAMINGS[kind]
    length = {"content-length": str(len(content))} if kind == "sized" else {}
    head = ResponseHead(200, {"content-encoding": "gzip", **headers, **length}, True)
    return body_of("GET", head)[0], framed(content)


@pytest.mark.parametrize("kind", FRAMINGS)
@given(content=st.binary(min_size=1, max_size=300), at=st.integers(0, 400))
def test_a_gzip_body_that_nobody_asked_for_is_read(kind: str, content: bytes, at: int) -> None:
    body, wire = gzip_body(kind, gzip.compress(content))
    assert body.feed(wire[:at]) + body.feed(wire[at:]) == content
    if kind == "until the end":
        body.finish()
    assert body.ended


def test_what_a_gzip_sender_flushed_is_not_held_back() -> None:
    body, _ = gzip_body("until the end", b"")
    squeezer = zlib.compressobj(wbits=31)
    for event in (b"data: 1\n\n", b"data: 2\n\n"):
        assert body.feed(squeezer.compress(event) + squeezer.flush(zlib.Z_SYNC_FLUSH)) == event


@pytest.mark.parametrize("kind", FRAMINGS)
@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (gzip.compress(b"x" * 100)[:-1], Cut),
        (b"no gzip data at all, but some text", Malformed),
        (gzip.compress(bytes(50_000_000)), Malformed),
    ],
    ids=["cut short", "another coding", "a bomb"],
)
def test_wrong_gzip_data_is_a_fault(kind: str, wrong: bytes, fault: type[OutboundFault]) -> None:
    body, wire = gzip_body(kind, wrong)

    def read() -> None:
        body.feed(wire[:65_536])
        body.feed(wire[65_536:])
        body.finish()

    with pytest.raises(fault):
        read()


@given(st.lists(st.binary(min_size=1, max_size=40)), st.lists(st.integers(0, 400)), st.booleans())
def test_a_chunked_body_is_the_same_however_it_is_cut(
    parts: list[bytes], at: list[int], extended: bool
) -> None:
    extension, trailer = (b";a=b", b"T: x\r\n") if extended else (b"", b"")
    wire = (
        b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
        + b"0\r\n"
        + trailer
        + b"\r\n"
    )
    body = Chunked()
    got = [body.feed(piece) for piece in cut(wire + b"rest", at)]
    assert (b"".join(got), body.ended) == (b"".join(parts), True)
    body.finish()


@given(st.binary(max_size=40), st.lists(st.integers(0, 60)))
def test_a_sized_body_is_the_same_however_it_is_cut(content: bytes, at: list[int]) -> None:
    body = Sized(len(content))
    assert b"".join(body.feed(piece) for piece in cut(content, at)) == content
    assert body.ended


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1), st.data())
def test_a_chunked_body_that_ends_early_is_cut(parts: list[bytes], draw: st.DataObject) -> None:
    wire = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    body = Chunked()
    body.feed(wire[: draw.draw(st.integers(0, len(wire) - 1))])
    with pytest.raises(Cut):
        body.finish()


def test_each_byte_of_a_chunk_is_given_at_once() -> None:
    body = Chunked()
    assert [body.feed(bytes([byte])) for byte in b"3\r\nabc\r\n"] == [
        b"",
        b"",
        b"",
        b"a",
        b"b",
        b"c",
        b"",
        b"",
    ]


@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"3\r\nabcd\r\n",
        b"3\r\nabcX",
        b"f" * 5000,
        b"0x3\r\n",
        b"ffffffffffffffffff\r\n",
        b"0\r\n" + b"T: " + b"x" * 20000 + b"\r\n\r\n",
    ],
)
def test_a_chunk_that_lies_is_refused(wire: bytes) -> None:
    with pytest.raises(Malformed):
        Chunked().feed(wire)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_decoder_fail_in_an_unknown_way(wire: bytes) -> None:
    body = Chunked()
    try:
        body.feed(wire)
        body.finish()
        read_head(wire)
    except OutboundFault:
        pass
