"""People who sign in to the portal. A user belongs to accounts through `ni/access/members.py`."""

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ni.access.base import Base, deleted, updated
from ni.access.passwords import Passwords, refuse_weak
from ni.access.refusals import Refused
from ni.access.sessions import about_person, ended_for
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Difference, Subject
from ni.domain.secret import Secret
from ni.store.tables.access import links, users
from ni.store.unit import Change, Conflict

_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """A person; `operator` runs the instance. `locale` and `theme` are empty where the browser decides."""

    id: str
    email: str
    name: str
    operator: bool
    locale: str
    theme: str


class Users:
    """All users of the instance."""

    def __init__(self, base: Base, passwords: Passwords) -> None:
        self._base = base
        self._passwords = passwords

    def any(self) -> bool:
        """Whether the instance is set up."""
        with self._base.database.read() as connection:
            return connection.scalar(sa.select(sa.exists(sa.select(users.c.id)))) or False

    def list(self) -> tuple[User, ...]:
        """All users by address."""
        with self._base.database.read() as connection:
            rows = connection.execute(sa.select(users).order_by(users.c.email)).mappings()
            return tuple(_user(row) for row in rows)

    def has_operator(self) -> bool:
        """Whether anybody runs the instance."""
        with self._base.database.read() as connection:
            return connection.scalar(sa.select(sa.exists().where(users.c.operator == 1))) or False

    def promote(self, user_id: str) -> None:
        """Make a user an operator of the instance. Raises `Refused`."""
        self._set_operator(user_id, 1, users.c.id == user_id)

    def demote(self, user_id: str) -> None:
        """Make an operator an ordinary user and end their sign-ins. Raises `Refused` for the last operator."""
        others = users.alias()
        another = sa.exists().where(others.c.operator == 1, others.c.id != user_id)
        self._set_operator(user_id, 0, users.c.id == user_id, (users.c.operator == 0) | another)

    def _set_operator(self, user_id: str, flag: int, *where: sa.ColumnElement[bool]) -> None:
        user = self.get(user_id)
        subject = Subject(user_id, user.email if user else "")
        changes: tuple[Difference, ...] = (("operator", user is not None and user.operator, bool(flag)),)
        told = self._base.activity(ActivityKind.OPERATOR_CHANGED, OPERATOR, subject, changes)
        try:
            self._base.write(updated(users, {"operator": flag}, *where), ended_for(user_id), told)
        except Conflict:
            raise Refused(
                "", "This is the only operator, or no user: make somebody else operator first."
            ) from None

    def get(self, user_id: str) -> User | None:
        """The user with this id."""
        return self._maybe(users.c.id == user_id)

    def by_email(self, email: str) -> User | None:
        """The user with this address, in any case."""
        return self._maybe(users.c.email == normal_email(email))

    def knows(self, user_id: str, password: Secret) -> bool:
        """Whether this is the person's password."""
        with self._base.database.read() as connection:
            encoded = connection.scalar(sa.select(users.c.password_hash).where(users.c.id == user_id))
        return self._passwords.matches(password, encoded)

    def change_password(self, user: User, old: Secret, new: Secret) -> None:
        """Set a new password; what `with_password` ends is this sign-in too. Raises `Refused`."""
        with self._base.database.read() as connection:
            encoded = connection.scalar(sa.select(users.c.password_hash).where(users.c.id == user.id))
        if not self._passwords.matches(old, encoded):
            raise Refused("old_password", "The present password is not right.")
        refuse_weak(new, user.email, user.name)
        # The old hash is part of the condition: two changes at once cannot both succeed.
        changes = with_password(
            user.id, self._passwords.hash(new), users.c.password_hash == sa.literal(encoded)
        )
        try:
            self._base.write(*changes, self._told(ActivityKind.PASSWORD_CHANGED, user))
        except Conflict:
            raise Refused("old_password", "The present password is not right.") from None

    def edit(self, user_id: str, *, name: str, locale: str, theme: str) -> None:
        """Change what the person decides about the portal. Raises `Refused`."""
        row = {"name": person_name(name), "locale": locale, "theme": theme}
        user = self.get(user_id)
        if user is None:
            raise Refused("", "There is no such user.")
        parts: list[object] = [updated(users, row, users.c.id == user_id)]
        if row["name"] != user.name:  # language and theme concern nobody else
            parts.append(self._told(ActivityKind.PERSON_CHANGED, user, (("name", user.name, row["name"]),)))
        try:
            self._base.write(*parts)
        except Conflict:
            raise Refused("", "There is no such user.") from None

    def _told(self, kind: ActivityKind, user: User, changes: tuple[Difference, ...] = ()) -> Activity:
        """The record of what a person did about themselves, in the account that they sign in to."""
        return self._base.activity(kind, *about_person(self._base.database, user.id), changes)

    def _maybe(self, where: sa.ColumnElement[bool]) -> User | None:
        with self._base.database.read() as connection:
            row = connection.execute(sa.select(users).where(where)).mappings().first()
        return _user(row) if row else None


def with_password(user_id: str, encoded: str, *where: sa.ColumnElement[bool]) -> tuple[Change, ...]:
    """The parts of a unit that give a person another password.

    All their sign-ins end, those that wait for a second factor and links to choose a password included.
    """
    changed = updated(users, {"password_hash": encoded}, users.c.id == user_id, *where)
    return changed, ended_for(user_id), deleted(links, links.c.user_id == user_id)


def normal_email(text: str) -> str:
    """The form in which addresses are kept and compared."""
    return text.strip().lower()


def valid_email(text: str) -> str:
    """The address in normal form. Raises `Refused`."""
    email = normal_email(text)
    if not _ADDRESS.fullmatch(email):
        raise Refused("email", "This is not an e-mail address.")
    return email


def person_name(text: str) -> str:
    """The name as it is shown. Raises `Refused`."""
    name = text.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Refused("name", "A name has between 1 and 100 characters.")
    return name


def _user(row: Any) -> User:
    return User(row["id"], row["email"], row["name"], bool(row["operator"]), row["locale"], row["theme"])
