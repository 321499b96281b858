"""Prepaid balances in memory: grants by id, and the charges of a day each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate

from ni.metering.balance import StatementLine
from ni.metering.budget import Balance
from ni.web.portal.services_credit import Grant
from tests.portal.cast import ALICE, HOSTILE, NOW


def charges(days: int) -> list[tuple[str, int]]:
    """What was charged on each of the last days, oldest first, below zero."""
    return [((NOW - timedelta(days=days - at)).date().isoformat(), -12_345_678 * at) for at in range(1, days)]


@dataclass
class FakeCredit:
    """Grants by account; Alice's account has one of a hostile note, and charges of 70 days."""

    grants: dict[str, dict[str, tuple[str, int, str]]] = field(
        default_factory=lambda: {ALICE.account_id: {"grant_1": ("2026-01-02", 250_000_000_000, HOSTILE)}}
    )
    charged: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: {ALICE.account_id: charges(70)})
    asked: int = 0

    def balance(self, account_id: str) -> Balance:
        given = sum(nanos for _, nanos, _ in self.grants.get(account_id, {}).values())
        return Balance(given, -sum(nanos for _, nanos in self.charged.get(account_id, [])), 41_000_000)

    def statement(self, account_id: str) -> Sequence[StatementLine]:
        given = [(*one, grant_id) for grant_id, one in self.grants.get(account_id, {}).items()]
        entries = sorted(given + [(day, nanos, "", "") for day, nanos in self.charged.get(account_id, [])])
        sums = accumulate(nanos for _, nanos, _, _ in entries)
        return [
            StatementLine(day, nanos, left, note, grant_id)
            for (day, nanos, note, grant_id), left in zip(entries, sums, strict=True)
        ]

    def fresh_id(self) -> str:
        self.asked += 1
        return f"grant_asked_{self.asked}"

    def grant(self, account_id: str, wish: Grant) -> Balance:
        kept = self.grants.setdefault(account_id, {})
        kept.setdefault(wish.once, (NOW.date().isoformat(), wish.amount_nanos, wish.note))
        return self.balance(account_id)
