"""The keys of one account: create, list, change, revoke.

The object is built with the account's id, and every statement carries it: the id of another account's key is simply
not there. The text of a key leaves this file once, when it is made.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ni.access.accounts import ACCOUNT_COLUMNS, Account, account_of
from ni.access.base import Base
from ni.access.key_format import Peppers, mint
from ni.access.key_spec import ALL_TIERS, KeySpec, check_spec, columns_of, spec_of
from ni.access.refusals import MadeAlready, Refused
from ni.domain.caller import Caller
from ni.domain.clock import from_ms, to_ms
from ni.domain.ids import Random, object_id
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.store.tables.access import accounts, keys
from ni.store.unit import Change, Conflict, Unit

KEY_AND_ACCOUNT = sa.select(keys, *ACCOUNT_COLUMNS).join(accounts, accounts.c.id == keys.c.account_id)
"""Rows for `caller_of`."""


class KeyStatus(StrEnum):
    """Whether requests with a key are let in, and why not."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its account sees it: everything but the text."""

    id: str
    spec: KeySpec
    last4: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None

    def status(self, now: datetime) -> KeyStatus:
        """Whether requests with the key are let in at an instant."""
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        expired = self.spec.expires_at is not None and self.spec.expires_at <= now
        return KeyStatus.EXPIRED if expired else KeyStatus.LIVE

    def caller(self, account: Account) -> Caller:
        """Who calls with this key of `account`: the one way from a key to a `Caller`.

        Of two demands for evidence the better grade holds; kinds of personal data that either refuses are refused.
        """
        spec = self.spec
        demands = filter(None, (spec.min_evidence, account.min_evidence))
        return Caller(
            account_id=account.id,
            key_id=self.id,
            key_name=spec.name,
            tiers=spec.tiers,
            cap_nanos=spec.cap_nanos,
            rpm=spec.rpm,
            byok=spec.byok,
            own_providers=account.own_providers if spec.byok else frozenset(),
            pii=spec.pii,
            pii_may_disable=spec.pii_may_disable,
            time_zone=account.time_zone,
            commands=account.commands,
            min_evidence=min(demands, default=""),
            strict=spec.strict,
            shares_mappings=account.shares_mappings,
            block_labels=spec.block_labels | account.block_labels,
        )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the text that is shown once."""

    id: str
    text: Secret


@dataclass(frozen=True, slots=True)
class KeyTools:
    """Dependencies of `AccountKeys`; `changed` is called after each change, so that cached callers are dropped."""

    base: Base
    peppers: Peppers
    changed: Callable[[], None] = lambda: None


class AccountKeys:
    """The keys of the account `account_id`; `ceiling` are the tiers that its keys may have at most."""

    def __init__(self, tools: KeyTools, account_id: str, ceiling: frozenset[Tier] = ALL_TIERS) -> None:
        self._tools = tools
        self._base = tools.base
        self._account_id = account_id
        self._ceiling = ceiling

    def create(self, spec: KeySpec, created_by: str = "", once: str = "") -> NewKey:
        """Make a key. Raises `Refused` naming the field at fault.

        `once` is an id of the form that asks: from it follows the id of the key, so that the same form makes one key
        however often it is sent. Raises `MadeAlready` for all but the first.
        """
        now = self._base.clock.now()
        row = self._row(spec, now)
        public_id, text = mint(self._base.random)
        version = self._tools.peppers.current
        key_id = object_id("key", self._drawn_from(once) if once else self._base.random)
        values = {
            **row,
            "id": key_id,
            "public_id": public_id,
            "account_id": self._account_id,
            "digest": self._tools.peppers.digest(version, text.reveal()),
            "pepper_version": version,
            "last4": text.reveal()[-4:],
            "created_at": to_ms(now),
            "created_by": created_by,
        }
        try:
            self._base.journal.write(Unit((_inserted_once(values),)))
        except Conflict:
            raise MadeAlready() from None
        return NewKey(key_id, text)

    def _drawn_from(self, once: str) -> Random:
        """Bytes derived from the account and the form, in place of random ones."""
        digest = hashlib.sha256(f"{self._account_id}:{once}".encode("utf-8", "surrogatepass")).digest()
        return lambda length: digest[:length]

    def list(self) -> tuple[Key, ...]:
        """All keys of the account, newest first, revoked ones included."""
        wanted = self._mine().order_by(keys.c.created_at.desc(), keys.c.id)
        with self._base.database.read() as connection:
            return tuple(key_of(row) for row in connection.execute(wanted).mappings())

    def get(self, key_id: str) -> Key | None:
        """One key of the account, None if the account has none with this id."""
        with self._base.database.read() as connection:
            row = connection.execute(self._mine().where(keys.c.id == key_id)).mappings().first()
        return key_of(row) if row else None

    def caller(self, key_id: str) -> Caller | None:
        """Who would call with this key; None unless the account has it and it is live."""
        wanted = KEY_AND_ACCOUNT.where(keys.c.id == key_id, keys.c.account_id == self._account_id)
        with self._base.database.read() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None or key_of(row).status(self._base.clock.now()) is not KeyStatus.LIVE:
            return None
        return caller_of(row)

    def edit(self, key_id: str, spec: KeySpec) -> bool:
        """Change what a key may do; False if the account has no such live key. Raises `Refused`."""
        return self._change(key_id, self._row(spec, self._base.clock.now()))

    def revoke(self, key_id: str) -> bool:
        """End a key for good, at once in this process; False if the account has no such live key."""
        return self._change(key_id, {"revoked_at": to_ms(self._base.clock.now())})

    def _change(self, key_id: str, row: dict[str, Any]) -> bool:
        statement = (
            keys.update()
            .where(
                keys.c.id == sa.bindparam("wanted"),
                keys.c.account_id == sa.bindparam("mine"),
                keys.c.revoked_at.is_(None),
            )
            .values({column: sa.bindparam(column) for column in row})
        )
        try:
            self._base.journal.write(
                Unit((Change(statement, {**row, "wanted": key_id, "mine": self._account_id}, expect=1),))
            )
        except Conflict:
            return False
        self._tools.changed()
        return True

    def _mine(self) -> sa.Select[Any]:
        return sa.select(keys).where(keys.c.account_id == self._account_id)

    def _row(self, spec: KeySpec, now: datetime) -> dict[str, Any]:
        """The columns of a specification. Raises `Refused`."""
        check_spec(spec, now)
        if not spec.tiers <= self._ceiling:
            raise Refused("tiers", "The key asks for a tier that you cannot give.")
        return columns_of(spec)


def _inserted_once(values: dict[str, Any]) -> Change:
    """Insert a key unless one has its id."""
    source = sa.select(*(sa.bindparam(name, type_=keys.c[name].type) for name in values)).where(
        ~sa.exists(sa.select(keys.c.id).where(keys.c.id == sa.bindparam("id")))
    )
    return Change(keys.insert().from_select(list(values), source), values, expect=1)


def key_of(row: Any) -> Key:
    """The key in a row of its table."""
    return Key(
        row["id"],
        spec_of(row),
        row["last4"],
        from_ms(row["created_at"]),
        row["created_by"],
        _instant(row["last_used_at"]),
        _instant(row["revoked_at"]),
    )


def caller_of(row: Any) -> Caller:
    """The caller in a row of `KEY_AND_ACCOUNT`."""
    return key_of(row).caller(account_of(row))


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
