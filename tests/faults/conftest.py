"""Real processes on loopback, killed and starved; a fleet of them on each set-up, where a test has none of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback
from tests.fakes.paced_upstream import PacedUpstream
from tests.fleet import SETUPS, Fleet


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    allow_loopback(items, here)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="module")
def upstream() -> Iterator[PacedUpstream]:
    with PacedUpstream() as served:
        yield served


@pytest.fixture(scope="module", params=list(SETUPS))
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, upstream: PacedUpstream
) -> Iterator[Fleet]:
    url = request.getfixturevalue("fresh_postgres") if request.param == "postgres" else ""
    home: Path = tmp_path_factory.mktemp("fleet")
    with SETUPS[request.param](home, upstream, url) as made:
        yield made.start()
