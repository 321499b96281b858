"""Two serving processes on one database, for the stateful test of money: they admit, settle, crash, and recover calls.

Costs are those of `ni.metering.cost`, so that rounding, bands and both currencies are tested too.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from ni.domain.clock import to_ms
from ni.domain.errors import Problem, RateLimited
from ni.domain.reply import Outcome, Usage
from ni.domain.route import Band, Price
from ni.gateway.recovery import Recovery
from ni.metering.account_budgets import AccountBudgets, BudgetStanding, BudgetTools, marked_tags
from ni.metering.admission import Admit
from ni.metering.balance import Balances
from ni.metering.budget import ReservationRequest
from ni.metering.cost import Cost, Quantities, Terms, ceiling, cost
from ni.metering.days import day_of
from ni.metering.processes import Process, Processes
from ni.metering.settlement import Settle, UsageRecord
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.tables.access import accounts
from ni.store.unit import Unit
from ni.store.writer import Result
from tests.cast import StandingClock, tell
from tests.metering.books import ROW, Books, Held, refs_of

ZONE = "America/Toronto"
DOLLAR = 10**9
PRICES = (
    Price("2026-01-01", 3 * DOLLAR, 15 * DOLLAR, 300_000_001, 3_750_000_003),
    Price("2026-01-01", 7, 11, 7, 7, request=1, image=3),
    Price("2026-01-01", DOLLAR, 2 * DOLLAR, 1, 2, bands=(Band(50, 2 * DOLLAR, 3 * DOLLAR, 1, 4),)),
)
ACCOUNTS = {"a": "acc", "b": "other", "c": "other"}
CAPS: dict[str, int | None] = {"a": 20_000_000, "b": 1_000_000, "c": None}
OWNERS = {"a": "ann", "b": "ben", "c": "ben"}
SUBJECTS = {"acc": {"key": "a", "person": "ann"}, "other": {"key": "b", "person": "ben"}}
RPMS: dict[str, int | None] = {"a": None, "b": 7, "c": 3}


@dataclass(frozen=True)
class Ask:
    """A call that somebody would like to make: at most these tokens, at this price."""

    key: str
    most: Usage
    price: Price
    byok: bool
    prepaid: bool
    tag: str = ""


@dataclass(frozen=True)
class Call:
    """One that was admitted, in process `process_id`."""

    ask: Ask
    reservation: ReservationRequest
    request_id: str
    process_id: str
    held_nanos: int
    budgets: tuple[BudgetStanding, ...] = ()


class TwoProcesses:
    """The instance. `serving` are the two processes; the writers outlive them, as the database does."""

    def __init__(self, terms: Terms, folder: str) -> None:
        self.terms = terms
        self.clock = StandingClock()
        self._exit = ExitStack()
        self.database = Database(f"sqlite:///{Path(folder)}/ni.db")
        self._exit.callback(self.database.close)
        self.database.make_file()
        metadata.create_all(self.database.engine)
        with self.database.engine.begin() as connection:
            for account in SUBJECTS:
                row = {"id": account, "name": account, "time_zone": ZONE, "created_at": 0}
                connection.execute(accounts.insert(), row)
        self.books = (Books(self.database), Books(self.database))
        for books in self.books:
            self._exit.callback(books.writer.close)
        self._drawn: Iterator[int] = iter(range(10**6))
        self.serving = ["", ""]
        for slot in (0, 1):
            self.restart(slot)
        journal = DirectJournal(self.books[0].writer)
        self.balances = Balances(self.database, journal, self.clock, self._random, tell)

    def close(self) -> None:
        """Let go of the database."""
        self._exit.close()

    def restart(self, slot: int) -> None:
        """Another process takes the place; the one before just stops, and its calls stay open."""
        self.serving[slot] = f"process{next(self._drawn)}"
        self._register(slot).register(self._now_ms)

    def admit(self, slot: int, asks: list[Ask]) -> list[Call | Problem]:
        """Ask for all of them in one batch of one process."""
        parts = [self._part(slot, ask) for ask in asks]
        outcomes = self.books[slot].admit_parts(
            [(part, RPMS[ask.key]) for ask, part in zip(asks, parts, strict=True)]
        )
        return [_outcome(ask, part, held) for ask, part, held in zip(asks, parts, outcomes, strict=True)]

    def settle(self, slot: int, ended: list[tuple[Call, Outcome, Usage]]) -> list[Result]:
        """Settle calls with what they used, in one batch."""
        units = [Unit((self._settled(*each),), must=True) for each in ended]
        return self.books[slot].writer.run(units)

    def _settled(self, call: Call, outcome: Outcome, used: Usage) -> Settle:
        row = self._row(call, outcome, used)
        return Settle(row, True, call.held_nanos, 1, call.ask.prepaid, refs_of(call.budgets))

    def budgets_of(self, account_id: str) -> AccountBudgets:
        """The budgets of an account, as people change them."""
        journal = DirectJournal(self.books[0].writer)
        tools = BudgetTools(self.database, journal, self.clock, self._random, tell)
        return AccountBudgets(tools, account_id, ZONE, "test")

    def sweep(self, slot: int) -> int:
        """Time passes, the living beat, and one of them settles what the dead left open."""
        self.clock.move(seconds=31)
        for living in (0, 1):
            self._register(living).beat(self._now_ms)
        journal = DirectJournal(self.books[slot].writer)
        return Recovery(self.database, journal, self._register(slot), self.clock, self._random).sweep()

    @property
    def _now_ms(self) -> int:
        return to_ms(self.clock.now())

    def _random(self, size: int) -> bytes:
        return next(self._drawn).to_bytes(size)

    def _register(self, slot: int) -> Processes:
        """Seen from elsewhere each time, so that beats decide who lives and not this machine's pids."""
        me = Process(self.serving[slot], f"host of {self.serving[slot]}", 1, "")
        return Processes(self.database, DirectJournal(self.books[slot].writer), me)

    def _part(self, slot: int, ask: Ask) -> Admit:
        bound = ceiling(Quantities(ask.most), ask.price, self.terms, ask.byok)
        most, least = bound.nanos(ask.most.output), bound.nanos(0)
        day = day_of(self.clock.now(), ZONE)
        reservation = ReservationRequest(
            ACCOUNTS[ask.key], ask.key, day, most, least, CAPS[ask.key], ask.prepaid,
            OWNERS[ask.key], marked_tags([ask.tag]),
        )  # fmt: skip
        name = f"{next(self._drawn):016x}"
        call = Call(ask, reservation, name, self.serving[slot], 0)
        row = self._row(call, Outcome.CRASHED, replace(ask.most, output=0))
        close = {"rid": name, "acct": reservation.account_id}
        facts = orjson.dumps({"row": asdict(row), "close": close, "protected": 1}).decode()
        return Admit(name, call.process_id, reservation, self._now_ms, facts)

    def _row(self, call: Call, outcome: Outcome, used: Usage) -> UsageRecord:
        nothing = not (used.prompt or used.output)
        paid = Cost() if nothing else cost(Quantities(used), call.ask.price, self.terms, call.ask.byok)
        return replace(
            ROW, request_id=call.request_id, account_id=call.reservation.account_id, key_id=call.reservation.key_id,
            at=self._now_ms, day=call.reservation.day, outcome=outcome.value, uncached_tokens=used.uncached,
            cached_tokens=used.cached, cache_write_tokens=used.cache_write, output_tokens=used.output,
            provider_cost_usd_nanos=paid.provider_usd_nanos, provider_cost_nanos=paid.provider_nanos,
            ni_charge_nanos=paid.charge_nanos, rate_millionths=self.terms.rate_millionths, tag=call.ask.tag,
        )  # fmt: skip


def _outcome(ask: Ask, part: Admit, held: Held | Problem) -> Call | Problem:
    if isinstance(held, Problem):
        return held
    return Call(ask, part.reservation, part.request_id, part.process_id, held.nanos, held.budgets)


class Bucket:
    """The rate of a key as it is meant: one call each step, and a minute's worth in reserve. Times in microseconds."""

    def __init__(self, rpm: int) -> None:
        self._step_us = 60_000_000 // rpm
        self._due_us = 0

    def takes(self, now_us: int) -> bool:
        """Whether a call may come now."""
        if self._due_us > now_us + 60_000_000 - self._step_us:
            return False
        self._due_us = max(self._due_us, now_us) + self._step_us
        return True


def limited(outcome: Call | Problem) -> bool:
    """Whether it was the rate that refused."""
    return isinstance(outcome, RateLimited)
