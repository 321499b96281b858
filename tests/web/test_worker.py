"""A client's connection writes all it is given, whatever the kernel takes at once, and gives up on silent readers."""

from collections.abc import Iterator
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from gevent import socket
from gunicorn.config import Config
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response

from ni.web.worker import REST_S, ClientSocket, answering_after_body, drained

LARGE = bytes(range(256)) * 40_000  # ten megabytes: far more than any buffer of a socket


@pytest.fixture
def pair() -> Iterator[tuple[ClientSocket, socket.socket]]:
    plain, peer = socket.socketpair()
    own = ClientSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
    with own, peer:
        yield own, peer


@pytest.mark.parametrize("sent", [b"", b"a piece", LARGE], ids=["nothing", "a piece", "ten megabytes"])
def test_every_byte_arrives_once(pair: tuple[ClientSocket, socket.socket], sent: bytes) -> None:
    own, peer = pair

    def write() -> None:
        own.sendall(sent)
        own.shutdown(socket.SHUT_WR)

    writer = gevent.spawn(write)
    arrived = b"".join(iter(lambda: peer.recv(1 << 20), b""))
    writer.get()
    assert arrived == sent


@pytest.mark.parametrize("sent", [LARGE, b"a piece" * 200], ids=["ten megabytes", "pieces"])
def test_who_does_not_read_is_given_up(pair: tuple[ClientSocket, socket.socket], sent: bytes) -> None:
    own, _ = pair
    own.settimeout(0.02)

    def write_on() -> None:
        for _ in range(100_000):
            own.sendall(sent)

    with pytest.raises(TimeoutError):
        write_on()


@pytest.mark.parametrize("failed", [True, False])
def test_a_form_that_is_read_from_memory_hides_nothing_of_its_connection(*, failed: bool) -> None:
    """Pages put what they have read in place of the server's body; whether that one is lost still counts."""
    response = Response(SimpleNamespace(version=(1, 1), method="POST"), None, Config())

    def page(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["wsgi.input"] = BytesIO(b"name=Alice")
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    body = SimpleNamespace(failed=failed, reader=None)
    answering_after_body(page)({"wsgi.input": body}, response.start_response)
    assert response.must_close is failed


@pytest.mark.parametrize("kept", [b"", b"!"], ids=["whole", "one byte is kept back"])
def test_an_answer_waits_for_its_requests_body_while_that_arrives(
    pair: tuple[ClientSocket, socket.socket], kept: bytes
) -> None:
    """An answer that overtakes the body is lost on some clients of a proxy that speaks HTTP/2."""
    own, peer = pair
    body = Body(LengthReader(SocketUnreader(own), len(LARGE + kept)))
    response = Response(SimpleNamespace(version=(1, 1), method="POST"), None, Config())
    sender = gevent.spawn(peer.sendall, LARGE)

    def refused(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("413 Content Too Large", [("Content-Length", "0")])
        return [b""]

    answering_after_body(refused)({"wsgi.input": body}, response.start_response)
    assert sender.ready()
    assert bool(body.reader.length) is bool(kept)
    peer.sendall(kept)
    assert drained(SimpleNamespace(body=body))
    assert not response.must_close


@pytest.mark.parametrize(("length", "rests"), [(None, 3), (30, 0)], ids=["chunked", "of a known length"])
def test_after_each_piece_of_a_chunked_body_that_is_dropped_others_run(
    monkeypatch: pytest.MonkeyPatch, length: int | None, rests: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("ni.web.worker.gevent.sleep", slept.append)
    pieces = [b"x" * 10, b"x" * 10, b"x" * 10, b""]
    reader = None if length is None else LengthReader(None, length)
    body = SimpleNamespace(failed=False, reader=reader, read=lambda _: pieces.pop(0))
    assert drained(SimpleNamespace(body=body))
    assert slept == [REST_S] * rests
    assert REST_S > 0
