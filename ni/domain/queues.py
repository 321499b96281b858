"""What waits in a queue of a process, as metrics and the operator's page show it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue at one moment. `name` is `calls`, `masking`, `journal`, or `deployment` with its id after a blank.

    `running` of at most `slots` are served, `waiting` wait, the first of them for `longest_ms`. While all slots are
    taken, `drain_per_s` of them come free in a second. `refused` were turned away since the process began.
    """

    name: str
    waiting: int
    running: int
    slots: int
    drain_per_s: float
    longest_ms: int
    refused: int = 0


def queues_text(states: Iterable[QueueState]) -> str:
    """The states as JSON."""
    return orjson.dumps([asdict(state) for state in states]).decode()


def queues_of(text: str) -> list[QueueState]:
    """The states that `queues_text` wrote; none of an empty text."""
    return [QueueState(**state) for state in orjson.loads(text)] if text else []
