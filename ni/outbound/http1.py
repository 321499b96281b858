"""HTTP/1.1 messages as bytes (RFC 9112): writing a request, reading the head of a response. No sockets here.

It is our own because it sits on the hot path and must never hold back a piece of a stream; it knows only what an API
client needs. What is ambiguous is refused: bare line feeds, folded lines, doubled lengths, codings we did not ask for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ni.outbound.bodies import Body, Chunked, Sized, UntilClose
from ni.outbound.faults import Malformed, Unsendable

HEAD_LIMIT = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: .*)?", re.DOTALL)
_OURS = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "expect"})


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers (lower-case names; repeated ones joined by a comma); `persistent` if the peer keeps open."""

    status: int
    headers: Mapping[str, str]
    persistent: bool


def write_request(line: tuple[str, str, str], headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a request; `line` is method, request target and authority. Raises `Unsendable`.

    Framing and connection headers are ours: a caller's are left out. Compression is declined, so that nothing that
    comes back has to be inflated.
    """
    method, path, authority = line
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}", "Accept-Encoding: identity"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in _OURS]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    text = "\r\n".join(lines)
    if text.count("\r") != len(lines) - 1 or text.count("\n") != len(lines) - 1 or "\0" in text:
        raise Unsendable("a header holds a control character")
    try:
        return text.encode("latin-1") + b"\r\n\r\n" + body
    except UnicodeEncodeError as fault:
        raise Unsendable("a header holds a character outside Latin-1") from fault


def read_head(block: bytes) -> Head:
    """The head whose bytes lie before the empty line. Raises `Malformed`."""
    first, *lines = block.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None or block.count(b"\n") != len(lines) or block.count(b"\r") != len(lines):
        raise Malformed("the answer does not begin like HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed("a header line is not `name: value`")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    closes = "close" in headers.get("connection", "").lower()
    return Head(int(match[2]), headers, match[1] == b"1" and not closes)


def body_of(method: str, head: Head) -> tuple[Body, bool]:
    """A decoder for the body, and whether the connection can be used again after it (RFC 9112 section 6.3).

    Raises `Malformed` on a coding that was not asked for, or lengths that disagree.
    """
    if head.headers.get("content-encoding", "identity").lower() != "identity":
        raise Malformed("the answer is compressed although that was declined")
    coding, length = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if method == "HEAD" or head.status in (204, 304):
        return Sized(0), head.persistent
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed("the answer has an unknown transfer coding")
        return Chunked(), head.persistent and length is None
    if length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise Malformed("the answer's length is not a number")
        return Sized(int(length)), head.persistent
    return UntilClose(), False
