"""What is known of one call while it travels the line; each step fills in its part.

The context is the only mutable thing in a request. Headers, records and the usage row are made from it, so that all of
them say the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from ni.custody.commitment import Commitment
from ni.custody.record import Record, Value
from ni.domain.call import Call
from ni.domain.caller import Caller
from ni.domain.errors import PiiBlocked, Problem
from ni.domain.label import Labels
from ni.domain.reply import Outcome, Peer, Usage
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.metering.idempotency import Claim
from ni.metering.settlement import UsageRow
from ni.privacy.shield import Masked, Summary
from ni.residency.evidence import Permit

T = TypeVar("T")


class Client(Protocol):
    """The connection that the call came on."""

    def watch(self, step: Callable[[], T], patience_s: float = 0.0) -> T:
        """The value of `step()`; raises `ClientGone` instead `patience_s` after the client left, if that is sooner."""

    @property
    def gone(self) -> bool:
        """Whether the client is known to have left."""


@dataclass(slots=True)
class RequestContext:
    """One call. `started_s` is monotonic; `day` is the account's, fixed when the call arrived.

    `credential` is the account's own, or empty for the platform's; `output_limit` the output tokens that we allow where
    the client set no limit and what is left of its money covers less than the model's, `most` the tokens that the call
    can use at all. `row` and `close` are the usage row and the fields of the closing record, begun when the call is
    admitted. `sent_s` is when it was sent, monotonic. `model_on_record` is the form in which the model's name is
    stored; it is set before anything is written.
    """

    request_id: str
    caller: Caller
    call: Call
    received: bytes
    client: Client
    started_at: datetime
    started_s: float
    day: str
    route: Route | None = None
    permit: Permit | None = None
    masked: Masked | None = None
    sent_bytes: int = 0
    sent: Commitment | None = None
    sent_at: datetime | None = None
    sent_s: float = 0.0
    delivered: Commitment | None = None
    opened: Record | None = None
    row: UsageRow | None = None
    close: dict[str, Value] = field(default_factory=dict)
    hold_nanos: int = 0
    counted_in: bool = False
    admitted: bool = False
    claim: Claim | None = None
    output_limit: int | None = None
    most: Usage | None = None
    credential: Mapping[str, Secret] = field(default_factory=dict)
    peer: Peer = field(default_factory=Peer)
    usage: Usage = field(default_factory=Usage)
    outcome: Outcome = Outcome.COMPLETED
    problem: Problem | None = None
    finish: str = ""
    model_on_record: str = ""
    first_chunk_ms: int | None = None
    latency_ms: int = 0
    labels: Labels = field(default_factory=Labels)

    @property
    def credential_source(self) -> str:
        """Whose credential the provider sees."""
        return "byok" if self.credential else "platform"

    @property
    def blocked(self) -> Summary | None:
        """What the call was refused for, where it held personal data that its key or account does not let out."""
        return Summary(True, self.problem.counts) if isinstance(self.problem, PiiBlocked) else None

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status if self.problem is not None else 200
