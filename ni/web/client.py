"""The client's connection, watched: a client that leaves is noticed in time, also before the first token.

A WSGI server learns that a client has gone when it next writes; a model may think for minutes before that. So the
connections of all calls that wait for their provider are looked at four times a second, with one system call: a peer
that has shut its side or reset the connection has left, and the waiting greenlet is told by `ClientGone`. A call that
is answered sooner costs two operations on a dictionary.
"""

import select
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.monkey import get_original

from ni.domain.errors import ClientGone

T = TypeVar("T")
EVERY_S = 0.25
LEFT = select.POLLRDHUP | select.POLLHUP | select.POLLERR | select.POLLNVAL


class AnyClient:
    """A client whose connection is not known (a test, another server): nobody is watched."""

    gone = False

    def watch(self, step: Callable[[], T], patience_s: float = 0.0) -> T:
        """The value of `step()`."""
        return step()


class Sentinel:
    """Looks after the clients that wait, in one greenlet of the process; it sleeps while nobody waits."""

    def __init__(self) -> None:
        self.waiting: dict[int, WatchedClient] = {}
        self._awake = False
        self._poll = get_original("select", "poll")

    def add(self, descriptor: int, client: "WatchedClient") -> None:
        """Look after a client from now on."""
        self.waiting[descriptor] = client
        if not self._awake:
            self._awake = True
            gevent.spawn(self._look)

    def _look(self) -> None:
        while self.waiting:
            gevent.sleep(EVERY_S)
            looked_at = self._poll()
            for descriptor in self.waiting:
                looked_at.register(descriptor, LEFT)
            for descriptor, _ in looked_at.poll(0):
                client = self.waiting.pop(descriptor, None)
                if client is not None:
                    client.has_left()
        self._awake = False


class WatchedClient:
    """A client on a socket. Build it in the greenlet that serves it."""

    __slots__ = ("_descriptor", "_greenlet", "_patience_s", "_sentinel", "_timer", "_waits", "gone")

    def __init__(self, connection: socket.socket, sentinel: Sentinel) -> None:
        self._descriptor = connection.fileno()
        self._sentinel = sentinel
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
            self._sentinel.add(self._descriptor, self)
        elif patience_s:
            self._tell_later()
        else:
            self._waits = False
            raise ClientGone
        try:
            return step()
        finally:
            self._waits = False
            self._sentinel.waiting.pop(self._descriptor, None)
            if self._timer is not None:
                self._timer.close()
                self._timer = None

    def has_left(self) -> None:
        """Called by the sentinel: end the wait, if there still is one when the hub comes to it."""
        self.gone = True
        if self._patience_s:
            self._tell_later()
        else:
            gevent.get_hub().loop.run_callback(self._tell)

    def _tell_later(self) -> None:
        self._timer = gevent.get_hub().loop.timer(self._patience_s)
        self._timer.start(self._tell)

    def _tell(self) -> None:
        """On the hub, where the waiting greenlet is certainly suspended, as a timeout of gevent's does."""
        if self._waits:
            self._greenlet.throw(ClientGone)


def client_of(environ: dict[str, Any], sentinel: Sentinel) -> AnyClient | WatchedClient:
    """The client of a WSGI request."""
    connection = environ.get("gunicorn.socket")
    return AnyClient() if connection is None else WatchedClient(connection, sentinel)
