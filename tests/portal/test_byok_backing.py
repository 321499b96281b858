"""The BYOK page's way to a provider: one small question, on a route that may be called, as the account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast as taken_for

import pytest

from ni.access.credentials import Credentials, Keys
from ni.catalog.routes import Catalog
from ni.domain.errors import CredentialRefused, NotFound, Problem, ResidencyUnverified
from ni.domain.route import Route, Tier
from ni.domain.secret import Secret
from ni.providers.base import Provider, ProviderRequest, ProviderResponse
from ni.residency.evidence import Decision, Fault, Grade, Permit, Refusal, ResidencyRule
from ni.web.portal.byok_backing import ByokBacking, Trial
from tests.cast import Cast
from tests.portal.scenes import catalog

KEY = {"api_key": Secret("sk-canary-0123456789abcdefWXYZ")}


@dataclass
class Answer:
    """An accepted request."""

    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass
class Listening:
    """A provider that keeps what it was sent, and refuses if told so."""

    refusal: Problem | None = None
    orders: list[ProviderRequest] = field(default_factory=list)
    answer: Answer = field(default_factory=Answer)
    display_name: str = "OpenAI"

    def endpoint(self, deployment: object) -> str:
        return ""

    def missing(self, deployment: object) -> str | None:
        return "Set OPENAI_API_KEY."

    def native_format(self, route: Route) -> str:
        return ""

    def send(self, order: ProviderRequest) -> ProviderResponse:
        self.orders.append(order)
        if self.refusal:
            raise self.refusal
        return taken_for(ProviderResponse, self.answer)


@dataclass
class OwnRoutesOnly:
    """A catalog in which only routes of one's own credentials can be called."""

    routes: tuple[Route, ...]

    def callable_by(self, tiers: frozenset[Tier], own: frozenset[str]) -> tuple[Route, ...]:
        return tuple(route for route in self.routes if route.tier in tiers and route.provider in own)


class Letting:
    """A guard that lets nothing to one address, and everything elsewhere."""

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        if "9.9.9.9" in addresses:
            return Refusal(Fault(ResidencyRule.ADDRESS, "elsewhere", "9.9.9.9"))
        return Permit("US", Grade.PROVIDER_CONTRACT, "", "us")


@dataclass
class Scene:
    """The backing with what stands around it; `told` counts how often the gate was told to forget."""

    backing: ByokBacking
    openai: Listening
    told: list[None]


def scene(cast: Cast, refusal: Problem | None = None, routes: tuple[Route, ...] | None = None) -> Scene:
    """A backing on the real credentials."""
    stored = Credentials(cast.access.base, Keys(lambda version: bytes([version]) * 32, bytes(32)))
    openai, told = Listening(refusal), list[None]()
    providers: Mapping[str, Provider] = {"openai": openai}
    known = taken_for(Catalog, OwnRoutesOnly(tuple(catalog()) if routes is None else routes))
    trial = Trial(known, providers, bytes, Letting())
    return Scene(ByokBacking(stored, trial, lambda: told.append(None)), openai, told)


def test_a_test_sends_one_small_question_with_the_stored_credential(cast: Cast) -> None:
    made = scene(cast)
    made.backing.store(cast.alices, "alice", "openai", KEY)
    assert made.backing.test(cast.alices, "openai") is None
    (order,) = made.openai.orders
    assert order.byok["api_key"].reveal() == KEY["api_key"].reveal()
    assert order.route.provider == "openai"
    assert order.body["max_tokens"] <= 16
    assert order.vet is not None
    order.vet(("8.8.8.8",))
    with pytest.raises(ResidencyUnverified):
        order.vet(("9.9.9.9",))
    assert made.openai.answer.closed


def test_a_test_takes_the_cheapest_route(cast: Cast) -> None:
    (dear,) = (route for route in catalog() if route.provider == "openai")
    assert dear.price
    cheap = replace(dear, id="openai/cheap-us", price=replace(dear.price, output=1))
    made = scene(cast, routes=(dear, cheap))
    made.backing.store(cast.alices, "alice", "openai", KEY)
    made.backing.test(cast.alices, "openai")
    assert [order.route.id for order in made.openai.orders] == ["openai/cheap-us"]


def test_a_refusal_is_the_answer_of_the_test(cast: Cast) -> None:
    made = scene(cast, CredentialRefused(provider="OpenAI"))
    made.backing.store(cast.alices, "alice", "openai", KEY)
    assert isinstance(made.backing.test(cast.alices, "openai"), CredentialRefused)


def test_without_a_route_nothing_is_sent(cast: Cast) -> None:
    made = scene(cast, routes=())
    made.backing.store(cast.alices, "alice", "openai", KEY)
    assert isinstance(made.backing.test(cast.alices, "openai"), NotFound)
    assert made.openai.orders == []


def test_another_account_s_credential_is_never_tried(cast: Cast) -> None:
    made = scene(cast)
    made.backing.store(cast.alices, "alice", "openai", KEY)
    with pytest.raises(LookupError):
        made.backing.test(cast.charlies, "openai")
    assert made.openai.orders == []


def test_people_see_who_stored_it_and_its_last_four_only(cast: Cast) -> None:
    made = scene(cast)
    made.backing.store(cast.alices, "alice", "openai", KEY)
    (view,) = made.backing.list(cast.alices)
    assert (view.provider, view.last_four, view.created_by) == ("openai", "WXYZ", "alice")
    assert "canary" not in repr(view)


def test_the_gate_forgets_at_each_change(cast: Cast) -> None:
    made = scene(cast)
    made.backing.store(cast.alices, "alice", "openai", KEY)
    assert made.backing.remove(cast.alices, "openai")
    assert not made.backing.remove(cast.alices, "openai")
    assert len(made.told) == 3
