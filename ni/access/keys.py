"""API keys: the keys of one account, and the way from a presented key to its `Caller`. Their text is `key_text.py`.

`AccountKeys` is built with the account's id, and every statement carries it: the id of another account's key is simply
not there. The text of a key leaves this file once, when it is made.

A rotated key keeps its id and its public id; the secret of before is let in beside the new one until the overlap ends.

`KeyGate` authenticates. A cached answer costs a few microseconds and lives two seconds, so that a key revoked elsewhere
stops within five; in the process that revoked or changed it, `forget` makes it at once. The cache is keyed by the full
digest, never by a prefix. A database fault is `StoreUnavailable`, never a refusal: the key may well be good.
`presented_key` reads the key from a request's headers. Keys in the query string are not accepted, because it ends up in
logs.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ni.access.accounts import ACCOUNT_COLUMNS, Account, account_of
from ni.access.base import Base
from ni.access.key_routes import check_routes
from ni.access.key_spec import ALL_TIERS, KeySpec, check_spec, columns_of, plain, spec_of
from ni.access.key_text import Peppers, mint, public_id_of
from ni.access.refusals import MadeAlready, Refused
from ni.domain.activity import Activity, ActivityKind, Plain, Subject, differences
from ni.domain.caller import Caller
from ni.domain.clock import Clock, from_ms, to_ms
from ni.domain.errors import AddressNotAllowed, BadRequest, InvalidKey, RotatedMeanwhile, StoreUnavailable
from ni.domain.ids import Random, object_id
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.shared_reads import SharedReads
from ni.store.tables.access import accounts, keys, members
from ni.store.unit import Change, Conflict, Unit

LONGEST_OVERLAP = timedelta(days=30)

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
    rotated_at: datetime | None = None
    former_until: datetime | None = None
    """Until when the secret of before the last rotation is let in as well."""

    def reminds(self, now: datetime) -> bool:
        """Whether the key is about to expire, as far ahead as its account wants to be reminded."""
        days, end = self.spec.remind_days, self.spec.expires_at
        return days is not None and end is not None and now < end <= now + timedelta(days=days)

    def status(self, now: datetime) -> KeyStatus:
        """Whether requests with the key are let in at an instant."""
        if self.revoked_at is not None:
            return KeyStatus.REVOKED
        expired = self.spec.expires_at is not None and self.spec.expires_at <= now
        return KeyStatus.EXPIRED if expired else KeyStatus.LIVE

    @property
    def owner_id(self) -> str:
        """The user for whose budgets its calls count: whose key it is, else who created it."""
        return self.spec.owner_id or self.created_by

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
            server_timing=spec.server_timing,
            shares_mappings=account.shares_mappings,
            block_labels=spec.block_labels | account.block_labels,
            routes=spec.routes,
            owner_id=self.owner_id,
            tags=spec.tags,
            networks=spec.networks,
            priority=spec.priority,
            language=account.locale,
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
        self.check(spec)
        now = self._base.clock.now()
        public_id, text = mint(self._base.random)
        version = self._tools.peppers.current
        key_id = object_id("key", self._drawn_from(once) if once else self._base.random)
        values = {
            **columns_of(spec),
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
            told = self._told(ActivityKind.KEY_CREATED, key_id, spec.name, {}, plain(spec))
            self._base.write(_inserted_once(values), told)
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
        before = self.get(key_id)
        if before is None:
            return False
        self.check(spec, before.spec)
        told = self._told(ActivityKind.KEY_CHANGED, key_id, spec.name, plain(before.spec), plain(spec))
        return self._change(key_id, columns_of(spec), told)

    def revoke(self, key_id: str) -> bool:
        """End a key for good, at once in this process; False if the account has no such live key."""
        key = self.get(key_id)
        if key is None:
            return False
        told = self._told(ActivityKind.KEY_REVOKED, key_id, key.spec.name, {}, {})
        return self._change(key_id, {"revoked_at": to_ms(self._base.clock.now())}, told)

    def rotate(self, key_id: str, overlap: timedelta) -> NewKey | None:
        """Give a key a new secret; the one of before is let in for `overlap` more. None without such a live key.

        Raises `Refused` for an overlap below nothing or beyond `LONGEST_OVERLAP`, `RotatedMeanwhile` where another
        rotation came between.
        """
        if not timedelta() <= overlap <= LONGEST_OVERLAP:
            raise Refused("overlap", "The overlap is at most 30 days.")
        with self._base.database.read() as connection:
            row = connection.execute(self._mine().where(keys.c.id == key_id)).mappings().first()
        if row is None:
            return None
        _, text = mint(self._base.random, public_id=row["public_id"])
        now, version = self._base.clock.now(), self._tools.peppers.current
        values = {
            "digest": self._tools.peppers.digest(version, text.reveal()),
            "pepper_version": version,
            "last4": text.reveal()[-4:],
            "rotated_at": to_ms(now),
            "former_digest": row["digest"],
            "former_pepper_version": row["pepper_version"],
            "former_until": to_ms(now + overlap),
        }
        endings: tuple[Mapping[str, Plain], ...] = ({"last4": row["last4"]}, {"last4": values["last4"]})
        told = self._told(ActivityKind.KEY_ROTATED, key_id, row["name"], *endings)
        # The digest of before is part of the condition: of two rotations at once one is done.
        if self._change(key_id, values, told, keys.c.digest == row["digest"]):
            return NewKey(key_id, text)
        now_there = self.get(key_id)
        if now_there is not None and now_there.revoked_at is None:
            raise RotatedMeanwhile()
        return None

    def _told(self, kind: ActivityKind, key_id: str, name: str, *states: Mapping[str, Plain]) -> Activity:
        """The record of what happens to a key, with its specification before and after."""
        return self._base.activity(kind, self._account_id, Subject(key_id, name), differences(*states))

    def _change(
        self, key_id: str, row: dict[str, Any], told: Activity, *where: sa.ColumnElement[bool]
    ) -> bool:
        statement = (
            keys.update()
            .where(
                keys.c.id == sa.bindparam("wanted"),
                keys.c.account_id == sa.bindparam("mine"),
                keys.c.revoked_at.is_(None),
                *where,
            )
            .values({column: sa.bindparam(column) for column in row})
        )
        try:
            self._base.write(
                Change(statement, {**row, "wanted": key_id, "mine": self._account_id}, expect=1), told
            )
        except Conflict:
            return False
        self._tools.changed()
        return True

    def _mine(self) -> sa.Select[Any]:
        return sa.select(keys).where(keys.c.account_id == self._account_id)

    def check(self, spec: KeySpec, before: KeySpec | None = None) -> None:
        """Raises `Refused`, naming the form's field, for a specification that no key of the account may have.

        A key that was `before` as it is keeps a route that has left the catalog, until its routes or tiers change.
        """
        check_spec(spec, self._base.clock.now())
        if not spec.tiers <= self._ceiling:
            raise Refused("tiers", "The key asks for a tier that you cannot give.")
        if spec.owner_id and not self._is_member(spec.owner_id):
            raise Refused("owner_id", "There is no such person in this account.")
        same = before is not None and (before.routes, before.tiers) == (spec.routes, spec.tiers)
        if spec.routes and not same:
            check_routes(spec, self._base.database)

    def _is_member(self, user_id: str) -> bool:
        there = sa.exists().where(members.c.account_id == self._account_id, members.c.user_id == user_id)
        with self._base.database.read() as connection:
            return connection.scalar(sa.select(there)) or False


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
        _instant(row["rotated_at"]),
        _instant(row["former_until"]),
    )


def caller_of(row: Any) -> Caller:
    """The caller in a row of `KEY_AND_ACCOUNT`."""
    return key_of(row).caller(account_of(row))


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


LIFE_S = 2.0
MOST = 10_000
_NOBODY = b"\0" * 32

_FIND = KEY_AND_ACCOUNT.where(keys.c.public_id == sa.bindparam("wanted"))
_INVALID = sa.select(keys.c.id).where(
    keys.c.id.in_(sa.bindparam("wanted", expanding=True)),
    sa.or_(keys.c.revoked_at.is_not(None), keys.c.expires_at <= sa.bindparam("now")),
)
_MASKED = (
    sa.select(keys.c.id)
    .join(accounts, accounts.c.id == keys.c.account_id)
    .where(
        keys.c.revoked_at.is_(None),
        sa.or_(keys.c.expires_at.is_(None), keys.c.expires_at > sa.bindparam("now")),
        sa.or_(keys.c.pii == 1, keys.c.block_labels != "", accounts.c.block_labels != ""),
    )
    .limit(1)
)
_NOTE = (
    keys.update().where(keys.c.id == sa.bindparam("wanted")).values(last_used_at=sa.bindparam("last_used_at"))
)
_RENEW = (
    keys.update()
    .where(keys.c.id == sa.bindparam("wanted"))
    .values(digest=sa.bindparam("digest"), pepper_version=sa.bindparam("pepper_version"))
)


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    expires_at_ms: int | None
    until: float


class KeyGate:
    """Authenticates keys for one process."""

    def __init__(self, database: Database, clock: Clock, peppers: Peppers) -> None:
        self._database = database
        self._clock = clock
        self._peppers = peppers
        self._current = peppers.current
        self._known: dict[bytes, _Known] = {}
        self._reads: SharedReads[_Known] = SharedReads()
        self._changes = 0
        self._used: dict[str, int] = {}
        self._renewed: dict[str, bytes] = {}

    def admit(self, header: Callable[[str], str | None], address: str | None) -> Caller:
        """Who presents the key that is in a request's headers, from the client's address.

        Raises `BadRequest` for two keys, and what `authenticate` raises.
        """
        return self.authenticate(presented_key(header), address or "")

    def authenticate(self, presented: str, address: str = "") -> Caller:
        """Who presents this key. Raises `InvalidKey` (missing, wrong, revoked, expired) or `StoreUnavailable`.

        Raises `AddressNotAllowed` where the key has a list of networks and the address is in none of them.
        """
        digest = self._peppers.digest(self._current, presented)
        known = self._known.get(digest)
        if known is None or known.until < self._clock.monotonic():
            known = self._reads.get((digest, self._changes), lambda: self._look_up(presented, digest))
        now_ms = to_ms(self._clock.now())
        if known.expires_at_ms is not None and known.expires_at_ms <= now_ms:
            raise InvalidKey()
        if known.caller.networks and not known.caller.admits(address):
            raise AddressNotAllowed()
        self._used[known.caller.key_id] = now_ms
        return known.caller

    def invalid(self, key_ids: Set[str]) -> Set[str]:
        """Which of these keys are revoked or expired. Raises `StoreUnavailable`."""
        now_ms = to_ms(self._clock.now())
        with self._database.read() as connection:
            return set(connection.scalars(_INVALID, {"wanted": list(key_ids), "now": now_ms}))

    def any_masked(self) -> bool:
        """Whether a key that can be used has its calls looked through. False while the database is away."""
        try:
            with self._database.read() as connection:
                return connection.scalar(_MASKED, {"now": to_ms(self._clock.now())}) is not None
        except StoreUnavailable:  # another check says so
            return False

    def forget(self) -> None:
        """Forget all cached answers: a key or an account has changed. What is being looked up is not kept either."""
        self._changes += 1
        self._known.clear()

    def note_used(self, journal: Journal) -> None:
        """Write when keys were last used, and digests under a newer pepper; called every few seconds."""
        used, self._used = self._used, {}
        renewed, self._renewed = self._renewed, {}
        parts = [Change(_NOTE, {"wanted": key, "last_used_at": at}) for key, at in sorted(used.items())]
        parts += [
            Change(_RENEW, {"wanted": key, "digest": digest, "pepper_version": self._current})
            for key, digest in sorted(renewed.items())
        ]
        if parts:
            journal.write(Unit(tuple(parts)))

    def _look_up(self, presented: str, digest: bytes) -> _Known:
        """One query for every well-formed text, known or not, and one comparison."""
        public_id = public_id_of(presented)
        if public_id is None:
            raise InvalidKey()
        changes = self._changes
        with self._database.read() as connection:
            row = connection.execute(_FIND, {"wanted": public_id}).mappings().first()
        version = row["pepper_version"] if row else self._current
        ends_at_ms = row["expires_at"] if row else None
        if not self._is(presented, version, row["digest"] if row else None):
            ends_at_ms = self._end_of_former(presented, row)
        elif version != self._current and row:
            self._renewed[row["id"]] = digest
        if row is None or row["revoked_at"] is not None:
            raise InvalidKey()
        known = _Known(caller_of(row), ends_at_ms, self._clock.monotonic() + LIFE_S)
        if changes == self._changes:  # nothing was revoked while the database was asked
            self._keep(digest, known)
        return known

    def _is(self, presented: str, version: int, digest: bytes | None) -> bool:
        return hmac.compare_digest(self._peppers.digest(version, presented), digest or _NOBODY)

    def _end_of_former(self, presented: str, row: Any) -> int:
        """When a secret of before the last rotation stops being good. Raises `InvalidKey` for any other text."""
        until: int | None = row["former_until"] if row else None
        if until is None or not self._is(presented, row["former_pepper_version"], row["former_digest"]):
            raise InvalidKey()
        return until if row["expires_at"] is None else min(until, row["expires_at"])

    def _keep(self, digest: bytes, known: _Known) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[digest] = known


def presented_key(header: Callable[[str], str | None]) -> str:
    """The key that the request presents, empty if none. `header` gives a header's value by name, in any case.

    Raises `BadRequest` if two headers hold different keys.
    """
    scheme, _, bearer = (header("Authorization") or "").strip().partition(" ")
    presented = {
        bearer.strip() if scheme.lower() == "bearer" else "",
        (header("x-api-key") or "").strip(),
        (header("api-key") or "").strip(),
    } - {""}
    if len(presented) > 1:
        raise BadRequest(
            "Two different keys came in one request. Send the key in one header only: "
            "`Authorization: Bearer`, `x-api-key` or `api-key`."
        )
    return presented.pop() if presented else ""
