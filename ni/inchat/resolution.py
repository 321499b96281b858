"""What a model's name stands for, to one key: looked up once for each call and handed on.

An exact route id always means that route; any other name means the route that the key, or its account, pinned it to.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from ni.domain.caller import Caller
from ni.domain.route import Route, Tier
from ni.inchat.mappings import Mappings


class Directory(Protocol):
    """What must be known of the catalog."""

    def resolve(self, model: str) -> Route | None:
        """The route with exactly this id, callable or not."""

    def is_ready(self, route: Route, own: AbstractSet[str] = frozenset()) -> bool:
        """Whether only the residency guard still stands between the route and a key allowed its tier."""

    def callable_by(
        self, tiers: AbstractSet[Tier], own: AbstractSet[str] = frozenset(), least: str = ""
    ) -> tuple[Route, ...]:
        """The routes that a key with these tiers, demanding this evidence, can call, in a stable order."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One name and its meaning.

    `exact` says that the name is a route id itself, `pinned` is the route id that it is pinned to otherwise. `route` is
    the route of either, callable or not; None where there is none. `open` says whether the key may call it, as far as
    tier and set-up go: the residency guard decides later.
    """

    model: str
    exact: bool
    pinned: str | None
    route: Route | None
    open: bool

    @property
    def destination(self) -> Route | None:
        """The route that a call goes on to; None where the gateway has to answer by itself."""
        return self.route if self.open else None


def resolve(directory: Directory, mappings: Mappings, caller: Caller, model: str) -> Resolution:
    """What the name means to the caller now. Raises `StoreUnavailable`."""
    route = directory.resolve(model)
    exact = route is not None
    pinned = None if exact else mappings.route_of(caller.account_id, model, caller.key_id)
    if pinned is not None:
        route = directory.resolve(pinned)
    ready = (
        route is not None and route.tier in caller.tiers and directory.is_ready(route, caller.own_providers)
    )
    return Resolution(model, exact, pinned, route, ready)
