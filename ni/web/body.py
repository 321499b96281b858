"""Reading a request body under limits: size (also once decoded), time, encoding. Nothing is read before the caller is
known.

The server bounds how long headers may take, but not bodies: a body that drips is cut here, by a deadline that grows
with its size.
"""

from typing import IO

import gevent
from flask import Request

from ni.domain.errors import BadRequest, BodyTooLarge, BodyTooSlow, UnsupportedEncoding
from ni.web.decoding import decoded, require_coding

MAX_BYTES = 20 * 1024 * 1024
GRACE_S = 15
LEAST_BYTES_PER_S = 64 * 1024
_PIECE = 256 * 1024


def read_body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
    """The whole body. Raises `BodyTooLarge`, `BodyTooSlow`, `UnsupportedEncoding`, `BadRequest`."""
    coding = _check_encoding(request)
    length = request.content_length
    if length is not None and length > max_bytes:
        raise BodyTooLarge(limit=max_bytes)
    allowed_s = GRACE_S + (length or max_bytes) // LEAST_BYTES_PER_S
    late = gevent.Timeout(allowed_s)
    late.start()
    try:
        body = _read(request.environ["wsgi.input"], max_bytes, length)
    except gevent.Timeout as fault:
        if fault is not late:
            raise
        raise BodyTooSlow(seconds=allowed_s) from None
    finally:
        late.close()
    if length is not None and len(body) < length:
        raise BadRequest("The request body ended before its announced length.")
    return decoded(body, coding, max_bytes, lambda: gevent.sleep(0)) if coding else body


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
    if length is not None:
        return stream.read(length)
    pieces: list[bytes] = []
    total = 0
    while piece := stream.read(_PIECE):
        total += len(piece)
        if total > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
        pieces.append(piece)
    return b"".join(pieces)
