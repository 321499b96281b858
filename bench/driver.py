"""Runs the load program once and reads what it found: exact percentiles, and whatever went wrong."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from bench.cores import pinned
from bench.plan import PACED_CHUNKS, PATIENCE_MS, PERIOD_MS, SPREAD_MS, Plan


@dataclass(frozen=True, slots=True)
class Shape:
    """How to load: how many connections, for how long, and whether each asks once or again and again."""

    connections: int
    warm_ms: int
    measure_ms: int
    spread_ms: int = 0
    once: bool = False

    def arguments(self, port: int) -> list[str]:
        """The load program's command line behind its name."""
        numbers = (port, self.connections, self.warm_ms, self.measure_ms, self.spread_ms, int(self.once))
        return [str(number) for number in numbers]


def closed_loop(connections: int, plan: Plan) -> Shape:
    """Each connection asks again as soon as it has its answer."""
    return Shape(connections, plan.warm_ms, plan.measure_ms)


def paced(streams: int) -> Shape:
    """Each connection reads one paced stream to its end; every chunk counts, from the first start to the last end."""
    return Shape(streams, 0, SPREAD_MS + PACED_CHUNKS * PERIOD_MS + PATIENCE_MS, SPREAD_MS, once=True)


@dataclass(frozen=True, slots=True)
class Samples:
    """Exact percentiles of what one run saw."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What one run saw. `failed`: not 200 or cut; `broken`: a stream without finish_reason and [DONE]."""

    latency: Samples
    first_chunk: Samples
    relay: Samples
    seconds: float
    whole: int
    failed: int
    broken: int
    refused: int
    unfinished: int
    complaint: str
    """The first thing that went wrong, in words."""

    @property
    def per_second(self) -> float:
        """Whole replies per second."""
        return self.whole / self.seconds if self.seconds else 0.0

    @property
    def trouble(self) -> str:
        """One clause on what did not end well, or nothing."""
        counts = {
            "failed": self.failed,
            "broken": self.broken,
            "refused": self.refused,
            "unfinished": self.unfinished,
        }
        words = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        return (
            f"{words} of {self.whole + sum(counts.values())} ({self.complaint or 'no reason seen'})"
            if words
            else ""
        )


def parse(text: str) -> Findings:
    """The load program's JSON as findings."""
    fields: dict[str, Any] = json.loads(text)
    latency, first_chunk, relay = (
        Samples(**fields.pop(name)) for name in ("latency", "first_chunk", "relay")
    )
    return Findings(latency, first_chunk, relay, **fields)


def run(program: list[str], port: int, request: bytes, shape: Shape, core: int | None) -> Findings:
    """Load a port with one request, over and over."""
    limit_s = (shape.warm_ms + shape.measure_ms) / 1000 + 30
    command = pinned([*program, *shape.arguments(port)], core)
    done = subprocess.run(  # noqa: S603 - our own program
        command, input=request, capture_output=True, check=True, timeout=limit_s
    )
    return parse(done.stdout.decode())
