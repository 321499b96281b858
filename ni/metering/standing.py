"""What already stands against a call before anything is done for it: a cap that is used up, an empty balance.

It is a look, not a reservation: that is made later, in the one transaction that admits the call.
"""

from ni.domain.errors import Problem
from ni.metering.budget import Balance, BalanceShort, CapExceeded, Spending, Wish, balance_of, spending_of
from ni.store.database import Database


class Standing:
    """Looks at what keys have spent and accounts have."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refusal(self, wish: Wish) -> Problem | None:
        """Why a call with this wish could not be admitted however small, or None. Raises `StoreUnavailable`."""
        if not wish.most_nanos or (wish.cap_nanos is None and not wish.prepaid):
            return None
        with self._database.read() as connection:
            if wish.cap_nanos is not None:
                found = connection.execute(spending_of(), {"key_id": wish.key_id, "day": wish.day}).first()
                spending = Spending(*found) if found else Spending()
                if spending.spent_nanos >= wish.cap_nanos:
                    return CapExceeded(spending, wish.least_nanos)
            if wish.prepaid:
                found = connection.execute(balance_of(), {"account_id": wish.account_id}).first()
                balance = Balance(*found) if found else Balance()
                if balance.nanos <= 0:
                    return BalanceShort(balance, wish.least_nanos)
        return None
