"""Clients over HTTP/2 through Caddy before two gateways on PostgreSQL: leaving, kills and an upgrade under load."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.connection
import h2.events
import httpx2
import openai
import pytest

from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import ROUTE, Fleet
from tests.shipping.topology import NAME, Caddy

pytestmark = [pytest.mark.faults, pytest.mark.postgres]
WORDS = 40
PAUSE_S = 0.05
CLIENTS = 6


@pytest.fixture
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream(WORDS, PAUSE_S) as served:
        yield served


@dataclass
class Place:
    """The set-up, and a key."""

    fleet: Fleet
    caddy: Caddy
    key: str

    def client(self, retries: int = 2) -> openai.OpenAI:
        """The official client, over HTTP/2."""
        http = httpx2.Client(http2=True, verify=self.caddy.tls(), trust_env=False, timeout=60)
        return openai.OpenAI(
            api_key=self.key, base_url=f"{self.caddy.url}/v1", http_client=http, max_retries=retries
        )


@pytest.fixture
def place(tmp_path: Path, upstream: PacedUpstream, fresh_postgres: str) -> Iterator[Place]:
    from tests.databases import wipe

    wipe(fresh_postgres)
    settings = {
        "NI_DATABASE_URL": fresh_postgres,
        "NI_PUBLIC_URL": "https://localhost",
        "NI_TRUSTED_PROXIES": "1",
    }
    (tmp_path / "home").mkdir()
    with closing(Fleet(tmp_path / "home", upstream, 2, **settings)) as fleet:
        fleet.start()
        with closing(Caddy(tmp_path / "caddy", [gateway.port for gateway in fleet.gateways])) as caddy:
            yield Place(fleet, caddy, fleet.first.key())


ASK: Any = [{"role": "user", "content": "say hi"}]


def test_an_official_client_streams_over_http_2(place: Place) -> None:
    client = place.client(0)
    with client.chat.completions.with_streaming_response.create(
        model=ROUTE,
        messages=ASK,
        stream=True,
    ) as answer:
        assert answer.http_version == "HTTP/2"
        assert answer.status_code == 200
        times = [time.monotonic() for line in answer.iter_lines() if line]
    assert times[-1] - times[0] > 0.5 * WORDS * PAUSE_S  # as it was written, not at its end

    client.close()


def by_closing(place: Place) -> Callable[[], None]:
    """A stream of the official client that has begun; how the program leaves it."""
    client = place.client(0)
    stream = client.chat.completions.create(model=ROUTE, messages=ASK, stream=True)
    next(iter(stream))
    return client.close


def by_reset(place: Place) -> Callable[[], None]:
    """A stream that has begun; the client resets it alone (RFC 9113, 5.4.2), as browsers do."""
    context = place.caddy.tls()
    context.set_alpn_protocols(["h2"])
    raw = context.wrap_socket(socket.create_connection((NAME, place.caddy.port), 10), server_hostname=NAME)
    speaker = h2.connection.H2Connection()
    speaker.initiate_connection()
    body = json.dumps({"model": ROUTE, "messages": ASK, "stream": True}).encode()
    head = [
        (":method", "POST"), (":path", "/v1/chat/completions"), (":authority", f"{NAME}:{place.caddy.port}"),
        (":scheme", "https"), ("authorization", f"Bearer {place.key}"), ("content-type", "application/json"),
    ]  # fmt: skip
    speaker.send_headers(1, head)
    speaker.send_data(1, body, end_stream=True)
    raw.sendall(speaker.data_to_send())
    while not any(
        isinstance(event, h2.events.DataReceived) for event in speaker.receive_data(raw.recv(65536))
    ):
        pass

    def leave() -> None:
        speaker.reset_stream(1)
        raw.sendall(speaker.data_to_send())
        raw.close()

    return leave


@pytest.mark.parametrize("begin", [by_closing, by_reset])
def test_leaving_is_noticed_within_a_second(
    place: Place, upstream: PacedUpstream, begin: Callable[[Place], Callable[[], None]]
) -> None:
    leave = begin(place)
    before = upstream.left
    leave()
    left_at = time.monotonic()
    while upstream.left == before and time.monotonic() < left_at + 5:
        time.sleep(0.01)
    assert upstream.left == before + 1
    assert time.monotonic() - left_at < 1.0 + PAUSE_S


@dataclass
class Load:
    """Calls by several clients, one after the other, until `over`; what came of them."""

    place: Place
    over: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    mended: int = 0
    failed: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)

    def run(self) -> list[threading.Thread]:
        """Start the clients."""
        threads = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _client(self) -> None:
        with self.place.client() as client:
            while not self.over.is_set():
                if self._whole(client):
                    self.done += 1
                elif self._whole(client):  # a stream that was cut is asked for again, as a program would
                    self.done, self.mended = self.done + 1, self.mended + 1
                else:
                    self.failed.append("twice")

    def _whole(self, client: openai.OpenAI) -> bool:
        try:
            stream = client.chat.completions.create(model=ROUTE, messages=ASK, stream=True)
            reasons = [choice.finish_reason for chunk in stream for choice in chunk.choices]
        except (openai.APIError, httpx2.HTTPError) as fault:
            self.cut.append(f"{type(fault).__name__}: {fault}")
            return False
        return "stop" in reasons


def restart_while(place: Place, load: Load, *, kill: bool) -> None:
    """End the second gateway, by a kill or properly, and start it again, while the clients call."""
    second = place.fleet.gateways[1]
    if kill:
        second.kill()
    else:
        assert second.stop(70) == 0
    time.sleep(1.5)
    second.start()
    time.sleep(3)  # until Caddy's health check has found it again


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "upgraded"])
def test_one_of_two_gateways_ends_under_load_and_no_call_fails_that_a_retry_does_not_mend(
    place: Place, kill: bool
) -> None:
    """Ended properly, as an upgrade of one after the other does, not even a retry is needed for what had begun."""
    load = Load(place)
    threads = load.run()
    time.sleep(2)
    restart_while(place, load, kill=kill)
    load.over.set()
    for thread in threads:
        thread.join(60)
    print(f"{load.done} calls, {load.mended} asked for again, {len(load.failed)} failed: {set(load.cut)}")
    assert load.failed == []
    assert load.done > CLIENTS
    if not kill:
        assert load.mended == 0
    place.fleet.wait_until_settled(45)
    place.fleet.check_sums()
    assert set(place.fleet.counts().values()) == {(1, 1, 1)}
