"""The egress against a server that misbehaves by script: pooling, deadlines, bounds, closing."""

import socket
import threading
import time

import pytest

from ni.outbound.client import Request, Timeouts
from ni.outbound.errors import Closed, Cut, Malformed, OutboundFault, TooLarge, TooSlow, Unanswered
from tests.fakes.doors import HandClock, make_door
from tests.fakes.raw_server import OK, Act, RawServer, read_request, until_peer_leaves

HASTE = Timeouts(first_byte_s=0.6, idle_s=0.6, total_s=5.0)


def ask(
    server: RawServer, path: str = "/", timeouts: Timeouts = HASTE, host: str = "upstream.test"
) -> Request:
    return Request("POST", f"http://{host}:{server.port}{path}", {"X-A": "1"}, b"{}", timeouts)


def test_an_answer_comes_with_its_peer_and_the_connection_is_used_again() -> None:
    with RawServer() as server:
        egress = make_door()
        for _ in range(3):
            response = egress.send(ask(server))
            assert (response.status, response.read(), response.peer.address) == (200, b"ok", "127.0.0.1")
        assert (server.connections, len(server.seen)) == (1, 3)
        assert f"Host: upstream.test:{server.port}\r\n".encode() in server.seen[0]


def test_concurrent_requests_have_connections_of_their_own() -> None:
    with RawServer() as server:
        egress = make_door()
        first, second = egress.send(ask(server)), egress.send(ask(server))
        assert first.read() == second.read() == b"ok"
        assert server.connections == 2


def one_byte(sock: socket.socket) -> None:
    sock.sendall(b"H")
    until_peer_leaves(sock)


def close_without_answer(sock: socket.socket) -> None:
    """The peer had closed its idle connection just when the request came."""


def test_a_stale_connection_is_replaced_once() -> None:
    with RawServer([OK, close_without_answer]) as server:
        egress = make_door()
        assert [egress.send(ask(server)).read() for _ in range(2)] == [b"ok", b"ok"]
        assert server.connections == 2


def test_a_fresh_connection_that_gives_nothing_is_not_tried_again() -> None:
    with RawServer([close_without_answer]) as server:
        with pytest.raises(Unanswered):
            make_door().send(ask(server))
        assert len(server.seen) == 1


def test_a_request_that_was_answered_by_one_byte_is_not_sent_again() -> None:
    with RawServer([OK, lambda sock: sock.sendall(b"H")]) as server:
        egress = make_door()
        egress.send(ask(server)).read()
        with pytest.raises(Cut):
            egress.send(ask(server))
        assert len(server.seen) == 2


@pytest.mark.parametrize("rest", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother", b"x"])
def test_bytes_nobody_asked_for_never_answer_the_next_request(rest: bytes) -> None:
    with RawServer([OK + rest]) as server:
        egress = make_door()
        assert [egress.send(ask(server)).read() for _ in range(2)] == [b"ok", b"ok"]
        assert server.connections == 2


def test_bytes_that_come_late_make_a_pooled_connection_unfit() -> None:
    def answer_twice(sock: socket.socket) -> None:
        sock.sendall(OK)
        time.sleep(0.05)
        sock.sendall(OK.replace(b"ok", b"no"))
        until_peer_leaves(sock)

    with RawServer([answer_twice]) as server:
        egress = make_door()
        egress.send(ask(server)).read()
        time.sleep(0.15)
        assert egress.send(ask(server)).read() == b"ok"
        assert server.connections == 2


@pytest.mark.parametrize("ahead_s", [61.0, 301.0])
def test_an_old_connection_is_not_used_again(ahead_s: float) -> None:
    clock = HandClock()
    with RawServer() as server:
        egress = make_door(clock=clock)
        egress.send(ask(server)).read()
        clock.ahead_s = ahead_s
        egress.send(ask(server)).read()
        assert server.connections == 2


def test_a_connection_whose_answer_was_not_read_is_not_used_again() -> None:
    with RawServer() as server:
        egress = make_door()
        egress.send(ask(server)).close()
        assert egress.send(ask(server)).read() == b"ok"
        assert server.connections == 2


def test_closing_an_answer_that_was_read_leaves_the_pooled_connection_alone() -> None:
    with RawServer() as server:
        egress = make_door()
        first = egress.send(ask(server))
        first.read()
        second = egress.send(ask(server))
        first.close()
        assert second.read() == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (until_peer_leaves, TooSlow),
        (one_byte, TooSlow),
        (b"garbage\r\n\r\n", Malformed),
        (b"HTTP/1.1 101 Switching\r\n\r\n", Malformed),
        (b"x" * 70_000, TooLarge),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", Malformed),
    ],
)
def test_a_head_that_does_not_come_or_is_wrong_is_a_fault(act: Act, fault: type[OutboundFault]) -> None:
    with RawServer([act]) as server, pytest.raises(fault):
        make_door().send(ask(server))


@pytest.mark.parametrize(
    ("act", "fault"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", TooSlow),
        (lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"), Cut),
        (lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), Cut),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + b"x" * 200, TooLarge),
    ],
)
def test_a_body_that_does_not_come_or_is_wrong_is_a_fault(act: Act, fault: type[OutboundFault]) -> None:
    with RawServer([act]) as server:
        response = make_door().send(ask(server))
        with pytest.raises(fault):
            response.read(limit=100)


def test_the_whole_exchange_has_a_deadline_although_bytes_keep_coming() -> None:
    def drip(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while True:
            sock.sendall(b"x")
            time.sleep(0.02)

    with RawServer([drip]) as server, pytest.raises(TooSlow):
        make_door().send(ask(server, timeouts=Timeouts(0.3, 0.3, 0.4))).read()


def test_a_head_that_drips_has_a_deadline() -> None:
    def drip(sock: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
            sock.sendall(bytes([byte]))
            time.sleep(0.02)

    with RawServer([drip]) as server, pytest.raises(TooSlow):
        make_door().send(ask(server))


def test_interim_answers_are_skipped() -> None:
    with RawServer(
        [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK]
    ) as server:
        assert make_door().send(ask(server)).read() == b"ok"


def test_an_early_refusal_is_read_although_the_request_could_not_be_written() -> None:
    def refuse(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with RawServer([refuse]) as server:
        response = make_door().send(ask(server))
        assert response.status == 413
        assert response.read() == b""


def test_each_piece_is_given_when_it_arrives() -> None:
    gate = threading.Semaphore(0)

    def paced(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for word in (b"one", b"two", b"six"):
            sock.sendall(b"3\r\n" + word + b"\r\n")
            gate.acquire(timeout=2)
        sock.sendall(b"0\r\n\r\n")
        until_peer_leaves(sock)

    with RawServer([paced]) as server:
        got = []
        for piece in make_door().send(ask(server)).pieces():
            got.append(piece)
            gate.release()
        assert got == [b"one", b"two", b"six"]


def test_closing_from_another_thread_wakes_the_reader_and_the_peer_sees_it() -> None:
    left = threading.Event()

    def stall(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok")
        until_peer_leaves(sock)
        left.set()

    with RawServer([stall]) as server:
        response = make_door().send(ask(server, timeouts=Timeouts()))
        threading.Timer(0.1, response.close).start()
        begun = time.monotonic()
        with pytest.raises(Closed):
            response.read()
        assert left.wait(10)
        assert time.monotonic() - begun < 10  # not as long as the server would stall
        response.close()


def test_the_server_helper_reads_whole_requests() -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert read_request(there).endswith(b"{}")


def test_a_peer_that_does_not_read_the_request_is_too_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://upstream.test:{mute.getsockname()[1]}/"
        with pytest.raises(TooSlow):
            make_door().send(Request("POST", url, body=b"x" * 20_000_000, timeouts=HASTE))
