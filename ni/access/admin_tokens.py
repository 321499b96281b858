"""Tokens with which programs administer the instance or one account, and the `Idempotency-Key`s that they send.

A token is `ni_admin_` + public id + secret + checksum, stored as a digest under a pepper like the text of a key
(`key_text.py`), and shown once. It belongs to an account or, without one, to the operator. What it may do is a list of
scopes: `read` or `write` of one resource, where the second includes the first. The id of another account's token is not
there, and a token gives no right in another account. A database fault is `StoreUnavailable`, never a refusal.

A claim is made before a change and settled after it, so that a request that is sent twice is done once: keyed digests
of its `Idempotency-Key` and its body are kept for a day.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ni.access.base import Base, deleted, inserted, updated
from ni.access.key_text import Peppers, mint, public_id_of, shape_of
from ni.access.refusals import Refused
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Difference, Subject
from ni.domain.clock import from_ms, to_ms
from ni.domain.errors import IdempotencyInProgress, IdempotencyMismatch, IdempotencyUsed, InvalidAdminToken
from ni.domain.ids import object_id
from ni.domain.secret import Secret
from ni.store.database import upsert
from ni.store.tables.access import admin_claims, admin_tokens
from ni.store.unit import Change, Conflict

PREFIX = "ni_admin_"
SHAPE = shape_of(PREFIX)
MINUTE_MS = 60_000
KEPT_MS = 24 * 60 * MINUTE_MS
_NOBODY = b"\0" * 32
_DONE = (
    "The request with this `Idempotency-Key` was done before, as request %(request)s with status %(status)s. What it "
    "made is named by the header `Location`; texts of keys are not stored, so they cannot be given again."
)


class Resource(StrEnum):
    """What the administration API is about; scopes and the parts of its description are named so."""

    ACCOUNTS = "accounts"
    PEOPLE = "people"
    KEYS = "keys"
    CREDENTIALS = "credentials"
    BUDGETS = "budgets"
    CATALOG = "catalog"
    USAGE = "usage"
    ACTIVITY = "activity"


class Verb(StrEnum):
    """What a scope allows; writing includes reading."""

    READ = "read"
    WRITE = "write"


SCOPES = tuple(
    f"{resource}:{verb}"
    for resource in Resource
    for verb in Verb
    if (resource, verb) != (Resource.ACTIVITY, Verb.WRITE)  # what was done is on record, and nobody writes it
)


@dataclass(frozen=True, slots=True)
class AdminToken:
    """A token without its text; `account_id` is None for one of the operator."""

    id: str
    name: str
    account_id: str | None
    scopes: frozenset[str]
    last4: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def allows(self, resource: Resource, verb: Verb) -> bool:
        """Whether the token may read or write what a resource covers."""
        return bool(self.scopes & {f"{resource}:{verb}", f"{resource}:{Verb.WRITE}"})

    def reaches(self, account_id: str) -> bool:
        """Whether the token may see an account at all."""
        return self.account_id in (None, account_id)

    def live(self, now: datetime) -> bool:
        """Whether the token is let in at an instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """What is decided about a token when it is made; it cannot be changed afterwards."""

    name: str
    scopes: frozenset[str]
    account_id: str | None
    expires_at: datetime | None = None


class AdminTokens:
    """Makes, lists, revokes and authenticates tokens."""

    def __init__(self, base: Base, peppers: Peppers) -> None:
        self._base = base
        self._peppers = peppers

    def create(self, spec: TokenSpec, created_by: str = "") -> tuple[str, Secret]:
        """The id and the text of a new token. Raises `Refused`."""
        name, now = spec.name.strip(), self._base.clock.now()
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise Refused("name", "A name has between 1 and 100 characters.")
        if not spec.scopes or not spec.scopes <= set(SCOPES):
            raise Refused("scopes", "A token needs at least one scope, or it can do nothing.")
        if spec.expires_at is not None and spec.expires_at <= now:
            raise Refused("expires_on", "The expiry lies in the past.")
        public_id, text = mint(self._base.random, PREFIX)
        token_id, version = object_id("adm", self._base.random), self._peppers.current
        row = {
            "id": token_id,
            "public_id": public_id,
            "account_id": spec.account_id,
            "name": name,
            "scopes": ",".join(sorted(spec.scopes)),
            "digest": self._peppers.digest(version, text.reveal()),
            "pepper_version": version,
            "last4": text.reveal()[-4:],
            "created_at": to_ms(now),
            "created_by": created_by,
            "expires_at": to_ms(spec.expires_at) if spec.expires_at else None,
        }
        told = self._told(
            ActivityKind.TOKEN_CREATED, spec.account_id, Subject(token_id, name), sorted(spec.scopes)
        )
        self._base.write(inserted(admin_tokens, row), told)
        return token_id, text

    def _told(
        self, kind: ActivityKind, account_id: str | None, subject: Subject, scopes: list[str] | None = None
    ) -> Activity:
        changes: tuple[Difference, ...] = (("scopes", None, scopes),) if scopes else ()
        return self._base.activity(kind, account_id or OPERATOR, subject, changes)

    def list(self, account_id: str | None) -> Sequence[AdminToken]:
        """The tokens of an account, or the operator's own, newest first."""
        wanted = (
            sa.select(admin_tokens)
            .where(admin_tokens.c.account_id == account_id)
            .order_by(admin_tokens.c.created_at.desc(), admin_tokens.c.id)
        )
        with self._base.database.read() as connection:
            return tuple(_token(row) for row in connection.execute(wanted).mappings())

    def revoke(self, token_id: str, account_id: str | None) -> bool:
        """End a token of an account, or one of the operator, for good; False if there is no such live one."""
        where = (admin_tokens.c.id == token_id, admin_tokens.c.account_id == account_id)
        row = {"revoked_at": self._base.now_ms()}
        name = next((token.name for token in self.list(account_id) if token.id == token_id), "")
        told = self._told(ActivityKind.TOKEN_REVOKED, account_id, Subject(token_id, name))
        try:
            self._base.write(updated(admin_tokens, row, *where, admin_tokens.c.revoked_at.is_(None)), told)
        except Conflict:
            return False
        return True

    def authenticate(self, authorization: str) -> AdminToken:
        """Whose token an `Authorization` header presents. Raises `InvalidAdminToken`, `StoreUnavailable`."""
        scheme, _, presented = authorization.strip().partition(" ")
        public_id = public_id_of(presented.strip(), SHAPE) if scheme.lower() == "bearer" else None
        if public_id is None:
            raise InvalidAdminToken()
        wanted = sa.select(admin_tokens).where(admin_tokens.c.public_id == public_id)
        with self._base.database.read() as connection:
            row = connection.execute(wanted).mappings().first()
        version = row["pepper_version"] if row else self._peppers.current
        candidate = self._peppers.digest(version, presented.strip())
        if not hmac.compare_digest(candidate, row["digest"] if row else _NOBODY) or row is None:
            raise InvalidAdminToken()
        token = _token(row)
        if not token.live(self._base.clock.now()):
            raise InvalidAdminToken()
        self._note_used(token)
        return token

    def _note_used(self, token: AdminToken) -> None:
        """Write when a token was last used, at most once a minute."""
        now_ms = self._base.now_ms()
        if token.last_used_at is None or to_ms(token.last_used_at) < now_ms - MINUTE_MS:
            used = admin_tokens.update().where(admin_tokens.c.id == token.id).values(last_used_at=now_ms)
            self._base.write(Change(used, {}))


@dataclass(frozen=True, slots=True)
class AdminClaim:
    """A change that is asked for under an `Idempotency-Key`."""

    token_id: str
    name: bytes
    body: bytes
    request_id: str

    @property
    def where(self) -> tuple[sa.ColumnElement[bool], ...]:
        """The conditions of its row."""
        return admin_claims.c.token_id == self.token_id, admin_claims.c.name == self.name


class AdminClaims:
    """Sees to it that a change is made once."""

    def __init__(self, base: Base, secret: bytes) -> None:
        self._base = base
        self._secret = secret

    def claim(self, token: AdminToken, text: str, body: bytes, request_id: str) -> AdminClaim:
        """Claim a change before it is made; `body` is all that says what is asked for.

        Raises `IdempotencyMismatch`, `IdempotencyInProgress` or `IdempotencyUsed` for one that was claimed before.
        """
        name, asked = (
            hmac.digest(self._secret, part, "sha256") for part in (b"n" + text.encode(), b"b" + body)
        )
        claim, now_ms = AdminClaim(token.id, name, asked, request_id), self._base.now_ms()
        row = {"token_id": claim.token_id, "name": claim.name, "body": claim.body}
        old = deleted(admin_claims, admin_claims.c.at < now_ms - KEPT_MS)
        try:
            self._base.write(old, self._fresh(row | {"request_id": request_id, "at": now_ms}))
        except Conflict:
            raise self._refusal(claim) from None
        return claim

    def _fresh(self, row: dict[str, Any]) -> Change:
        """Insert a claim: a `Conflict` where there is one of its name."""
        insert = upsert(self._base.database)(admin_claims)
        values: dict[str, Any] = {column: sa.bindparam(column) for column in row}
        return Change(insert.values(values).on_conflict_do_nothing(), row, expect=1)

    def settle(self, claim: AdminClaim, status: int, location: str) -> None:
        """Note what became of a claimed change; one that was refused may be asked for again."""
        if status < 400:
            self._base.write(updated(admin_claims, {"status": status, "location": location}, *claim.where))
        else:
            self._base.write(deleted(admin_claims, *claim.where))

    def _refusal(self, claim: AdminClaim) -> Exception:
        with self._base.database.read() as connection:
            row = connection.execute(sa.select(admin_claims).where(*claim.where)).mappings().first()
        if row is None:  # it was refused and deleted meanwhile
            return IdempotencyInProgress(request=claim.request_id)
        if not hmac.compare_digest(bytes(row["body"]), claim.body):
            return IdempotencyMismatch(request=row["request_id"])
        if row["status"] is None:
            return IdempotencyInProgress(request=row["request_id"])
        used = IdempotencyUsed(_DONE, request=row["request_id"], status=row["status"])
        used.location = row["location"]
        return used


def _token(row: Any) -> AdminToken:
    def instant(name: str) -> datetime | None:
        return None if row[name] is None else from_ms(row[name])

    return AdminToken(
        row["id"],
        row["name"],
        row["account_id"],
        frozenset(row["scopes"].split(",")),
        row["last4"],
        from_ms(row["created_at"]),
        row["created_by"],
        instant("expires_at"),
        instant("last_used_at"),
        instant("revoked_at"),
    )
