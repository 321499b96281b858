"""Streams: how soon the first chunk comes, and how many paced streams one process relays without holding chunks back.

Relay delay is the instant at which a chunk reaches the client less the instant at which the upstream sent it, both of
one clock. It is the criterion because an overloaded relay joins chunks: their rate stays right while they come late.
A level counts only if every one of its streams ended with a finish_reason and [DONE].
"""

from bench.driver import closed_loop, paced
from bench.peers import PACED, Peer
from bench.rows import Gathered, Row, Target, at_least, at_most, spread
from bench.stage import Stage

LIMIT_MS = 40.0
"""Two periods."""
GOAL_LEVEL = 300
FIRST = "time to first chunk p50"
BUSY = 16
"""Connections of the run at full speed."""
FULL_SPEED = f"chunks at full speed, {BUSY} connections"


def measure(stage: Stage) -> list[Row]:
    """The rows on streams."""
    found, subject = Gathered(), stage.subject.name
    most: list[float] = []
    for _ in stage.repeats("streams"):
        for peer in stage.peers:
            _full_speed(stage, peer, found)
        most.append(_climb(stage, found))
    level_rows = [
        found.row(subject, _relay(level), "ms", _level_target(level)) for level in stage.plan.levels
    ]
    largest = Row(f"streams relayed with delay p99 ≤ {LIMIT_MS:g} ms", "", spread(most), at_least(GOAL_LEVEL))
    return [
        found.added_row(subject, FIRST, "ms", at_most(3)),
        largest,
        *level_rows,
        found.row(subject, FULL_SPEED, "/s"),
    ]


def _full_speed(stage: Stage, peer: Peer, found: Gathered) -> None:
    alone = stage.load(peer, peer.stream(), closed_loop(1, stage.plan))
    found.add(peer.name, FIRST, alone.first_chunk.p50_ms, alone.trouble)
    busy = stage.load(peer, peer.stream(), closed_loop(BUSY, stage.plan))
    found.add(peer.name, FULL_SPEED, busy.relay.count / busy.seconds, busy.trouble)


def _climb(stage: Stage, found: Gathered) -> float:
    """The largest level up to which each level was relayed in time, in this repeat."""
    largest, in_time = 0, True
    for level in stage.plan.levels:
        is_top = level == stage.plan.levels[-1]
        delays = {peer.name: _relayed(stage, peer, level, found) for peer in _asked(stage, is_top)}
        in_time = in_time and delays[stage.subject.name] <= LIMIT_MS
        largest = level if in_time else largest
    return largest


def _asked(stage: Stage, is_top: bool) -> list[Peer]:
    """The subject at each level; at the top also those that show that load and upstream are not what is measured."""
    return [
        peer for peer in stage.peers if peer == stage.subject or (is_top and peer.name in {"direct", "nginx"})
    ]


def _relayed(stage: Stage, peer: Peer, level: int, found: Gathered) -> float:
    seen = stage.load(peer, peer.stream(PACED), paced(level))
    found.add(peer.name, _relay(level), seen.relay.p99_ms, seen.trouble)
    return float("inf") if seen.trouble else seen.relay.p99_ms


def _relay(level: int) -> str:
    return f"relay delay p99, {level} streams"


def _level_target(level: int) -> Target | None:
    return at_most(LIMIT_MS) if level <= GOAL_LEVEL else None
