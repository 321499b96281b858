"""No interleaving of batches overshoots a cap or a balance, leaks a hold, or lets sums differ from rows."""

import contextlib
import tempfile

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ni.domain.clock import SystemClock
from ni.metering.balance import Balances
from ni.metering.budget import Wish
from ni.metering.settlement import AlreadySettled
from ni.store.database import Database
from ni.store.journal import DirectJournal
from ni.store.tables import metadata
from ni.store.tables.metering import balances, budgets
from tests.metering.ledger import DAY, Books, Held

CAPS = {"a": 1_000, "b": 37, "c": None}
WISHES = st.builds(
    lambda key, day, least, more, prepaid: Wish(
        "acc" if key == "a" else "other", key, day, least + more, least, CAPS[key], prepaid
    ),
    st.sampled_from(sorted(CAPS)),
    st.sampled_from([DAY, "2026-11-24"]),
    st.integers(0, 60),
    st.integers(0, 400),
    st.booleans(),
)


class Money(RuleBasedStateMachine):
    """Two writers on one database, as two processes have."""

    def __init__(self) -> None:
        super().__init__()
        self.exit = contextlib.ExitStack()
        folder = self.exit.enter_context(tempfile.TemporaryDirectory())
        database = Database(f"sqlite:///{folder}/ni.db")
        self.exit.callback(database.close)
        metadata.create_all(database.engine)
        self.books = (Books(database), Books(database))
        for at, books in enumerate(self.books):
            books._made = at * 2**32
            self.exit.callback(books.writer.close)
        journal = DirectJournal(self.books[0].writer)
        self.balances = Balances(database, journal, SystemClock(), lambda n: next(self.drawn).to_bytes(n))
        self.drawn = iter(range(10**6))
        self.under_way: list[Held] = []

    def teardown(self) -> None:
        for held in self.under_way:
            self.books[0].settle(held, held.nanos)
        self.books[0].check()
        assert all(self.books[0].spent_and_held(key)[1] == 0 for key in CAPS)
        self.exit.close()

    @rule(writer=st.integers(0, 1), wishes=st.lists(WISHES, min_size=1, max_size=8))
    def admit(self, writer: int, wishes: list[Wish]) -> None:
        for wish, outcome in zip(wishes, self.books[writer].admit(*wishes), strict=True):
            if isinstance(outcome, Held):
                assert wish.least_nanos <= outcome.nanos <= wish.most_nanos
                self.under_way.append(outcome)

    @precondition(lambda self: self.under_way)
    @rule(writer=st.integers(0, 1), count=st.integers(1, 5), share=st.integers(0, 100))
    def settle(self, writer: int, count: int, share: int) -> None:
        ended, self.under_way = self.under_way[:count], self.under_way[count:]
        results = self.books[writer].settle_all([(held, held.nanos * share // 100) for held in ended])
        assert results == [(None,)] * len(ended)
        again = self.books[1 - writer].settle(ended[0], ended[0].nanos)
        assert isinstance(again, AlreadySettled)

    @rule(account=st.sampled_from(["acc", "other"]), amount=st.integers(0, 500))
    def grant(self, account: str, amount: int) -> None:
        self.balances.grant(account, "America/Toronto", amount)

    @invariant()
    def nothing_is_overshot(self) -> None:
        with self.books[0].database.read() as connection:
            for key, day, spent, held in connection.execute(sa.select(budgets)):
                assert held >= 0, (key, day)
                cap = CAPS[key]
                assert cap is None or spent + held <= cap, (key, day)
            for account, granted, charged, held in connection.execute(sa.select(balances)):
                assert 0 <= held <= granted - charged, account

    @invariant()
    def sums_are_sums(self) -> None:
        self.books[0].check()
        assert self.balances.check("acc")
        assert self.balances.check("other")


Money.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestMoney = Money.TestCase
