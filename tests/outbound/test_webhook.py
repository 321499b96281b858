"""Webhooks: signed, refused where they lead inside, and never a failure of ours."""

import hashlib
import hmac
import socket
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from ni.domain.secret import Secret
from ni.outbound.connection import Resolve
from ni.outbound.webhook import Webhook, post_signed
from tests.fakes.doors import loopback, make_door
from tests.fakes.raw_server import RawServer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = b'{"type":"test"}'


def answer(content: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def hook(server: RawServer, *, public: bool = False) -> Webhook:
    return Webhook(f"http://alerts.test:{server.port}/ni", Secret("s3cret"), public)


@pytest.mark.parametrize("told", [b"ok", b""])
def test_a_receiver_can_check_who_posted_and_when(told: bytes) -> None:
    with RawServer([answer(told)]) as server:
        assert post_signed(make_door(), hook(server), BODY, NOW) == ""
    head, _, body = server.seen[0].partition(b"\r\n\r\n")
    (line,) = (line for line in head.split(b"\r\n") if line.lower().startswith(b"x-ni-signature: "))
    told_of = dict(part.split("=", 1) for part in line.decode().partition(": ")[2].split(","))
    assert body == BODY
    assert int(told_of["t"]) == int(NOW.timestamp())
    expected = hmac.new(b"s3cret", told_of["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert told_of["v1"] == expected


@pytest.mark.parametrize("status", ["500 No", "302 Found", "404 Not Found"])
def test_what_is_not_taken_is_said_by_its_status(status: str) -> None:
    with RawServer([answer(b"", status)]) as server:
        assert post_signed(make_door(), hook(server), BODY, NOW) == f"the receiver answered {status[:3]}"


def test_a_public_webhook_may_not_lead_into_the_operators_networks() -> None:
    with RawServer([answer(b"ok")]) as server:
        fault = post_signed(make_door(), hook(server, public=True), BODY, NOW)
    assert "not a public address" in fault
    assert server.seen == []


def unknown(host: str, port: int) -> Sequence[str]:
    """A name that leads nowhere."""
    raise socket.gaierror(-2, "unknown")


@pytest.mark.parametrize(
    "resolve",
    [loopback, unknown, lambda host, port: ("10.0.0.1",), lambda host, port: (), lambda host, port: ("x",)],
)
@pytest.mark.parametrize("private", ["", "127.0.0.0/8"])
def test_who_may_choose_any_name_hears_the_same_of_all_that_are_not_public(
    resolve: Resolve, private: str
) -> None:
    told = post_signed(
        make_door(resolve, private), Webhook("https://inside.test:9/", Secret("s"), public=True), BODY, NOW
    )
    assert told == "the address cannot be reached or is not a public address"


def test_a_receiver_that_is_away_is_no_failure_of_ours() -> None:
    with RawServer([answer(b"ok")]) as server:
        gone = hook(server)
    assert post_signed(make_door(), gone, BODY, NOW)
    assert post_signed(make_door(private=""), gone, BODY, NOW)
