"""What the BYOK page asks: provider credentials of an account, which go in and never come out.

A protocol and a frozen value, like `services`, of which this is a part; the account's id always comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ni.domain.errors import Problem
from ni.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class CredentialView:
    """What may be known of a stored credential: never its secret; `shown` are the fields that are none."""

    provider: str
    last_four: str
    fingerprint: str
    shown: Mapping[str, str]
    created_at: datetime
    created_by: str = ""


class Byok(Protocol):
    """The provider credentials of an account, one per provider at most."""

    def list(self, account_id: str) -> Sequence[CredentialView]:
        """All of them, by provider."""

    def store(self, account_id: str, user_id: str, provider: str, fields: Mapping[str, Secret]) -> None:
        """Store one whole, in place of the one before. Raises `Refused`."""

    def remove(self, account_id: str, provider: str) -> bool:
        """Forget one; False if there was none."""

    def test(self, account_id: str, provider: str) -> Problem | None:
        """Call the provider with it; None if it was accepted. Raises `LookupError` if there is none."""
