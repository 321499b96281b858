"""Accounts: the teams that own everything else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted, updated
from ni.access.refusals import Refused
from ni.domain.activity import ActivityKind, Plain, Subject, differences
from ni.domain.clock import from_ms
from ni.domain.ids import object_id
from ni.domain.pii_labels import Label, labels_of, stored_labels
from ni.store.tables.access import (
    accounts,
    admin_tokens,
    credentials,
    key_mappings,
    keys,
    links,
    mappings,
    members,
    sessions,
)
from ni.store.tables.alerts import alert_receivers
from ni.store.tables.metering import account_budgets, grants, open_calls, totals, usage
from ni.store.unit import Change, Conflict

DEFAULT = "default"
"""Id and name of the account that `init` makes and the first user owns."""
TIME_ZONE = "America/Toronto"
EVIDENCE = ("", "C", "B", "A")
"""Grades of residency evidence that can be demanded, from nothing to the best."""


OWNED = (
    *(mappings, key_mappings, credentials, links, sessions, members, keys, admin_tokens),
    *(account_budgets, alert_receivers),
)
"""What was set up in an account, and is deleted with it."""


class Role(StrEnum):
    """What a person is in an account.

    `OWNER` decides about people and settings, `MEMBER` works in it, `AUDITOR` reads usage, custody and activity: no
    content, no keys, no changes.
    """

    OWNER = "owner"
    MEMBER = "member"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Account:
    """A team; `time_zone` is an IANA name and decides where its days begin, `commands` allows in-chat commands.

    `min_evidence` is the grade of residency evidence that calls of all its keys need at least, empty for any;
    `shares_mappings` says whether names that a key pins in chat are pinned for all of them;
    `block_labels` are the kinds of personal data that none of its keys lets out;
    `locale` is the language (`en`, `fr`) of errors and of replies of the gateway, empty for what the client asks for;
    `own_providers` are the providers that it stored a credential for.
    """

    id: str
    name: str
    time_zone: str
    locale: str
    commands: bool
    created_at: datetime
    min_evidence: str = ""
    shares_mappings: bool = False
    block_labels: frozenset[Label] = frozenset()
    own_providers: frozenset[str] = frozenset()


_OWN_PROVIDERS = (
    sa.select(sa.func.aggregate_strings(credentials.c.provider, ","))
    .where(credentials.c.account_id == accounts.c.id)
    .correlate(accounts)
    .scalar_subquery()
)
ACCOUNT_COLUMNS = (
    *(column.label(f"account_row_{column.name}") for column in accounts.c),
    _OWN_PROVIDERS.label("account_row_own_providers"),
)
"""What `account_of` reads; the prefix tells them from the columns of a row that belongs to the account."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What owners decide about their account; the fields are those of `Account`."""

    name: str
    time_zone: str
    commands: bool
    min_evidence: str = ""
    shares_mappings: bool = False
    block_labels: frozenset[Label] = frozenset()
    locale: str = ""


class Accounts:
    """All accounts of the instance; `changed` is called when keys must be authenticated anew."""

    def __init__(self, base: Base, changed: Callable[[], None] = lambda: None) -> None:
        self._base = base
        self._changed = changed

    def create(self, name: str, time_zone: str = TIME_ZONE) -> Account:
        """Make an account. Raises `Refused` if the name is taken or the time zone unknown."""
        name = _name(name)
        account_id = DEFAULT if name == DEFAULT else object_id("acc", self._base.random)
        row = {
            "id": account_id,
            "name": name,
            "time_zone": _zone(time_zone),
            "created_at": self._base.now_ms(),
        }
        made: dict[str, Plain] = {"name": name, "time_zone": str(row["time_zone"])}
        told = self._base.activity(
            ActivityKind.ACCOUNT_CREATED, account_id, Subject(account_id, name), differences({}, made)
        )
        self._write(name, "", inserted(accounts, row), told)
        return self._one(accounts.c.id == account_id)

    def ensure_default(self) -> None:
        """Make account `default` unless it exists."""
        if self.get(DEFAULT) is None:
            self.create(DEFAULT)

    def list(self) -> tuple[Account, ...]:
        """All accounts by name."""
        with self._base.database.read() as connection:
            rows = connection.execute(sa.select(*ACCOUNT_COLUMNS).order_by(accounts.c.name)).mappings()
            return tuple(account_of(row) for row in rows)

    def of(self, user_id: str) -> tuple[tuple[Account, Role], ...]:
        """The accounts that a person is in, by name, and what they are there."""
        wanted = (
            sa.select(*ACCOUNT_COLUMNS, members.c.role)
            .join(members, members.c.account_id == accounts.c.id)
            .where(members.c.user_id == user_id)
            .order_by(accounts.c.name)
        )
        with self._base.database.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple((account_of(row), Role(row["role"])) for row in rows)

    def people(self) -> Mapping[str, int]:
        """How many people each account has, by its id; accounts without any are not there."""
        wanted = sa.select(members.c.account_id, sa.func.count()).group_by(members.c.account_id)
        with self._base.database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def get(self, account_id: str) -> Account | None:
        """The account with this id."""
        return self._maybe(accounts.c.id == account_id)

    def named(self, name: str) -> Account | None:
        """The account with this name."""
        return self._maybe(accounts.c.name == name)

    def check(self, settings: AccountSettings, account_id: str = "") -> None:
        """Raises `Refused` for settings that the account, or a new one, cannot be given."""
        self._check_name(str(_columns(settings)["name"]), account_id)

    def change(self, account_id: str, settings: AccountSettings) -> Account:
        """Change what owners decide about an account; its keys follow at once. Raises `Refused`."""
        self._update(account_id, _columns(settings))
        return self._one(accounts.c.id == account_id)

    def require(self, account_id: str, min_evidence: str) -> None:
        """Demand a grade of evidence for all calls of an account. Raises `Refused`."""
        if min_evidence not in EVIDENCE:
            raise Refused("min_evidence", "The least evidence is A, B or C, or nothing.")
        self._update(account_id, {"min_evidence": min_evidence})

    def block(self, account_id: str, labels: frozenset[Label]) -> None:
        """Refuse calls of an account that hold personal data of these kinds."""
        self._update(account_id, {"block_labels": stored_labels(labels)})

    def _update(self, account_id: str, row: Mapping[str, Plain]) -> None:
        """Change columns of an account, on record with what they were; its keys follow at once."""
        with self._base.database.read() as connection:
            found = connection.execute(sa.select(accounts).where(accounts.c.id == account_id)).mappings()
            before = dict(found.first() or {})
        old = {column: before.get(column) for column in row}
        name = str(row.get("name", before.get("name", "")))
        told = self._base.activity(
            ActivityKind.ACCOUNT_CHANGED, account_id, Subject(account_id, name), differences(old, row)
        )
        self._write(name, account_id, updated(accounts, row, accounts.c.id == account_id), told)
        self._changed()

    def check_deletion(self, account_id: str, *, keys_end: bool = False) -> Account:
        """The account. Raises `Refused` for one that stays; `keys_end` says that its keys are revoked before."""
        account = self.get(account_id)
        if account is None or account_id == DEFAULT:
            raise Refused("", "The first account cannot be deleted.")
        with self._base.database.read() as connection:
            if not keys_end and connection.scalar(sa.select(_live_key(account_id))):
                raise Refused("", "The account has live keys: revoke them first.")
            if connection.scalar(sa.select(_history(account_id))):
                raise Refused("", "The account has usage or credit, which stay on record.")
        return account

    def delete(self, account_id: str) -> None:
        """Delete an account that holds nothing but what was set up in it. Raises `Refused`, naming what is still there.

        Usage and credit are evidence: an account that has any stays. So does one with a live key.
        """
        account = self.check_deletion(account_id)
        free = (accounts.c.id == account_id, ~_live_key(account_id), ~_history(account_id))
        told = self._base.activity(
            ActivityKind.ACCOUNT_DELETED, account_id, Subject(account_id, account.name)
        )
        try:
            self._base.write(
                Change(accounts.update().where(*free).values(commands=0), {}, expect=1),
                *(deleted(table, table.c.account_id == account_id) for table in OWNED),
                deleted(accounts, accounts.c.id == account_id),
                told,
            )
        except Conflict:
            raise Refused("", "There is no such account, or it is in use.") from None
        self._changed()

    def _check_name(self, name: str, but: str) -> None:
        # Commands take a name or an id, so that a name must not be another account's id either.
        for other in (self.named(name), self.get(name)):
            if other is not None and other.id != but:
                raise Refused("name", "There is an account with this name already.")

    def _write(self, name: str, but: str, *parts: object) -> None:
        self._check_name(name, but)
        try:
            self._base.write(*parts)
        except Conflict:
            raise Refused("name", "There is no such account.") from None

    def _one(self, where: sa.ColumnElement[bool]) -> Account:
        with self._base.database.read() as connection:
            return account_of(connection.execute(sa.select(*ACCOUNT_COLUMNS).where(where)).mappings().one())

    def _maybe(self, where: sa.ColumnElement[bool]) -> Account | None:
        with self._base.database.read() as connection:
            row = connection.execute(sa.select(*ACCOUNT_COLUMNS).where(where)).mappings().first()
        return account_of(row) if row else None


def _live_key(account_id: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(keys.c.account_id == account_id, keys.c.revoked_at.is_(None))


def _history(account_id: str) -> sa.ColumnElement[bool]:
    """Whether an account has called, may be calling, or was given credit."""
    tables = (usage, totals, open_calls, grants)
    return sa.or_(*(sa.exists().where(table.c.account_id == account_id) for table in tables))


def _columns(settings: AccountSettings) -> dict[str, Plain]:
    """The columns of an account's settings. Raises `Refused`."""
    if settings.min_evidence not in EVIDENCE:
        raise Refused("min_evidence", "The least evidence is A, B or C, or nothing.")
    return {
        "name": _name(settings.name),
        "time_zone": _zone(settings.time_zone),
        "commands": int(settings.commands),
        "min_evidence": settings.min_evidence,
        "shares_mappings": int(settings.shares_mappings),
        "block_labels": stored_labels(settings.block_labels),
        "locale": settings.locale,
    }


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Refused("name", "A name has between 1 and 100 characters.")
    return name


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("time_zone", "This is not a time zone. Write a name such as America/Toronto.") from None
    return text


def account_of(row: Any) -> Account:
    """The account in a row with `ACCOUNT_COLUMNS`."""
    return Account(
        row["account_row_id"],
        row["account_row_name"],
        row["account_row_time_zone"],
        row["account_row_locale"],
        bool(row["account_row_commands"]),
        from_ms(row["account_row_created_at"]),
        row["account_row_min_evidence"],
        bool(row["account_row_shares_mappings"]),
        labels_of(row["account_row_block_labels"]),
        frozenset(filter(None, (row["account_row_own_providers"] or "").split(","))),
    )
