"""Clients that ask all at once, and what each of them saw."""

import http.client
import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fleet import ANSWER_TOKENS, ROUTE


@dataclass
class Crowd:
    """`count` clients; each asks until `go_on` says no or the gateway is gone. Every other one streams.

    `leave` is the share of requests whose client leaves before its answer is there, `tag` their `X-NI-Tag`. `refusals`
    are the kinds of those that came: status, code, and whether they say when to come again.
    """

    port: Callable[[], int]
    key: str
    count: int
    leave: float = 0.0
    bounded: bool = True
    tag: str = ""
    statuses: dict[int, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    refusals: set[tuple[int, str, bool]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._start = threading.Barrier(self.count + 1)
        self._go_on = False
        self._threads = [threading.Thread(target=self._client, args=(at,)) for at in range(self.count)]

    def begin(self, go_on: bool = False) -> "Crowd":
        """Let all of them ask at the same moment; once each, or on and on."""
        self._go_on = go_on
        for thread in self._threads:
            thread.start()
        self._start.wait()
        return self

    def stop(self) -> None:
        """No more requests; answers under way are read to their end."""
        self._go_on = False

    def join(self, seconds: float = 60.0) -> "Crowd":
        """Wait until all have ended."""
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a client still waits for its answer"
        return self

    def _client(self, at: int) -> None:
        drawn = random.Random(at)  # noqa: S311 - the same clients leave each time
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=30)
        self._start.wait()
        try:
            while True:
                self._ask(connection, stream=at % 2 == 0, leaves=drawn.random() < self.leave)
                if not self._go_on:
                    return
        except (OSError, http.client.HTTPException) as fault:
            with self._lock:
                self.broken.append(type(fault).__name__)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, stream: bool, leaves: bool) -> None:
        body = {"model": ROUTE, "stream": stream, "messages": [{"role": "user", "content": "go"}]}
        if self.bounded:
            body["max_tokens"] = ANSWER_TOKENS
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if self.tag:
            headers["X-NI-Tag"] = self.tag
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        if leaves:
            connection.sock.settimeout(0.05)
        response = connection.getresponse()
        identity = response.headers["X-NI-Request-ID"]
        with self._lock:
            self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
        if response.status != 200:
            code = json.load(response)["error"]["code"]
            self.refusals.add((response.status, code, "Retry-After" in response.headers))
            return
        while response.read(64):
            self.seen.add(identity)
        self.whole.add(identity)
