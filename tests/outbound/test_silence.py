"""A silent upstream: its reader hears of the silence in time, and it ends when it has lasted too long."""

import socket
import threading
from collections.abc import Iterator

import pytest

from ni.domain.clock import SystemClock
from ni.outbound.connection import Connection
from ni.outbound.errors import TooSlow
from ni.outbound.http1 import Body, Deadlines, Response, body_of, read_head

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, Connection]]:
    near, far = socket.socketpair()
    connection = Connection(near, "192.0.2.1", "", 0.0)
    yield far, connection
    connection.close()
    far.close()


def response(connection: Connection, idle_s: float, beat_s: float) -> Response:
    head = read_head(HEAD)
    body: Body = body_of("POST", head)[0]
    return Response(head, body, connection, Deadlines(SystemClock(), idle_s, 60.0, beat_s))


def test_silence_is_an_empty_piece_and_the_content_follows(pair: tuple[socket.socket, Connection]) -> None:
    far, connection = pair
    later = threading.Timer(0.12, far.sendall, (b"late",))
    later.start()
    pieces = list(response(connection, idle_s=5.0, beat_s=0.05).pieces())
    later.join()
    assert pieces[-1] == b"late"
    assert pieces[:-1] == [b""] * len(pieces[:-1])
    assert 1 <= len(pieces[:-1]) <= 3


def test_silence_that_lasts_too_long_ends_the_response(pair: tuple[socket.socket, Connection]) -> None:
    _, connection = pair
    heard: list[bytes] = []
    with pytest.raises(TooSlow):
        heard.extend(response(connection, idle_s=0.2, beat_s=0.05).pieces())
    assert connection.closed


def test_a_whole_read_does_not_see_the_silence(pair: tuple[socket.socket, Connection]) -> None:
    far, connection = pair
    later = threading.Timer(0.1, far.sendall, (b"late",))
    later.start()
    assert response(connection, idle_s=5.0, beat_s=0.02).read() == b"late"
    later.join()
