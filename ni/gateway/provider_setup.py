"""Setting up providers: the operator's stored credentials beside the deployments that need them, and trying them.

A credential is tried with one short question. The question holds no user's data and goes past the pipeline: no usage
row, no charge, no record. Portal, command line and administration API ask this module alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ni.access.platform_credentials import CredentialSlot, PlatformCredentials, PlatformSecret, slots_of
from ni.access.refusals import Refused
from ni.catalog.routes import Catalog
from ni.domain.errors import NotFound, Problem, ResidencyUnverified, UpstreamMissing, UpstreamRefused
from ni.domain.ids import Random, request_id
from ni.domain.route import CallKind, Route, Tier
from ni.domain.secret import Secret
from ni.gateway.checks import ResidencyGuard
from ni.providers.base import Provider, ProviderRequest
from ni.residency.rules import Refusal

MOST_TOKENS = 16  # some models that reason answer fewer with an error
MOST_TRIED = 3
"""How many routes are asked where the first ones are of models that the operator's contract does not have."""


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """Asks a provider whether it takes a credential; the residency guard decides as for a call."""

    catalog: Catalog
    providers: Mapping[str, Provider]
    random: Random
    guard: ResidencyGuard

    def ask(self, provider: str, fields: Mapping[str, Secret]) -> None:
        """Send one question with an account's credential. Raises the `Problem` that came instead of an answer."""
        self._send(self._route(provider, with_own_endpoint="endpoint" in fields), fields)

    def ask_platform(self, deployments: AbstractSet[str]) -> str:
        """The id of the route that answered at one of the deployments, with the operator's credential.

        The cheapest routes are asked until one answers. Raises the `Problem` of the last.
        """
        places = sorted(self._places(deployments), key=_price)[:MOST_TRIED]
        problem: Problem = NotFound("There is no route here that the credential could be tested on.")
        for place in places:
            try:
                self._send(place, {})
            except (UpstreamMissing, UpstreamRefused, ResidencyUnverified) as refusal:
                problem = refusal
            else:
                return place.id
        raise problem

    def _send(self, route: Route, fields: Mapping[str, Secret]) -> None:
        body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": MOST_TOKENS}

        def vet(addresses: Sequence[str]) -> None:
            decision = self.guard.vet(route, "", addresses)
            if isinstance(decision, Refusal):
                raise ResidencyUnverified(
                    route=route.id, reason=decision.reason, alternative="none was looked for"
                )

        order = ProviderRequest(request_id(self.random), route, body, stream=False, byok=fields, vet=vet)
        self.providers[route.provider].send(order).close()

    def _places(self, deployments: AbstractSet[str]) -> Iterator[Route]:
        """The routes that answer in words, at the deployments named, which are ready and not refused by their tags."""
        for route in self.catalog.routes():
            for place in route.places:
                wanted = place.deployment.id in deployments and route.capabilities.serves(CallKind.CHAT)
                if wanted and self.catalog.is_ready(place):
                    yield place

    def _route(self, provider: str, *, with_own_endpoint: bool) -> Route:
        """The cheapest route that answers in words; a global one for an endpoint of the account's own.

        A route that promises a place keeps the operator's endpoint, so a credential for another one says nothing there.
        """
        own = frozenset({provider})
        routes = [
            route
            for route in self.catalog.callable_by(frozenset(Tier), own)
            if route.provider == provider
            and provider in self.providers
            and route.capabilities.serves(CallKind.CHAT)
        ]
        if not routes:
            raise NotFound("There is no route of this provider here that the credential could be tested on.")
        return min(
            routes,
            key=lambda route: (with_own_endpoint and route.tier is not Tier.GLOBAL_CLOUD, _price(route)),
        )


def _price(route: Route) -> int:
    return route.price.output if route.price else 0


@dataclass(frozen=True, slots=True)
class SlotState:
    """A place for a credential and what fills it: a variable of the environment, a stored credential, or nothing.

    `routes` is how many routes have a deployment that reads it, `callable` how many of these can be called now.
    """

    slot: CredentialSlot
    variable: str
    stored: PlatformSecret | None
    routes: int
    callable: int

    @property
    def state(self) -> str:
        """`environment`, `stored`, `closed` (stored, and does not open) or `none`."""
        if self.variable:
            return "environment"
        if self.stored is None:
            return "none"
        return "stored" if self.stored.opens else "closed"


@dataclass(frozen=True, slots=True)
class CredentialTrial:
    """What came of trying a credential: the route that answered, or the problem that came instead."""

    route: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ProviderSetup:
    """Lists, stores, tries and removes the operator's credentials."""

    stored: PlatformCredentials
    catalog: Catalog
    test: ConnectionTest

    def states(self) -> list[SlotState]:
        """Every place for a credential, by provider and name. Raises `StoreUnavailable`."""
        stored = {each.name: each for each in self.stored.list()}
        places: Counter[str] = Counter()
        usable: Counter[str] = Counter()
        slots = slots_of(self.catalog.deployments())
        for route in self.catalog.routes():
            ids = {place.deployment.id for place in route.places}
            for name in (name for name, slot in slots.items() if ids.intersection(slot.deployments)):
                places[name] += 1
                usable[name] += self.catalog.is_callable(route)
        return [
            SlotState(slot, self.stored.of_environment(slot), stored.get(name), places[name], usable[name])
            for name, slot in slots.items()
        ]

    def state(self, name: str) -> SlotState:
        """One place for a credential. Raises `NotFound`."""
        for each in self.states():
            if each.slot.name == name:
                return each
        raise NotFound("There is no such credential of a provider.", param="name")

    def closed(self) -> list[str]:
        """Names of stored credentials that do not open."""
        return [each.name for each in self.stored.list() if not each.opens]

    def store(self, name: str, given: Mapping[str, Secret], by: str = "") -> PlatformSecret:
        """Store a credential in place of the one before. Raises `NotFound`, `Refused`."""
        state = self.state(name)
        if state.variable:
            raise Refused(
                "",
                "%(variable)s is set in the environment, which wins. Unset it there and start again to use the form.",
                variable=state.variable,
            )
        stored = self.stored.store(state.slot, given, by)
        self.catalog.refresh()
        return stored

    def tried(self, name: str) -> CredentialTrial:
        """Ask the provider with what fills the place now. Raises `NotFound`."""
        slot = self.state(name).slot
        try:
            return CredentialTrial(self.test.ask_platform(frozenset(slot.deployments)))
        except Problem as problem:
            return CredentialTrial(problem=problem)

    def remove(self, name: str) -> bool:
        """Forget a stored credential; whether there was one."""
        removed = self.stored.remove(name)
        self.catalog.refresh()
        return removed
