"""Whatever happens in whatever order, no cap is overshot, nothing stays held, and every sum is the sum of its rows.

Calls end well, are refused by the provider, lose their client; processes die with calls open and others sweep for
them; days change under calls that run; all of it in Canadian and in US dollars.
"""

import contextlib
import tempfile
from pathlib import Path

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ni.domain.reply import Outcome, Usage
from ni.metering.account_budgets import BudgetScope, BudgetSpan, BudgetSpec
from ni.metering.cost import Terms
from ni.metering.settlement import AlreadySettled
from ni.store.tables.metering import balances, budget_spans, budgets, open_calls, processes, usage
from tests.metering.two_processes import (
    CAPS,
    PRICES,
    RPMS,
    SUBJECTS,
    Ask,
    Bucket,
    Call,
    TwoProcesses,
    limited,
)

SLOTS = st.integers(0, 1)
TERMS = st.sampled_from(
    [Terms("CAD", 1_400_000, 100_000), Terms("USD", 1_000_000), Terms("CAD", 1_371_113, 33_333)]
)
TOKENS = st.integers(0, 120)
OUTPUTS = st.sampled_from([0, 40, 300, 300, 600, 2000])
SELDOM = st.sampled_from([False, True, False])
ASKS = st.builds(
    lambda key, fresh, output, price, byok, prepaid, tag: Ask(
        key, Usage(uncached=fresh + 1, output=output), price, byok, prepaid, tag
    ),
    st.sampled_from(sorted(CAPS)), TOKENS, OUTPUTS, st.sampled_from((PRICES[0], *PRICES)), SELDOM, SELDOM,
    st.sampled_from(["", "red", "blue"]),
)  # fmt: skip
ENDS = st.sampled_from([Outcome.COMPLETED, Outcome.UPSTREAM_ERROR, Outcome.CLIENT_GONE, Outcome.UPSTREAM_CUT])
QUICK = Path("/dev/shm")  # noqa: S108 - a file system in memory: the machine commits thousands of times


def used_of(call: Call, outcome: Outcome, share: int) -> Usage:
    """What it used in the end: nothing if the provider refused it, else some of what it might have, partly cached.

    A hold that was granted smaller than asked for covers fewer tokens of output; those calls stop at their input.
    """
    if outcome is Outcome.UPSTREAM_ERROR:
        return Usage()
    most = call.ask.most
    full = call.held_nanos >= call.reservation.most_nanos
    cached = most.uncached * share // 300
    return Usage(most.uncached - 2 * cached, cached, cached, most.output * share // 100 if full else 0)


class Money(RuleBasedStateMachine):
    """Two processes that crash and restart, on one database."""

    @initialize(terms=TERMS)
    def open(self, terms: Terms) -> None:
        self.exit = contextlib.ExitStack()
        folder = tempfile.TemporaryDirectory(dir=QUICK if QUICK.is_dir() else None)
        self.pair = TwoProcesses(terms, self.exit.enter_context(folder))
        self.exit.callback(self.pair.close)
        self.limits: dict[str, int] = {}
        self.buckets = {key: Bucket(rpm) for key, rpm in RPMS.items() if rpm}
        self.grant("acc", 10_000_000)
        self.grant("other", 10_000_000)
        self.running: list[Call] = []
        self.orphans: list[Call] = []
        self.swept: list[Call] = []

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            self.exit.close()

    def come_to_rest(self) -> None:
        self.pair.settle(
            0, [(call, Outcome.COMPLETED, call.ask.most) for call in self.running if _full(call)]
        )
        self.pair.restart(0)
        self.pair.restart(1)
        self.pair.sweep(0)
        with self.pair.database.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(open_calls)) == 0
            for table in (budgets, balances, budget_spans):
                assert not connection.scalar(sa.select(sa.func.sum(table.c.held_nanos)))
            assert set(connection.scalars(sa.select(processes.c.id))) == set(self.pair.serving)
        self.nothing_is_overshot()
        self.sums_are_sums()

    @rule(slot=SLOTS, asks=st.lists(ASKS, min_size=1, max_size=3))
    def admit(self, slot: int, asks: list[Ask]) -> None:
        now_us = int(self.pair.clock.now().timestamp()) * 1_000_000
        outcomes = list(zip(asks, self.pair.admit(slot, asks), strict=True))
        for ask, outcome in sorted(outcomes, key=lambda pair: pair[0].key):
            if ask.key in self.buckets:
                assert limited(outcome) is not self.buckets[ask.key].takes(now_us)
            if isinstance(outcome, Call):
                assert outcome.reservation.least_nanos <= outcome.held_nanos <= outcome.reservation.most_nanos
                self.running.append(outcome)

    @rule(slot=SLOTS, ask=ASKS, times=st.integers(2, 9))
    def rush(self, slot: int, ask: Ask, times: int) -> None:
        """The same call many times at once: the way in which a limit is overshot if it can be."""
        self.admit(slot, [ask] * times)

    @precondition(lambda self: self.running)
    @rule(slot=SLOTS, count=st.integers(1, 4), how=ENDS, share=st.integers(0, 100))
    def end(self, slot: int, count: int, how: Outcome, share: int) -> None:
        ended, self.running = self.running[:count], self.running[count:]
        wanted = [(call, how, used_of(call, how, share)) for call in ended]
        assert self.pair.settle(slot, wanted) == [(None,)] * len(ended)
        assert isinstance(self.pair.settle(1 - slot, wanted[:1])[0], AlreadySettled)

    @rule(slot=SLOTS)
    def crash(self, slot: int) -> None:
        died = self.pair.serving[slot]
        self.orphans += [call for call in self.running if call.process_id == died]
        self.running = [call for call in self.running if call.process_id != died]
        self.pair.restart(slot)

    @rule(slot=SLOTS)
    def sweep(self, slot: int) -> None:
        assert self.pair.sweep(slot) == len(self.orphans)
        self.swept += self.orphans
        self.orphans = []

    @precondition(lambda self: self.orphans or self.swept)
    @rule(slot=SLOTS, share=st.integers(0, 100))
    def come_back_late(self, slot: int, share: int) -> None:
        """A process that was only slow, and taken for dead, settles its call after all: first come, first served."""
        waiting = self.orphans or self.swept
        call = waiting.pop()
        result = self.pair.settle(slot, [(call, Outcome.COMPLETED, used_of(call, Outcome.COMPLETED, share))])[
            0
        ]
        assert (result == (None,)) is (waiting is self.orphans)
        assert isinstance(result, AlreadySettled) is (waiting is not self.orphans)

    @rule(seconds=st.sampled_from([1, 20, 61, 6 * 3600, 24 * 3600]))
    def wait(self, seconds: int) -> None:
        self.pair.clock.move(seconds=seconds)

    @rule(account=st.sampled_from(["acc", "other"]), amount=st.sampled_from([1, 2_000_000, 10_000_000]))
    def grant(self, account: str, amount: int) -> None:
        self.pair.balances.grant(account, "America/Toronto", amount)

    @rule(
        account=st.sampled_from(["acc", "other"]),
        scope=st.sampled_from(BudgetScope),
        span=st.sampled_from(BudgetSpan),
        limit=st.sampled_from([0, 300_000, 3_000_000, 30_000_000]),
    )
    def set_budget(self, account: str, scope: BudgetScope, span: BudgetSpan, limit: int) -> None:
        """Raised budgets keep what was spent of them; one that is lowered may be overspent already."""
        subject = {**SUBJECTS[account], "tag": "red", "account": ""}[scope.value]
        standing = self.pair.budgets_of(account).set(BudgetSpec(scope, subject, span, limit))
        most = max(limit, standing.spent_nanos + standing.held_nanos, self.limits.get(standing.id, 0))
        self.limits[standing.id] = most

    @rule(account=st.sampled_from(["acc", "other"]))
    def remove_budget(self, account: str) -> None:
        service = self.pair.budgets_of(account)
        for standing in service.list()[:1]:
            assert service.remove(standing.id)

    @invariant()
    def no_budget_is_overshot(self) -> None:
        with self.pair.database.read() as connection:
            for budget, period, spent, held in connection.execute(sa.select(budget_spans)):
                assert held >= 0, (budget, period)
                assert spent + held <= self.limits[budget], (budget, period)

    @invariant()
    def nothing_is_overshot(self) -> None:
        with self.pair.database.read() as connection:
            for key, day, spent, held in connection.execute(sa.select(budgets)):
                assert held >= 0, (key, day)
                cap = CAPS[key]
                assert cap is None or spent + held <= cap, (key, day)
            for account, granted, charged, held in connection.execute(sa.select(balances)):
                assert 0 <= held <= granted - charged, account

    @invariant()
    def sums_are_sums(self) -> None:
        self.pair.books[0].check()
        assert all(self.pair.balances.check(account) for account in ("acc", "other"))

    @invariant()
    def each_call_has_one_row_or_is_open(self) -> None:
        with self.pair.database.read() as connection:
            rows = set(connection.scalars(sa.select(usage.c.request_id)))
            left = set(connection.scalars(sa.select(open_calls.c.request_id)))
        assert not rows & left
        assert left == {call.request_id for call in (*self.running, *self.orphans)}


def _full(call: Call) -> bool:
    """Whether what it asked for was held whole."""
    return call.held_nanos >= call.reservation.most_nanos


Money.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestMoney = Money.TestCase
