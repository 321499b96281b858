"""Reading a request body under limits: size (also once decoded), time, encoding. Nothing is read before the caller is
known.

The server bounds how long headers may take, but not bodies. Here each piece must arrive within `PIECE_S`, so that a
client which stalls or drips is cut, and the whole within a time that grows with its size.
"""

import time
from typing import IO

import gevent
from flask import Request
from gunicorn.http.errors import ParseException

from ni.domain.errors import BadRequest, BodyTooLarge, BodyTooSlow, UnsupportedEncoding
from ni.domain.pace import give_way
from ni.web.decoding import decoded, require_coding

MAX_BYTES = 20 * 1024 * 1024
PIECE_BYTES = 64 * 1024
PIECE_S = 15
LEAST_BYTES_PER_S = 64 * 1024


def read_body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
    """The whole body of JSON. Raises `BodyTooLarge`, `BodyTooSlow`, `UnsupportedEncoding`, `BadRequest`."""
    coding = _check_encoding(request)
    body = read_bytes(request, max_bytes)
    return decoded(body, coding, max_bytes, give_way) if coding else body


def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body, whatever it is. Raises `BodyTooLarge`, `BodyTooSlow`, `BadRequest`."""
    length = request.content_length
    if length is not None and length > max_bytes:
        raise BodyTooLarge(limit=max_bytes)
    try:
        body = _read(request.environ["wsgi.input"], max_bytes, length)
    except (OSError, ParseException) as fault:  # the connection broke, or a chunk is malformed
        raise BadRequest("The request body is not framed as its headers say.") from fault
    if length is not None and len(body) < length:
        raise BadRequest("The request body ended before its announced length.")
    return body


def _check_encoding(request: Request) -> str:
    """The body's coding, empty for none. Raises `UnsupportedEncoding`."""
    coding = require_coding(request.headers.get("Content-Encoding", ""))
    if request.headers.get("Content-Type", "") == "application/json":
        return coding  # as nearly all say it, word for word
    kind = request.mimetype
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedEncoding()
    return coding


def _read(stream: IO[bytes], max_bytes: int, length: int | None) -> bytes:
    """Piece by piece. `length` is what was announced, None where the body is chunked."""
    allowed_s = PIECE_S + (length or max_bytes) // LEAST_BYTES_PER_S
    ends_at_s = time.monotonic() + allowed_s
    pieces: list[bytes] = []
    total = 0
    while length is None or total < length:
        size = PIECE_BYTES if length is None else min(PIECE_BYTES, length - total)
        piece = _piece(stream, size, min(PIECE_S, ends_at_s - time.monotonic()))
        if not piece:
            break
        total += len(piece)
        if total > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _piece(stream: IO[bytes], size: int, wait_s: float) -> bytes:
    late = gevent.Timeout(max(wait_s, 0.001))
    late.start()
    try:
        return stream.read(size)
    except gevent.Timeout as fault:
        if fault is not late:
            raise
        raise BodyTooSlow(seconds=PIECE_S) from None
    finally:
        late.close()
