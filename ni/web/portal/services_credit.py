"""What the pages about prepaid balances ask: a protocol and frozen values, a part of `services`.

The account's id comes first. Lines of a statement and balances are the values of `ni/metering/balance.py` themselves:
the page, the CSV file and the command line show one and the same sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ni.metering.balance import StatementLine
from ni.metering.budget import Balance


@dataclass(frozen=True, slots=True)
class Grant:
    """Credit to be given; below zero it is taken back. `once` is an id: the same one is never granted twice."""

    amount_nanos: int
    note: str
    once: str


class Credit(Protocol):
    """The balances of accounts."""

    def balance(self, account_id: str) -> Balance:
        """What was granted, charged and is held now, in nanos."""

    def statement(self, account_id: str) -> Sequence[StatementLine]:
        """All grants and daily charges, oldest first."""

    def fresh_id(self) -> str:
        """An id for a grant that is about to be confirmed."""

    def grant(self, account_id: str, wish: Grant) -> Balance:
        """Give credit; the balance after it."""
