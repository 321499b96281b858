"""Every test of an endpoint gets a gateway of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.instance import Instance, running


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with running(tmp_path / "home") as started:
        yield started
