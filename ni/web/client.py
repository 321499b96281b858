"""Detects that a client closed its connection while its call waits for the provider.

A WSGI server learns that a client has gone when it next writes; a model may think for minutes before that. So one
greenlet polls the connections of all waiting calls every `EVERY_S` with one system call. A peer that has shut its side
or reset the connection has left: `ClientGone` is raised in the waiting greenlet. A call that is answered within
`EVERY_S` costs two operations on a dictionary.
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
