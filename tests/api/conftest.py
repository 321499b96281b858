"""The assembled application for tests of its addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assembled import Assembled, assembled


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Assembled]:
    with assembled(tmp_path) as made:
        yield made
