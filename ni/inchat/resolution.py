"""What a model's name stands for, to one key: looked up once for each call and handed on.

An exact route id always means that route; any other name means the route that the key, or its account, pinned it to.
Where the key cannot call the route, the true cause is told, in a sentence or an error.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ni.domain.caller import Caller
from ni.domain.errors import ModelNotFound
from ni.domain.route import Route, Tier
from ni.inchat.mappings import Mappings

_CLOSEST = (
    "`%(model)s` is not one of the exact route ids that this key can call. Closest match: `%(closest)s`. "
    "`GET /v1/models` lists them all."
)
_TIER = (
    "`%(model)s` is a route of tier `%(tier)s`, which is not among the tiers that this key may call. An account owner "
    "can change them on the portal's Keys page."
)
_OFF = "`%(model)s` is a route that the operator has switched off. `GET /v1/models` lists what this key can call."
_RETIRED = "`%(model)s` was retired by its provider. `GET /v1/models` lists what this key can call."
_UNPRICED = "`%(model)s` has no price yet, so it cannot be called. Ask the operator to import one."
_NOT_SET_UP = (
    "`%(model)s` is a route whose provider is not set up on this gateway. The operator sees what is missing on the "
    "portal's Deployments page."
)


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


class ClosedReason(StrEnum):
    """What stands between a key and a route; where the guard refuses, the call says so itself."""

    TIER = "tier"
    OFF = "off"
    RETIRED = "retired"
    UNPRICED = "unpriced"
    NOT_SET_UP = "not_set_up"
    GONE = "gone"


def why_closed(route: Route | None, caller: Caller) -> ClosedReason:
    """The cause, for a route that the key cannot call; what is left when all else is in order is the set-up."""
    if route is None:
        return ClosedReason.GONE
    causes: tuple[tuple[Callable[[Route], bool], ClosedReason], ...] = (
        (lambda route: route.tier not in caller.tiers, ClosedReason.TIER),
        (lambda route: not route.enabled, ClosedReason.OFF),
        (lambda route: route.lifecycle == "retired", ClosedReason.RETIRED),
        (lambda route: route.price is None, ClosedReason.UNPRICED),
    )
    return next((cause for holds, cause in causes if holds(route)), ClosedReason.NOT_SET_UP)


def not_found(model: str, route: Route | None, caller: Caller, closest: Route | None) -> ModelNotFound:
    """The error for a name that this key cannot call: the cause where it is a route, else the closest match."""
    shown = model[:256]
    if route is None:
        if closest is None:
            return ModelNotFound(param="model", model=shown)
        return ModelNotFound(_CLOSEST, param="model", model=shown, closest=closest.id)
    match why_closed(route, caller):
        case ClosedReason.TIER:
            return ModelNotFound(_TIER, param="model", model=shown, tier=route.tier.value)
        case ClosedReason.OFF:
            return ModelNotFound(_OFF, param="model", model=shown)
        case ClosedReason.RETIRED:
            return ModelNotFound(_RETIRED, param="model", model=shown)
        case ClosedReason.UNPRICED:
            return ModelNotFound(_UNPRICED, param="model", model=shown)
        case _:
            return ModelNotFound(_NOT_SET_UP, param="model", model=shown)
