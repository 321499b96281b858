"""How long the phases of a call took, and at which deployments it was tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """The phases of a call, in their order; each begins where the one before ended.

    `CONNECT` ends when the request is written to the deployment that answers, and includes deployments that were tried
    before it. `FIRST_BYTE` ends with the head of the response, `FIRST_TOKEN` with the first word (of an answer in one
    piece: with its end), `STREAM` with the last piece, and `SETTLE` when the closing record is made.
    """

    QUEUE = "queue"
    MASKING = "masking"
    ADMISSION = "admission"
    CONNECT = "connect"
    FIRST_BYTE = "first_byte"
    FIRST_TOKEN = "first_token"  # noqa: S105 - no secret
    STREAM = "stream"
    SETTLE = "settle"


_PHASES = tuple(Phase)
"""Going through the enumeration itself takes several times as long."""


@dataclass(slots=True)
class Timeline:
    """The instants at which phases ended, in seconds of the monotonic clock; `started_s` is when the call arrived."""

    started_s: float
    ended_s: dict[Phase, float] = field(default_factory=dict)

    def end(self, phase: Phase, now_s: float) -> None:
        """Note that a phase ended now; one that is noted again ended at the later instant."""
        self.ended_s[phase] = now_s

    def again(self) -> None:
        """The call is sent anew: what was noted of the answer does not count."""
        for phase in (Phase.FIRST_BYTE, Phase.FIRST_TOKEN):
            self.ended_s.pop(phase, None)

    def spans_us(self) -> Mapping[Phase, int]:
        """Microseconds of each phase that ended, in their order."""
        spans: dict[Phase, int] = {}
        before_s = self.started_s
        for phase in _PHASES:
            ended_s = self.ended_s.get(phase)
            if ended_s is not None:
                spans[phase] = max(0, round((ended_s - before_s) * 1_000_000))
                before_s = max(before_s, ended_s)
        return spans

    def until_ms(self, phase: Phase) -> int | None:
        """Milliseconds from the writing of the request to the end of a phase; None where one of them is not known."""
        ended_s, written_s = self.ended_s.get(phase), self.ended_s.get(Phase.CONNECT)
        if ended_s is None:
            return None
        return max(0, round((ended_s - (self.started_s if written_s is None else written_s)) * 1000))


ANSWERED = "ok"


@dataclass(frozen=True, slots=True)
class DeploymentAttempt:
    """One sending of a call to a deployment, at an instant (RFC 3339).

    `result` is `ok` for the one that answered, empty for one that is under way, else the code of the error that ended
    it (`docs/errors.md`). `started_s` and `failed_s` are on the monotonic clock; the second is 0 for one without error.
    """

    deployment: str
    region: str
    at: str
    result: str = ""
    started_s: float = 0.0
    failed_s: float = 0.0
