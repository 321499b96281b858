"""What the protection of personal data costs in time and memory, through the real server with one worker of names.

Every short message and every document is new to the server; a repeat turn is one of a conversation that it has seen,
with a question, an answer and a changed line more. Other calls' delay is that of a key without protection, called in
a loop while a document is scanned, beyond the median of the same loop when nothing else runs. `Client` makes one call
after the other over one connection and times each.
"""

import json
import random
import statistics
import threading
import time
from dataclasses import replace
from http.client import HTTPConnection
from itertools import islice
from types import TracebackType
from typing import Any, Self

from bench.peers import INSTANT, Peer
from bench.privacy import texts
from bench.privacy.apart import growth_mib, stall_ms
from bench.processes import children, resident_mib, web_worker
from bench.rows import Gathered, Row, at_most
from bench.servers import LOOPBACK, answers, running, wait_until
from bench.stage import Stage

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


GATEWAY = "gateway"
DOCUMENT_CHARS = 72_000
LOAD_S = 300.0
SHORT, PLAIN = "a message of 20 words", "the same without protection"
TURN, FIRST = "a repeat turn of a 72 kB conversation", "72 kB of source, first seen"
DELAY, STALL = "other calls' longest delay beside 72 kB", "the loop's longest stall beside 72 kB"
WORKER, GROWTH = "memory of the worker of names", "growth of the worker over new texts"
UNITS = {SHORT: "ms", PLAIN: "ms", TURN: "ms", FIRST: "ms", DELAY: "ms", STALL: "ms", WORKER: "MiB"}
TARGETS = {
    SHORT: at_most(6),
    TURN: at_most(30),
    FIRST: at_most(200),
    DELAY: at_most(20),
    STALL: at_most(10),
    WORKER: at_most(320),
}


def measure(stage: Stage) -> list[Row]:
    """The rows on speed and memory."""
    rows = Gathered()
    # On any core: the names worker is a separate process, and one core for both would measure the scheduler.
    settings = {"NI_PII_WORKERS": "1"}
    home = replace(stage.fresh_home("privacy"), settings=settings, core=None)
    home.make()
    keys = home.new_key("--pii", "on"), home.new_key("--pii", "off")
    with running(home.launch()) as child:
        wait_until(lambda: answers(home.port, "GET", "/readyz"), child, home.log, LOAD_S)
        masked, plain = (home.peer(key, child.pid) for key in keys)
        for repeat in stage.repeats("privacy"):
            _one(rows, masked, plain, random.Random(repeat))  # noqa: S311 - texts of a bench
            rows.add(GATEWAY, STALL, stall_ms(texts.source(DOCUMENT_CHARS, random.Random(-repeat))))  # noqa: S311 - texts of a bench
        rows.add(GATEWAY, WORKER, resident_mib(_worker_of_names(child.pid)))
    return [rows.row(GATEWAY, name, unit, TARGETS.get(name)) for name, unit in UNITS.items()]


def growth(count: int) -> Row:
    """How much the worker of names grew over so many new texts."""
    rows, name = Gathered(), f"{GROWTH} ({count:,})"
    rows.add(GATEWAY, name, growth_mib(count))
    return rows.row(GATEWAY, name, "MiB", at_most(16))


def _one(rows: Gathered, masked: Peer, plain: Peer, rng: random.Random) -> None:
    """One repeat: the median of each of the first three, and the longest of the delays."""
    with Client(masked) as client, Client(plain) as other:
        for name, asked in ((SHORT, client), (PLAIN, other)):
            times = [asked.call_ms(spoken(texts.short(rng))) for _ in range(40)]
            rows.add(GATEWAY, name, statistics.median(times[5:]), asked.trouble)
        turns = [client.call_ms(turn) for turn in islice(texts.conversation(DOCUMENT_CHARS, rng), 13)]
        rows.add(GATEWAY, TURN, statistics.median(turns[1:]), client.trouble)
        rows.add(GATEWAY, FIRST, client.call_ms(spoken(texts.source(DOCUMENT_CHARS, rng))), client.trouble)
        rows.add(GATEWAY, DELAY, _delay_ms(client, other, rng), client.trouble or other.trouble)


def _delay_ms(client: Client, other: Client, rng: random.Random) -> float:
    """The longest of the other client's calls while the first one's document is scanned, beyond their usual time."""
    small, document = spoken("ping"), spoken(texts.source(DOCUMENT_CHARS, rng))
    usual = statistics.median(other.call_ms(small) for _ in range(30))
    scan = threading.Thread(target=client.call_ms, args=(document,))
    scan.start()
    times = []
    while scan.is_alive():
        times.append(other.call_ms(small))
    return max(times) - usual


def _worker_of_names(arbiter: int) -> int:
    """The process that looks for names: the largest child of the web worker."""
    return max(children(web_worker(arbiter)), key=resident_mib)
