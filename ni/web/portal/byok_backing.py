"""Provider credentials of accounts, answered by the access package; "test connection" calls through the adapters.

The test is one short question of ours on the cheapest route that the provider has here. It carries nothing of anybody
and stands outside the line: no usage row, no charge, no record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ni.access.credentials import Credential, Credentials
from ni.catalog.routes import Catalog
from ni.domain.errors import NotFound, Problem, ResidencyUnverified
from ni.domain.ids import Random, request_id
from ni.domain.route import Route, Tier
from ni.domain.secret import Secret
from ni.providers.base import Provider, ProviderRequest
from ni.residency.evidence import Decision, Refusal
from ni.web.portal.services_byok import CredentialView

MOST_TOKENS = 16  # some models that reason answer fewer with an error


class Guard(Protocol):
    """Where a credential may go."""

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        """Before a byte leaves for one of these addresses."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Asks a provider whether it takes a credential; the guard is asked like for a call."""

    catalog: Catalog
    providers: Mapping[str, Provider]
    random: Random
    guard: Guard

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


class ByokBacking:
    """Credentials; `changed` tells the gate for keys of this process to forget what it knew."""

    def __init__(self, credentials: Credentials, trial: Trial, changed: Callable[[], None]) -> None:
        self._credentials = credentials
        self._trial = trial
        self._changed = changed

    def list(self, account_id: str) -> Sequence[CredentialView]:
        """All of them, by provider."""
        return [_view(one) for one in self._credentials.list(account_id)]

    def store(self, account_id: str, user_id: str, provider: str, fields: Mapping[str, Secret]) -> None:
        """Store one whole, in place of the one before. Raises `Refused`."""
        self._credentials.store(account_id, provider, fields, user_id)
        self._changed()

    def remove(self, account_id: str, provider: str) -> bool:
        """Forget one; False if there was none."""
        there = self._credentials.remove(account_id, provider)
        self._changed()
        return there

    def test(self, account_id: str, provider: str) -> Problem | None:
        """Call the provider with it; None if it was accepted. Raises `LookupError` if there is none."""
        try:
            return self._credentials.test(account_id, provider, self._trial.ask)
        except Problem as problem:  # what is stored does not open
            return problem


def _view(credential: Credential) -> CredentialView:
    return CredentialView(
        credential.provider,
        credential.last4,
        credential.fingerprint,
        credential.shown,
        credential.created_at,
        credential.created_by,
    )
