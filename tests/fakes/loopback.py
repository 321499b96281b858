"""Lets the tests of a folder speak to loopback, where sockets are off by default."""

from pathlib import Path

import pytest


def allow_loopback(items: list[pytest.Item], folder: Path) -> None:
    """Mark the tests below `folder`."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.0/8", "::1"]))
