"""`ni serve`: checks that the instance may start, then replaces itself by gunicorn with the gevent worker.

A bad setting, a secret file that is missing or readable by others, or another program's schema refuses the start here,
in one line, before there is a worker that could fail.
"""

import argparse
import errno
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ni
from ni.cli.context import CliError, Commands, Context
from ni.domain.errors import StoreUnavailable
from ni.settings import Settings

ROOT = Path(ni.__file__).resolve().parents[1]
SOCKET_MODE = 0o660
"""Mode of a Unix socket: for the proxy's group, since any other user of the machine would count as loopback."""


def add(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Register `serve`."""
    parser = commands.add_parser("serve", parents=[shared], help="serve the gateway and the portal")
    parser.set_defaults(run=serve)


def serve(context: Context, wanted: argparse.Namespace) -> None:
    """Check the instance, bind the address, print it, and replace this process by the server.

    Nothing is printed before the address is bound: on a port that is taken, the set-up link would not work.
    """
    _, settings = context.secrets, context.settings
    has_database = _has_database(context)
    listener = bound(settings.bind)
    link = context.set_up_link() if has_database else None
    context.say(f"Northern Inference {ni.__version__} serves {settings.public_url} (on {settings.bind}).")
    if link:
        context.say(
            "There is no user yet. Open this link once, within 30 minutes, to make the first one; "
            "a link printed before stays good for its own 30 minutes:",
            link,
        )
    context.close()
    if settings.shared_numbers:
        shutil.rmtree(settings.shared_numbers, ignore_errors=True)  # counters start at zero with the server
        settings.shared_numbers.mkdir(mode=0o700)
    sys.stderr.flush()
    os.execv(sys.executable, command(settings, listener.detach()))  # noqa: S606 - the server takes its place


def _has_database(context: Context) -> bool:
    """Whether the database answers; the server waits for one that is away. Raises `SchemaError`."""
    try:
        _ = context.base
    except StoreUnavailable:
        context.say("The database is away. Until it is back, every request is answered with 503.")
        return False
    return True


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


def command(settings: Settings, listener: int) -> list[str]:
    """The server's command line; `app.py` and the hooks of `ni/web/gunicorn.py` read the rest from the settings.

    `listener` is the descriptor of the bound socket.
    """
    shared = settings.shared_numbers
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "ni" / "web" / "gunicorn.py"),
        "--chdir",
        str(ROOT),
        "--workers",
        str(settings.workers),
        "--bind",
        f"fd://{listener}",
        *(["--env", f"PROMETHEUS_MULTIPROC_DIR={shared.absolute()}"] if shared else []),
        "app:application",
    ]
