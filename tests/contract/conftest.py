"""Real processes on loopback, killed and starved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback
from tests.running import RunningGateway


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    allow_loopback(items, here)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway with the sandbox alone."""
    instance = RunningGateway(tmp_path_factory.mktemp("gateway"))
    instance.ni("init")
    yield instance.start()
    assert instance.stop() == 0
