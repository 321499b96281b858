"""The open invitations of one account: which links somebody could still join by, and their withdrawal.

A link is told by an id that is made from the digest of its token, and leads back to neither.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, updated
from ni.access.onboarding import Purpose, invitation_subject
from ni.domain.activity import ActivityKind
from ni.domain.clock import from_ms
from ni.store.tables.access import links
from ni.store.unit import Conflict


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that is unspent. Who made it is on the activity log, under its id."""

    id: str
    role: Role
    created_at: datetime
    expires_at: datetime


class Invitations:
    """The open invitations of the account `account_id`."""

    def __init__(self, base: Base, account_id: str) -> None:
        self._base = base
        self._account_id = account_id

    def list(self) -> tuple[Invitation, ...]:
        """All of them, the one that ends first at the top."""
        wanted = sa.select(links).where(*self._open()).order_by(links.c.expires_at, links.c.token_hash)
        with self._base.database.read() as connection:
            rows = connection.execute(wanted).mappings().all()
        return tuple(
            Invitation(
                invitation_subject(row["token_hash"]).id,
                Role(row["role"]),
                from_ms(row["created_at"]),
                from_ms(row["expires_at"]),
            )
            for row in rows
        )

    def withdraw(self, invitation_id: str) -> bool:
        """Spend a link, on record; False if the account has no such link that is open."""
        with self._base.database.read() as connection:
            rows = connection.execute(sa.select(links.c.token_hash, links.c.role).where(*self._open())).all()
        found = [row for row in rows if invitation_subject(row.token_hash).id == invitation_id]
        if not found:
            return False
        (row,) = found
        spent = updated(
            links, {"used_at": self._base.now_ms()}, links.c.token_hash == row.token_hash, *self._open()
        )
        told = self._base.activity(
            ActivityKind.LINK_WITHDRAWN,
            self._account_id,
            invitation_subject(row.token_hash),
            (("role", row.role, None),),
        )
        try:
            self._base.write(spent, told)
        except Conflict:  # somebody joined by it meanwhile
            return False
        return True

    def _open(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            links.c.account_id == self._account_id,
            links.c.kind == Purpose.INVITE,
            links.c.used_at.is_(None),
            links.c.expires_at > self._base.now_ms(),
        )
