"""gunicorn's gevent worker, on connections that write what the kernel takes at once with one system call.

gevent's own `sendall` first asks the socket for the size of its buffer, to cut large data into pieces. On a connection
whose peer reads at the same time that question waits for the socket's lock, and a stream asks it for every chunk: it
was a fifth of what a chunk cost.
"""

import signal
from typing import Any

from gevent import socket
from gunicorn.workers.ggevent import GeventWorker


class ClientSocket(socket.socket):
    """A connection of a client."""

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]  # the server writes bytes
        """Write all of `data`; raises as any socket, `TimeoutError` where a timeout is set and passes."""
        sent = self.send(data, flags)
        if sent < len(data):
            super().sendall(memoryview(data)[sent:], flags)


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

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer a request that could not be read. Its faults quote what was sent, which may be a key, into the log."""
        super().handle_error(None, client, addr, unquoted(exc))

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection."""
        own = ClientSocket(client.family, client.type, client.proto, fileno=client.detach())
        super().handle(listener, own, addr)
