"""The tests of one file share a gateway; those that need another key make one."""

from collections.abc import Iterator

import pytest

from tests.api.everywhere import Everywhere, everywhere
from tests.api.instance import Instance, running
from tests.api.places import PLACES, Place
from tests.fakes.doors import make_door, shut_doors
from tests.fakes.wire_server import FakeWire


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    """A gateway whose providers are all strict fakes."""
    with everywhere(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(params=PLACES, ids=lambda place: place.hop)
def place(request: pytest.FixtureRequest) -> Place:
    given: Place = request.param
    return given


@pytest.fixture
def wire(instance: Instance, place: Place) -> Iterator[FakeWire]:
    """The upstream of the place's routes."""
    with FakeWire(place.upstream.wire()) as server:
        lookup = place.upstream.lookup(
            **{name: value.format(url=server.url) for name, value in place.settings.items()}
        )
        provider = place.upstream.build(make_door(), lookup)
        instance.gateway.providers[place.upstream.name] = provider  # type: ignore[index]
        yield server
    shut_doors()
