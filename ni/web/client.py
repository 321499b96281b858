"""The client of a request: its body is read under limits, and that it left is noticed while its call waits.

gunicorn bounds how long headers may take, but not bodies. Here each piece must arrive within `PIECE_S`, and the whole
within a time that grows with its size, so that a client that stalls or drips is cut off. Compressed bodies are decoded
piece by piece, and dropped as soon as they pass the limit for plain ones. Codings: RFC 9110 section 8.4.1, RFC 7932
(`br`), RFC 9659 (`zstd`, window of at most 8 MiB). Forms are parsed from bytes that were read here.

A WSGI server learns that a client has gone when it next writes; a model may think for minutes before that. So one
greenlet polls the connections of all waiting calls every `EVERY_S` with one system call. A peer that has shut its side
or reset the connection has left: `ClientGone` is raised in the waiting greenlet. A call that is answered within
`EVERY_S` costs two operations on a dictionary. `let_others_run` serves other clients while one's call is computed.
"""

import select
import socket
import zlib
from collections.abc import Callable, Generator, Iterator
from io import BytesIO
from time import monotonic, thread_time
from types import MappingProxyType
from typing import IO, Any, TypeVar

import brotli
import gevent
import zstandard
from flask import Request
from gevent.monkey import get_original
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest as BadForm
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

from ni.domain.clock import give_way
from ni.domain.errors import BadRequest, BodyTooLarge, BodyTooSlow, ClientGone, Problem, UnsupportedEncoding
from ni.web.protocol_errors import BYTES_A_CHUNK, TooManyChunks

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
_FED = 16 * 1024
_MOST_FRAMES = 1000
"""Members of gzip or frames of zstd in one body: a program that compresses in blocks of 64 KiB needs 320 of them."""
_GZIP, _ZLIB, _RAW = 31, 15, -15
_FAULTS = (zlib.error, brotli.error, zstandard.ZstdError, EOFError)


class _TooManyFrames(Exception):
    """A body has more than `_MOST_FRAMES` compressed parts: each costs more time than bytes."""


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
    except TooManyChunks as fault:
        raise BadRequest(
            "The request body comes in too many tiny chunks. Send chunks of at least %(size)s bytes, or its length.",
            size=BYTES_A_CHUNK,
        ) from fault
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
    """Read piece by piece; `length` is the announced length, None where the body is chunked.

    `BytesIO` gives what was written to it without a copy: to join pieces of many megabytes holds the loop.
    """
    allowed_s = PIECE_S + (length or max_bytes) // LEAST_BYTES_PER_S
    ends_at_s = monotonic() + allowed_s
    body = BytesIO()
    total = 0
    while length is None or total < length:
        size = PIECE_BYTES if length is None else min(PIECE_BYTES, length - total)
        piece = _piece(stream, size, min(PIECE_S, ends_at_s - monotonic()))
        if not piece:
            break
        total += len(piece)
        if total > max_bytes:
            raise BodyTooLarge(limit=max_bytes)
        body.write(piece)
    return body.getvalue()


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
    """The decoded body; `pause` is called after each piece, so that others run. Raises `BodyTooLarge`, `BadRequest`."""
    decoded_body = BytesIO()
    total = 0
    try:
        for piece in CODINGS[coding](body):
            total += len(piece)
            if total > max_bytes:
                raise BodyTooLarge(limit=max_bytes)
            decoded_body.write(piece)
            pause()
    except _TooManyFrames as fault:
        raise BadRequest(
            "The request body is compressed in more than %(limit)s parts. Compress it as one.",
            limit=_MOST_FRAMES,
        ) from fault
    except _FAULTS as fault:
        raise BadRequest(
            "The request body is not valid %(coding)s data, or was cut short.", coding=coding
        ) from fault
    return decoded_body.getvalue()


def _gunzipped(body: bytes) -> Iterator[bytes]:
    """RFC 1952: one member or several."""
    at = 0
    for _ in range(_MOST_FRAMES):
        at = yield from _inflated(body, at, _GZIP)
        if at == len(body):
            return
    raise _TooManyFrames


def _undeflated(body: bytes) -> Iterator[bytes]:
    """RFC 1950, as RFC 9110 says, or the bare RFC 1951 that some clients send: told apart by the header's checksum."""
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    if (yield from _inflated(body, 0, _ZLIB if wrapped else _RAW)) != len(body):
        raise EOFError


def _inflated(body: bytes, at: int, wbits: int) -> Generator[bytes, None, int]:
    """The inflated pieces of the stream that begins at `at`; returns where it ends.

    It is fed by small pieces: what it leaves of one is copied, for each stream of many.
    """
    inflater = zlib.decompressobj(wbits)
    while not inflater.eof:
        fed = body[at : at + _FED]
        piece = inflater.decompress(fed, _PIECE)
        if not fed and not piece and not inflater.eof:
            raise EOFError
        at += len(fed) - len(inflater.unconsumed_tail) - len(inflater.unused_data)
        yield piece
    return at


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
    for _ in range(_MOST_FRAMES):
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        while not decoder.eof:
            if at >= len(body):
                raise EOFError
            yield decoder.decompress(body[at : at + _ZSTD_PIECE])
            at += _ZSTD_PIECE
        at = min(at, len(body)) - len(decoder.unused_data)
        if at == len(body):
            return
    raise _TooManyFrames


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


T = TypeVar("T")
EVERY_S = 0.25
LEFT = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL


class UnwatchedClient:
    """A client on an unknown connection (a test client, another WSGI server): it never counts as gone."""

    gone = False

    def watch(self, step: Callable[[], T], patience_s: float = 0.0) -> T:
        """The value of `step()`; `patience_s` has no effect."""
        return step()


class DisconnectWatcher:
    """Polls the connections of waiting clients, in one greenlet per process that ends when no client waits."""

    def __init__(self) -> None:
        self.waiting: dict[int, WatchedClient] = {}
        self._awake = False
        self._poll = get_original("select", "poll")

    def add(self, descriptor: int, client: "WatchedClient") -> None:
        """Poll the connection `descriptor` from now on, and tell `client` when its peer leaves."""
        self.waiting[descriptor] = client
        if not self._awake:
            self._awake = True
            gevent.spawn(self._look)

    def _look(self) -> None:
        while self.waiting:
            gevent.sleep(EVERY_S)
            poller = self._poll()
            for descriptor in self.waiting:
                poller.register(descriptor, LEFT)
            for descriptor, _ in poller.poll(0):
                client = self.waiting.pop(descriptor, None)
                if client is not None:
                    client.has_left()
        self._awake = False


class WatchedClient:
    """A client on a socket. Build it in the greenlet that serves it."""

    __slots__ = ("_descriptor", "_greenlet", "_patience_s", "_timer", "_waits", "_watcher", "gone")

    def __init__(self, connection: socket.socket, watcher: DisconnectWatcher) -> None:
        self._descriptor = connection.fileno()
        self._watcher = watcher
        self._greenlet: Any = gevent.getcurrent()
        self.gone = False
        self._waits = False
        self._patience_s = 0.0
        self._timer: Any = None

    def watch(self, step: Callable[[], T], patience_s: float = 0.0) -> T:
        """The value of `step()`; raises `ClientGone` `patience_s` after the client left, if it takes so long."""
        self._patience_s = patience_s
        self._waits = True
        if not self.gone:
            self._watcher.add(self._descriptor, self)
        elif patience_s:
            self._tell_later()
        else:
            self._waits = False
            raise ClientGone
        try:
            return step()
        finally:
            self._waits = False
            self._watcher.waiting.pop(self._descriptor, None)
            if self._timer is not None:
                self._timer.close()
                self._timer = None

    def has_left(self) -> None:
        """Called by the watcher: end the wait, now or after the patience of `watch`, if the client still waits then."""
        self.gone = True
        if self._patience_s:
            self._tell_later()
        else:
            gevent.get_hub().loop.run_callback(self._tell)

    def _tell_later(self) -> None:
        self._timer = gevent.get_hub().loop.timer(self._patience_s)
        self._timer.start(self._tell)

    def _tell(self) -> None:
        """Runs on the hub, as a `gevent.Timeout` does, so the waiting greenlet is suspended and can be thrown into."""
        if self._waits:
            self._greenlet.throw(ClientGone)


def client_of(environ: dict[str, Any], watcher: DisconnectWatcher) -> UnwatchedClient | WatchedClient:
    """The client of a WSGI request; watched where gunicorn says on which socket it is."""
    connection = environ.get("gunicorn.socket")
    return UnwatchedClient() if connection is None else WatchedClient(connection, watcher)


AT_ONCE_S = 1e-9
"""A sleep that ends once the loop has looked at its sockets and timers: libev does not wait for a past time."""
PAUSE_S = 0.0005
_IDLE_S = 0.00005
"""More processor time than such a sleep takes where no other greenlet had anything to do (4 to 13 µs)."""


def let_others_run() -> None:
    """Let other greenlets run; if they had something to do, also what follows from it.

    A sleep, however short, lets the loop handle timers and sockets too; yielding alone does not. A sleep that libev has
    to wait for takes at least a millisecond (`backend_mintime` of epoll), which would be lost in an idle process. The
    loop is asked once: asked again and again, it takes the interpreter's lock each time before the journal's thread.
    """
    # Not the wall's time: a machine that is busy with other programs looks like work of ours.
    begun_s = thread_time()
    gevent.sleep(AT_ONCE_S)
    if thread_time() - begun_s > _IDLE_S:
        gevent.sleep(PAUSE_S)
