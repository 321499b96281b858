"""Sockets to loopback are allowed in this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.doors import shut_doors
from tests.fakes.loopback import allow_loopback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, Path(__file__).parent)


@pytest.fixture(autouse=True)
def _doors() -> Iterator[None]:
    yield
    shut_doors()
