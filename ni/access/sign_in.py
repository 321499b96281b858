"""Signing in: the throttles, the password, and a new session, with the same answer and the same work for everyone.

An address that nobody has, a wrong password and a pausing address all cost one counted try, one query and one Argon2,
and all get `SignInRefused`. Who has a second factor is let in by its code, within five minutes of the password.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from ni.access.base import Base, updated
from ni.access.onboarding import Link, Links, Purpose
from ni.access.passwords import Passwords
from ni.access.refusals import CodeWanted, Refused, SignInRefused
from ni.access.second_factor import SecondFactor, taken
from ni.access.sessions import Sessions, about_person, ended
from ni.access.throttle import AddressThrottle, NetworkThrottle, network_of
from ni.access.users import normal_email
from ni.domain.activity import OPERATOR, Activity, ActivityKind, Subject
from ni.domain.secret import Secret
from ni.store.tables.access import members, users
from ni.store.unit import Change, Conflict


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser sends; `former` is the session id it had before, which will be worthless.

    `device` names the browser, if it signed in with this address before.
    """

    email: str
    password: Secret
    remote: str = ""
    agent: str = ""
    former: str = ""
    device: str = ""

    @property
    def place(self) -> str:
        """Where tries are counted together."""
        return f"device {self.device}" if self.device else f"network {network_of(self.remote)}"


UNKNOWN_BROWSER = Attempt("", Secret(""))


@dataclass(frozen=True, slots=True)
class _Candidate:
    user_id: str = ""
    encoded: str | None = None
    account_id: str | None = None
    second_factor: bool = False
    operator: bool = False

    def subject(self, email: str) -> Subject:
        """Who tries; of an address that nobody has nothing is kept, as people mistake the fields."""
        return Subject(self.user_id, email if self.user_id else "")


class SignIn:
    """Checks passwords and second factors, and starts sessions; `operators_only` refuses everybody else's passwords."""

    def __init__(
        self,
        base: Base,
        passwords: Passwords,
        networks: NetworkThrottle,
        factor: SecondFactor,
        *,
        operators_only: bool = False,
    ) -> None:
        self._operators_only = operators_only
        self._base = base
        self._factor = factor
        self._links = Links(base)
        self._passwords = passwords
        self._networks = networks
        self._addresses = AddressThrottle(base)
        self._sessions = Sessions(base)

    def sign_in(self, attempt: Attempt) -> Secret:
        """The id of a new session. Raises `SignInRefused`, `TooManyTries`, or `CodeWanted` if more is due."""
        if not attempt.device:
            self._networks.count(attempt.remote)
        email = normal_email(attempt.email)
        refusal: SignInRefused | None = None
        try:
            self._addresses.count(email, attempt.place, bool(attempt.device))
        except (
            SignInRefused
        ) as pausing:  # the rest is done all the same, so that a pause cannot be told by time
            refusal = pausing
        candidate = self._find(email)
        right = self._passwords.matches(attempt.password, candidate.encoded)
        allowed = candidate.operator or not self._operators_only
        if refusal or not right or not candidate.account_id or not allowed:
            self._base.write(self._told(ActivityKind.SIGN_IN_FAILED, candidate, email))
            raise SignInRefused()
        parts = [self._addresses.cleared(email), *self._renewed(candidate, attempt.password)]
        if candidate.second_factor:
            self._base.write(*parts)
            due = Link(Purpose.CODE, user_id=candidate.user_id, account_id=candidate.account_id)
            raise CodeWanted(self._links.issue(due))
        token, started = self._sessions.started(candidate.user_id, candidate.account_id, attempt.agent)
        told = self._told(ActivityKind.SIGNED_IN, candidate, email).by(email)
        self._base.write(*parts, ended(attempt.former), started, told)
        return token

    def _told(self, kind: ActivityKind, candidate: _Candidate, email: str) -> Activity:
        return self._base.activity(kind, candidate.account_id or OPERATOR, candidate.subject(email))

    def finish(self, token: str, code: str, attempt: Attempt = UNKNOWN_BROWSER) -> Secret:
        """The id of a new session, for the second factor. Raises `LinkSpent` after five minutes, `Refused`.

        Of the attempt only what is known of the browser counts.
        """
        due = self._links.find(Purpose.CODE, token)
        user_id, account_id = due.user_id or "", due.account_id or ""
        _, subject = about_person(self._base.database, user_id)
        try:
            used = self._factor.used(user_id, code, attempt.place, bool(attempt.device))
        except Refused:
            self._base.write(self._base.activity(ActivityKind.SIGN_IN_FAILED, account_id, subject))
            raise
        session, started = self._sessions.started(user_id, account_id, attempt.agent)
        try:
            spent = self._links.spent(Purpose.CODE, token)
            told = self._base.activity(ActivityKind.SIGNED_IN, account_id, subject).by(subject.name)
            self._base.write(*used, spent, ended(attempt.former), started, told)
        except Conflict as fault:
            raise taken(fault) from fault
        return session

    def _renewed(self, candidate: _Candidate, password: Secret) -> list[Change]:
        """The password under today's parameters, if it was kept under others."""
        if not candidate.encoded or not self._passwords.is_dated(candidate.encoded):
            return []
        row = {"password_hash": self._passwords.hash(password)}
        same = users.c.password_hash == sa.literal(candidate.encoded)
        return [updated(users, row, users.c.id == candidate.user_id, same)]

    def _find(self, email: str) -> _Candidate:
        """The user and the account that was joined first by id; the same query for an unknown address."""
        wanted = (
            sa.select(
                users.c.id,
                users.c.password_hash,
                members.c.account_id,
                users.c.totp_sealed.is_not(None),
                users.c.operator,
            )
            .outerjoin(members, members.c.user_id == users.c.id)
            .where(users.c.email == email)
            .order_by(members.c.account_id)
            .limit(1)
        )
        with self._base.database.read() as connection:
            row = connection.execute(wanted).first()
        return _Candidate(*row) if row else _Candidate()
