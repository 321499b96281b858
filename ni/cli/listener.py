"""The socket that `ni serve` binds before it becomes the server: a port, or a Unix socket."""

import errno
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ni.cli.context import CliError

SOCKET_MODE = 0o660
"""Mode of a Unix socket: for the proxy's group, since any other user of the machine would count as loopback."""


def bound(bind: str) -> socket.socket:
    """A socket bound to `host:port` or `unix:path`, for the server to inherit. Raises `CliError`."""
    try:
        listener = _bound_path(bind[5:]) if bind.startswith("unix:") else _bound_port(bind)
    except OSError as fault:
        why = "it is in use" if fault.errno == errno.EADDRINUSE else fault.strerror
        raise CliError(f"Cannot listen on {bind}: {why}. Stop what does, or set NI_BIND.") from None
    listener.set_inheritable(True)
    return listener


def _bound_port(bind: str) -> socket.socket:
    address = urlsplit(f"//{bind}")
    host, port = address.hostname or None, address.port or 8000
    family, kind, protocol, _, name = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _bound(listener, name)


def _bound_path(path: str) -> socket.socket:
    """A listening Unix socket; replaces a socket file that no process listens on."""
    if _is_abandoned(path):
        Path(path).unlink()
    before = os.umask(0o777 & ~SOCKET_MODE)
    try:
        return _bound(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), path)
    finally:
        os.umask(before)


def _is_abandoned(path: str) -> bool:
    if not Path(path).is_socket():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == errno.ECONNREFUSED


def _bound(listener: socket.socket, name: Any) -> socket.socket:
    try:
        listener.bind(name)
    except OSError:
        listener.close()
        raise
    return listener
