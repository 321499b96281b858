"""Tests a provider credential: one short question on the cheapest route that the provider has here.

The question holds no user's data and goes past the pipeline: no usage row, no charge, no record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ni.catalog.routes import Catalog
from ni.domain.errors import NotFound, ResidencyUnverified
from ni.domain.ids import Random, request_id
from ni.domain.route import Route, Tier
from ni.domain.secret import Secret
from ni.gateway.residency_check import ResidencyGuard
from ni.providers.base import Provider, ProviderRequest
from ni.residency.evidence import Refusal

MOST_TOKENS = 16  # some models that reason answer fewer with an error


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """Asks a provider whether it takes a credential; the residency guard decides as for a call."""

    catalog: Catalog
    providers: Mapping[str, Provider]
    random: Random
    guard: ResidencyGuard

    def ask(self, provider: str, fields: Mapping[str, Secret]) -> None:
        """Send one question and drop the answer. Raises the `Problem` that came instead."""
        route = self._route(provider)
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": MOST_TOKENS}

        def vet(addresses: Sequence[str]) -> None:
            decision = self.guard.vet(route, "", addresses)
            if isinstance(decision, Refusal):
                raise ResidencyUnverified(
                    route=route.id, reason=decision.reason, alternative="none was looked for"
                )

        order = ProviderRequest(request_id(self.random), route, body, stream=False, byok=fields, vet=vet)
        self.providers[provider].send(order).close()

    def _route(self, provider: str) -> Route:
        own = frozenset({provider})
        routes = [
            route
            for route in self.catalog.callable_by(frozenset(Tier), own)
            if route.provider == provider and provider in self.providers
        ]
        if not routes:
            raise NotFound("There is no route of this provider here that the credential could be tested on.")
        return min(routes, key=_price)


def _price(route: Route) -> int:
    return route.price.output if route.price else 0
