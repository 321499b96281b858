"""Turns of a long conversation with tools, not masked: latency at one connection and CPU of the worker for each turn.

Both sizes are of the body. The load program takes requests of up to 1 MiB, so the longer one is a little shorter.
"""

import json
from itertools import count
from typing import Any

from bench.driver import closed_loop
from bench.peers import INSTANT, Peer
from bench.processes import cpu_seconds, web_worker
from bench.rows import Gathered, Row, Target, at_most
from bench.stage import Stage

SIZES: dict[str, tuple[int, Target]] = {
    "200 kB": (200_000, at_most(3)),
    "1 MB": (1_000_000, at_most(10)),
}
"""The bytes of a conversation, and the target of what is added, in milliseconds."""
_LINES = "def area(width: int, height: int) -> int:\n    return width * height  # of a rectangle\n" * 20
_TOOL = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Lines of a file of the project.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}


def measure(stage: Stage) -> list[Row]:
    """The rows on conversations."""
    found = Gathered()
    for _ in stage.repeats("conversations"):
        for name, (octets, _target) in SIZES.items():
            for peer in stage.peers:
                _one(stage, peer, name, octets, found)
    subject = stage.subject.name
    rows = [
        found.added_row(subject, _latency(name), "ms", target) for name, (_octets, target) in SIZES.items()
    ]
    return rows + ([found.row(subject, _cpu(name), "ms") for name in SIZES] if stage.subject.pid else [])


def _one(stage: Stage, peer: Peer, name: str, octets: int, found: Gathered) -> None:
    worker = web_worker(peer.pid) if peer.pid else 0
    before = cpu_seconds(worker) if worker else 0.0
    seen = stage.load(peer, request(peer, octets), closed_loop(1, stage.plan))
    found.add(peer.name, _latency(name), seen.latency.p50_ms, seen.trouble)
    if worker:
        turns = seen.per_second * (seen.seconds + stage.plan.warm_ms / 1000)
        found.add(peer.name, _cpu(name), (cpu_seconds(worker) - before) * 1000 / max(1.0, turns))


def request(peer: Peer, octets: int) -> bytes:
    """A turn whose messages, with calls of tools and their results, take about so many bytes."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You help with code."}]
    size = 0
    for number in count():
        turn = _turn(number)
        size += len(json.dumps(turn))
        if size > octets:
            break
        messages += turn
    messages.append({"role": "user", "content": "And what is left to do?"})
    model = peer.model_shape.format(INSTANT)
    return peer.post("/v1/chat/completions", {"model": model, "messages": messages, "tools": [_TOOL]})


def _turn(number: int) -> list[dict[str, Any]]:
    call = {"name": "read_file", "arguments": json.dumps({"path": f"src/shape_{number}.py"})}
    return [
        {"role": "user", "content": f"What does file {number} compute?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}],
        },
        {"role": "tool", "tool_call_id": f"call_{number}", "content": _LINES},
        {"role": "assistant", "content": "It computes the area of a rectangle."},
    ]


def _latency(name: str) -> str:
    return f"turn of a {name} conversation p50"


def _cpu(name: str) -> str:
    return f"CPU of the worker for a turn of {name}"
