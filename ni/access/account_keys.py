"""The keys of one account: create, list, change, revoke.

The object is built with the account's id, and every statement carries it: the id of another account's key is simply
not there. The text of a key leaves this file once, when it is made.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ni.access.accounts import EVIDENCE
from ni.access.base import Base
from ni.access.key_format import Peppers, mint
from ni.access.keys import tiers_of
from ni.access.refusals import MadeAlready, Refused
from ni.domain.clock import from_ms, to_ms
from ni.domain.ids import Random, object_id
from ni.domain.pii_labels import Label, labels_of, stored_labels
from ni.domain.route import Tier
from ni.domain.secret import Secret
from ni.store.tables.access import keys
from ni.store.unit import Change, Conflict, Unit

ALL_TIERS = frozenset(Tier)
_MOST_RPM = 1_000_000


@dataclass(frozen=True, slots=True)
class KeySpec:
    """What a key may do; `cap_nanos` per day and `rpm` are None where unlimited.

    `min_evidence` is the least grade of residency evidence that its calls need: A, B, C, or empty for any.
    `strict` says that an unknown model name is an error, never answered in prose.
    Calls that hold personal data of the kinds `block_labels` are refused.
    """

    name: str
    tiers: frozenset[Tier] = ALL_TIERS
    cap_nanos: int | None = None
    rpm: int | None = None
    byok: bool = False
    pii: bool = True
    pii_may_disable: bool = False
    expires_at: datetime | None = None
    min_evidence: str = ""
    strict: bool = False
    block_labels: frozenset[Label] = frozenset()


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


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the text that is shown once."""

    id: str
    text: Secret


@dataclass(frozen=True, slots=True)
class KeyTools:
    """What making keys needs beside the account; `changed` tells the gate of this process to forget."""

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
        """Bytes that the account and the form decide."""
        digest = hashlib.sha256(f"{self._account_id}:{once}".encode("utf-8", "surrogatepass")).digest()
        return lambda length: digest[:length]

    def list(self) -> tuple[Key, ...]:
        """All keys of the account, newest first, revoked ones included."""
        wanted = self._mine().order_by(keys.c.created_at.desc(), keys.c.id)
        with self._base.database.read() as connection:
            return tuple(_key(row) for row in connection.execute(wanted).mappings())

    def get(self, key_id: str) -> Key | None:
        """One key of the account, None if the account has none with this id."""
        with self._base.database.read() as connection:
            row = connection.execute(self._mine().where(keys.c.id == key_id)).mappings().first()
        return _key(row) if row else None

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
        """The columns of a specification that may be."""
        name = spec.name.strip()
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise Refused("name", "A key needs a name of at most 100 characters.")
        if not spec.tiers:
            raise Refused("tiers", "A key needs at least one tier, or it can call nothing.")
        if not spec.tiers <= self._ceiling:
            raise Refused("tiers", "The key asks for a tier that you cannot give.")
        if spec.cap_nanos is not None and not 0 <= spec.cap_nanos <= 10**18:
            raise Refused("cap", "The daily cap is not an amount.")
        if spec.rpm is not None and not 1 <= spec.rpm <= _MOST_RPM:
            raise Refused("rpm", "Requests per minute is a whole number of at least 1.")
        if spec.min_evidence not in EVIDENCE:
            raise Refused("min_evidence", "The least evidence is A, B or C, or nothing.")
        if spec.expires_at is not None and spec.expires_at <= now:
            raise Refused("expires_at", "The expiry lies in the past.")
        return {
            "name": name,
            "tiers": ",".join(sorted(spec.tiers)),
            "cap_nanos": spec.cap_nanos,
            "rpm": spec.rpm,
            "byok": int(spec.byok),
            "pii": int(spec.pii),
            "pii_may_disable": int(spec.pii_may_disable),
            "expires_at": to_ms(spec.expires_at) if spec.expires_at else None,
            "min_evidence": spec.min_evidence,
            "strict": int(spec.strict),
            "block_labels": stored_labels(spec.block_labels),
        }


def _inserted_once(values: dict[str, Any]) -> Change:
    """Insert a key unless one has its id."""
    source = sa.select(*(sa.bindparam(name, type_=keys.c[name].type) for name in values)).where(
        ~sa.exists(sa.select(keys.c.id).where(keys.c.id == sa.bindparam("id")))
    )
    return Change(keys.insert().from_select(list(values), source), values, expect=1)


def _key(row: Any) -> Key:
    spec = KeySpec(
        row["name"],
        tiers_of(row["tiers"]),
        row["cap_nanos"],
        row["rpm"],
        bool(row["byok"]),
        bool(row["pii"]),
        bool(row["pii_may_disable"]),
        _instant(row["expires_at"]),
        row["min_evidence"],
        bool(row["strict"]),
        labels_of(row["block_labels"]),
    )
    return Key(
        row["id"],
        spec,
        row["last4"],
        from_ms(row["created_at"]),
        row["created_by"],
        _instant(row["last_used_at"]),
        _instant(row["revoked_at"]),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
