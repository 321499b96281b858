"""TLS proves the name, not the number: certificates are made on the spot."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ni.outbound.client import EgressClient, Request
from ni.outbound.connection import system_tls
from ni.outbound.errors import ConnectFailed
from tests.fakes.certificates import NAME
from tests.fakes.doors import make_door
from tests.fakes.raw_server import RawServer


@pytest.fixture
def server(identity: tuple[Path, str]) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity[0])
    with RawServer(wrap=lambda sock: context.wrap_socket(sock, server_side=True)) as running:
        yield running


@pytest.fixture
def egress(identity: tuple[Path, str]) -> EgressClient:
    return make_door(make_tls=lambda: ssl.create_default_context(cafile=identity[0]))


def test_the_peer_carries_the_fingerprint_of_its_key(
    server: RawServer, egress: EgressClient, identity: tuple[Path, str]
) -> None:
    for _ in range(2):
        response = egress.send(Request("GET", f"https://{NAME}:{server.port}/"))
        assert response.read() == b"ok"
        assert (response.peer.address, response.peer.tls_spki) == ("127.0.0.1", identity[1])
    assert server.connections == 1


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1", "upstream.test.evil.test"])
def test_a_certificate_for_another_name_is_refused_before_a_byte_of_the_request(
    server: RawServer, egress: EgressClient, host: str
) -> None:
    with pytest.raises(ConnectFailed):
        egress.send(Request("GET", f"https://{host}:{server.port}/", {"Authorization": "Bearer secret"}))
    assert server.seen == []


def test_a_certificate_of_unknown_origin_is_refused(server: RawServer) -> None:
    with pytest.raises(ConnectFailed):
        make_door(make_tls=system_tls).send(Request("GET", f"https://{NAME}:{server.port}/"))
    assert server.seen == []


def speak_first(sock: socket.socket) -> socket.socket:
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    return sock


def test_a_server_without_tls_is_refused() -> None:
    with RawServer(wrap=speak_first) as plain, pytest.raises(ConnectFailed):
        make_door().send(Request("GET", f"https://{NAME}:{plain.port}/"))


def test_the_systems_certificates_are_checked_with_the_name() -> None:
    context = system_tls()
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
