"""The n-th operation on the sockets of an upstream fails, for every n: one answer, one row, nothing held or lost."""

import errno
import json
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from ni.store.tables.metering import usage
from tests.api.everywhere import CHAT, HI, SIX, Everywhere, everywhere
from tests.faults.test_nth_failure import check

MOST = 60
FAULTS = {
    "reset by the peer": ConnectionResetError(errno.ECONNRESET, "made by the test"),
    "no time left": TimeoutError("made by the test"),
    "no descriptors left": OSError(errno.EMFILE, "made by the test"),
    "no buffers left": OSError(errno.ENOBUFS, "made by the test"),
}
OPERATIONS = (
    "settimeout",
    "connect",
    "setsockopt",
    "getpeername",
    "send",
    "sendall",
    "recv",
    "shutdown",
    "close",
)


class Countdown:
    """Raises `fault` at one operation: the one that comes after `left` others."""

    def __init__(self) -> None:
        self.left = -1
        self.fault: Exception | None = None
        self.failed = ""

    def start(self, left: int, fault: Exception) -> None:
        self.left, self.fault, self.failed = left, fault, ""

    def passed(self, operation: str) -> None:
        if self.left == 0 and self.fault is not None:
            self.failed, self.left = operation, -1
            raise self.fault
        self.left -= 1


def counting_socket(countdown: Countdown) -> type[socket.socket]:
    """A class of sockets whose operations count down, before they are done."""

    def counted(operation: str) -> Any:
        done = getattr(socket.socket, operation)

        def passed(self: socket.socket, *given: Any) -> Any:
            countdown.passed(operation)
            return done(self, *given)

        return passed

    return type("Counting", (socket.socket,), {name: counted(name) for name in OPERATIONS})


@pytest.fixture(scope="module")
def countdown() -> Countdown:
    return Countdown()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, countdown: Countdown) -> Iterator[Everywhere]:
    def resolved(*given: Any, **named: Any) -> Any:
        countdown.passed("getaddrinfo")
        return socket.getaddrinfo(*given, **named)

    own = SimpleNamespace(**vars(socket))
    own.socket, own.getaddrinfo = counting_socket(countdown), resolved
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ni.outbound.connection.socket", own)
        patch.setattr("ni.outbound.client.UNSENT_S", 0.05)  # waited for whenever `send` fails
        with everywhere(tmp_path_factory.mktemp("home")) as made:
            made.headers = made.assembled.headers(rpm=100_000, cap_nanos=10**12)
            yield made


def called(gateway: Everywhere, route: str, *, stream: bool) -> tuple[str, int]:
    """Request id and status of a call whose answer was read; a stream that broke must say so at its end."""
    body = {"model": route, "messages": [HI], "max_tokens": 64, "stream": stream}
    answer = gateway.post(CHAT, body)
    told = answer.data.decode()
    if answer.status_code != 200:
        assert json.loads(told)["error"]["message"]
    elif stream:
        last = [line for line in told.splitlines() if line][-1]
        assert last == "data: [DONE]"
        assert '"error"' in told or '"finish_reason":"stop"' in told.replace(": ", ":")
    return answer.headers["X-NI-Request-ID"], answer.status_code


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("route", SIX)
def test_the_nth_operation_on_an_upstreams_socket_fails_for_every_n(
    gateway: Everywhere, countdown: Countdown, route: str, kind: str, *, stream: bool
) -> None:
    seen: dict[str, int] = {}
    failed = []
    for at in range(MOST):
        if at % 2:  # half of the calls find no idle connection
            gateway.assembled.gateway.egress.forget()
        countdown.start(at // 2, FAULTS[kind])
        request_id, status = called(gateway, route, stream=stream)
        countdown.left = -1
        seen[request_id] = status
        failed.append(countdown.failed)
        if not any(failed[-2:]) and at % 2:
            break
    check(gateway.assembled.gateway.database, seen)
    with gateway.assembled.gateway.database.read() as connection:
        rows = set(connection.scalars(sa.select(usage.c.request_id)))
    assert set(seen) <= rows
    assert set(seen.values()) <= {200, 502, 503, 504}
    assert {"connect", "recv"} <= set(failed)
    assert called(gateway, route, stream=stream)[1] == 200
