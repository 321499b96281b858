"""Prepaid balances, answered by the metering package: a thin adapter behind the protocol `Credit`."""

from collections.abc import Callable, Sequence

from ni.metering.balance import Balances, StatementLine
from ni.metering.budget import Balance
from ni.web.portal.services_credit import Grant


class CreditBacking:
    """Balances of accounts; `zone` knows an account's time zone, in which its days are counted."""

    def __init__(self, balances: Balances, zone: Callable[[str], str]) -> None:
        self._balances = balances
        self._zone = zone

    def balance(self, account_id: str) -> Balance:
        """What was granted, charged and is held now."""
        return self._balances.of(account_id)

    def statement(self, account_id: str) -> Sequence[StatementLine]:
        """All grants and daily charges, oldest first."""
        return self._balances.statement(account_id)

    def fresh_id(self) -> str:
        """An id for a grant that is about to be confirmed."""
        return self._balances.fresh_id()

    def grant(self, account_id: str, wish: Grant) -> Balance:
        """Give credit; the balance after it."""
        return self._balances.grant(
            account_id, self._zone(account_id), wish.amount_nanos, wish.note, wish.once
        )
