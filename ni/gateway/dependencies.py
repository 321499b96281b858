"""The services that the pipeline is built from, handed over by the factory, and two seams that the factory fills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ni.access.credentials import Credentials
from ni.catalog.health import Breakers
from ni.dialects.base import Dialect
from ni.domain.clock import Clock
from ni.domain.ids import Random
from ni.domain.languages import Translate, in_english
from ni.domain.route import Drift
from ni.gateway.checks import ResidencyGuard, RouteQuery
from ni.gateway.context import RequestContext
from ni.gateway.queues import CallQueues
from ni.inchat.answer import InChat
from ni.metering.budget import SpendCheck
from ni.metering.cost import Terms
from ni.metering.idempotency import Claims
from ni.privacy.masking import Shield
from ni.privacy.model_names import ModelNames
from ni.providers.base import Provider
from ni.store.journal import Journal


class Meters(Protocol):
    """Metrics for operators; they never delay or fail a call."""

    def ended(self, context: RequestContext) -> None:
        """Count a call that ended."""

    def limited(self, context: RequestContext) -> None:
        """Count a call that the limits refused, of which nothing is recorded."""

    def drifted(self, drift: Drift) -> None:
        """Count a deployment that was found elsewhere than the catalog says."""

    def rested(self, deployment: str) -> None:
        """Count a deployment whose breaker opened."""


@dataclass(frozen=True, slots=True)
class Instance:
    """This process of this installation: jurisdiction, accounting terms, build.

    `prepaid` says whether calls are held against and charged to the balance of their account.
    """

    process_id: str
    jurisdiction: str
    terms: Terms
    build: str
    prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The services, in the order in which a call meets them; the pipeline hands each part what it uses.

    `patience_s` is how long a stream's first piece is waited for while another deployment could send it.
    """

    dialects: Mapping[str, Dialect]
    catalog: RouteQuery
    inchat: InChat
    guard: ResidencyGuard
    shield: Shield
    journal: Journal
    providers: Mapping[str, Provider]
    meters: Meters
    clock: Clock
    random: Random
    instance: Instance
    credentials: Credentials
    queues: CallQueues
    spend_check: SpendCheck
    claims: Claims
    model_names: ModelNames
    label_of: Callable[[str, str], str]
    breakers: Breakers
    patience_s: float
    translate: Translate = in_english

    @property
    def entities(self) -> Mapping[str, str]:
        """The name of each provider in `X-NI-Custody-Path`, by its name in the catalog."""
        return {name: provider.display_name for name, provider in self.providers.items()}
