"""Signing in: the throttles, the password, and a new session, with the same answer and the same work for everyone.

An address that nobody has, a wrong password and a pausing address all cost one counted try, one query and one Argon2,
and all get `SignInRefused`.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.base import Base
from ni.access.passwords import Passwords
from ni.access.refusals import SignInRefused
from ni.access.rows import updated
from ni.access.sessions import Sessions, ended
from ni.access.throttle import AddressThrottle, NetworkThrottle
from ni.access.users import normal_email
from ni.domain.secret import Secret
from ni.store.tables.access import members, users


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser sends; `former` is the session id it had before, which will be worthless."""

    email: str
    password: Secret
    remote: str = ""
    agent: str = ""
    former: str = ""


class SignIn:
    """Turns a right password into a session."""

    def __init__(self, base: Base, passwords: Passwords, networks: NetworkThrottle) -> None:
        self._base = base
        self._passwords = passwords
        self._networks = networks
        self._addresses = AddressThrottle(base)
        self._sessions = Sessions(base)

    def sign_in(self, attempt: Attempt) -> Secret:
        """The id of a new session. Raises `SignInRefused` or `TooManyTries`."""
        self._networks.count(attempt.remote)
        email = normal_email(attempt.email)
        refusal: SignInRefused | None = None
        try:
            self._addresses.count(email)
        except (
            SignInRefused
        ) as pausing:  # the rest is done all the same, so that a pause cannot be told by time
            refusal = pausing
        user_id, encoded, account_id = self._find(email)
        right = self._passwords.matches(attempt.password, encoded)
        if refusal or not right or account_id is None or encoded is None:
            raise SignInRefused()
        token, started = self._sessions.started(user_id, account_id, attempt.agent)
        parts = [self._addresses.cleared(email), ended(attempt.former), started]
        if self._passwords.is_dated(encoded):
            parts.append(
                updated(
                    users,
                    {"password_hash": self._passwords.hash(attempt.password)},
                    users.c.id == user_id,
                    users.c.password_hash == sa.literal(encoded),
                )
            )
        self._base.write(*parts)
        return token

    def _find(self, email: str) -> tuple[str, str | None, str | None]:
        """The user, the hash and the account that was joined first by id; the same query for an unknown address."""
        wanted = (
            sa.select(users.c.id, users.c.password_hash, members.c.account_id)
            .outerjoin(members, members.c.user_id == users.c.id)
            .where(users.c.email == email)
            .order_by(members.c.account_id)
            .limit(1)
        )
        with self._base.database.read() as connection:
            row = connection.execute(wanted).first()
        return (row.id, row.password_hash, row.account_id) if row else ("", None, None)
