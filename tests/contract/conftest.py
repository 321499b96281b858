"""Real processes on loopback, killed and starved."""

from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    allow_loopback(items, here)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)
