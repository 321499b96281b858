"""Sockets to loopback are allowed in this folder, and each test may have a fake upstream of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.doors import shut_doors
from tests.fakes.loopback import allow_loopback
from tests.fakes.openai_server import FakeOpenAI


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    allow_loopback(items, Path(__file__).parent)


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(autouse=True)
def _doors() -> Iterator[None]:
    yield
    shut_doors()
