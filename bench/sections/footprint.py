"""Start and memory: each repeat is a process of its own, started, loaded with calls and streams, read and stopped.

The start is counted from the command to the first 200, once of the health page and once of a call that went to the
upstream and back. Memory is that of the web worker; the arbiter, which only watches it, has a row of its own.
"""

import time

from bench.driver import closed_loop, paced
from bench.gateway import READY, Home
from bench.peers import PACED, Peer
from bench.plan import CONNECTIONS
from bench.processes import resident_mib, web_worker
from bench.rows import Gathered, Row, at_most
from bench.servers import answers, running, wait_until
from bench.stage import Stage

HEALTH, CALL = "start to first 200", "start to first answered call"
IDLE, LOADED, ARBITER = (
    "memory of the web worker, idle",
    "memory of the web worker after load",
    "memory of the arbiter",
)
STREAMS = 200
GATEWAY = "gateway"


def measure(stage: Stage) -> list[Row]:
    """The rows on start and memory; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    home = stage.fresh_home("footprint")
    home.make()
    key = home.new_key("--pii", "off")
    for _ in stage.repeats("footprint"):
        _one(stage, home, key, found)
    targets = {HEALTH: at_most(2), LOADED: at_most(160)}
    units = {HEALTH: "s", CALL: "s", IDLE: "MiB", LOADED: "MiB", ARBITER: "MiB"}
    return [found.row(GATEWAY, name, unit, targets.get(name)) for name, unit in units.items()]


def _one(stage: Stage, home: Home, key: str, found: Gathered) -> None:
    begun_at = time.monotonic()
    with running(home.launch()) as child:
        peer = home.peer(key, child.pid)
        wait_until(lambda: answers(home.port, "GET", READY), child, home.log)
        found.add(GATEWAY, HEALTH, time.monotonic() - begun_at)
        wait_until(lambda: _answers_a_call(peer), child, home.log)
        found.add(GATEWAY, CALL, time.monotonic() - begun_at)
        found.add(GATEWAY, IDLE, resident_mib(web_worker(child.pid)))
        trouble = _load(stage, peer)
        found.add(GATEWAY, LOADED, resident_mib(web_worker(child.pid)), trouble)
        found.add(GATEWAY, ARBITER, resident_mib(child.pid))


def _answers_a_call(peer: Peer) -> bool:
    head, _, body = peer.call().partition(b"\r\n\r\n")
    fields = (line.split(": ", 1) for line in head.decode().splitlines()[1:])
    headers = {name: value for name, value in fields if name != "Host"}
    return answers(peer.port, "POST", "/v1/chat/completions", (headers, body))


def _load(stage: Stage, peer: Peer) -> str:
    """Calls, then streams; gives what did not end well."""
    calls = stage.load(peer, peer.call(), closed_loop(CONNECTIONS[-1], stage.plan))
    streams = stage.load(peer, peer.stream(PACED), paced(STREAMS))
    return calls.trouble or streams.trouble
