"""The guides' blocks speak to a gateway on loopback."""

from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, Path(__file__).parent)
