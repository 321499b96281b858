"""One-time links: to set the instance up, to choose a new password, to join an account, to give a second factor.

The token is 256 random bits, shown once, stored hashed. Spending it is one conditional statement in the same unit as
what it allows, so that of many posts at once exactly one wins and a failure leaves the link good.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from ni.access.accounts import Role
from ni.access.base import Base, deleted, inserted, updated
from ni.access.refusals import LinkSpent
from ni.domain.ids import base64url
from ni.domain.secret import Secret
from ni.store.tables.access import links
from ni.store.unit import Change

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS


class Purpose(StrEnum):
    """What a link allows."""

    SET_UP = "set-up"
    RESET = "reset"
    INVITE = "invite"
    CODE = "code"


LIFE_MS = {
    Purpose.SET_UP: 30 * MINUTE_MS,
    Purpose.RESET: 30 * MINUTE_MS,
    Purpose.INVITE: 7 * DAY_MS,
    Purpose.CODE: 5 * MINUTE_MS,
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: the user whose password it resets, or the account and role it offers."""

    purpose: Purpose
    user_id: str | None = None
    account_id: str | None = None
    role: Role | None = None


class Links:
    """Issues links and looks them up."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def issue(self, link: Link) -> Secret:
        """The token of a new link. Links that expired a day ago are deleted with it."""
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
        self._base.write(deleted(links, links.c.expires_at < now_ms - DAY_MS), inserted(links, row))
        return Secret(token)

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

    def _good(self, purpose: Purpose, token: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            links.c.token_hash == _digest(token),
            links.c.kind == purpose,
            links.c.used_at.is_(None),
            links.c.expires_at > self._base.now_ms(),
        )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
