"""Creates users, the first through the set-up link and others by invitation, and resets passwords by link.

Each is one unit: the link is spent and what it allows happens, or neither. No default password exists at any moment.

One-time links: to set the instance up, to choose a new password, to join an account, to give a second factor.

A provider's logout tokens are kept among them, so that each counts once.

The token is 256 random bits, shown once, stored hashed. Spending it is one conditional statement in the same unit as
what it allows, so that of many posts at once exactly one wins and a failure leaves the link good.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from ni.access.accounts import DEFAULT, Role
from ni.access.base import Base, deleted, inserted, updated
from ni.access.passwords import Passwords, refuse_weak
from ni.access.refusals import LinkSpent, Refused
from ni.access.sessions import about_person
from ni.access.throttle import AddressThrottle
from ni.access.users import User, Users, person_name, valid_email, with_password
from ni.domain.activity import Activity, ActivityKind, Plain, Subject, differences
from ni.domain.ids import base64url, object_id
from ni.domain.secret import Secret
from ni.store.database import upsert
from ni.store.tables.access import links, members, users
from ni.store.unit import Change, Conflict

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


class Purpose(StrEnum):
    """What a link allows."""

    SET_UP = "set-up"
    RESET = "reset"
    INVITE = "invite"
    CODE = "code"
    LOGOUT = "logout"


LIFE_MS = {
    Purpose.SET_UP: 30 * MINUTE_MS,
    Purpose.RESET: 30 * MINUTE_MS,
    Purpose.INVITE: 7 * DAY_MS,
    Purpose.CODE: 5 * MINUTE_MS,
    Purpose.LOGOUT: 7 * MINUTE_MS,
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: the user whose password it resets, or the account and role it offers.

    Links with a user end when that user's password changes.
    """

    purpose: Purpose
    user_id: str | None = None
    account_id: str | None = None
    role: Role | None = None


class Links:
    """Issues links and looks them up."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def issue(self, link: Link) -> Secret:
        """The token of a new link. Links that expired a day ago are deleted with it, and what a reset link replaces."""
        token, now_ms = base64url(self._base.random(32)), self._base.now_ms()
        row = {
            "token_hash": _digest(token),
            "kind": link.purpose.value,
            "user_id": link.user_id,
            "account_id": link.account_id,
            "role": link.role.value if link.role else None,
            "created_at": now_ms,
            "expires_at": now_ms + LIFE_MS[link.purpose],
        }
        # A code is a part of signing in.
        told = [] if link.purpose is Purpose.CODE else [self._told(link, token)]
        gone = [_long_over(now_ms)]
        if link.purpose is Purpose.RESET:
            gone.append((links.c.kind == Purpose.RESET) & (links.c.user_id == link.user_id))
        self._base.write(deleted(links, sa.or_(*gone)), inserted(links, row), *told)
        return Secret(token)

    def _told(self, link: Link, token: str) -> Activity:
        home, subject = about_person(self._base.database, link.user_id or "")
        if link.purpose is Purpose.INVITE:
            subject = invitation_subject(_digest(token))
        offered: dict[str, Plain] = {"purpose": link.purpose.value}
        if link.role:
            offered["role"] = link.role.value
        kind, account_id = ActivityKind.LINK_ISSUED, link.account_id or home
        return self._base.activity(kind, account_id, subject, differences({}, offered))

    def find(self, purpose: Purpose, token: str) -> Link:
        """The link behind a token, still unspent. Raises `LinkSpent`."""
        wanted = sa.select(links).where(*self._good(purpose, token))
        with self._base.database.read() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None:
            raise LinkSpent()
        return Link(purpose, row["user_id"], row["account_id"], Role(row["role"]) if row["role"] else None)

    def spent(self, purpose: Purpose, token: str) -> Change:
        """The part of a unit that spends the link: a `Conflict` if it was spent in the meantime."""
        return updated(links, {"used_at": self._base.now_ms()}, *self._good(purpose, token))

    def taken(self, purpose: Purpose, token: str) -> tuple[Change, Change]:
        """The parts of a unit that take a token which others issued: a `Conflict` if it was taken before.

        It is remembered for a day, and has to be refused for its age before that.
        """
        now_ms = self._base.now_ms()
        row = {
            "token_hash": _digest(token),
            "kind": purpose.value,
            "created_at": now_ms,
            "expires_at": now_ms + LIFE_MS[purpose],
            "used_at": now_ms,
        }
        fresh = upsert(self._base.database)(links).values({name: sa.bindparam(name) for name in row})
        return deleted(links, _long_over(now_ms)), Change(fresh.on_conflict_do_nothing(), row, expect=1)

    def _good(self, purpose: Purpose, token: str) -> tuple[sa.ColumnElement[bool], ...]:
        good = (
            links.c.token_hash == _digest(token),
            links.c.kind == purpose,
            links.c.used_at.is_(None),
            links.c.expires_at > self._base.now_ms(),
        )
        if purpose is not Purpose.SET_UP:
            return good
        return (*good, ~sa.exists(sa.select(users.c.id)))  # also where the first user came by a command


def _long_over(now_ms: int) -> sa.ColumnElement[bool]:
    return links.c.expires_at < now_ms - DAY_MS


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def invitation_subject(digest: bytes) -> Subject:
    """An invitation as records and lists name it, from the digest of its token; it cannot be used to join."""
    return Subject(f"inv_{hashlib.sha256(digest).hexdigest()[:16]}")


def invitation_id(token: Secret) -> str:
    """The id of the invitation with this token."""
    return invitation_subject(_digest(token.reveal())).id


@dataclass(frozen=True, slots=True)
class NewUser:
    """What a new user says about themselves."""

    email: str
    name: str
    password: Secret


class Onboarding:
    """Creates users, lets them join accounts and resets passwords."""

    def __init__(self, base: Base, people: Users, passwords: Passwords) -> None:
        self._base = base
        self._users = people
        self._passwords = passwords
        self._links = Links(base)

    def set_up(self, token: str, person: NewUser) -> str:
        """Make the first user, operator and owner of account `default`; the id. Raises `LinkSpent`, `Refused`."""
        self._links.find(Purpose.SET_UP, token)
        row = {**self._row(person), "operator": 1}
        parts = (
            self._links.spent(Purpose.SET_UP, token),
            _first(row),
            _joined(row["id"], DEFAULT, Role.OWNER),
            self._created(row, DEFAULT, Role.OWNER),
        )
        self._write(parts)
        return str(row["id"])

    def accept(self, token: str, person: NewUser) -> str:
        """Make a user out of an invitation; the id. Raises `LinkSpent`, `Refused`."""
        link = self._links.find(Purpose.INVITE, token)
        row = self._row(person)
        account_id, role = link.account_id or "", link.role or Role.MEMBER
        parts = (
            self._links.spent(Purpose.INVITE, token),
            inserted(users, row),
            _joined(row["id"], account_id, role),
            self._created(row, account_id, role),
        )
        self._write(parts)
        return str(row["id"])

    def join(self, token: str, user_id: str) -> str:
        """Let a signed-in user accept an invitation to one more account; its id. Raises `LinkSpent`, `Refused`."""
        link = self._links.find(Purpose.INVITE, token)
        with self._base.database.read() as connection:
            there = connection.scalar(
                sa.select(members.c.role).where(
                    members.c.user_id == user_id, members.c.account_id == link.account_id
                )
            )
        if there:
            raise Refused("", "You are in this account already.")
        account_id, role = link.account_id or "", link.role or Role.MEMBER
        _, subject = about_person(self._base.database, user_id)
        told = self._base.activity(
            ActivityKind.PERSON_JOINED, account_id, subject, (("role", None, role.value),)
        )
        joined = _joined(user_id, account_id, role)
        self._write((self._links.spent(Purpose.INVITE, token), joined, told))
        return account_id

    def reset(self, token: str, password: Secret) -> str:
        """Set a new password, by `with_password`; the id of the user. Raises `LinkSpent`, `Refused`."""
        link = self._links.find(Purpose.RESET, token)
        user = self._users.get(link.user_id or "")
        if user is None:
            raise LinkSpent()
        refuse_weak(password, user.email, user.name)
        encoded = self._passwords.hash(password)
        self._write(
            (
                self._links.spent(Purpose.RESET, token),
                *with_password(user.id, encoded),
                AddressThrottle(self._base).cleared(user.email),
                self._base.activity(
                    ActivityKind.PASSWORD_CHANGED,
                    *about_person(self._base.database, user.id),
                    (("way", None, "link"),),
                ).by(user.email),
            )
        )
        return user.id

    def create(self, person: NewUser, account_id: str, role: Role) -> User:
        """Make a user from the command line. Raises `Refused`.

        The first owner of account `default` is operator, as if the set-up link had been used; nobody else is.
        """
        first = account_id == DEFAULT and role is Role.OWNER and not self._users.has_operator()
        row = {**self._row(person), "operator": int(first)}
        joined, told = _joined(row["id"], account_id, role), self._created(row, account_id, role)
        self._write((inserted(users, row), joined, told))
        return User(str(row["id"]), str(row["email"]), str(row["name"]), bool(row["operator"]), "", "")

    def _created(self, row: Mapping[str, object], account_id: str, role: Role) -> Activity:
        """The record of a new user, who made themselves unless an operator did."""
        email, operator = str(row["email"]), bool(row["operator"])
        made: dict[str, Plain] = {"name": str(row["name"]), "role": role.value, "operator": operator}
        subject = Subject(str(row["id"]), email)
        told = self._base.activity(ActivityKind.PERSON_CREATED, account_id, subject, differences({}, made))
        return told.by(email)

    def _write(self, parts: tuple[object, ...]) -> None:
        try:
            self._base.write(*parts)
        except Conflict:
            raise LinkSpent() from None

    def _row(self, person: NewUser) -> dict[str, object]:
        """The columns of a new user. The slow hash is made last, after everything that may refuse."""
        email, name = valid_email(person.email), person_name(person.name)
        if self._users.by_email(email):
            raise Refused("email", "There is a user with this address already. Sign in instead.")
        refuse_weak(person.password, email, name)
        return {
            "id": object_id("usr", self._base.random),
            "email": email,
            "name": name,
            "password_hash": self._passwords.hash(person.password),
            "operator": 0,
            "created_at": self._base.now_ms(),
        }


def _first(row: dict[str, object]) -> Change:
    """Insert a user only while there is none; checked by the statement itself, so that a race has one winner."""
    columns = list(row)
    source = sa.select(*(sa.bindparam(column, type_=users.c[column].type) for column in columns)).where(
        ~sa.exists(sa.select(users.c.id))
    )
    return Change(users.insert().from_select(columns, source), row, expect=1)


def _joined(user_id: object, account_id: str, role: Role) -> Change:
    return inserted(members, {"user_id": user_id, "account_id": account_id, "role": role.value})
