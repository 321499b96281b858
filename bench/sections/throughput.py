"""Calls that are not streamed: latency at one connection, requests per second at 1, 16 and 64, CPU for each request.

The upstream answers at once, so a closed loop measures what the server between adds. Latencies at 64 connections are
those of a saturated server, shown beside the rate that caused them.
"""

from bench.driver import Findings, closed_loop
from bench.peers import Peer
from bench.plan import CONNECTIONS
from bench.processes import cpu_seconds, web_worker
from bench.rows import Gathered, Row, at_least, at_most
from bench.stage import Stage

MOST = CONNECTIONS[-1]
CPU = f"CPU of the worker per request, {MOST} connections"


def measure(stage: Stage) -> list[Row]:
    """The rows on calls."""
    found = Gathered()
    for _ in stage.repeats("throughput"):
        for connections in CONNECTIONS:
            for peer in stage.peers:
                _one(stage, peer, connections, found)
    return _rows(found, stage.subject)


def _one(stage: Stage, peer: Peer, connections: int, found: Gathered) -> None:
    before = cpu_seconds(web_worker(peer.pid)) if peer.pid else 0.0
    seen = stage.load(peer, peer.call(), closed_loop(connections, stage.plan))
    found.add(peer.name, _rate(connections), seen.per_second, seen.trouble)
    found.add(peer.name, _latency(50, connections), seen.latency.p50_ms, seen.trouble)
    found.add(peer.name, _latency(99, connections), seen.latency.p99_ms, seen.trouble)
    if peer.pid and connections == MOST:
        used_s = cpu_seconds(web_worker(peer.pid)) - before
        found.add(peer.name, CPU, used_s * 1000 / _with_warm_up(seen, stage))


def _with_warm_up(seen: Findings, stage: Stage) -> float:
    """How many requests the worker saw while its CPU time was counted, those of the warm-up included."""
    return max(1.0, seen.per_second * (seen.seconds + stage.plan.warm_ms / 1000))


def _rows(found: Gathered, subject: Peer) -> list[Row]:
    rows = [found.added_row(subject.name, _latency(50, 1), "ms", at_most(1.5))]
    for connections in CONNECTIONS:
        target = at_least(1000) if connections == MOST else None
        rows.append(found.row(subject.name, _rate(connections), "/s", target))
    rows += [found.row(subject.name, _latency(percent, MOST), "ms") for percent in (50, 99)]
    return [*rows, found.row(subject.name, CPU, "ms")] if subject.pid else rows


def _rate(connections: int) -> str:
    return f"requests, {connections} connection{'s' if connections > 1 else ''}"


def _latency(percent: int, connections: int) -> str:
    return f"latency p{percent}, {connections} connection{'s' if connections > 1 else ''}"
