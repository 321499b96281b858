"""An instance for each test that changes something, and one for those that only ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.admin.cast import Admin, administered


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    with administered(tmp_path_factory.mktemp("home")) as admin:
        yield admin


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    with administered(tmp_path) as made:
        yield made
