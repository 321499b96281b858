"""The test of a credential: one small question, on a route that may be called, as the account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast as taken_for

import pytest

from ni.access.credentials import CredentialKeys, Credentials
from ni.catalog.routes import Catalog
from ni.domain.errors import CredentialRefused, NotFound, Problem, ResidencyUnverified
from ni.domain.route import CallKind, Capabilities, Deployment, Price, Route, Tier
from ni.domain.secret import Secret
from ni.gateway.provider_setup import ConnectionTest
from ni.providers.base import Provider, ProviderRequest, ProviderResponse
from ni.residency.rules import Decision, Fault, Grade, Permit, Refusal, ResidencyRule
from tests.cast import Cast

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

    def decide(self, route: Route, least: str = "") -> Decision:
        return Permit("US", Grade.PROVIDER_CONTRACT, "", "us")

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        if "9.9.9.9" in addresses:
            return Refusal(Fault(ResidencyRule.ADDRESS, "elsewhere", "9.9.9.9"))
        return Permit("US", Grade.PROVIDER_CONTRACT, "", "us")


def route(route_id: str = "openai/gpt-5.2-us", output: int = 14) -> Route:
    """A route of OpenAI's own API."""
    deployment = Deployment("openai", "openai", "us", "US")
    price = Price("2026-01-01", 2, output, 1, 2)
    return Route(
        route_id, "openai", "gpt-5.2", Tier.PROVIDER_API, deployment, Capabilities(("text",), 1, 1), price
    )


@dataclass
class Bench:
    """Real credentials, a provider that listens, and the test between them."""

    stored: Credentials
    openai: Listening
    test: ConnectionTest

    def result(self, account_id: str) -> Problem | None:
        return self.stored.test(account_id, "openai", self.test.ask)


def bench(cast: Cast, refusal: Problem | None = None, *routes: Route) -> Bench:
    """With Alice's credential stored."""
    keys = CredentialKeys(lambda version: bytes([version]) * 32, bytes(32))
    stored, openai = Credentials(cast.access.base, keys), Listening(refusal)
    stored.store(cast.alices, "openai", KEY, "alice")
    providers: Mapping[str, Provider] = {"openai": openai}
    catalog = taken_for(Catalog, OwnRoutesOnly(routes))
    return Bench(stored, openai, ConnectionTest(catalog, providers, bytes, Letting()))


def test_a_test_sends_one_small_question_with_the_stored_credential(cast: Cast) -> None:
    made = bench(cast, None, route())
    assert made.result(cast.alices) is None
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
    made = bench(cast, None, route(), route("openai/cheap-us", 1))
    assert made.result(cast.alices) is None
    assert [order.route.id for order in made.openai.orders] == ["openai/cheap-us"]


def test_a_test_asks_no_route_that_makes_vectors(cast: Cast) -> None:
    vectors = route("openai/vectors-us", 0)
    vectors = replace(vectors, capabilities=replace(vectors.capabilities, kind=CallKind.EMBEDDING))
    made = bench(cast, None, vectors, route())
    assert made.result(cast.alices) is None
    assert [order.route.id for order in made.openai.orders] == [route().id]


def test_an_endpoint_of_ones_own_is_tried_on_a_global_route(cast: Cast) -> None:
    everywhere = replace(route("openai/dear-global", 9), tier=Tier.GLOBAL_CLOUD)
    made = bench(cast, None, route("openai/cheap-us", 1), everywhere)
    made.test.ask("openai", {**KEY, "endpoint": Secret("https://own.openai.azure.com")})
    made.test.ask("openai", KEY)
    assert [order.route.id for order in made.openai.orders] == ["openai/dear-global", "openai/cheap-us"]


def test_a_refusal_is_the_answer_of_the_test(cast: Cast) -> None:
    assert isinstance(
        bench(cast, CredentialRefused(provider="OpenAI"), route()).result(cast.alices), CredentialRefused
    )


def test_without_a_route_nothing_is_sent(cast: Cast) -> None:
    made = bench(cast)
    assert isinstance(made.result(cast.alices), NotFound)
    assert made.openai.orders == []


def test_another_account_s_credential_is_never_tried(cast: Cast) -> None:
    made = bench(cast, None, route())
    with pytest.raises(LookupError):
        made.result(cast.charlies)
    assert made.openai.orders == []
