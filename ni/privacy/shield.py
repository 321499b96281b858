"""The seam of substitution: what the line asks of privacy, and the shield that protects nothing and says so.

`substitute` takes a call in chat form and gives a masked body with what is needed to restore the answer. It raises
`DetectionFailed` rather than let anything through unmasked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ni.domain.call import Call, Json
from ni.domain.caller import Caller


@dataclass(frozen=True, slots=True)
class Summary:
    """What was protected: kinds and counts, never values."""

    on: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Values protected."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        """The value of `X-NI-PII`: `off`, `on`, or `on; email=1, person=2`."""
        if not self.on:
            return "off"
        return "on" + "".join(
            f"{';' if at == 0 else ','} {kind.lower()}={count}"
            for at, (kind, count) in enumerate(sorted(self.counts.items()))
        )


class Restorer(Protocol):
    """Puts originals back into one answer; state lives for that answer.

    What came in the client's own form stands under `native`, beside what the line reads of it.
    """

    def reply(self, reply: Json) -> Json:
        """A whole `chat.completion`."""

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """A chunk, or what of it may be released now."""

    def end(self) -> Iterable[Json]:
        """What was still held back."""


@dataclass(frozen=True, slots=True)
class Masked:
    """The body that may leave, what was protected, and the way back; `form` as for the call."""

    body: Json
    summary: Summary
    restorer: Restorer
    form: str = "chat"


class Shield(Protocol):
    """Substitution as the line sees it."""

    def substitute(self, caller: Caller, call: Call) -> Masked:
        """The masked body of the call. Raises `PiiBlocked`, `DetectionFailed`."""


class Unrestored:
    """The restorer of an answer in which nothing was substituted."""

    def reply(self, reply: Json) -> Json:
        """The reply as it is."""
        return reply

    def chunk(self, chunk: Json) -> Iterable[Json]:
        """The chunk as it is."""
        return (chunk,)

    def end(self) -> Iterable[Json]:
        """Nothing was held back."""
        return ()
