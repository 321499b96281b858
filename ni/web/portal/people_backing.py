"""Who signs in, answered by the access package: a thin adapter behind the protocol `People`."""

from collections.abc import Sequence

from ni.access.accounts import DEFAULT, Accounts
from ni.access.base import Base
from ni.access.links import Links, Purpose
from ni.access.onboarding import Onboarding
from ni.access.onboarding import Person as Newcomer
from ni.access.passwords import Passwords
from ni.access.refusals import LinkSpent, Refused, SignInRefused, TooManyTries
from ni.access.second_factor import SecondFactor
from ni.access.sessions import Sessions
from ni.access.sign_in import Attempt, SignIn
from ni.access.throttle import NetworkThrottle
from ni.access.users import Users
from ni.domain.secret import Secret
from ni.web.portal.services import NewPerson, Person, Profile, SignInThrottled, Visit
from ni.web.portal.services_team import Membership, Role


class PeopleBacking:
    """Users and their sign-ins."""

    def __init__(self, base: Base, passwords: Passwords, accounts: Accounts, factor: SecondFactor) -> None:
        self._accounts = accounts
        self._users = Users(base, passwords)
        self._links = Links(base)
        self._sessions = Sessions(base)
        self._onboarding = Onboarding(base, self._users, passwords)
        self._sign_in = SignIn(base, passwords, NetworkThrottle(base.clock), factor)

    def set_up_open(self, token: str) -> bool:
        """Whether the one-time link is good."""
        return self._open(Purpose.SET_UP, token)

    def set_up(self, token: str, person: NewPerson, visit: Visit) -> Secret | None:
        """Create the first user and a session, or None if the link is used up; raises `Refused`."""
        try:
            user_id = self._onboarding.set_up(token, Newcomer(person.email, person.name, person.password))
        except LinkSpent:
            return None
        return self._sessions.start(user_id, DEFAULT, visit.agent, visit.former)

    def sign_in(self, email: str, password: Secret, visit: Visit) -> Secret | None:
        """A new session, or None in equal time whatever was wrong; raises `SignInThrottled`, `CodeWanted`."""
        attempt = Attempt(email, password, visit.remote, visit.agent, visit.former, visit.device)
        try:
            return self._sign_in.sign_in(attempt)
        except SignInRefused:
            return None
        except TooManyTries as refusal:
            raise SignInThrottled(refusal.wait_s) from refusal

    def finish_sign_in(self, token: str, code: str, visit: Visit) -> Secret | None:
        """A new session, or None if the password was given too long ago; raises `Refused` for a wrong code."""
        try:
            attempt = Attempt("", Secret(""), visit.remote, visit.agent, visit.former, visit.device)
            return self._sign_in.finish(token, code, attempt)
        except LinkSpent:
            return None

    def reset_open(self, token: str) -> bool:
        """Whether the link to a new password is good."""
        return self._open(Purpose.RESET, token)

    def reset(self, token: str, password: Secret) -> bool:
        """Set a new password, every session ended; False if the link is used up. Raises `Refused`."""
        try:
            self._onboarding.reset(token, password)
        except LinkSpent:
            return False
        return True

    def session(self, session: Secret) -> Person | None:
        """Whose session it is, or None if it is unknown, idle too long or ended."""
        visitor = self._sessions.find(session.reveal())
        account = self._accounts.get(visitor.account_id) if visitor else None
        if visitor is None or account is None:
            return None
        return Person(
            visitor.user_id, account.id, account.name, visitor.name, visitor.email, Role(visitor.role.value),
            visitor.operator, visitor.locale, account.time_zone, visitor.accounts,
        )  # fmt: skip

    def sign_out(self, session: Secret) -> None:
        """End the session at once."""
        self._sessions.end(session.reveal())

    def change_profile(self, user_id: str, profile: Profile) -> None:
        """Store name and language. Raises `Refused`."""
        user = self._users.get(user_id)
        if user is not None:
            self._users.edit(user_id, name=profile.name, locale=profile.language, theme=user.theme)

    def accounts(self, user_id: str) -> Sequence[Membership]:
        """The accounts that the person is in, by name."""
        return [
            Membership(account.id, account.name, Role(role.value))
            for account, role in self._accounts.of(user_id)
        ]

    def switch(self, session: Secret, account_id: str) -> Secret | None:
        """The session, under a new text, in another of the person's accounts; None if they are not in it."""
        return self._sessions.move(session.reveal(), account_id)

    def change_password(self, person: Person, current: Secret, new: Secret, visit: Visit) -> Secret | None:
        """A new session, every other one ended, or None if the current password is wrong; raises `Refused`."""
        user = self._users.get(person.user_id)
        if user is None:
            return None
        try:
            self._users.change_password(user, current, new)
        except Refused as refusal:
            if refusal.field == "old_password":
                return None
            raise
        return self._sessions.start(person.user_id, person.account_id, visit.agent, visit.former)

    def _open(self, purpose: Purpose, token: str) -> bool:
        try:
            self._links.find(purpose, token)
        except LinkSpent:
            return False
        return True
