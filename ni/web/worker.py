"""gunicorn's gevent worker, on connections of clients that can neither keep the event loop nor a place for long.

gevent's own `sendall` first asks the socket for the size of its buffer, to cut large data into pieces. On a connection
whose peer reads at the same time that question waits for the socket's lock, and a stream asks it for every chunk: it
was a fifth of what a chunk cost. So what the kernel takes at once is written with one system call.

Pages begin in order, a few in each turn of the event loop, so that any number of them leaves room for the rest.

Thousands of pages asked for at once would else be ready together, and a health check or a program's call would wait
for all of them: a turn of gevent's loop runs all that is ready.
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
from gunicorn.http.body import LengthReader
from gunicorn.http.errors import LimitRequestHeaders, ParseException
from gunicorn.http.wsgi import Response
from gunicorn.workers.ggevent import GeventWorker

from ni.domain.clock import PACE, give_way
from ni.domain.ids import request_id
from ni.web.protocol_errors import CODE, PROGRAMS, refusal_of, written

PAGES_A_TURN = 2
"""A page takes one or two milliseconds of the processor."""


class PageQueue:
    """The queue of one worker's pages; made in the process that serves them, once its event loop is there."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._begun = 0
        # A timer without delay is due in the next turn, and keeps the loop from sleeping until then.
        self._next_turn = gevent.get_hub().loop.timer(0)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def wait(self) -> None:
        """Return when the page may begin."""
        if self._begun == PAGES_A_TURN or self._waiting:
            mine = Event()
            self._waiting.append(mine)
            mine.wait()
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
"""What the head of a request may hold in all; gunicorn's limits are per field, and multiply."""
PIECE_BYTES = 64 * 1024
STALL_S = 15.0
"""A client takes each piece of its answer within this time, or is given up."""
DRAIN_BYTES = 32 * 1024 * 1024
DRAIN_S = 10.0
"""What is read of a body that nobody wants, so that its sender can read the answer before the connection closes.

A busy machine takes seconds for 20 MB; a proxy that cannot send the rest gives its client no answer at all.
"""
UNREAD_BYTES = 1024 * 1024
UNREAD_S = 2.0
"""The same of what was no request: all of it is small."""
TOLD_S = 1.0
"""Within this time a client takes the short answer to what was no request."""


class ClientSocket(socket.socket):
    """A connection of a client. While `head_left` is a number, so many bytes may still come before the request does."""

    head_left: int | None = None

    def recv(self, *args: Any) -> bytes:
        """What arrived, giving way to others. Raises `LimitRequestHeaders` where a head goes on for too long."""
        arrived: bytes = super().recv(*args)
        if self.head_left is not None:
            self.head_left -= len(arrived)
            if self.head_left < 0:
                raise LimitRequestHeaders("limit request head size")
        give_way()
        return arrived

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]  # the server writes bytes
        """Write all of `data`, giving way to others; raises as any socket, `BrokenPipeError` for one who stalls."""
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


STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})
"""Signals that end a worker."""


def unquoted(fault: BaseException) -> BaseException:
    """The fault, which says the name of its class from now on and nothing of what caused it."""
    kind = type(fault)
    try:
        fault.__class__ = type(kind.__name__, (kind,), {"__str__": lambda _: kind.__name__, "req": None})
    except TypeError:  # one of the interpreter's own classes, none of which gunicorn quotes
        return RuntimeError(kind.__name__)
    return fault


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """The worker that `gunicorn.py` names."""

    def init_process(self) -> None:
        """Become a worker. A stop that is asked for meanwhile waits until the worker hears it.

        Until then signals are still the arbiter's, in a copy that nobody reads: one that came while gevent was loaded
        was lost, and the whole server waited for this worker until its grace period had passed.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        super().init_process()

    def init_signals(self) -> None:
        """Hear signals, those too that have come already."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def load_wsgi(self) -> None:
        """Load the application."""
        super().load_wsgi()
        loaded: Any = self.wsgi  # type: ignore[has-type]  # gunicorn has no types
        self.wsgi = closing_where_lost(loaded)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read. Its faults quote what was sent, which may be a key, into the log."""
        refusal, made = refusal_of(exc), request_id(os.urandom)
        kind = str(unquoted(exc))
        if refusal.code == CODE:
            self.log.warning("Invalid request from ip=%s: %s (request %s)", (addr or ("",))[0], kind, made)
        else:
            self.log.exception("Error handling request %s", made)
        client.head_left = None
        with suppress(OSError, TimeoutError), gevent.Timeout(TOLD_S, TimeoutError):
            client.sendall(written(refusal, made, getattr(req, "path", None)))
            client.shutdown(socket.SHUT_WR)
        unread(client)

    def run(self) -> None:
        """Serve until told to stop; what gives way is told of each turn of the event loop."""
        turns = gevent.get_hub().loop.check(ref=False)
        turns.start(PACE.turned)
        self._pages = PageQueue()
        super().run()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection."""
        own = ClientSocket(client.family, client.type, client.proto, fileno=client.detach())
        own.head_left = HEAD_BYTES
        super().handle(listener, own, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer one request; a connection with more of its body on it than is worth reading ends here."""
        sock.head_left = None
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


def closing_where_lost(application: Any) -> Any:
    """The application, whose answers say `Connection: close` where nothing more can be read of the connection.

    A body that was too slow (408, RFC 9110 section 15.5.9), malformed, or longer than is worth reading is such a case.
    """

    def served(environ: Any, start_response: Any) -> Any:
        body = environ[
            "wsgi.input"
        ]  # the server's own: an application may put another in its place, as forms do
        answer = application(environ, start_response)
        response = getattr(start_response, "__self__", None)
        if isinstance(response, Response) and (str(response.status).startswith("408") or is_lost(body)):
            response.force_close()
        return answer

    return served


def is_lost(body: Any) -> bool:
    """Whether the rest of a body will not be read."""
    if body.failed:
        return True
    return isinstance(body.reader, LengthReader) and body.reader.length > DRAIN_BYTES


def unread(client: Any) -> None:
    """Read and drop what a client still sends, within bounds: closed before, it would see a reset for its answer."""
    left = UNREAD_BYTES
    with suppress(OSError, TimeoutError), gevent.Timeout(UNREAD_S, TimeoutError):
        while left > 0 and (piece := client.recv(PIECE_BYTES)):
            left -= len(piece)


def drained(req: Any) -> bool:
    """Whether the rest of a request's body was read and dropped, within `DRAIN_BYTES` and `DRAIN_S`."""
    body = req.body
    if is_lost(body):
        return False
    if isinstance(body.reader, LengthReader) and not body.reader.length:
        return True
    left, ends_at_s = DRAIN_BYTES, monotonic() + DRAIN_S
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
    return False
