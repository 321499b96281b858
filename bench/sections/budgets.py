"""What budgets cost: CPU of admitting and settling a call that counts for four of them, against one, and against none.

Both units of a call are written as they are written under load, records and commit included; the ratio is taken within
a repeat, of runs that take turns.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from bench.custody_cost import call, measured
from bench.rows import Gathered, Row, at_most
from bench.stage import Stage
from ni.custody.record_writer import custody_writers
from ni.metering.account_budgets import BudgetScope, BudgetSpan, marked_tags
from ni.metering.admission import AdmissionWriter, Admit, Granted
from ni.metering.budget import ReservationRequest
from ni.metering.settlement import Settle, SettlementWriter, UsageRecord
from ni.store.database import Database
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.tables.metering import account_budgets
from ni.store.unit import Unit
from ni.store.writer import Writer

GATEWAY = "gateway"
CALLS, BATCH, TURNS = 200, 8, 4
DAY, PLENTY = "2026-11-23", 10**15
BUDGETS = (
    (BudgetScope.ACCOUNT, "", BudgetSpan.MONTH),
    (BudgetScope.KEY, "key", BudgetSpan.DAY),
    (BudgetScope.PERSON, "ann", BudgetSpan.MONTH),
    (BudgetScope.TAG, "red", BudgetSpan.DAY),
)
COUNTS = (0, 1, len(BUDGETS))
RATIO = "budgets: CPU of a call with four, against one"
NAMES = {
    0: "budgets: CPU of a call's two units, without",
    1: "budgets: the same with one",
    4: "budgets: the same with four",
}


def measure(stage: Stage) -> list[Row]:
    """The rows on budgets; none when only baselines are measured."""
    if stage.subject.name != GATEWAY:
        return []
    found = Gathered()
    for repeat in stage.repeats("budgets"):
        folder = stage.folder / f"budgets-{repeat}"
        folder.mkdir()
        spent = cpu_of_calls(folder)
        for count in COUNTS:
            found.add(GATEWAY, NAMES[count], spent[count] * 1000)
        found.add(GATEWAY, RATIO, spent[4] / spent[1])
    rows = [found.row(GATEWAY, NAMES[count], "ms") for count in COUNTS]
    return [*rows, found.row(GATEWAY, RATIO, "", at_most(1.15))]


def cpu_of_calls(folder: Path) -> dict[int, float]:
    """Seconds of CPU a call by the number of its budgets; the least of some turns, which others disturbed least."""
    with desks(folder) as made:
        for desk in made.values():
            desk.write(BATCH)
        turns = [
            {count: measured(lambda: desk.write(CALLS))[1] / CALLS for count, desk in made.items()}  # noqa: B023 - called at once
            for _ in range(TURNS)
        ]
    return {count: min(turn[count] for turn in turns) for count in COUNTS}


class BudgetDesk:
    """A database whose account has some budgets, and the writers of a call's units."""

    def __init__(self, folder: Path, count: int) -> None:
        draw = Random(8).randbytes  # noqa: S311 - the same each time is what is wanted
        self._draw = draw
        self._database = Database(f"sqlite:///{folder}/budgets-{count}.db")
        self._database.make_file()
        metadata.create_all(self._database.engine)
        _furnish(self._database, count)
        money = (AdmissionWriter(self._database), SettlementWriter(self._database))
        self._writer = Writer(self._database, [*money, *custody_writers(self._database, draw)])
        self._made = 0

    def write(self, calls: int) -> None:
        """Calls in batches: all admitted in one transaction, all settled in the next, as under load."""
        for first in range(0, calls, BATCH):
            self._batch(min(BATCH, calls - first))

    def close(self) -> None:
        """Let go of the database."""
        self._writer.close()
        self._database.close()

    def _batch(self, calls: int) -> None:
        numbers = range(self._made, self._made + calls)
        self._made += calls
        records = [call(number, self._draw) for number in numbers]
        parts = [_admit(number) for number in numbers]
        admitted = self._writer.run(
            [Unit((part, pair[0])) for part, pair in zip(parts, records, strict=True)]
        )
        ended = [
            Unit((_settle(part, _granted(result)), pair[1]), must=True)
            for part, result, pair in zip(parts, admitted, records, strict=True)
        ]
        if any(isinstance(result, Exception) for result in self._writer.run(ended)):
            raise SystemExit("a call was not settled")


@contextmanager
def desks(folder: Path) -> Iterator[dict[int, BudgetDesk]]:
    """A desk for each number of budgets."""
    made = {count: BudgetDesk(folder, count) for count in COUNTS}
    try:
        yield made
    finally:
        for desk in made.values():
            desk.close()


def _furnish(database: Database, count: int) -> None:
    account = {"id": "acc", "name": "one", "time_zone": "UTC", "created_at": 0}
    rows = [
        {
            "id": f"budget_{scope}", "account_id": "acc", "scope": scope.value, "subject": subject,
            "span": span.value, "limit_nanos": PLENTY, "created_at": 0,
        }
        for scope, subject, span in BUDGETS[:count]
    ]  # fmt: skip
    with database.engine.begin() as connection:
        connection.execute(accounts.insert(), account)
        if rows:
            connection.execute(account_budgets.insert(), rows)


def _admit(number: int) -> Admit:
    wanted = ReservationRequest("acc", "key", DAY, 1000, 1000, PLENTY, False, "ann", marked_tags(["red"]))
    return Admit(f"{number:016x}", "process", wanted, number, "{}" + " " * 900)


def _granted(result: Sequence[object] | Exception) -> Granted:
    if isinstance(result, Exception) or not isinstance(result[0], Granted):
        raise SystemExit("a call was not admitted")
    return result[0]


def _settle(part: Admit, granted: Granted) -> Settle:
    row = UsageRecord(
        request_id=part.request_id, account_id="acc", key_id="key", at=part.at_ms, day=DAY, dialect="chat",
        model="m", route="r", tier="", provider="p", jurisdiction="CA", outcome="completed", status=200, error="",
        stream=0, uncached_tokens=7, cached_tokens=0, cache_write_tokens=0, output_tokens=5, reasoning_tokens=0,
        tokens_from="provider", latency_ms=1, first_chunk_ms=None, pii="off", provider_cost_usd_nanos=0,
        provider_cost_nanos=0, ni_charge_nanos=900, rate_millionths=1_000_000, working="", credential_source="platform",
    )  # fmt: skip
    return Settle(row, True, granted.hold_nanos, 0, budgets=tuple(each.ref for each in granted.budgets))
