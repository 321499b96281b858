"""The tests of one file share a gateway; those that need another key make one."""

from collections.abc import Iterator

import pytest

from tests.api.instance import Instance, running


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with running(tmp_path_factory.mktemp("home")) as started:
        yield started
