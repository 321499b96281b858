"""What a section is given: the servers that run, a way to load one of them, and how often to repeat.

`subject` is the server in question; the others stand beside it. Sections start further servers of their own with
`gateway.serving` where they need another key or a fresh process.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.cores import Cores
from bench.driver import Findings, Shape, run
from bench.gateway import Home
from bench.peers import Peer
from bench.plan import Plan
from bench.programs import Programs
from bench.servers import free_port


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of the bench."""

    plan: Plan
    cores: Cores
    programs: Programs
    folder: Path
    upstream_port: int
    peers: tuple[Peer, ...]

    @property
    def subject(self) -> Peer:
        """The server in question: the gateway, or nginx when only baselines are measured."""
        return next((peer for peer in self.peers if peer.name == "gateway"), self.peers[-1])

    def load(self, peer: Peer, request: bytes, shape: Shape) -> Findings:
        """Load one server, from the other core."""
        return run([str(self.programs.driver)], peer.port, request, shape, self.cores.loading)

    def repeats(self, name: str) -> Iterator[int]:
        """Count the repeats, and tell a person who waits."""
        for repeat in range(1, self.plan.repeats + 1):
            print(f"{name}: {repeat} of {self.plan.repeats}", file=sys.stderr, flush=True)
            yield repeat

    def fresh_home(self, name: str) -> Home:
        """A gateway of a section's own, not yet made."""
        return Home(self.folder / name, free_port(), self.upstream_port, self.cores.serving)
