"""No deployment of another jurisdiction, or on weaker evidence, is asked when a call is made.

A generator of cases: what the deployments of a route are, what the guard says of them by tags and by addresses, what
the key demands, which breakers are open, and whether the catalog is changed while the process serves. The guard's
decisions are made up here, for on loopback it grants one grade alone; all else is the gateway itself.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from ni.catalog import changes
from ni.catalog.health import TRIPS
from ni.catalog.sheet import Sheet
from ni.domain.clock import to_ms
from ni.domain.route import Route
from ni.residency.rules import Decision, Fault, Grade, Permit, Refusal, ResidencyRule
from ni.store.tables.catalog import deployments
from tests.api.everywhere import OPENAI, Everywhere, everywhere
from tests.cast import tell
from tests.fakes.openai_server import Script
from tests.fakes.wire_server import FakeWire

pytestmark = pytest.mark.allow_hosts(["127.0.0.0/8", "::1"])
NAMES = ("openai", "second", "third")
BROKEN = Script(status=500, body=b"{}")
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Place:
    """What is true of a deployment: its jurisdiction, and the grades that its tags and its addresses prove."""

    jurisdiction: str
    by_tag: str
    by_address: str


PLACES = [Place(where, tag, address) for where in ("US", "CA") for tag, address in ("BB", "BC", "CC", "AA")]
FIRST = [Place("US", "B", "B"), Place("US", "C", "C"), Place("US", "X", "X")]


class Guard:
    """Decides by the places of a case."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}

    def decide(self, route: Route, least: str = "") -> Decision:
        return self._of(route, self.places[route.deployment.id].by_tag, least)

    def vet(self, route: Route, least: str, addresses: Sequence[str]) -> Decision:
        return self._of(route, self.places[route.deployment.id].by_address, least)

    def _of(self, route: Route, grade: str, least: str) -> Decision:
        if not Grade(grade).reaches(least):
            return Refusal(Fault(ResidencyRule.EVIDENCE, least, grade))
        return Permit(self.places[route.deployment.id].jurisdiction, Grade(grade), "", "somewhere")


@dataclass
class Trio:
    """A gateway whose route has three deployments, each with a fake of its own."""

    gateway: Everywhere
    guard: Guard
    fakes: dict[str, FakeWire]

    def set_up(self, places: Sequence[Place], open_breakers: Sequence[str]) -> None:
        """Write the deployments as they are, past the checks of the catalog, while the gateway serves."""
        inner = self.gateway.assembled.gateway
        self.guard.places = dict(zip(NAMES, places, strict=True))
        with inner.database.engine.begin() as connection:
            for name, place in self.guard.places.items():
                wanted = deployments.update().where(deployments.c.id == name)
                connection.execute(wanted.values(jurisdiction=place.jurisdiction))
        inner.catalog.refresh()
        for name in NAMES:
            inner.breakers.succeeded(name, to_ms(inner.clock.now()) + 1)
            self.fakes[name].seen.clear()
            self.fakes[name].scripts.clear()
        for name in open_breakers:
            for _ in range(TRIPS):
                inner.breakers.failed(name)

    def ask(self, demand: str) -> Any:
        """The response to a call of a key that demands evidence."""
        body = {"model": OPENAI, "messages": [{"role": "user", "content": f"words {next(NUMBERS)}"}]}
        headers = self.gateway.assembled.headers(min_evidence=demand, pii=False)
        return self.gateway.client.post("/v1/chat/completions", json=body, headers=headers)


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trio]:
    with ExitStack() as stack:
        gateway = stack.enter_context(everywhere(tmp_path_factory.mktemp("home")))
        inner = gateway.assembled.gateway
        fakes = {"openai": gateway.fakes["openai"]}
        sheet = changes.read(inner.database)
        (first,) = (row for row in sheet.deployments if row.id == "openai")
        for name in NAMES[1:]:
            fakes[name] = stack.enter_context(FakeWire(gateway.fakes["openai"].wire))
        more = [replace(first, id=n, endpoint=fakes[n].url + "/v1", endpoint_setting="") for n in NAMES[1:]]
        rows = [
            replace(row, further_deployments=NAMES[1:]) if row.id == OPENAI else row for row in sheet.routes
        ]
        changes.store(Sheet((*sheet.deployments, *more), tuple(rows)), inner.database, inner.journal, tell)
        guard = Guard()
        inner.pipeline._residency_check._guard = guard
        yield Trio(gateway, guard, fakes)


def forbidden(name: str, places: dict[str, Place], asked: Sequence[str], demand: str) -> bool:
    """Whether a deployment may not have been sent to, after those that were asked before it."""
    place = places[name]
    least = [demand, *(places[one].by_address for one in asked)]
    elsewhere = place.jurisdiction != places["openai"].jurisdiction
    return elsewhere or not all(Grade(place.by_address).reaches(each) for each in least)


CASES = [
    pytest.param((first, second, third), demand, open_breakers, id="-".join(
        f"{one.jurisdiction}{one.by_tag}{one.by_address}" for one in (first, second, third)
    ) + f"-{demand or 'any'}-{'+'.join(open_breakers) or 'closed'}")
    for number, (first, second, third, demand, open_breakers) in enumerate(
        itertools.product(FIRST, PLACES, PLACES, ("", "C", "B", "A"), ((), ("openai",), ("openai", "second")))
    )
    if number % 23 == 0
]  # fmt: skip
"""One in twenty-three of all: each value meets each other."""


@pytest.mark.parametrize(("places", "demand", "open_breakers"), CASES)
def test_no_deployment_elsewhere_or_on_weaker_evidence_is_asked(
    trio: Trio, places: tuple[Place, ...], demand: str, open_breakers: Sequence[str]
) -> None:
    for case in (places, (places[0], places[2], places[1])):  # the catalog changes between two calls
        trio.set_up(case, open_breakers)
        for fake in trio.fakes.values():
            fake.scripts.append(BROKEN)
        response = trio.ask(demand)
        with trio.gateway.assembled.gateway.database.read() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM open_calls")) == 0
        asked = [name for name in NAMES if trio.fakes[name].seen]
        order = sorted(asked, key=lambda name: (name in open_breakers, NAMES.index(name)))
        for at, name in enumerate(order):
            assert not forbidden(name, trio.guard.places, order[:at], demand), (name, response.data)
        if not asked:
            assert response.status_code == 403, response.data
