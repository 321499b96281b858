"""One request in the pipeline: what came in, and a frozen value for each phase that it has reached.

Phases are passed as arguments. The context keeps the latest value of each, because response headers, custody records,
the usage row, log lines and metrics say what is known at any point.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from ni.catalog.health import breaker_name
from ni.custody.record import Commitment, Record, SentBodies
from ni.domain.call import Call, Json, UsageLabels
from ni.domain.caller import Caller
from ni.domain.errors import PiiBlocked, Problem
from ni.domain.reply import Outcome, Peer, Usage
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.domain.timeline import ANSWERED, DeploymentAttempt, Phase, Timeline
from ni.domain.trace import TraceContext
from ni.gateway.queues import Arrival, QueueSlot
from ni.inchat.answer import Resolution
from ni.metering.account_budgets import BudgetStanding
from ni.metering.idempotency import Claim
from ni.privacy.masking import Masked, MaskingSummary
from ni.providers.base import ProviderResponse
from ni.residency.rules import Decision, Permit

T = TypeVar("T")


class Client(Protocol):
    """The client's connection."""

    def watch(self, step: Callable[[], T], patience_s: float = 0.0) -> T:
        """The value of `step()`; raises `ClientGone` instead `patience_s` after the client left, if that is sooner."""

    @property
    def gone(self) -> bool:
        """Whether the client is known to have left."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The route at a deployment to which the call may be sent, as far as the deployment's tags tell."""

    route: Route
    permit: Permit


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a call may be sent whose route has several deployments, the likeliest first.

    `home` is the deployment that comes first in the catalog; `conversation` names how the call's messages begin.
    """

    candidates: tuple[Candidate, ...]
    home: str
    conversation: bytes


@dataclass(frozen=True, slots=True)
class Resolved:
    """The request and the route that its model name stands for.

    `decision` is that of the residency guard by the tags of the deployment. `byok` says whether the account's own
    credential is used; `credential` holds it once it was looked up. `call` fits the route once that was checked, and
    `outgoing` is then the form in which it is masked and sent.
    """

    route: Route
    decision: Decision
    call: Call
    outgoing: Call
    byok: bool
    credential: Mapping[str, Secret] = field(default_factory=dict)
    spread: Spread | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request with its reservation made and its opening record written; `masked` is what is sent.

    `body_bytes` is the size of the masked body as JSON, `most` the tokens that the call can use at all. `output_limit`
    is the limit that we set where the client set none and the money left covers less than the model may write.
    `sent_s` is `sent_at` on the monotonic clock; `sent_bodies` commits to what is written to the provider. `least` is
    the grade of evidence that was claimed at the deployment before, which the next one has to reach.
    """

    resolved: Resolved
    masked: Masked
    body_bytes: int
    opened: Record
    sent_at: datetime
    sent_s: float
    hold_nanos: int
    most: Usage
    output_limit: int | None
    sent_bodies: SentBodies
    least: str = ""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """An admitted request that the provider accepted; `delivered` takes the bytes that the client is given.

    `first` is the first chunk of a stream (None if there is none), or the whole answer; `chunks` gives what follows.
    """

    admitted: Admitted
    exchange: ProviderResponse
    delivered: Commitment
    chunks: Iterator[Json]
    first: Json | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What the provider returned and what of it was delivered, as far as it is known."""

    peer: Peer = field(default_factory=Peer)
    usage: Usage = field(default_factory=Usage)
    finish: str = ""
    first_chunk_ms: int | None = None
    delivered: Commitment | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended, and how long it took."""

    outcome: Outcome
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallResponse:
    """The response for the client: headers, and either the whole body or the pieces of a stream."""

    headers: list[tuple[str, str]]
    body: bytes = b""
    pieces: Iterator[bytes] | None = None


@dataclass(slots=True)
class RequestContext:
    """One request. `parsed` is the call as the client made it, `received` the bytes of its body.

    `started_s` is `started_at` on the monotonic clock; `day` is the account's, fixed when the request arrived.
    `permit` is what may be claimed of where the call runs: by the deployment's tags, then by the addresses that are
    connected to; None while the call may not leave. `record` is the custody record that `X-NI-Custody-Record` names.
    `slot` counts it among the calls under way, `place` among those at its deployment. `budgets` are those that it
    counts for, as it was admitted, or the one that refused it. `trace` is None where nothing is traced.
    """

    request_id: str
    caller: Caller
    parsed: Call
    received: bytes
    client: Client
    started_at: datetime
    started_s: float
    day: str
    trace: TraceContext | None = None
    labels: UsageLabels = field(default_factory=UsageLabels)
    claim: Claim | None = None
    slot: QueueSlot | None = None
    place: QueueSlot | None = None
    attempts: list[DeploymentAttempt] = field(default_factory=list)
    timeline: Timeline = field(init=False)
    resolution: Resolution | None = None
    resolved: Resolved | None = None
    permit: Permit | None = None
    masked: Masked | None = None
    admitted: Admitted | None = None
    budgets: tuple[BudgetStanding, ...] = ()
    sent: SentRequest | None = None
    record: Record | None = None
    answered: Answered = field(default_factory=Answered)
    ended: Ended | None = None
    problem: Problem | None = None

    def __post_init__(self) -> None:
        """Begin the timeline when the request arrived."""
        self.timeline = Timeline(self.started_s)

    @property
    def arrival(self) -> Arrival:
        """The call as queues see it."""
        caller = self.caller
        return Arrival(caller.key_id, caller.priority, len(self.received), self.client.watch)

    @property
    def call(self) -> Call:
        """The call as its route takes it, or as it was parsed where there is no route."""
        return self.resolved.call if self.resolved is not None else self.parsed

    @property
    def route(self) -> Route | None:
        """The route, where the name stands for one that the key can call."""
        return self.resolved.route if self.resolved is not None else None

    @property
    def credential_source(self) -> str:
        """Whose credential the provider sees."""
        return "byok" if self.resolved is not None and self.resolved.byok else "platform"

    def breaker(self, route: Route) -> str:
        """The name of the breaker for which the call counts at the route's deployment."""
        own = self.credential_source == "byok"
        return breaker_name(route.deployment.id, self.caller.account_id if own else "")

    @property
    def pii(self) -> MaskingSummary:
        """What was masked; before that, whether it is to be, or the kinds for which the call was refused."""
        if self.masked is not None:
            return self.masked.summary
        if isinstance(self.problem, PiiBlocked):
            return MaskingSummary(True, self.problem.counts)
        return MaskingSummary(self.caller.pii)

    @property
    def log_ids(self) -> dict[str, str]:
        """The ids by which log lines of the call are found."""
        ids = {"request_id": self.request_id}
        return ids if self.trace is None else ids | self.trace.log_fields

    @property
    def upstream_ended_s(self) -> float | None:
        """When the last attempt ended, on the monotonic clock; None for a call that was not sent or has not ended."""
        if not self.attempts:
            return None
        last, ended_s = self.attempts[-1], self.timeline.ended_s
        if last.result != ANSWERED:
            return last.failed_s or ended_s.get(Phase.SETTLE)
        return ended_s.get(Phase.STREAM, ended_s.get(Phase.FIRST_TOKEN))

    @property
    def status(self) -> int:
        """The HTTP status of the response."""
        return self.problem.status if self.problem is not None else 200
