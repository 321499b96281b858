"""Fixtures: the tests of metering run on both databases."""

import pytest

from ni.store.database import Database
from tests.databases import both, empty

__all__ = ["empty"]


@pytest.fixture
def database(empty: Database) -> Database:
    """A database with all tables."""
    return both(empty)
