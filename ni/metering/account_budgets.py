"""Budgets: what a key, a person, a tag or an account may spend in a day or a month of the account's time zone.

Any number of them may apply to a call, which is held against all of them (`ni.metering.budget`). Their figures come
from one query, `standings_of`: those of a refusal, of the header `X-NI-Budget-Remaining`, of pages, commands and the
API. `AccountBudgets` changes them. A budget that is set counts what the window has cost so far; calls that are under
way at that moment are not held against it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import sqlalchemy as sa

from ni.domain.activity import Activity, ActivityKind, Plain, Subject, Tell, differences
from ni.domain.clock import Clock, to_ms
from ni.domain.ids import Random, object_id
from ni.metering.days import day_ends_at, day_of, month_ends_at, month_of
from ni.store.database import Database, upsert
from ni.store.journal import Journal
from ni.store.tables.access import keys
from ni.store.tables.metering import account_budgets, budget_spans, totals, usage
from ni.store.unit import Change, Conflict, Unit

ALERTS = (50, 80, 100)
"""At which percentages of a budget people are told, where its owner did not say."""


class BudgetScope(StrEnum):
    """Whose calls a budget counts; a refusal names the first that is exceeded in this order."""

    KEY = "key"
    PERSON = "person"
    TAG = "tag"
    ACCOUNT = "account"


class BudgetSpan(StrEnum):
    """How long a budget lasts before it begins anew."""

    DAY = "day"
    MONTH = "month"


_ORDER = {each: at for at, each in enumerate((*BudgetScope, *BudgetSpan))}


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """What an owner decides: `subject` is the id of a key or user, the stored label of a tag, empty for the account.

    `title` is what people call the subject where its id does not say it; `alerts` are whole percentages, ascending.
    """

    scope: BudgetScope
    subject: str
    span: BudgetSpan
    limit_nanos: int
    title: str = ""
    alerts: tuple[int, ...] = ALERTS


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """A budget with what was spent and is held of it in one window, in nanos."""

    id: str
    account_id: str
    spec: BudgetSpec
    period: str
    spent_nanos: int
    held_nanos: int

    @property
    def ref(self) -> str:
        """The budget and its window, as open calls name them."""
        return f"{self.id}/{self.period}"

    @property
    def left_nanos(self) -> int:
        """What a further call may be held against; below zero for a budget that was lowered."""
        return self.spec.limit_nanos - self.spent_nanos - self.held_nanos

    @property
    def order(self) -> tuple[int, int]:
        """The place in lists, and in the search for the first budget that is exceeded."""
        return _ORDER[self.spec.scope], _ORDER[self.spec.span]

    def resets_at(self, moment: datetime, time_zone: str) -> datetime:
        """The instant (UTC) at which the window that holds `moment` ends."""
        ends = day_ends_at if self.spec.span is BudgetSpan.DAY else month_ends_at
        return ends(moment, time_zone)

    def holding(self, nanos: int) -> "BudgetStanding":
        """The same with more held."""
        held_nanos = self.held_nanos + nanos
        return BudgetStanding(self.id, self.account_id, self.spec, self.period, self.spent_nanos, held_nanos)

    def settled(self, held_nanos: int, charge_nanos: int) -> "BudgetStanding":
        """The same after a call was settled."""
        spent_nanos = self.spent_nanos + charge_nanos
        return BudgetStanding(
            self.id, self.account_id, self.spec, self.period, spent_nanos, self.held_nanos - held_nanos
        )


_B, _S = account_budgets.c, budget_spans.c
PERIOD: sa.ColumnElement[str] = sa.case(
    (_B.span == sa.literal_column("'day'"), sa.bindparam("day", type_=sa.Text)),
    else_=sa.bindparam("month", type_=sa.Text),
)
"""The name of a budget's window, on the day `day` of the month `month`."""
MARK = "\x1f"
"""Stands around each of a call's tags: no stored label has it."""
_TAGS = sa.bindparam("tags", type_=sa.Text)
_NOTHING: sa.ColumnElement[str] = sa.literal_column("''")
_MARKED = sa.bindparam("mark", type_=sa.Text).concat(_B.subject).concat(sa.bindparam("mark", type_=sa.Text))
MATCHING = sa.or_(
    _B.scope == sa.literal_column("'account'"),
    sa.and_(_B.scope == sa.literal_column("'key'"), _B.subject == sa.bindparam("key_id")),
    sa.and_(_B.scope == sa.literal_column("'person'"), _B.subject == sa.bindparam("owner_id")),
    sa.and_(_B.scope == sa.literal_column("'tag'"), sa.func.replace(_TAGS, _MARKED, _NOTHING) != _TAGS),
)
"""The budgets that a call of the key `key_id`, owned by `owner_id`, with the `tags` (`marked_tags`) counts for."""


def marked_tags(tags: Iterable[str]) -> str:
    """The stored labels of a call's tags as one text; empty for none."""
    named = sorted({tag for tag in tags if tag})
    return f"{MARK}{MARK.join(named)}{MARK}" if named else ""


def standings_of(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Query for the budgets of `account_id` with their figures in the windows `day` and `month`."""
    zero: sa.ColumnElement[int] = sa.literal_column("0")
    return (
        sa.select(
            *(_B.id, _B.account_id, _B.scope, _B.subject, _B.span, _B.limit_nanos, _B.title, _B.alerts),
            PERIOD.label("period"),
            sa.func.coalesce(_S.spent_nanos, zero).label("spent_nanos"),
            sa.func.coalesce(_S.held_nanos, zero).label("held_nanos"),
        )
        .select_from(
            account_budgets.outerjoin(budget_spans, sa.and_(_S.budget_id == _B.id, _S.period == PERIOD))
        )
        .where(_B.account_id == sa.bindparam("account_id"), *conditions)
    )


def standings(rows: Iterable[Sequence[Any]]) -> tuple[BudgetStanding, ...]:
    """The rows of `standings_of`, in the order of `BudgetStanding.order`."""
    return tuple(sorted(map(_standing, rows), key=lambda each: (each.order, each.spec.subject)))


def _standing(row: Sequence[Any]) -> BudgetStanding:
    budget_id, account_id, *spec, period, spent, held = row
    return BudgetStanding(budget_id, account_id, _spec(tuple(spec)), period, spent, held)


@lru_cache(maxsize=4096)  # each call reads those that it counts for
def _spec(columns: tuple[Any, ...]) -> BudgetSpec:
    scope, subject, span, limit, title, alerts = columns
    told = tuple(int(part) for part in alerts.split(",") if part)
    return BudgetSpec(BudgetScope(scope), subject, BudgetSpan(span), limit, title, told)


def _(sentence: str) -> str:
    """Mark a sentence to be collected for translation."""
    return sentence


class BudgetRefused(Exception):
    """A budget that cannot be; `field` is the one at fault."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class BudgetTools:
    """Database, journal, clock and randomness of `AccountBudgets`; `tell` makes the records of changes."""

    database: Database
    journal: Journal
    clock: Clock
    random: Random
    tell: Tell


class AccountBudgets:
    """The budgets of one account, as `actor` (a user's id, or the name of a program) reads and changes them."""

    def __init__(self, tools: BudgetTools, account_id: str, time_zone: str, actor: str = "") -> None:
        self._tools = tools
        self._account_id = account_id
        self._time_zone = time_zone
        self._actor = actor

    def resets_at(self, standing: BudgetStanding) -> datetime:
        """The instant (UTC) at which a budget of the account begins anew."""
        return standing.resets_at(self._tools.clock.now(), self._time_zone)

    def list(self, *conditions: sa.ColumnElement[bool], **values: str) -> tuple[BudgetStanding, ...]:
        """The budgets of the account in their windows of now. Raises `StoreUnavailable`."""
        query = standings_of(*conditions)
        with self._tools.database.read() as connection:
            return standings(connection.execute(query, {**self._windows(), **values}).all())

    def of_call(self, key_id: str, owner_id: str, tags: Iterable[str] = ()) -> tuple[BudgetStanding, ...]:
        """Those that a call of this key and person with these tags counts for."""
        named = marked_tags(tags)
        return self.list(MATCHING, key_id=key_id, owner_id=owner_id, tags=named, mark=MARK)

    def get(self, budget_id: str) -> BudgetStanding | None:
        """One budget of the account, None if it has none with this id."""
        return next(iter(self.list(_B.id == sa.bindparam("id"), id=budget_id)), None)

    def set(self, spec: BudgetSpec) -> BudgetStanding:
        """Set the budget of a subject and window, in place of one that there is. Raises `BudgetRefused`.

        The title of a tag is kept as keys have theirs: without white space around it, in Unicode's form NFC.
        """
        spec = replace(spec, title=normalize("NFC", spec.title.strip()))
        _check(spec)
        before = self._same(spec)
        told = self._told(ActivityKind.BUDGET_SET, before.spec if before else None, spec)
        try:
            self._tools.journal.write(Unit((*self._made(spec), told)))
        except Conflict:  # there is one: it keeps its id and what was spent of it
            self._tools.journal.write(Unit((self._changed(spec), told)))
        made = self._same(spec)
        assert made is not None  # it was written just now
        return made

    def _same(self, spec: BudgetSpec) -> BudgetStanding | None:
        """The budget of the subject and window of a specification."""
        same = (
            _B.scope == sa.bindparam("scope"),
            _B.subject == sa.bindparam("subject"),
            _B.span == sa.bindparam("span"),
        )
        found = self.list(*same, scope=spec.scope.value, subject=spec.subject, span=spec.span.value)
        return next(iter(found), None)

    def _told(self, kind: ActivityKind, before: BudgetSpec | None, after: BudgetSpec | None) -> Activity:
        """The record of a change; the subject of a tag is its stored form, as calls have it."""
        spec = after or before
        subject = Subject(f"{spec.scope}:{spec.subject}:{spec.span}", spec.title) if spec else Subject("")
        changes = differences(_plain(before), _plain(after))
        return self._tools.tell(kind, self._account_id, subject, changes)

    def remove(self, budget_id: str) -> bool:
        """Remove a budget; False if the account has none with this id. Calls under way release what is gone."""
        values = {"wanted": budget_id, "mine": self._account_id}
        gone = Change(
            account_budgets.delete().where(
                _B.id == sa.bindparam("wanted"), _B.account_id == sa.bindparam("mine")
            ),
            values,
            expect=1,
        )
        spans = Change(
            budget_spans.delete().where(_S.budget_id == sa.bindparam("wanted")), {"wanted": budget_id}
        )
        standing = self.get(budget_id)
        told = self._told(ActivityKind.BUDGET_REMOVED, standing.spec if standing else None, None)
        try:
            self._tools.journal.write(Unit((gone, spans, told)))
        except Conflict:
            return False
        return True

    def _windows(self) -> dict[str, str]:
        day = day_of(self._tools.clock.now(), self._time_zone)
        return {"account_id": self._account_id, "day": day, "month": month_of(day)}

    def _made(self, spec: BudgetSpec) -> tuple[Change, Change]:
        """Insert a budget unless its subject and window have one, with what the window has cost so far."""
        row = {
            "id": object_id("budget", self._tools.random),
            **self._row(spec),
            "account_id": self._account_id,
            "created_at": to_ms(self._tools.clock.now()),
            "created_by": self._actor,
        }
        names = [column.name for column in account_budgets.c]
        fresh = upsert(self._tools.database)(account_budgets).values(
            {name: sa.bindparam(name) for name in names}
        )
        windows = self._windows()
        since = windows["day"] if spec.span is BudgetSpan.DAY else f"{windows['month']}-01"
        seed = {
            "budget_id": row["id"],
            "window": windows[spec.span.value],
            "mine": self._account_id,
            "since": since,
            "until": windows["day"],
        }
        if spec.scope is not BudgetScope.ACCOUNT:
            seed["who"] = spec.subject
        if spec.scope is BudgetScope.TAG:
            seed["title"] = spec.title
        return (
            Change(fresh.on_conflict_do_nothing(), row, expect=1),
            Change(_seeded(spec.scope), seed, expect=1),
        )

    def _changed(self, spec: BudgetSpec) -> Change:
        statement = (
            account_budgets.update()
            .where(
                _B.account_id == sa.bindparam("mine"),
                _B.scope == sa.bindparam("of_scope"),
                _B.subject == sa.bindparam("of_subject"),
                _B.span == sa.bindparam("of_span"),
            )
            .values({name: sa.bindparam(name) for name in ("title", "limit_nanos", "alerts")})
        )
        row = self._row(spec)
        wanted = {f"of_{name}": row.pop(name) for name in ("scope", "subject", "span")}
        return Change(statement, {**row, **wanted, "mine": self._account_id}, expect=1)

    def _row(self, spec: BudgetSpec) -> dict[str, Any]:
        return {
            "scope": spec.scope.value,
            "subject": spec.subject,
            "span": spec.span.value,
            "title": spec.title,
            "limit_nanos": spec.limit_nanos,
            "alerts": ",".join(map(str, spec.alerts)),
        }


def _seeded(scope: BudgetScope) -> sa.ClauseElement:
    """Insert the spending of a new budget's window: the sum of what was charged in it before."""
    table = usage if scope is BudgetScope.TAG else totals
    who = sa.bindparam("who", type_=sa.Text)
    owner = sa.case((keys.c.owner_id != sa.literal(""), keys.c.owner_id), else_=keys.c.created_by)
    owned = sa.select(keys.c.id).where(owner == who)
    of_scope: dict[BudgetScope, sa.ColumnElement[bool]] = {
        BudgetScope.KEY: table.c.key_id == who,
        BudgetScope.PERSON: table.c.key_id.in_(owned),
        BudgetScope.TAG: sa.or_(usage.c.tag == who, usage.c.key_id.in_(_tagged_keys())),
    }
    charged = sa.cast(sa.func.coalesce(sa.func.sum(table.c.ni_charge_nanos), 0), sa.BigInteger)
    spent = sa.select(
        sa.bindparam("budget_id", type_=sa.Text),
        sa.bindparam("window", type_=sa.Text),
        charged,
        sa.literal(0),
    ).where(
        table.c.account_id == sa.bindparam("mine"),
        table.c.day >= sa.bindparam("since"),
        table.c.day <= sa.bindparam("until"),
        *([of_scope[scope]] if scope in of_scope else []),
    )
    return budget_spans.insert().from_select(["budget_id", "period", "spent_nanos", "held_nanos"], spent)


def _tagged_keys() -> sa.Select[Any]:
    """Ids of the keys that have the tag `title`."""
    comma, title = sa.literal(","), sa.bindparam("title", type_=sa.Text)
    tags = comma.concat(keys.c.tags).concat(comma)
    without = sa.func.replace(tags, comma.concat(title).concat(comma), sa.literal(""))
    return sa.select(keys.c.id).where(keys.c.tags != sa.literal(""), without != tags)


def _plain(spec: BudgetSpec | None) -> dict[str, Plain]:
    """What a budget decides, for the record; nothing for one that is not there."""
    if spec is None:
        return {}
    return {"limit_nanos": spec.limit_nanos, "alerts": ", ".join(map(str, spec.alerts))}


def _check(spec: BudgetSpec) -> None:
    if spec.limit_nanos < 0:
        raise BudgetRefused("limit", _("A budget is an amount, or 0 to refuse what costs anything."))
    if bool(spec.subject) is (spec.scope is BudgetScope.ACCOUNT):
        raise BudgetRefused(
            "subject", "A budget is that of a key, a person or a tag, or of the whole account."
        )
    if not spec.title.isprintable():
        raise BudgetRefused("subject", _("A tag has no line breaks and no invisible characters."))
    if list(spec.alerts) != sorted({*spec.alerts}) or not all(1 <= each <= 100 for each in spec.alerts):
        raise BudgetRefused("alerts", _("Alerts are whole percentages from 1 to 100, the smallest first."))
