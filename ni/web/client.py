"""The client's connection, watched: a client that leaves is noticed at once, also before the first token.

A WSGI server learns that a client has gone when it next writes; a model may think for minutes before that. So while a
call waits for its provider, an event on the client's socket is looked at: nothing to read there means that the client
closed it, and the waiting greenlet is told by `ClientGone`. Bytes to read are a next request, not a farewell.
"""

import socket
from collections.abc import Callable
from typing import Any, TypeVar

import gevent
from gevent.hub import Hub

from ni.domain.errors import ClientGone

T = TypeVar("T")
READABLE = 1


class AnyClient:
    """A client whose connection is not known (a test, another server): nobody is watched."""

    def watch(self, step: Callable[[], T]) -> T:
        """The value of `step()`."""
        return step()

    def release(self) -> None:
        """Nothing is held."""


class WatchedClient:
    """A client on a socket. Build it in the greenlet that serves it; `release()` it when the answer is through."""

    __slots__ = ("_event", "_gone", "_greenlet", "_socket", "_waiting")

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._greenlet: Any = gevent.getcurrent()
        self._gone = False
        self._waiting = False
        self._event: Any = None

    def watch(self, step: Callable[[], T]) -> T:
        """The value of `step()`; raises `ClientGone` if the client has left or leaves meanwhile."""
        if self._event is None and not self._gone:
            hub: Hub = gevent.get_hub()
            self._event = hub.loop.io(self._socket.fileno(), READABLE)
            self._event.start(self._look)
        if self._gone:
            raise ClientGone
        self._waiting = True
        try:
            return step()
        finally:
            self._waiting = False

    def release(self) -> None:
        """Stop looking."""
        if self._event is not None:
            self._event.stop()
            self._event.close()
            self._event = None

    def _look(self) -> None:
        """On the hub, when the socket can be read: an end of file or a reset mean that the client has gone."""
        try:
            gone = self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return
        except OSError:
            gone = True
        self._event.stop()  # gone, or a next request waits: either way there is nothing more to learn
        if gone:
            self._gone = True
            if self._waiting:
                self._greenlet.throw(ClientGone)


def client_of(environ: dict[str, Any]) -> AnyClient | WatchedClient:
    """The client of a WSGI request."""
    connection = environ.get("gunicorn.socket")
    return AnyClient() if connection is None else WatchedClient(connection)
