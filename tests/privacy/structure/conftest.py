"""The worker of names, for the tests that measure the whole detection."""

from tests.privacy.names.conftest import names

__all__ = ["names"]
