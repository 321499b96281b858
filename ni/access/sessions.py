"""Sign-in state: a row per sign-in, found by the hash of a random id that only the browser holds.

A session ends after 30 minutes without a request and after 12 hours in any case; at a change of password or role and
at the person's removal all of theirs end at once, because the row is gone, not because a cookie says so.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, deleted, inserted
from ni.domain.activity import OPERATOR, ActivityKind, Subject
from ni.domain.clock import from_ms
from ni.domain.ids import base64url
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.tables.access import accounts, members, sessions, users
from ni.store.unit import Change, Conflict

IDLE_MS = 30 * 60_000
LIFE_MS = 12 * 60 * 60_000
SEEN_EVERY_MS = 60_000
PROVED_EVERY_MS = 45_000
"""How often the provider of single sign-on is asked whether it still stands behind a session that is used."""


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """A signed-in person in one of their `accounts`; `locale` is empty where the browser decides."""

    user_id: str
    email: str
    name: str
    operator: bool
    locale: str
    theme: str
    account_id: str
    account_name: str
    time_zone: str
    role: Role
    started_at: datetime
    accounts: int = 1

    @property
    def owner(self) -> bool:
        """Whether the person decides about the account."""
        return self.role is Role.OWNER

    @property
    def auditor(self) -> bool:
        """Whether the person only looks: at usage, custody and activity, never at content."""
        return self.role is Role.AUDITOR


@dataclass(frozen=True, slots=True)
class Session:
    """One of a person's sign-ins, for the list of them; `mark` identifies it and cannot be used to sign in."""

    mark: str
    agent: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionProof:
    """What a session of single sign-on rests on: the identity, and when its provider was asked and last said yes."""

    id_hash: bytes
    identity_id: str
    provider_session: str
    asked_at: int
    proved_at: int
    refresh_sealed: bytes | None


def _nobody_asks(proof: SessionProof) -> bool:
    return False


class Sessions:
    """Starts, finds and ends sign-ins. `prove` asks the provider whether it still stands behind one of its sessions."""

    def __init__(self, base: Base, prove: Callable[[SessionProof], bool] = _nobody_asks) -> None:
        self._base = base
        self._prove = prove

    def started(
        self, user_id: str, account_id: str, agent: str = "", proof: Mapping[str, object] | None = None
    ) -> tuple[Secret, Change]:
        """A new id for the browser, and the change that stores it with the columns of what it rests on."""
        token, now_ms = base64url(self._base.random(32)), self._base.now_ms()
        row = {
            "id_hash": _digest(token),
            "user_id": user_id,
            "account_id": account_id,
            "created_at": now_ms,
            "seen_at": now_ms,
            "agent": agent[:200],
            **(proof or {}),
        }
        return Secret(token), inserted(sessions, row)

    def start(self, user_id: str, account_id: str, agent: str = "", former: str = "") -> Secret:
        """Sign in somebody who has just shown who they are; the browser's former id becomes worthless."""
        token, started = self.started(user_id, account_id, agent)
        _, subject = about_person(self._base.database, user_id)
        told = self._base.activity(ActivityKind.SIGNED_IN, account_id, subject).by(subject.name)
        self._base.write(ended(former), started, told)
        return token

    def find(self, token: str) -> SignedInUser | None:
        """Who is signed in with this id; None if nobody is any more. Writes at most once a minute.

        A session of single sign-on is proved again now and then; what the provider changed counts at once.
        """
        row, now_ms = self._row(token), self._base.now_ms()
        if row is not None and row["identity_id"] and now_ms - row["asked_at"] >= PROVED_EVERY_MS:
            row = self._row(token) if self._prove(_proof(row)) else None
        if (
            row is None
            or now_ms - row[sessions.c.seen_at] >= IDLE_MS
            or now_ms - row[sessions.c.created_at] >= LIFE_MS
        ):
            return None
        if now_ms - row[sessions.c.seen_at] >= SEEN_EVERY_MS:
            self._seen(token, now_ms)
        return _signed_in(row)

    def _row(self, token: str) -> Any:
        wanted = (
            sa.select(
                *(column for column in sessions.c if column.name != "user_id"),
                users,
                members.c.role,
                accounts.c.name.label("account_name"),
                accounts.c.time_zone,
                _accounts_of(users.c.id),
            )
            .join(users, users.c.id == sessions.c.user_id)
            .join(
                members, (members.c.user_id == users.c.id) & (members.c.account_id == sessions.c.account_id)
            )
            .join(accounts, accounts.c.id == sessions.c.account_id)
            .where(sessions.c.id_hash == _digest(token))
        )
        with self._base.database.read() as connection:
            return connection.execute(wanted).mappings().first()

    def move(self, token: str, account_id: str) -> Secret | None:
        """Go on in another account of the same person, under a new id; None if they are not in it.

        The sign-in keeps its age: changing accounts back and forth does not make it last.
        """
        fresh, there = base64url(self._base.random(32)), members.alias()
        statement = (
            sessions.update()
            .where(
                sessions.c.id_hash == _digest(token),
                sa.exists().where(there.c.user_id == sessions.c.user_id, there.c.account_id == account_id),
            )
            .values(id_hash=_digest(fresh), account_id=account_id)
        )
        known = self.find(token)
        subject = Subject(known.user_id if known else "", known.email if known else "")
        told = self._base.activity(ActivityKind.SESSION_MOVED, account_id, subject)
        try:
            self._base.write(Change(statement, {}, expect=1), told)
        except Conflict:
            return None
        return Secret(fresh)

    def end(self, token: str) -> None:
        """Sign out, on record; an id that nobody is signed in with ends nothing."""
        digest = _digest(token)
        with self._base.database.read() as connection:
            mine = sa.select(sessions.c.user_id, sessions.c.account_id).where(sessions.c.id_hash == digest)
            row = connection.execute(mine).first()
        if row is None:
            return
        _, subject = about_person(self._base.database, row.user_id)
        told = self._base.activity(ActivityKind.SESSION_ENDED, row.account_id, subject).by(subject.name)
        gone = Change(sessions.delete().where(sessions.c.id_hash == digest), {}, expect=1)
        with suppress(Conflict):  # it ended meanwhile, on record
            self._base.write(gone, told)

    def list(self, user_id: str) -> tuple[Session, ...]:
        """A person's sign-ins, the last used first."""
        wanted = sa.select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.seen_at.desc())
        with self._base.database.read() as connection:
            return tuple(
                Session(
                    mark_of(row["id_hash"]),
                    row["agent"],
                    from_ms(row["created_at"]),
                    from_ms(row["seen_at"]),
                )
                for row in connection.execute(wanted).mappings()
            )

    def end_marked(self, user_id: str, mark: str) -> bool:
        """End one of a person's sign-ins; False if none of theirs has this mark."""
        with self._base.database.read() as connection:
            hashes = connection.scalars(
                sa.select(sessions.c.id_hash).where(sessions.c.user_id == user_id)
            ).all()
        marked = [digest for digest in hashes if mark_of(digest) == mark]
        if marked:
            mine = sessions.c.user_id == user_id
            told = self._base.activity(
                ActivityKind.SESSION_ENDED, *about_person(self._base.database, user_id)
            )
            gone = [deleted(sessions, sessions.c.id_hash == digest, mine) for digest in marked]
            self._base.write(*gone, told)
        return bool(marked)

    def sweep(self) -> None:
        """Delete the rows of sign-ins that are over; called now and then."""
        now_ms = self._base.now_ms()
        self._base.write(
            deleted(
                sessions,
                (sessions.c.seen_at <= now_ms - IDLE_MS) | (sessions.c.created_at <= now_ms - LIFE_MS),
            )
        )

    def _seen(self, token: str, now_ms: int) -> None:
        mine = sessions.c.id_hash == _digest(token)
        self._base.write(Change(sessions.update().where(mine).values(seen_at=now_ms), {}))


def about_person(database: Database, user_id: str) -> tuple[str, Subject]:
    """Where to record what concerns a person and no single account, and the person as its subject.

    That is the account that they sign in to, the one with the lowest id; `OPERATOR` if they are in none.
    """
    first = sa.select(sa.func.min(members.c.account_id)).where(members.c.user_id == users.c.id)
    wanted = sa.select(users.c.email, first.scalar_subquery()).where(users.c.id == user_id)
    with database.read() as connection:
        email, home = connection.execute(wanted).first() or ("", None)
    return home or OPERATOR, Subject(user_id, email)


def mark_of(digest: bytes) -> str:
    """Identifies a sign-in in lists; cannot be used to sign in."""
    return digest.hex()[:16]


def mark_of_token(token: str) -> str:
    """The mark of the sign-in that a browser holds."""
    return mark_of(_digest(token))


def ended(token: str) -> Change:
    """The part of a unit that ends one sign-in, if it exists."""
    return deleted(sessions, sessions.c.id_hash == _digest(token))


def ended_for(user_id: str) -> Change:
    """The part of a unit that ends all sign-ins of a person."""
    return deleted(sessions, sessions.c.user_id == user_id)


def _proof(row: Any) -> SessionProof:
    return SessionProof(
        row["id_hash"],
        row["identity_id"],
        row["provider_session"],
        row["asked_at"],
        row["proved_at"],
        row["refresh_sealed"],
    )


def _accounts_of(user_id: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """How many accounts a person is in."""
    mine = members.alias()
    counted = sa.select(sa.func.count()).select_from(mine).where(mine.c.user_id == user_id)
    return counted.scalar_subquery().label("accounts")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _signed_in(row: Any) -> SignedInUser:
    return SignedInUser(
        user_id=row[users.c.id],
        email=row["email"],
        name=row[users.c.name],
        operator=bool(row["operator"]),
        locale=row["locale"],
        theme=row["theme"],
        account_id=row["account_id"],
        account_name=row["account_name"],
        time_zone=row["time_zone"],
        role=Role(row["role"]),
        started_at=from_ms(row[sessions.c.created_at]),
        accounts=row["accounts"],
    )
