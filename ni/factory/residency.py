"""Builds the residency monitor of a process, and runs its background jobs: refresh, survey, drift."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import gevent

from ni.catalog.routes import Catalog
from ni.custody.drifts import Drifts
from ni.domain.clock import Clock
from ni.domain.drift import Drift
from ni.domain.provider_descriptor import Proof
from ni.domain.providers import PROVIDERS
from ni.domain.route import Route
from ni.gateway.dependencies import Meters
from ni.outbound.client import EgressClient
from ni.outbound.errors import OutboundFault
from ni.providers.base import Provider
from ni.residency.monitor import MonitorDependencies, ResidencyMonitor, Webhook, post_drift
from ni.residency.range_store import RangeIndex, RangeStore
from ni.residency.refresh import Intake, Refresher
from ni.residency.rules import claims_a_place, read_endpoint
from ni.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResidencyServices:
    """The residency guard of one process with its address lists, and the jobs that it does beside calls."""

    settings: Settings
    egress: EgressClient
    drifts: Drifts
    meters: Meters
    clock: Clock

    def monitor(self, provider_of: Callable[[str], Provider | None]) -> ResidencyMonitor:
        """The guard of this process."""
        settings = self.settings

        def endpoint_of(route: Route) -> str:
            provider = provider_of(route.provider)
            return provider.endpoint(route.deployment) if provider else ""

        range_index = RangeIndex(
            self.range_store, settings.private_networks, self.clock, timedelta(days=settings.ranges_days)
        )
        return ResidencyMonitor(
            range_index,
            MonitorDependencies(endpoint_of, settings.residency_mode == "enforce", self._tell, self.clock),
        )

    @cached_property
    def range_store(self) -> RangeStore:
        """The stored address lists of this home."""
        return RangeStore(self.settings.home / "ranges")

    @cached_property
    def refresher(self) -> Refresher:
        """Fetches lists, yielding to calls while it parses them."""
        return Refresher(self.egress, Intake(self.range_store, self.clock, pause=_give_way))

    def tell_of_drift(self) -> None:
        """Write new drift events to the database and the log, and post them to the webhook."""
        events = self.drifts.flush()
        for drift, met in events:
            values = (drift.rule, drift.deployment, drift.expected, drift.found, met)
            log.warning("residency drift: %s of %s, expected %s, found %s, %d times", *values)
        if events and self.settings.drift_webhook:
            webhook = Webhook(self.settings.drift_webhook, self.settings.drift_webhook_secret)
            post_drift(self.egress, webhook, events, self.clock.now())

    def look(self, monitor: ResidencyMonitor, catalog: Catalog) -> None:
        """Fetch lists that are due, load lists that any process stored, and survey the endpoints of ready routes."""
        routes = [route for route in catalog.routes() if catalog.is_ready(route)]
        if self.settings.ranges_refresh:
            self.refresher.refresh_due(_lists_for(routes, monitor), monitor.range_index.lists)
        if monitor.range_index.renew():
            self.egress.forget()
        monitor.survey(_one_each(routes), self._addresses)

    def _addresses(self, url: str) -> Sequence[str]:
        try:
            return self.egress.addresses(url)
        except OutboundFault as fault:
            raise OSError(str(fault)) from fault

    def _tell(self, drift: Drift) -> None:
        self.meters.drifted(drift)
        self.drifts.note(drift)


def _lists_for(routes: Iterable[Route], monitor: ResidencyMonitor) -> list[str]:
    """The names of the lists that configured routes need; no others are fetched."""
    wanted: dict[str, None] = {}
    for route in routes:
        named = read_endpoint(route.provider, monitor.endpoint_of(route))
        if claims_a_place(route) and named.proof not in (Proof.NOTHING, Proof.OWN):
            wanted.update(dict.fromkeys(PROVIDERS[route.provider].address_lists))
    return list(wanted)


def _one_each(routes: Iterable[Route]) -> Iterable[Route]:
    """A route of each deployment."""
    return {route.deployment.id: route for route in routes}.values()


def _give_way() -> None:
    gevent.sleep(0)
