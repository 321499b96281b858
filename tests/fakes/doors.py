"""Doors for tests: into loopback, with a resolver and a clock that the test holds."""

import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ni.outbound.addresses import parse_networks
from ni.outbound.client import EgressClient
from ni.outbound.connection import Connector

MADE: list[EgressClient] = []


class HandClock:
    """A real clock that a test can set forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s


def loopback(host: str, port: int) -> Sequence[str]:
    """Every name is this machine."""
    return ("127.0.0.1",)


def make_door(
    resolve: Callable[[str, int], Sequence[str]] = loopback,
    private: str = "127.0.0.0/8",
    clock: HandClock | None = None,
    make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
) -> EgressClient:
    """A egress into loopback unless told otherwise."""
    clock = clock or HandClock()
    egress = EgressClient(Connector(parse_networks(private), resolve, clock, 2.0, make_tls), clock)
    MADE.append(egress)
    return egress


def shut_doors() -> None:
    """Close the idle connections of every egress that was made."""
    while MADE:
        MADE.pop().forget()
