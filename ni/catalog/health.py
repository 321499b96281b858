"""How deployments fare, from real calls: a breaker for each of them, and sums of every minute.

A breaker opens after `TRIPS` failures in a row, or for as long as the provider asks to wait. An open one is left out
where another deployment of the route can take the call; it refuses nothing where there is no other. After `REST_MS`
one call tries the deployment (half open), and closes the breaker if it is answered. The rows are shared by all
processes: each reads them at most every `FRESH_S`, and writes when a call fails, and at the first success after that.

The sums are written with the last unit of each call. Both stand for a deployment as the operator's credential finds
it; an account's own credential has a breaker of its own. A fault of the database never fails a call here.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from operator import add
from typing import Any

import sqlalchemy as sa

from ni.domain.clock import Clock, to_ms
from ni.domain.errors import StoreUnavailable
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.catalog import breakers, deployment_health
from ni.store.unit import Change, Conflict, Transaction, Unit

log = logging.getLogger(__name__)

TRIPS = 5
REST_MS = 15_000
TRIAL_MS = 30_000
STALE_MS = 60_000
"""A failure that is older does not count with the next one."""
TOLD_MS = 3_600_000
LONGEST_S = 300
FRESH_S = 0.5
KEPT_MINUTES = 30 * 24 * 60


class BreakerState(StrEnum):
    """What may be sent to a deployment: all calls, one that tries it, or none while others can take them."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The failures in a row of a deployment, and until when it rests (Unix milliseconds)."""

    name: str
    failures: int
    failed_at: int
    rests_until: int
    trial_until: int

    def state(self, now_ms: int) -> BreakerState:
        """The state at an instant."""
        if self.rests_until > now_ms or self.trial_until > now_ms:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN if self.failures >= TRIPS else BreakerState.CLOSED


def breaker_name(deployment_id: str, own_account_id: str = "") -> str:
    """The breaker of a deployment; an account's own credential has its own."""
    return f"{deployment_id} {own_account_id}" if own_account_id else deployment_id


class Breakers:
    """The breakers as one process sees them; `opened` is told the name of one that opens."""

    def __init__(
        self, database: Database, journal: Journal, clock: Clock, opened: Callable[[str], None]
    ) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self._opened = opened
        self._known: Mapping[str, Breaker] = {}
        self._read_s: float | None = None
        self._fail = _failing(upsert(database))

    def state(self, name: str) -> BreakerState:
        """The state of a breaker now; closed where nothing is known."""
        known = self._rows().get(name)
        return known.state(to_ms(self._clock.now())) if known else BreakerState.CLOSED

    def admits(self, name: str) -> bool:
        """Whether a call may be sent now; of a half-open one the caller becomes the one that tries it."""
        state = self.state(name)
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and self._tries(name))

    def failed(self, name: str, wait_s: int | None = None) -> None:
        """Count a failure; `wait_s` is how long the provider asks to be left alone."""
        was, now_ms = self.state(name), to_ms(self._clock.now())
        asked_ms = now_ms + 1000 * min(wait_s, LONGEST_S) if wait_s else 0
        values = {"name": name, "now": now_ms, "asked": asked_ms, "stale": now_ms - STALE_MS}
        self._write(Change(self._fail, values | {"rested": now_ms + REST_MS}))
        known = self._rows().get(name)
        if known is not None and known.failures >= TRIPS and was is not BreakerState.OPEN:
            log.warning("deployment %s rests: %d calls in a row failed there", name, known.failures)
            self._opened(name)

    def succeeded(self, name: str, began_ms: int) -> None:
        """Close the breaker, by a call that began after the last failure."""
        known = self._rows().get(name)
        if known is not None and known.failures and known.failed_at <= began_ms:
            values = {"wanted": name, "began": began_ms}
            self._write(Change(_CLOSE, values))

    def states(self) -> Mapping[str, BreakerState]:
        """The state of every breaker that ever failed, as it stands in the database now."""
        self._read_s, now_ms = None, to_ms(self._clock.now())
        return {name: known.state(now_ms) for name, known in self._rows().items()}

    def failing(self) -> Mapping[str, int]:
        """Failures in a row of the operator's deployments that failed within `TOLD_MS` and too often to be closed."""
        self._read_s, since_ms = None, to_ms(self._clock.now()) - TOLD_MS
        return {
            name: known.failures
            for name, known in self._rows().items()
            if " " not in name and known.failures >= TRIPS and known.failed_at >= since_ms
        }

    def _tries(self, name: str) -> bool:
        now_ms = to_ms(self._clock.now())
        try:
            self._journal.write(
                Unit((Change(_TRY, {"wanted": name, "now": now_ms, "until": now_ms + TRIAL_MS}, expect=1),))
            )
        except (Conflict, StoreUnavailable):  # another process was faster
            return False
        finally:
            self._read_s = None
        return True

    def _write(self, change: Change) -> None:
        with suppress(StoreUnavailable):  # the call itself tells that the database is away
            self._journal.write(Unit((change,)))
        self._read_s = None

    def _rows(self) -> Mapping[str, Breaker]:
        now_s = self._clock.monotonic()
        if self._read_s is None or now_s - self._read_s > FRESH_S:
            self._read_s = now_s
            with suppress(StoreUnavailable), self._database.read() as connection:
                rows = connection.execute(sa.select(breakers)).all()
                self._known = {row.name: Breaker(*row) for row in rows}
        return self._known


def _failing(insert: Any) -> sa.ClauseElement:
    """Count a failure, and rest if it is one too many or the provider asked for it."""
    now, asked = sa.bindparam("now", type_=sa.BigInteger), sa.bindparam("asked", type_=sa.BigInteger)
    rested, stale = sa.bindparam("rested", type_=sa.BigInteger), sa.bindparam("stale", type_=sa.BigInteger)
    fresh = sa.and_(breakers.c.failed_at < stale, breakers.c.failures < TRIPS)
    failures = sa.case((fresh, 1), else_=breakers.c.failures + 1)
    rests = sa.case((failures >= TRIPS, rested), else_=asked)
    latest = sa.case(
        (sa.and_(breakers.c.rests_until > rests, breakers.c.rests_until > asked), breakers.c.rests_until),
        (asked > rests, asked),
        else_=rests,
    )
    return (  # type: ignore[no-any-return]
        insert(breakers)
        .values(name=sa.bindparam("name"), failures=1, failed_at=now, rests_until=asked, trial_until=0)
        .on_conflict_do_update(
            index_elements=[breakers.c.name],
            set_={"failures": failures, "failed_at": now, "rests_until": latest, "trial_until": 0},
        )
    )


_CLOSE = (
    breakers.update()
    .where(breakers.c.name == sa.bindparam("wanted"))
    .where(breakers.c.failed_at <= sa.bindparam("began", type_=sa.BigInteger))
    .values(failures=0, rests_until=0, trial_until=0)
)
_TRY = (
    breakers.update()
    .where(breakers.c.name == sa.bindparam("wanted"))
    .where(breakers.c.trial_until <= sa.bindparam("now", type_=sa.BigInteger))
    .where(breakers.c.rests_until <= sa.bindparam("now", type_=sa.BigInteger))
    .values(trial_until=sa.bindparam("until", type_=sa.BigInteger))
)

_SUMMED = ("answered", "throttled", "failed", "first_token_ms", "first_tokens")
_COLUMNS = ("deployment", "minute", *_SUMMED, "slowest_ms")


@dataclass(frozen=True, slots=True)
class Met:
    """What one attempt met at a deployment; `first_token_ms` None where no answer came."""

    deployment: str
    at_ms: int
    result: str
    first_token_ms: int | None = None

    @property
    def sums(self) -> tuple[int, ...]:
        """Its part of the columns of `_SUMMED`."""
        throttled, answered = self.result == "rate_limit_exceeded", self.result == "ok"
        first = self.first_token_ms
        failed = not throttled and not answered
        return int(answered), int(throttled), int(failed), first or 0, int(first is not None)


class HealthWriter:
    """Writes `Met` parts, as one row of each deployment and minute."""

    writes = Met

    def __init__(self, database: Database) -> None:
        table = deployment_health
        fresh = upsert(database)(table).values({column.name: sa.bindparam(column.name) for column in table.c})
        slower = sa.case(
            (fresh.excluded.slowest_ms > table.c.slowest_ms, fresh.excluded.slowest_ms),
            else_=table.c.slowest_ms,
        )
        added = {name: table.c[name] + fresh.excluded[name] for name in _SUMMED}
        self._add = database.prepare(
            fresh.on_conflict_do_update(
                index_elements=list(table.primary_key.columns), set_={**added, "slowest_ms": slower}
            )
        )

    def write(self, transaction: Transaction, parts: Sequence[Met]) -> Sequence[object]:
        """None per part."""
        rows: dict[tuple[str, int], tuple[int, ...]] = {}
        for part in parts:
            minute, slowest = (part.deployment, part.at_ms // 60_000), part.first_token_ms or 0
            known = rows.get(minute)
            rows[minute] = (
                (*part.sums, slowest)
                if known is None
                else (*map(add, known, part.sums), max(known[-1], slowest))
            )
        transaction.run_many(
            self._add, [dict(zip(_COLUMNS, (*key, *sums), strict=True)) for key, sums in sorted(rows.items())]
        )
        return [None] * len(parts)

    def rolled_back(self) -> None:
        """Does nothing: no state is kept in memory."""


@dataclass(frozen=True, slots=True)
class HealthSum:
    """What calls met at a deployment in a span that begins with a minute."""

    deployment: str
    minute: int
    answered: int = 0
    throttled: int = 0
    failed: int = 0
    first_token_ms: int = 0
    first_tokens: int = 0
    slowest_ms: int = 0

    @property
    def attempts(self) -> int:
        """How often the deployment was asked."""
        return self.answered + self.throttled + self.failed

    @property
    def mean_ms(self) -> int | None:
        """Milliseconds to the first token in the mean, None where none came."""
        return self.first_token_ms // self.first_tokens if self.first_tokens else None


class DeploymentHealth:
    """Queries and forgets the sums."""

    def __init__(self, database: Database, journal: Journal, clock: Clock) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    def spans(self, minutes: int, each: int) -> list[HealthSum]:
        """The sums of the last `minutes`, in spans of `each` minutes, by deployment and time; empty spans are left out.

        Raises `StoreUnavailable`.
        """
        table, now = deployment_health, to_ms(self._clock.now()) // 60_000
        begins = (table.c.minute - table.c.minute % each).label("begins")
        sums = [sa.cast(sa.func.sum(table.c[name]), sa.BigInteger).label(name) for name in _SUMMED]
        query = sa.select(table.c.deployment, begins, *sums, sa.func.max(table.c.slowest_ms))
        query = query.where(table.c.minute > now - minutes).group_by(table.c.deployment, begins)
        with self._database.read() as connection:
            rows: Iterable[Any] = connection.execute(query.order_by(table.c.deployment, begins)).all()
        return [HealthSum(*row) for row in rows]

    def recent(self, minutes: int) -> Mapping[str, HealthSum]:
        """The sums of the last `minutes` by deployment. Raises `StoreUnavailable`."""
        table, now = deployment_health, to_ms(self._clock.now()) // 60_000
        sums = [sa.cast(sa.func.sum(table.c[name]), sa.BigInteger).label(name) for name in _SUMMED]
        query = sa.select(
            table.c.deployment, sa.func.min(table.c.minute), *sums, sa.func.max(table.c.slowest_ms)
        )
        query = query.where(table.c.minute > now - minutes).group_by(table.c.deployment)
        with self._database.read() as connection:
            return {row[0]: HealthSum(*row) for row in connection.execute(query).all()}

    def forget(self) -> None:
        """Delete sums that are older than `KEPT_MINUTES`. Raises `StoreUnavailable`."""
        before = to_ms(self._clock.now()) // 60_000 - KEPT_MINUTES
        old = deployment_health.delete().where(deployment_health.c.minute < sa.bindparam("before"))
        self._journal.write(Unit((Change(old, {"before": before}),)))
