"""The people of one account and their roles. An account always keeps an owner.

The object is built with the account's id; people of other accounts are not there. Every change ends the person's
sign-ins in the same unit, so that no session outlives the rights it was given.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, inserted
from ni.access.refusals import Refused
from ni.access.second_factor import forgotten
from ni.access.sessions import ended_for
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
        parts = [inserted(members, row)]
        if leaves is not None:
            parts.append(leaves.removal(user_id))
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
        return self._change(user_id, Change(statement, {}, expect=1))

    def remove(self, user_id: str) -> bool:
        """Remove a person; False if the account has no such person. Raises `Refused` for the last owner."""
        return self._change(user_id, self.removal(user_id))

    def removal(self, user_id: str) -> Change:
        """The part of a unit that removes a person: a `Conflict` for the last owner, and for one who is not here."""
        return Change(members.delete().where(*self._spared(user_id, None)), {}, expect=1)

    def clear_second_factor(self, user_id: str, *, by_operator: bool = False) -> bool:
        """Ask a person who lost theirs for no codes, and end their sign-ins; False if the account has no such person.

        Raises `Refused` where it would weaken more than this account, unless it is the operator who does it.
        """
        if all(member.user_id != user_id for member in self.list()):
            return False
        if not by_operator and self._matters_elsewhere(user_id):
            raise Refused(
                "", "This person also runs the instance or is in another account. The operator can do it."
            )
        self._base.write(forgotten(user_id), ended_for(user_id))
        return True

    def _matters_elsewhere(self, user_id: str) -> bool:
        elsewhere = sa.exists().where(members.c.user_id == user_id, members.c.account_id != self._account_id)
        runs = sa.exists().where(users.c.id == user_id, users.c.operator == 1)
        with self._base.database.read() as connection:
            return connection.scalar(sa.select(elsewhere | runs)) or False

    def _change(self, user_id: str, change: Change) -> bool:
        try:
            self._base.write(change, ended_for(user_id))
        except Conflict:
            if any(member.user_id == user_id for member in self.list()):
                raise Refused("role", "An account needs an owner: make somebody else owner first.") from None
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
