"""Settling a call (`Settle`) and giving up its reservation (`Release`), as parts of journal units.

`Settle` writes the usage row, releases the hold, and adds to the spending of the key, of the budgets and
the totals of the day. The
`open_calls` row is deleted in the same transaction and must exist: a call is settled exactly once, and a second attempt
(a late greenlet, recovery) gets `AlreadySettled`. `Release` is for calls whose settlement can never be written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import sqlalchemy as sa

from ni.metering.budget import BudgetHolds
from ni.store.database import Database, upsert
from ni.store.tables.metering import balance_days, balances, budgets, open_calls, totals, usage
from ni.store.unit import Transaction

_TOTALLED = (
    "requests",
    "prompt_tokens",
    "output_tokens",
    "values_protected",
    "provider_cost_usd_nanos",
    "provider_cost_nanos",
    "ni_charge_nanos",
)


@dataclass(slots=True)
class UsageRecord:
    """The columns of a row of `usage`. Made at admission, completed at the end of the call."""

    request_id: str
    account_id: str
    key_id: str
    at: int
    day: str
    dialect: str
    model: str
    route: str
    tier: str
    provider: str
    jurisdiction: str
    outcome: str
    status: int
    error: str
    stream: int
    uncached_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    tokens_from: str
    latency_ms: int
    first_chunk_ms: int | None
    pii: str
    provider_cost_usd_nanos: int
    provider_cost_nanos: int
    ni_charge_nanos: int
    rate_millionths: int
    working: str
    credential_source: str
    end_user: str = ""
    tag: str = ""
    deployment: str = ""
    attempts: int = 0
    queue_us: int | None = None
    masking_us: int | None = None
    admission_us: int | None = None
    connect_us: int | None = None
    first_byte_us: int | None = None
    first_token_us: int | None = None
    stream_us: int | None = None
    settle_us: int | None = None


_VALUES = attrgetter(*UsageRecord.__slots__)


@dataclass(frozen=True, slots=True)
class Settle:
    """Settles a call that ended. `opened` says whether it was admitted, with `held_nanos` reserved.

    `prepaid` says whether it was reserved against the account's balance too, which is then charged; `budgets` refers to
    the windows of budgets in which it is held (`BudgetStanding.ref`).
    """

    row: UsageRecord
    opened: bool
    held_nanos: int = 0
    values_protected: int = 0
    prepaid: bool = False
    budgets: tuple[str, ...] = ()

    def aside(self) -> Mapping[str, object]:
        """The columns of the row, for the file of units that could not be written."""
        return _columns(self.row)


class AlreadySettled(Exception):
    """The call has its usage row: nothing was written."""


class SettlementWriter:
    """Writes `Settle` parts."""

    writes = Settle

    def __init__(self, database: Database) -> None:
        bind, insert = sa.bindparam, upsert(database)
        self._close = database.prepare(open_calls.delete().where(open_calls.c.request_id == bind("id")))
        self._usage = database.prepare(usage.insert())
        self._spend = database.prepare(
            budgets.update()
            .where(budgets.c.key_id == bind("key"), budgets.c.day == bind("on"))
            .values(
                spent_nanos=budgets.c.spent_nanos + bind("charge", type_=sa.BigInteger),
                held_nanos=budgets.c.held_nanos - bind("held", type_=sa.BigInteger),
            )
        )
        self._charge = _Charges(database)
        self._budgets = BudgetHolds(database)
        fresh = insert(totals).values({column.name: bind(column.name) for column in totals.c})
        self._total = database.prepare(
            fresh.on_conflict_do_update(
                index_elements=list(totals.primary_key.columns),
                set_={name: totals.c[name] + fresh.excluded[name] for name in _TOTALLED},
            )
        )

    def write(self, transaction: Transaction, parts: Sequence[Settle]) -> Sequence[object]:
        """None per settled call, `AlreadySettled` for one that has been."""
        results = [self._closed(transaction, part) for part in parts]
        settled = [part for part, result in zip(parts, results, strict=True) if result is None]
        transaction.run_many(self._usage, [_columns(part.row) for part in settled])
        spent = _grouped(settled, lambda part: (part.row.key_id, part.row.day))
        transaction.run_many(
            self._spend,
            [{"key": key, "on": day, "charge": charge, "held": held} for (key, day), (charge, held) in spent],
        )
        self._budgets.settle(transaction, _by_budget(settled))
        self._charge.write(transaction, [part for part in settled if part.prepaid])
        transaction.run_many(self._total, _summed(settled))
        return results

    def _closed(self, transaction: Transaction, part: Settle) -> Exception | None:
        if part.opened and transaction.run(self._close, {"id": part.row.request_id}) != 1:
            return AlreadySettled(part.row.request_id)
        return None

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


class _Charges:
    """Takes charges from the balances of prepaid accounts, and sums them by day for the statement."""

    def __init__(self, database: Database) -> None:
        bind, insert = sa.bindparam, upsert(database)
        self._charge = database.prepare(
            balances.update()
            .where(balances.c.account_id == bind("account"))
            .values(
                charged_nanos=balances.c.charged_nanos + bind("charge", type_=sa.BigInteger),
                held_nanos=balances.c.held_nanos - bind("held", type_=sa.BigInteger),
            )
        )
        fresh = insert(balance_days).values({column.name: bind(column.name) for column in balance_days.c})
        self._sum = database.prepare(
            fresh.on_conflict_do_update(
                index_elements=list(balance_days.primary_key.columns),
                set_={"charged_nanos": balance_days.c.charged_nanos + fresh.excluded.charged_nanos},
            )
        )

    def write(self, transaction: Transaction, parts: Sequence[Settle]) -> None:
        """Charge the balances and release the holds of these calls."""
        by_account = _grouped(parts, lambda part: (part.row.account_id,))
        transaction.run_many(
            self._charge,
            [
                {"account": account, "charge": charge, "held": held}
                for (account,), (charge, held) in by_account
            ],
        )
        by_day = _grouped(parts, lambda part: (part.row.account_id, part.row.day))
        transaction.run_many(
            self._sum,
            [
                {"account_id": account, "day": day, "charged_nanos": charge}
                for (account, day), (charge, _) in by_day
                if charge
            ],
        )


def _grouped(
    parts: Sequence[Settle], group: Callable[[Settle], tuple[str, ...]]
) -> list[tuple[tuple[str, ...], tuple[int, int]]]:
    """Charge and hold summed per group over admitted calls, in a fixed order, so that processes never deadlock."""
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for part in parts:
        if part.opened:
            charge, held = sums.get(group(part), (0, 0))
            sums[group(part)] = (charge + part.row.ni_charge_nanos, held + part.held_nanos)
    return sorted(sums.items())


def _by_budget(parts: Sequence[Settle]) -> list[tuple[str, tuple[int, int]]]:
    """Charge and hold summed per window of a budget, over admitted calls."""
    sums: dict[str, tuple[int, int]] = {}
    for part in parts:
        for ref in part.budgets if part.opened else ():
            charge, held = sums.get(ref, (0, 0))
            sums[ref] = (charge + part.row.ni_charge_nanos, held + part.held_nanos)
    return list(sums.items())


def _columns(row: UsageRecord) -> dict[str, object]:
    return dict(zip(UsageRecord.__slots__, _VALUES(row), strict=True))


def _summed(parts: Sequence[Settle]) -> list[Mapping[str, object]]:
    """One row per group of the batch, in a fixed order, so that processes never deadlock."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for part in parts:
        row = part.row
        group = (row.account_id, row.day, row.key_id, row.route, row.jurisdiction, row.outcome)
        adds = (
            1,
            row.uncached_tokens + row.cached_tokens + row.cache_write_tokens,
            row.output_tokens,
            part.values_protected,
            row.provider_cost_usd_nanos,
            row.provider_cost_nanos,
            row.ni_charge_nanos,
        )
        sums = groups.setdefault(group, [0] * len(adds))
        for place, amount in enumerate(adds):
            sums[place] += amount
    names = ("account_id", "day", "key_id", "route", "jurisdiction", "outcome", *_TOTALLED)
    return [dict(zip(names, (*group, *sums), strict=True)) for group, sums in sorted(groups.items())]


def budget_refs(text: str) -> tuple[str, ...]:
    """The references in the column `budgets` of an open call."""
    return tuple(filter(None, text.split(",")))


@dataclass(frozen=True, slots=True)
class Release:
    """Releases the hold of an admitted call; the amount is read from its `open_calls` row."""

    request_id: str


class ReleaseWriter:
    """Writes `Release` parts."""

    writes = Release

    def __init__(self, database: Database) -> None:
        bind = sa.bindparam
        columns = (open_calls.c.account_id, open_calls.c.key_id, open_calls.c.day)
        held = (open_calls.c.held_nanos, open_calls.c.prepaid, open_calls.c.budgets)
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
        self._budgets = BudgetHolds(database)

    def write(self, transaction: Transaction, parts: Sequence[Release]) -> Sequence[object]:
        """None per part; nothing is done for a call that is not open."""
        for part in sorted(parts, key=lambda part: part.request_id):
            found = transaction.rows(self._open, {"id": part.request_id})
            for account, key, day, held, prepaid, refs in found:
                transaction.run(self._budget, {"key": key, "on": day, "held": held})
                self._budgets.release(transaction, [(ref, held) for ref in budget_refs(refs)])
                if prepaid:
                    transaction.run(self._balance, {"account": account, "held": held})
                transaction.run(self._close, {"id": part.request_id})
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""
