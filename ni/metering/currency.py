"""The currency of an instance: recorded at the first start, and refused to change while amounts are kept in it.

Usage rows, caps, balances and statements are amounts without a currency of their own. Another `NI_CURRENCY` would not
convert them, it would give them another name.
"""

import sqlalchemy as sa

from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import keys
from ni.store.tables.instance import instance
from ni.store.tables.metering import balances, budgets, grants, totals, usage
from ni.store.unit import Change, Unit

_NAME = "currency"
_AMOUNTS = (
    sa.exists(sa.select(usage.c.request_id).where(usage.c.ni_charge_nanos + usage.c.provider_cost_nanos > 0)),
    sa.exists(sa.select(totals.c.day).where(totals.c.ni_charge_nanos + totals.c.provider_cost_nanos > 0)),
    sa.exists(sa.select(budgets.c.day).where(budgets.c.spent_nanos > 0)),
    sa.exists(sa.select(grants.c.id)),
    sa.exists(sa.select(balances.c.account_id)),
    sa.exists(sa.select(keys.c.id).where(keys.c.cap_nanos.is_not(None))),
)


class CurrencyChanged(Exception):
    """`NI_CURRENCY` is another than that of the amounts in the database."""


def hold_currency(database: Database, journal: Journal, currency: str) -> None:
    """Record the currency, or compare it. Raises `CurrencyChanged`, `StoreUnavailable`."""
    recorded = sa.select(instance.c.value).where(instance.c.name == _NAME)
    with database.read() as connection:
        before = connection.scalar(recorded)
        if before == currency:
            return
        if before is not None and connection.scalar(sa.select(sa.or_(*_AMOUNTS))):
            raise CurrencyChanged(
                f"NI_CURRENCY is {currency}, and the amounts in the database are {before}: caps, balances and usage "
                f"would be called by another name, not converted. Set NI_CURRENCY={before}, or begin a new instance."
            )
    row = {"name": _NAME, "value": currency}
    journal.write(
        Unit((Change(instance.delete().where(instance.c.name == _NAME), {}), Change(instance.insert(), row)))
    )
