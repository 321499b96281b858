"""The people of one account and their roles. An account always keeps an owner.

The object is built with the account's id; people of other accounts are not there. Every change ends the person's
sign-ins in the same unit, so that no session outlives the rights it was given.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, inserted
from ni.access.refusals import Refused
from ni.access.second_factor import forgotten
from ni.access.sessions import ended_for
from ni.domain.activity import ActivityKind, Difference, Subject
from ni.store.tables.access import members, users
from ni.store.unit import Change, Conflict


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the account."""

    user_id: str
    email: str
    name: str
    role: Role
    second_factor: bool = False


def _last_owner() -> Refused:
    return Refused("role", "An account needs an owner: make somebody else owner first.")


def roles_after(roles: Mapping[str, Role], user_id: str, role: Role | None) -> Mapping[str, Role]:
    """The roles of an account, by user, once one has another role or has left. Raises `Refused` for the last owner."""
    after = {each: kept for each, kept in roles.items() if each != user_id} | (
        {user_id: role} if role else {}
    )
    if roles.get(user_id) is Role.OWNER and Role.OWNER not in after.values():
        raise _last_owner()
    return after


class Members:
    """The people of the account `account_id`."""

    def __init__(self, base: Base, account_id: str) -> None:
        self._base = base
        self._account_id = account_id

    def list(self) -> tuple[Member, ...]:
        """All of them by address."""
        wanted = (
            sa.select(
                users.c.id, users.c.email, users.c.name, members.c.role, users.c.totp_sealed.is_not(None)
            )
            .join(members, members.c.user_id == users.c.id)
            .where(members.c.account_id == self._account_id)
            .order_by(users.c.email)
        )
        with self._base.database.read() as connection:
            rows = connection.execute(wanted).all()
        return tuple(Member(row[0], row[1], row[2], Role(row[3]), row[4]) for row in rows)

    def get(self, user_id: str) -> Member | None:
        """One of them, None if the account has no such person."""
        return next((member for member in self.list() if member.user_id == user_id), None)

    def add(self, user_id: str, role: Role, leaves: "Members | None" = None) -> None:
        """Let a user of the instance into the account, in place of another that they leave where there is one.

        Raises `Refused` for a person who is in it already, and for the last owner of the account that is left.
        """
        row = {"user_id": user_id, "account_id": self._account_id, "role": role.value}
        if self.get(user_id):
            raise Refused("", "This person is in the account already.")
        with self._base.database.read() as connection:
            email = connection.scalar(sa.select(users.c.email).where(users.c.id == user_id)) or ""
        subject = Subject(user_id, email)
        joined: tuple[Difference, ...] = (("role", None, role.value),)
        parts: list[object] = [inserted(members, row)]
        parts.append(self._base.activity(ActivityKind.PERSON_JOINED, self._account_id, subject, joined))
        if leaves is not None:
            parts += leaves.departure(user_id, subject)
        try:
            self._base.write(*parts, ended_for(user_id))
        except Conflict:
            raise Refused(
                "",
                "There is no such person, or they are the only owner of the account that they would leave.",
            ) from None

    def set_role(self, user_id: str, role: Role) -> bool:
        """Change a role; False if the account has no such person. Raises `Refused` for the last owner."""
        statement = members.update().where(*self._spared(user_id, role)).values(role=role.value)
        return self._change(user_id, ActivityKind.ROLE_CHANGED, Change(statement, {}, expect=1), role)

    def remove(self, user_id: str) -> bool:
        """Remove a person; False if the account has no such person. Raises `Refused` for the last owner."""
        return self._change(user_id, ActivityKind.PERSON_REMOVED, self.removal(user_id))

    def departure(self, user_id: str, subject: Subject) -> tuple[object, ...]:
        """The parts of a unit that remove a person, on record."""
        told = self._base.activity(ActivityKind.PERSON_REMOVED, self._account_id, subject)
        return self.removal(user_id), told

    def removal(self, user_id: str) -> Change:
        """The part of a unit that removes a person: a `Conflict` for the last owner, and for one who is not here."""
        return Change(members.delete().where(*self._spared(user_id, None)), {}, expect=1)

    def clear_second_factor(self, user_id: str, *, by_operator: bool = False) -> bool:
        """Ask a person who lost theirs for no codes, and end their sign-ins; False if the account has no such person.

        Raises `Refused` where it would weaken more than this account, unless it is the operator who does it.
        """
        member = self._find(user_id)
        if member is None:
            return False
        if not by_operator and self._matters_elsewhere(user_id):
            raise Refused(
                "", "This person also runs the instance or is in another account. The operator can do it."
            )
        cleared: tuple[Difference, ...] = (("second_factor", member.second_factor, False),)
        subject = Subject(user_id, member.email)
        told = self._base.activity(ActivityKind.FACTOR_CHANGED, self._account_id, subject, cleared)
        self._base.write(forgotten(user_id), ended_for(user_id), told)
        return True

    def _find(self, user_id: str) -> Member | None:
        return next((member for member in self.list() if member.user_id == user_id), None)

    def _matters_elsewhere(self, user_id: str) -> bool:
        elsewhere = sa.exists().where(members.c.user_id == user_id, members.c.account_id != self._account_id)
        runs = sa.exists().where(users.c.id == user_id, users.c.operator == 1)
        with self._base.database.read() as connection:
            return connection.scalar(sa.select(elsewhere | runs)) or False

    def _change(self, user_id: str, kind: ActivityKind, change: Change, role: Role | None = None) -> bool:
        """Make a change, on record with the role before and after it."""
        member = self._find(user_id)
        if member is None:
            return False
        roles: tuple[Difference, ...] = (("role", member.role.value, role.value if role else None),)
        told = self._base.activity(kind, self._account_id, Subject(user_id, member.email), roles)
        try:
            self._base.write(change, ended_for(user_id), told)
        except Conflict:
            if self._find(user_id):
                raise _last_owner() from None
            return False
        return True

    def _spared(self, user_id: str, role: Role | None) -> tuple[sa.ColumnElement[bool], ...]:
        """The person's row, unless it is the last owner's who would not stay one."""
        mine = (members.c.account_id == self._account_id, members.c.user_id == user_id)
        if role is Role.OWNER:
            return mine
        others = members.alias()
        another = sa.exists().where(
            others.c.account_id == self._account_id, others.c.role == Role.OWNER, others.c.user_id != user_id
        )
        return (*mine, (members.c.role != Role.OWNER) | another)
