"""Request bodies read under limits of size, time and coding: JSON for endpoints, forms for pages.

gunicorn bounds how long headers may take, but not bodies. Here each piece must arrive within `PIECE_S`, and the whole
within a time that grows with its size, so that a client that stalls or drips is cut off. Compressed bodies are decoded
piece by piece, and dropped as soon as they pass the limit for plain ones. Codings: RFC 9110 section 8.4.1, RFC 7932
(`br`), RFC 9659 (`zstd`, window of at most 8 MiB). Forms are parsed from bytes that were read here.
"""

import time
import zlib
from collections.abc import Callable, Generator, Iterator
from io import BytesIO
from types import MappingProxyType
from typing import IO

import brotli
import gevent
import zstandard
from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest as BadForm
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from ni.domain.clock import give_way
from ni.domain.errors import BadRequest, BodyTooLarge, BodyTooSlow, Problem, UnsupportedEncoding

MAX_BYTES = 20 * 1024 * 1024
"""The most that a JSON body may hold, also once decoded."""
PIECE_BYTES = 64 * 1024
PIECE_S = 15
LEAST_BYTES_PER_S = 64 * 1024
"""The whole body may take `PIECE_S` plus its announced size divided by this."""
FORM_BYTES = 1024 * 1024
STRANGERS_FORM_BYTES = 64 * 1024
"""The limit before sign-in, where forms hold names, addresses and passwords only."""
FORM_FIELDS = 500

IDENTITY = frozenset({"", "identity"})
_PIECE = 256 * 1024
_ZSTD_PIECE = 256  # a block of 128 KiB takes 4 bytes: these few become 8 MiB at most
_ZSTD_WINDOW = 8 * 1024 * 1024
_PAUSE_EVERY = 1024 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15
_FAULTS = (zlib.error, brotli.error, zstandard.ZstdError, EOFError)


def read_body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
    """The whole JSON body, decoded. Raises `BodyTooLarge`, `BodyTooSlow`, `UnsupportedEncoding`, `BadRequest`."""
    coding = _check_encoding(request)
    body = read_bytes(request, max_bytes)
    return decoded(body, coding, max_bytes, give_way) if coding else body


def read_bytes(request: Request, max_bytes: int) -> bytes:
    """The whole body as sent, of any media type. Raises `BodyTooLarge`, `BodyTooSlow`, `BadRequest`."""
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
        return coding  # what nearly all clients send, byte for byte
    kind = request.mimetype
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedEncoding()
    return coding


def _read(stream: IO[bytes], max_bytes: int, length: int | None) -> bytes:
    """Read piece by piece; `length` is the announced length, None where the body is chunked."""
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


def require_coding(content_encoding: str) -> str:
    """The coding of a `Content-Encoding` header, empty for none. Raises `UnsupportedEncoding`, also for several."""
    coding = content_encoding.strip().lower()
    if coding in IDENTITY:
        return ""
    if coding not in CODINGS:
        raise UnsupportedEncoding()
    return coding


def decoded(body: bytes, coding: str, max_bytes: int, pause: Callable[[], object]) -> bytes:
    """The decoded body; `pause` is called after each MiB, so that others run. Raises `BodyTooLarge`, `BadRequest`."""
    pieces: list[bytes] = []
    total = since_pause = 0
    try:
        for piece in CODINGS[coding](body):
            total += len(piece)
            since_pause += len(piece)
            if total > max_bytes:
                raise BodyTooLarge(limit=max_bytes)
            pieces.append(piece)
            if since_pause >= _PAUSE_EVERY:
                since_pause = 0
                pause()
    except _FAULTS as fault:
        raise BadRequest(
            "The request body is not valid %(coding)s data, or was cut short.", coding=coding
        ) from fault
    return b"".join(pieces)


def _gunzipped(body: bytes) -> Iterator[bytes]:
    """RFC 1952: one member or several."""
    rest = body
    while rest:
        rest = yield from _inflated(rest, _GZIP)


def _undeflated(body: bytes) -> Iterator[bytes]:
    """RFC 1950, as RFC 9110 says, or the bare RFC 1951 that some clients send: told apart by the header's checksum."""
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    if (yield from _inflated(body, _ZLIB if wrapped else _RAW)):
        raise EOFError


def _inflated(body: bytes, wbits: int) -> Generator[bytes, None, bytes]:
    """The inflated pieces of one stream; returns the bytes that follow it."""
    inflater = zlib.decompressobj(wbits)
    rest = body
    while not inflater.eof:
        piece = inflater.decompress(rest, _PIECE)
        if not piece and not inflater.unconsumed_tail and not inflater.eof:
            raise EOFError
        rest = inflater.unconsumed_tail
        yield piece
    return inflater.unused_data


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    piece = decoder.process(body, output_buffer_limit=_PIECE)
    while not decoder.is_finished():
        if not piece and decoder.can_accept_more_data():
            raise EOFError
        yield piece
        piece = decoder.process(b"", output_buffer_limit=_PIECE)
    yield piece


def _zstd(body: bytes) -> Iterator[bytes]:
    """RFC 8878: one frame or several."""
    at = 0
    while at < len(body):
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not decoder.eof:
            if at >= len(body):
                raise EOFError
            yield decoder.decompress(body[at : at + _ZSTD_PIECE])
            at += _ZSTD_PIECE
        at = min(at, len(body)) - len(decoder.unused_data)


CODINGS = MappingProxyType(
    {"gzip": _gunzipped, "x-gzip": _gunzipped, "deflate": _undeflated, "br": _brotli, "zstd": _zstd}
)


class FormRequest(Request):
    """Flask's request, whose form is read under `max_form_bytes` when a view first asks for it."""

    max_form_bytes = STRANGERS_FORM_BYTES
    max_content_length = FORM_BYTES
    max_form_memory_size = FORM_BYTES
    max_form_parts = FORM_FIELDS

    def _load_form_data(self) -> None:
        """Read and parse the form. Raises `RequestEntityTooLarge`, `RequestTimeout`, werkzeug's `BadRequest`."""
        if "form" not in self.__dict__:
            octets = _bounded(self)
            self.environ["wsgi.input"] = BytesIO(octets)
            self.environ["CONTENT_LENGTH"] = str(len(octets))
        super()._load_form_data()


def _bounded(request: FormRequest) -> bytes:
    try:
        octets = read_bytes(request, request.max_form_bytes)
    except BodyTooLarge as fault:
        raise RequestEntityTooLarge from fault
    except BodyTooSlow as fault:
        raise RequestTimeout from fault
    except Problem as fault:
        raise BadForm from fault
    if request.mimetype == "application/x-www-form-urlencoded" and octets.count(b"&") >= FORM_FIELDS:
        raise RequestEntityTooLarge
    return octets
