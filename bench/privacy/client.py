"""One client of the gateway that is measured: a kept connection, one call after the other, each with its time."""

import json
import time
from http.client import HTTPConnection
from types import TracebackType
from typing import Any, Self

from bench.peers import INSTANT, Peer
from bench.servers import LOOPBACK

PATIENCE_S = 120.0
IDLE_S = 1.0


class Client:
    """Asks a peer; `trouble` keeps the first answer that was not 200."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._connection = HTTPConnection(LOOPBACK, peer.port, timeout=PATIENCE_S)
        self._last = 0.0
        self.trouble = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def call_ms(self, messages: list[dict[str, str]]) -> float:
        """How long a chat completion takes, from the first byte sent to the last one read."""
        body = json.dumps({"model": self._peer.model_shape.format(INSTANT), "messages": messages}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._peer.key}"}
        if time.perf_counter() - self._last > IDLE_S:  # the server has closed a connection that idled
            self._connection.close()
        begun = time.perf_counter()
        self._connection.request("POST", "/v1/chat/completions", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        self.trouble = self.trouble or ("" if answer.status == 200 else f"status {answer.status}")
        self._last = time.perf_counter()
        return 1000 * (self._last - begun)


def spoken(text: str) -> list[dict[str, Any]]:
    """A conversation of one message."""
    return [{"role": "user", "content": text}]
