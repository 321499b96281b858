"""API keys: their text, the keys of one account, and the way from a presented key to its `Caller`.

A key is `ni_live_` + 10 base62 public id + 38 base62 secret (226 bits) + 6 base62 CRC-32 over all before it. The
checksum turns typing errors away without asking the database and lets secret scanners be precise; it protects nothing.
What is stored is an HMAC-SHA256 (RFC 2104) under a versioned pepper: the secret has full entropy, so a slow hash would
only make denial of service cheap.

`AccountKeys` is built with the account's id, and every statement carries it: the id of another account's key is simply
not there. The text of a key leaves this file once, when it is made.

`KeyGate` authenticates. A cached answer costs a few microseconds and lives two seconds, so that a key revoked elsewhere
stops within five; in the process that revoked or changed it, `forget` makes it at once. The cache is keyed by the full
digest, never by a prefix. A database fault is `StoreUnavailable`, never a refusal: the key may well be good.
`presented_key` reads the key from a request's headers. Keys in the query string are not accepted, because it ends up in
logs.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ni.access.accounts import ACCOUNT_COLUMNS, Account, account_of
from ni.access.base import Base
from ni.access.key_spec import ALL_TIERS, KeySpec, check_spec, columns_of, spec_of
from ni.access.refusals import MadeAlready, Refused
from ni.domain.caller import Caller
from ni.domain.clock import Clock, from_ms, to_ms
from ni.domain.errors import BadRequest, InvalidKey, StoreUnavailable
from ni.domain.ids import BASE62, Random, base62, object_id
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.journal import Journal
from ni.store.tables.access import accounts, keys
from ni.store.unit import Change, Conflict, Unit

PREFIX = "ni_live_"
_ID, _SECRET, _CHECK = 10, 38, 6
_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_ID}}})[0-9A-Za-z]{{{_SECRET + _CHECK}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Peppers:
    """The keys of the HMAC by version; the highest is used for new keys, the others still recognise old ones."""

    by_version: Mapping[int, bytes] = field(repr=False)

    @property
    def current(self) -> int:
        """The version for new keys."""
        return max(self.by_version)

    def digest(self, version: int, text: str) -> bytes:
        """32 bytes; under a version that is gone the work is the same and nothing matches."""
        pepper = self.by_version.get(version, b"\0" * 32)
        return hmac.digest(pepper, text.encode("utf-8", "surrogatepass"), "sha256")


def mint(random: Random) -> tuple[str, Secret]:
    """A new key: its public id and its text."""
    public_id = base62(random, _ID)
    body = PREFIX + public_id + base62(random, _SECRET)
    return public_id, Secret(body + checksum(body))


def public_id_of(text: str) -> str | None:
    """The public id in a well-formed key, None if the text is not one (the answer to a typing error)."""
    match = _SHAPE.fullmatch(text)
    if match is None or checksum(text[:-_CHECK]) != text[-_CHECK:]:
        return None
    return match[1]


def checksum(body: str) -> str:
    """CRC-32 (ISO-HDLC) in six base62 digits, most significant first."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits


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
        self._changes = 0
        self._used: dict[str, int] = {}
        self._renewed: dict[str, bytes] = {}

    def authenticate(self, presented: str) -> Caller:
        """Who presents this key. Raises `InvalidKey` (missing, wrong, revoked, expired) or `StoreUnavailable`."""
        digest = self._peppers.digest(self._current, presented)
        known = self._known.get(digest)
        if known is None or known.until < self._clock.monotonic():
            known = self._look_up(presented, digest)
        now_ms = to_ms(self._clock.now())
        if known.expires_at_ms is not None and known.expires_at_ms <= now_ms:
            raise InvalidKey()
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
        candidate = self._peppers.digest(version, presented)
        if not hmac.compare_digest(candidate, row["digest"] if row else _NOBODY) or row is None:
            raise InvalidKey()
        if row["revoked_at"] is not None:
            raise InvalidKey()
        if version != self._current:
            self._renewed[row["id"]] = digest
        known = _Known(caller_of(row), row["expires_at"], self._clock.monotonic() + LIFE_S)
        if changes == self._changes:  # nothing was revoked while the database was asked
            self._keep(digest, known)
        return known

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
