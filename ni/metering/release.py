"""Letting go of a call whose settlement cannot be written: what was held for it is free again, the call is not open."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ni.store.database import Database
from ni.store.tables.metering import balances, budgets, open_calls
from ni.store.unit import Ledger


@dataclass(frozen=True, slots=True)
class Release:
    """An admitted call, by its id; what it holds is read from its own row."""

    request_id: str


class ReleaseScribe:
    """Writes `Release` parts."""

    writes = Release

    def __init__(self, database: Database) -> None:
        bind = sa.bindparam
        columns = (open_calls.c.account_id, open_calls.c.key_id, open_calls.c.day)
        held = (open_calls.c.held_nanos, open_calls.c.prepaid)
        mine = open_calls.c.request_id == bind("id")
        self._open = database.prepare(sa.select(*columns, *held).where(mine))
        self._close = database.prepare(open_calls.delete().where(mine))
        hold = bind("held", type_=sa.BigInteger)
        self._budget = database.prepare(
            budgets.update()
            .where(budgets.c.key_id == bind("key"), budgets.c.day == bind("on"))
            .values(held_nanos=budgets.c.held_nanos - hold)
        )
        self._balance = database.prepare(
            balances.update()
            .where(balances.c.account_id == bind("account"))
            .values(held_nanos=balances.c.held_nanos - hold)
        )

    def write(self, ledger: Ledger, parts: Sequence[Release]) -> Sequence[object]:
        """None per part; a call that is not open any more is left as it is."""
        for part in sorted(parts, key=lambda part: part.request_id):
            for account, key, day, held, prepaid in ledger.rows(self._open, {"id": part.request_id}):
                ledger.run(self._budget, {"key": key, "on": day, "held": held})
                if prepaid:
                    ledger.run(self._balance, {"account": account, "held": held})
                ledger.run(self._close, {"id": part.request_id})
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Nothing is kept."""
