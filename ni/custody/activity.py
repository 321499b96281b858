"""The activity log: administrative acts as records of the custody log (`activity_record`), and their list.

The records are the only copy of what they say, so `ni custody fsck` and `ni_verify.py` find one that was removed or
altered. The list is read newest first. A filter is applied by the database as far as a search for texts can do that,
and exactly when the record is read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
import sqlalchemy as sa

from ni.custody.record import Record, RecordKind, Value, make_record, read_fields
from ni.domain.activity import Activity, ActivityKind, Actor, Difference, Subject, Way
from ni.domain.clock import from_ms, give_way, rfc3339, to_ms
from ni.domain.ids import Random, request_id
from ni.store.database import Database
from ni.store.tables.custody import custody_records

PAGE = 50
MOST_SEARCHED = 1000
_CHUNK = 500


def activity_record(activity: Activity, random: Random) -> Record:
    """The record of an act; `changes` is a list of name, value before and value after."""
    actor, subject = activity.actor, activity.subject
    changes: list[Value] = [[name, _value(old), _value(new)] for name, old, new in activity.changes]
    fields: dict[str, Value] = {
        "rid": request_id(random),
        "acct": activity.account_id,
        "t": rfc3339(from_ms(activity.at_ms)),
        "act": activity.kind.value,
        "who": actor.who,
        "how": actor.way.value,
        "from": actor.address,
        "subject": subject.id,
        "name": subject.name,
        "changes": changes,
    }
    return make_record(RecordKind.ACTIVITY, activity.at_ms, fields, {}, random)


def _value(value: Any) -> Value:
    return [str(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One act as the log has it; `rid` finds its receipt. `activity` is None where what it said was erased."""

    id: int
    rid: str
    account_id: str
    at: datetime
    activity: Activity | None


def within(kind: ActivityKind, name: str) -> bool:
    """Whether a kind is the one of this name, or of the group of this name (`key`)."""
    return f"{kind}.".startswith(f"{name}.")


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which acts: of a kind or a group of kinds (`key`), that hold a text, from one instant up to another.

    Several kinds are written with commas between them. The text is looked for in who, from where, subject, name and
    changes, in any case.
    """

    kind: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def kinds(self) -> Sequence[str]:
        """The names of kinds and of groups of kinds."""
        return self.kind.split(",") if self.kind else ()

    def fits(self, activity: Activity | None) -> bool:
        """Whether an act is of the kind and holds the text; one that was erased holds nothing."""
        if activity is None:
            return not self.kind and not self.text
        if self.kind and not any(within(activity.kind, name) for name in self.kinds):
            return False
        return self.text.casefold() in _text_of(activity).casefold()


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Acts, newest first; `next_before` is the id with which the page after it is asked for, 0 at the end."""

    entries: tuple[ActivityEntry, ...]
    next_before: int


class ActivityLog:
    """The acts of one account, or of all with `account_id` None. Raises `StoreUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, account_id: str | None, wanted: ActivityFilter, before: int = 0, most: int = PAGE
    ) -> ActivityPage:
        """The newest acts that fit, of those with an id below `before` if it is given."""
        found: list[ActivityEntry] = []
        for entry in self.entries(account_id, wanted, before):
            if len(found) == most:
                return ActivityPage(tuple(found), found[-1].id)
            found.append(entry)
        return ActivityPage(tuple(found), 0)

    def entries(
        self, account_id: str | None, wanted: ActivityFilter, before: int = 0
    ) -> Iterator[ActivityEntry]:
        """All acts that fit, newest first; yields to other greenlets."""
        query = _query(account_id, wanted).limit(_CHUNK)
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    query.where(custody_records.c.id < before) if before else query
                ).all()
            for row in rows:
                entry = _entry(row)
                if wanted.fits(entry.activity):
                    yield entry
            if len(rows) < _CHUNK:
                return
            before = rows[-1].id
            give_way()

    def makers(self, account_id: str, subjects: Collection[str], since: datetime) -> Mapping[str, Actor]:
        """Who acted on subjects since an instant, by the subject's id: of each the newest act.

        No more than the newest `MOST_SEARCHED` acts of the account are looked at.
        """
        found: dict[str, Actor] = {}
        for entry in islice(self.entries(account_id, ActivityFilter()), MOST_SEARCHED):
            if entry.at < since or len(found) == len(subjects):
                break
            act = entry.activity
            if act is not None and act.subject.id in subjects:
                found.setdefault(act.subject.id, act.actor)
        return found

    def find(self, account_id: str | None, rid: str) -> ActivityEntry | None:
        """The act with this id; None if the account has none."""
        query = _query(account_id, ActivityFilter()).where(custody_records.c.request_id == rid)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _entry(row) if row else None


def _query(account_id: str | None, wanted: ActivityFilter) -> sa.Select[Any]:
    table = custody_records.c
    query = (
        sa.select(table.id, table.request_id, table.account_id, table.at, table.disclosures)
        .where(table.kind == sa.literal_column(f"'{RecordKind.ACTIVITY.value}'"))
        .order_by(table.id.desc())
    )
    if account_id is not None:
        query = query.where(table.account_id == account_id)
    if wanted.kind:
        named = (table.disclosures.contains(name, autoescape=True) for name in wanted.kinds)
        query = query.where(sa.or_(*named))
    if wanted.since:
        query = query.where(table.at >= to_ms(wanted.since))
    if wanted.until:
        query = query.where(table.at < to_ms(wanted.until))
    return query


def _entry(row: Any) -> ActivityEntry:
    fields = read_fields(row.disclosures)
    at = from_ms(row.at)
    return ActivityEntry(row.id, row.request_id, row.account_id, at, _activity(row, fields))


def _activity(row: Any, fields: dict[str, Any]) -> Activity | None:
    """The act of a record; None unless it discloses all of it."""
    try:
        actor = Actor(fields["who"], Way(fields["how"]), fields["from"])
        subject = Subject(fields["subject"], fields["name"])
        changes: tuple[Difference, ...] = tuple((name, old, new) for name, old, new in fields["changes"])
        return Activity(ActivityKind(fields["act"]), row.account_id, subject, actor, row.at, changes)
    except KeyError:
        return None


def _text_of(activity: Activity) -> str:
    actor, subject = activity.actor, activity.subject
    changes = orjson.dumps(activity.changes).decode()
    return "\n".join((activity.kind, actor.who, actor.way, actor.address, subject.id, subject.name, changes))
