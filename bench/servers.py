"""Starts and stops what is measured: each server is one child process, in the foreground, with its log in a file.

A server is stopped by its own process id, first politely. Nothing outside the run's temporary folder is written.
"""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
POLL_S = 0.005


class DidNotStart(Exception):
    """A server ended or stayed silent; carries the end of its log."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start and where."""

    command: list[str]
    log: Path
    folder: Path | None = None
    environment: Mapping[str, str] | None = None


@contextmanager
def running(launch: Launch) -> Iterator[subprocess.Popen[bytes]]:
    """A child process for as long as the block lasts."""
    with launch.log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - a server of the bench's own
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=launch.folder,
            env=launch.environment,
        )
    try:
        yield child
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child, with force where asking does not help."""
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, method: str, path: str, sent: tuple[Mapping[str, str], bytes] = ({}, b"")) -> bool:
    """Whether one request is answered with 200."""
    headers, body = sent
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request(method, path, body or None, dict(headers))
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def wait_until(
    ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path, patience_s: float = START_TIMEOUT_S
) -> None:
    """Wait until a server is ready; raises `DidNotStart`."""
    give_up_at = time.monotonic() + patience_s
    while not ready():
        if child.poll() is not None or time.monotonic() > give_up_at:
            raise DidNotStart(last_lines(log))
        time.sleep(POLL_S)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
