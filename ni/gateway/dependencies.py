"""What the line is built of: the packages' services, handed over by the factory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ni.catalog.routes import Catalog
from ni.dialects.dialect import Dialect
from ni.domain.caller import Caller
from ni.domain.clock import Clock
from ni.domain.drift import Drift
from ni.domain.ids import Random
from ni.domain.reply import Outcome
from ni.domain.route import Route
from ni.domain.secret import Secret
from ni.gateway.concurrency import Concurrency
from ni.gateway.context import RequestContext
from ni.inchat.answer import InChat
from ni.metering.cost import Terms
from ni.metering.idempotency import Claims
from ni.metering.standing import Standing
from ni.privacy.model_names import ModelNames
from ni.privacy.shield import Shield
from ni.providers.provider import Provider
from ni.residency.evidence import Decision
from ni.store.journal import Journal


class Meters(Protocol):
    """Numbers for operators; never in the way of a call."""

    def ended(self, context: RequestContext) -> None:
        """Count a call that ended."""

    def drifted(self, drift: Drift) -> None:
        """Count a deployment that was found elsewhere than it is said to be."""


class Guard(Protocol):
    """Where calls may go; `least` is the grade of evidence that the caller demands, empty for any."""

    def decide(self, route: Route, least: str = "") -> Decision:
        """Before anything is prepared."""

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        """Before a byte leaves for one of these addresses."""


@dataclass(frozen=True, slots=True)
class Instance:
    """This process of this installation: where it stands, how it accounts, what it runs.

    `prepaid` says whether calls are held against and charged to the balance of their account.
    """

    process_id: str
    jurisdiction: str
    terms: Terms
    build: str
    prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The line's parts, in the order in which a call meets them."""

    dialects: Mapping[str, Dialect]
    catalog: Catalog
    inchat: InChat
    guard: Guard
    shield: Shield
    journal: Journal
    providers: Mapping[str, Provider]
    meters: Meters
    clock: Clock
    random: Random
    instance: Instance
    credential: Callable[[Caller, Route], Mapping[str, Secret]]
    concurrency: Concurrency
    standing: Standing
    claims: Claims
    model_names: ModelNames

    @property
    def entities(self) -> Mapping[str, str]:
        """Hop name of each provider."""
        return {name: provider.entity for name, provider in self.providers.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: headers, and either the whole body or the pieces of a stream."""

    headers: list[tuple[str, str]]
    body: bytes = b""
    pieces: Iterator[bytes] | None = None


Settle = Callable[[RequestContext, Outcome], None]
"""Ends a call: one durable journal unit."""
