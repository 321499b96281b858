"""gunicorn's gevent worker, with limits on how long a client can hold the event loop or a connection.

`Worker` is named by `gunicorn.py`. `ClientSocket` writes what the kernel takes at once with one system call: gevent's
own `sendall` first asks for the size of the socket's buffer, which waits for the socket's lock and was a fifth of the
cost of a streamed chunk. `PageQueue` starts a few pages per turn of the event loop: a turn runs everything that is
ready, so thousands of pages requested at once would hold up health checks and calls.
"""

import errno
import os
import signal
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

import gevent
from gevent import socket
from gevent.event import Event
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import LimitRequestHeaders, ParseException, UnsupportedTransferCoding
from gunicorn.http.wsgi import Response
from gunicorn.workers.ggevent import GeventWorker

from ni.domain.clock import PACE, give_way
from ni.domain.ids import request_id
from ni.web.gunicorn import STOPS
from ni.web.protocol_errors import CODE, PROGRAMS, BoundedChunks, refusal_of, written

PAGES_A_TURN = 2
"""A page takes one or two milliseconds of CPU time."""


class PageQueue:
    """The queue of one worker's pages. Build it in the process that serves them, once it has an event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._begun = 0
        # A timer without delay is due in the next turn, and keeps the loop from sleeping until then.
        self._next_turn = gevent.get_hub().loop.timer(0)

    @property
    def waiting(self) -> int:
        """How many pages wait for a turn of the loop."""
        return len(self._waiting)

    def wait(self) -> None:
        """Return when the page may begin."""
        if self._begun == PAGES_A_TURN or self._waiting:
            turn = Event()
            self._waiting.append(turn)
            turn.wait()
            return
        if not self._begun:
            self._next_turn.start(self._turned)
        self._begun += 1

    def _turned(self) -> None:
        self._next_turn.stop()
        self._begun = min(PAGES_A_TURN, len(self._waiting))
        for _ in range(self._begun):
            self._waiting.popleft().set()
        if self._begun:
            self._next_turn.start(self._turned)


HEAD_BYTES = 32 * 1024
"""The most that a request line and headers may take together; gunicorn's limits are per field, and multiply."""
PIECE_BYTES = 64 * 1024
STALL_S = 15.0
"""How long a client may take to read one piece of its answer before it is disconnected."""
DRAIN_BYTES = 32 * 1024 * 1024
DRAIN_S = 10.0
"""How much of an unused body is read, and for how long, so that its sender gets the answer before we close.

A busy machine takes seconds for 20 MB; a proxy that cannot send the rest gives its client no answer at all.
"""
PROMPT_S = 0.25
"""How long the next piece of an unused body may take to arrive if the answer is to wait for the body's end.

Some clients lose an answer that overtakes its request's body: curl 7.88 drops what came with the `RST_STREAM` that a
proxy sends for the rest of the body (RFC 9113 section 8.1), and reports a partial transfer.
"""
UNREAD_BYTES = 1024 * 1024
UNREAD_S = 2.0
"""The same limits after bytes that were no HTTP request; the time holds for chunked bodies too."""
REST_S = 0.05
"""The pause after each piece of a chunked body that is dropped."""
REFUSAL_S = 1.0
"""How long a client may take to read the answer to bytes that were no HTTP request."""


class ClientSocket(socket.socket):
    """A client's connection. `head_left` is how many bytes of the head may still arrive, None while no head is read."""

    head_left: int | None = None

    def recv(self, *args: Any) -> bytes:
        """Received bytes; yields to other greenlets. Raises `LimitRequestHeaders` for a head over `HEAD_BYTES`."""
        arrived: bytes = super().recv(*args)
        if self.head_left is not None:
            self.head_left -= len(arrived)
            if self.head_left < 0:
                raise LimitRequestHeaders("limit request head size")
        give_way()
        return arrived

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]  # the server writes bytes
        """Write all of `data`; yields to other greenlets.

        Raises `OSError`, `BrokenPipeError` for a client that stalls.
        """
        try:
            sent: int = self._sock.send(data, flags)  # type: ignore[attr-defined]  # the plain socket inside
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:], flags)
        give_way()

    def _send_rest(self, rest: memoryview, flags: int) -> None:
        stalled = BrokenPipeError(errno.EPIPE, "the client does not read its answer")
        for at in range(0, len(rest), PIECE_BYTES):
            with gevent.Timeout(STALL_S, stalled):
                super().sendall(rest[at : at + PIECE_BYTES], flags)
            give_way()


def unquoted(fault: BaseException) -> BaseException:
    """`fault`, changed so that `str` gives only the name of its class: its message quotes what the client sent."""
    kind = type(fault)
    try:
        fault.__class__ = type(kind.__name__, (kind,), {"__str__": lambda _: kind.__name__, "req": None})
    except TypeError:  # one of the interpreter's own classes, none of which gunicorn quotes
        return RuntimeError(kind.__name__)
    return fault


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's gevent worker with our sockets, refusals and limits."""

    def init_process(self) -> None:
        """Become a worker, which a stop ends at once as long as it serves nobody.

        The signals are blocked since before the fork (`ni.web.gunicorn.pre_fork`), as the process begins with the
        arbiter's handlers, which put them into a queue that no loop reads here.
        """
        for each in STOPS:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        super().init_process()

    def init_signals(self) -> None:
        """Install the handlers, but those of a proper stop, which `run` does once a loop can hear it."""
        super().init_signals()
        self._stop_handlers = {each: signal.signal(each, signal.SIG_DFL) for each in STOPS}

    def load_wsgi(self) -> None:
        """Load the application, which then says `Connection: close` where its connection cannot be used again."""
        super().load_wsgi()
        loaded: Any = self.wsgi  # type: ignore[has-type]  # gunicorn has no types
        self.wsgi = answering_after_body(loaded)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read.

        The log gets the fault's class only, since messages may quote a key.
        """
        refusal, identity = refusal_of(exc), request_id(os.urandom)
        kind = str(unquoted(exc))
        if refusal.code == CODE:
            self.log.warning(
                "Invalid request from ip=%s: %s (request %s)", (addr or ("",))[0], kind, identity
            )
        else:
            self.log.exception("Error handling request %s", identity)
        client.head_left = None
        with suppress(OSError, TimeoutError), gevent.Timeout(REFUSAL_S, TimeoutError):
            client.sendall(written(refusal, identity, getattr(req, "path", None)))
            client.shutdown(socket.SHUT_WR)
        unread(client)

    def run(self) -> None:
        """Serve until stopped, with `PACE` noting each turn of the event loop."""
        for each, handler in self._stop_handlers.items():
            signal.signal(each, handler)
        turns = gevent.get_hub().loop.check(ref=False)
        turns.start(PACE.turned)
        self._pages = PageQueue()
        super().run()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection, as a `ClientSocket`. One with TLS of our own stays as it is, without those limits."""
        if self.cfg.is_ssl:
            super().handle(listener, client, addr)
            return
        connection = ClientSocket(client.family, client.type, client.proto, fileno=client.detach())
        connection.head_left = HEAD_BYTES
        super().handle(listener, connection, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer one request; closes the connection where the rest of the body was not read."""
        sock.head_left = None
        require_plain_chunks(req)
        if isinstance(req.body.reader, ChunkedReader):
            req.body.reader = BoundedChunks(req, req.unreader)
        if not req.path.startswith(PROGRAMS):
            self._pages.wait()  # thousands of pages asked for at once leave room for programs and health checks
        try:
            super().handle_request(listener_name, req, sock, addr)
        except StopIteration:
            drained(req)
            raise
        if not drained(req):
            raise StopIteration
        sock.head_left = HEAD_BYTES


def require_plain_chunks(req: Any) -> None:
    """Raise `UnsupportedTransferCoding` for a body that is coded below its chunks (RFC 9112 section 6.1).

    gunicorn accepts `gzip, chunked` and does not decode it.
    """
    for name, value in req.headers:
        if name == "TRANSFER-ENCODING" and value.strip(" \t").lower() != "chunked":
            raise UnsupportedTransferCoding(value)


def answering_after_body(application: Any) -> Any:
    """The application, whose answers wait for the rest of the request's body while it arrives promptly.

    They say `Connection: close` where the rest will not be read: the body was too slow (408, RFC 9110 section 15.5.9),
    malformed, or longer than `DRAIN_BYTES`.
    """

    def served(environ: Any, start_response: Any) -> Any:
        # The server's own body, taken first: `FormRequest` puts another in its place.
        body = environ["wsgi.input"]
        answer = application(environ, start_response)
        drop_arriving(body)
        response = getattr(start_response, "__self__", None)
        if isinstance(response, Response) and (str(response.status).startswith("408") or is_lost(body)):
            response.force_close()
        return answer

    return served


def drop_arriving(body: Any) -> None:
    """Read and drop the rest of a body of known length for as long as its pieces arrive within `PROMPT_S`."""
    if is_lost(body) or not isinstance(body.reader, LengthReader):
        return
    ends_at_s = monotonic() + DRAIN_S
    with suppress(OSError, TimeoutError, ParseException):
        while body.reader.length and monotonic() < ends_at_s and _drop_piece(body.reader):
            pass


def _drop_piece(reader: LengthReader) -> bool:
    """Whether there was one. Raises `TimeoutError`; not by `Body.read`, which would count a pause as a failure."""
    with gevent.Timeout(PROMPT_S, TimeoutError):
        return bool(reader.read(PIECE_BYTES))


def is_lost(body: Any) -> bool:
    """Whether the rest of a body cannot be read, or is too long to be."""
    if body.failed:
        return True
    return isinstance(body.reader, LengthReader) and body.reader.length > DRAIN_BYTES


def unread(client: Any) -> None:
    """Read and drop what the client still sends, within bounds: a connection closed earlier would reset its answer."""
    left = UNREAD_BYTES
    with suppress(OSError, TimeoutError), gevent.Timeout(UNREAD_S, TimeoutError):
        while left > 0 and (piece := client.recv(PIECE_BYTES)):
            left -= len(piece)


def drained(req: Any) -> bool:
    """Whether the rest of a request's body was read and dropped, within `DRAIN_BYTES` and `DRAIN_S`."""
    body = req.body
    if is_lost(body):
        return False
    known = isinstance(body.reader, LengthReader)
    if known and not body.reader.length:
        return True
    # Chunks may be tiny, and need not end.
    left, ends_at_s = DRAIN_BYTES, monotonic() + (DRAIN_S if known else UNREAD_S)
    while left > 0 and (wait_s := ends_at_s - monotonic()) > 0:
        piece = b""
        try:
            with gevent.Timeout(wait_s, TimeoutError):
                piece = body.read(PIECE_BYTES)
        except (OSError, ParseException):
            return False
        if not piece:
            return True
        left -= len(piece)
        if not known:  # tiny chunks take as much of the processor as they can
            gevent.sleep(REST_S)
    return False
