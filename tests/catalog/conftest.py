"""A clock that stands."""

import pytest

from tests.catalog.cast import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()
