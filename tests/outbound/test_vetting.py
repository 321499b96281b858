"""Where the egress goes and where not: every address is vetted, and nothing but the vetted number is dialled."""

import resource
import socket
from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from ni.outbound.client import Request
from ni.outbound.connection import system_resolve
from ni.outbound.errors import AddressRefused, ConnectFailed, NoDescriptor
from tests.fakes.doors import make_door
from tests.fakes.raw_server import RawServer


def ask(server: RawServer, host: str = "upstream.test") -> Request:
    return Request("POST", f"http://{host}:{server.port}/", {"X-A": "1"}, b"{}")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with (
        RawServer() as canary,
        RawServer(
            [
                b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n"
                % canary.port
            ]
        ) as server,
    ):
        response = make_door().send(ask(server))
        assert response.status == 302
        assert response.read() == b""
        assert canary.connections == 0


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer() as proxy, RawServer() as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert make_door().send(ask(server)).read() == b"ok"
        assert proxy.connections == 0


def refuse_all(addresses: Sequence[str]) -> None:
    raise PermissionError(*addresses)


def test_a_veto_on_the_addresses_stops_the_request_before_any_connection() -> None:
    with RawServer() as server:
        url = f"http://upstream.test:{server.port}/"
        with pytest.raises(PermissionError, match=r"127\.0\.0\.1"):
            make_door().send(Request("GET", url, vet=refuse_all))
        assert server.connections == 0


def test_a_veto_on_a_pooled_connection_stops_the_request_before_any_byte() -> None:
    with RawServer() as server:
        egress = make_door()
        url = f"http://upstream.test:{server.port}/"
        egress.send(Request("GET", url)).read()
        with pytest.raises(PermissionError, match=r"127\.0\.0\.1"):
            egress.send(Request("GET", url, vet=refuse_all))
        assert len(server.seen) == 1


@pytest.mark.parametrize("pooled", [False, True])
def test_a_body_is_told_before_it_is_written_and_not_where_its_addresses_are_refused(*, pooled: bool) -> None:
    with RawServer() as server:
        egress, told = make_door(), list[bytes]()
        url = f"http://upstream.test:{server.port}/"
        if pooled:
            egress.send(Request("GET", url)).read()
        egress.send(Request("POST", url, body=b'{"a": 1}', sent=told.append)).read()
        assert told == [b'{"a": 1}']
        assert server.seen[-1].endswith(b"\r\n\r\n" + told[0])
        with pytest.raises(PermissionError):
            egress.send(Request("POST", url, body=b"{}", vet=refuse_all, sent=told.append))
        assert len(told) == 1


@pytest.mark.parametrize(
    "resolved",
    [
        ("127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("127.0.0.1", "8.8.8.8"),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("fe80::1%lo",),
        ("not an address",),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_with_one_refused_address_is_refused_as_a_whole(
    resolved: tuple[str, ...], scheme: str
) -> None:
    with RawServer() as canary:
        egress = make_door(resolve=lambda host, port: resolved, private="")
        with pytest.raises(AddressRefused):
            egress.send(Request("GET", f"{scheme}://upstream.test:{canary.port}/"))
        assert canary.connections == 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_odd_spellings_of_loopback_are_refused_by_what_they_resolve_to(host: str) -> None:
    with RawServer() as canary:
        with pytest.raises((AddressRefused, ConnectFailed)):
            make_door(resolve=system_resolve, private="").send(ask(canary, host=host))
        assert canary.connections == 0


def test_plain_http_goes_into_private_networks_only() -> None:
    egress = make_door(resolve=lambda host, port: ("8.8.8.8",))
    with pytest.raises(AddressRefused, match="plain http"):
        egress.send(Request("GET", "http://upstream.test/"))


def test_a_name_is_resolved_once_per_connection_and_the_vetted_number_is_dialled() -> None:
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    with RawServer() as server:
        egress = make_door(resolve=lambda host, port: next(answers))
        assert egress.send(ask(server)).read() == b"ok"
        egress.forget()
        with pytest.raises(AddressRefused):
            egress.send(ask(server))


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with RawServer() as server:
        egress = make_door(resolve=lambda host, port: ("127.0.0.9", "127.0.0.1"))
        response = egress.send(ask(server))
        assert response.read() == b"ok"
        assert response.peer.address == "127.0.0.1"


def test_a_name_without_address_or_listener_is_a_failed_connection() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "unknown")

    with RawServer() as server:
        request = ask(server)
    for egress in (make_door(), make_door(resolve=unknown), make_door(resolve=lambda host, port: ())):
        with pytest.raises(ConnectFailed):
            egress.send(request)


def test_a_socket_that_reached_another_address_than_was_vetted_is_closed_before_a_byte_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("127.0.0.9", 80))
    with RawServer() as canary:
        with pytest.raises(AddressRefused, match="instead of"):
            make_door(resolve=lambda host, port: ("127.0.0.1",)).send(ask(canary))
        assert canary.seen == []


def test_a_limit_of_our_own_is_told_apart_from_a_server_that_is_away() -> None:
    """`ulimit -n` as it is reached: the server listens, and no socket can be had."""
    with RawServer() as server:
        egress, before = make_door(), resource.getrlimit(resource.RLIMIT_NOFILE)
        request = ask(server, "127.0.0.1")
        with socket.socket() as last:
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 1, before[1]))
        with ExitStack() as held:
            try:
                held.enter_context(socket.socket())
                with pytest.raises(NoDescriptor):
                    egress.send(request)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert egress.send(request).read() == b"ok"
