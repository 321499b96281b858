"""The assembled application for tests of its shape."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.assembled import assembled


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with assembled(tmp_path) as made:
        yield made.app
