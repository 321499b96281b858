"""Sockets to loopback are allowed in this folder: a fake for each provider listens there."""

from pathlib import Path

import pytest

from tests.fakes.loopback import allow_loopback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, Path(__file__).parent)
