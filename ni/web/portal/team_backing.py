"""The people of accounts, their sign-ins and second factors, answered by the access package."""

from collections.abc import Callable, Sequence

from ni.access.accounts import Accounts
from ni.access.base import Base
from ni.access.links import Link, Links, Purpose
from ni.access.members import Members
from ni.access.onboarding import Onboarding, Person
from ni.access.passwords import Passwords
from ni.access.refusals import LinkSpent, Refused
from ni.access.roles import Role as AccessRole
from ni.access.second_factor import SecondFactor, address_of
from ni.access.sessions import Sessions, mark_of_token
from ni.access.users import Users
from ni.domain.secret import Secret
from ni.web.portal.services_team import AccountTerms, Enrolment, MemberView, Role, SessionView


class TeamBacking:
    """People and settings of accounts; `changed` tells the gate for keys of this process to forget."""

    def __init__(
        self, base: Base, passwords: Passwords, accounts: Accounts, changed: Callable[[], None]
    ) -> None:
        self._base = base
        self._accounts = accounts
        self._changed = changed
        self._links = Links(base)
        self._onboarding = Onboarding(base, Users(base, passwords), passwords)

    def members(self, account_id: str) -> Sequence[MemberView]:
        """All people of the account."""
        found = Members(self._base, account_id).list()
        return [
            MemberView(one.user_id, one.name, one.email, Role(one.role.value), one.second_factor)
            for one in found
        ]

    def set_role(self, account_id: str, user_id: str, role: Role) -> bool:
        """Change a role; raises `Refused` for the last owner."""
        return Members(self._base, account_id).set_role(user_id, AccessRole(role.value))

    def remove(self, account_id: str, user_id: str) -> bool:
        """Remove a person; raises `Refused` for the last owner."""
        return Members(self._base, account_id).remove(user_id)

    def invite(self, account_id: str, role: Role) -> Secret:
        """The token of a link that lets one person join."""
        return self._links.issue(Link(Purpose.INVITE, account_id=account_id, role=AccessRole(role.value)))

    def invitation(self, token: str) -> str | None:
        """The name of the account that the link offers, or None if it is used up."""
        try:
            link = self._links.find(Purpose.INVITE, token)
        except LinkSpent:
            return None
        account = self._accounts.get(link.account_id or "")
        return account.name if account else None

    def accept(self, token: str, email: str, name: str, password: Secret) -> str | None:
        """Make a user out of an invitation, or None if the link is used up; raises `Refused`."""
        try:
            return self._onboarding.accept(token, Person(email, name, password))
        except LinkSpent:
            return None

    def join(self, token: str, user_id: str) -> str | None:
        """Let a signed-in person accept an invitation, or None if the link is used up; raises `Refused`."""
        try:
            return self._onboarding.join(token, user_id)
        except LinkSpent:
            return None

    def clear_second_factor(self, account_id: str, user_id: str, *, by_operator: bool) -> bool:
        """Ask a person for no codes any more; raises `Refused` where only the operator may."""
        return Members(self._base, account_id).clear_second_factor(user_id, by_operator=by_operator)

    def terms(self, account_id: str) -> AccountTerms:
        """What is decided about the account."""
        account = self._accounts.get(account_id)
        if account is None:
            raise LookupError("a signed-in person's account is gone")
        return AccountTerms(
            account.name,
            account.time_zone,
            account.commands,
            account.min_evidence,
            account.shares_mappings,
            account.block_labels,
        )

    def change(self, account_id: str, terms: AccountTerms) -> None:
        """Decide about the account; raises `Refused`."""
        self._accounts.edit(account_id, name=terms.name, time_zone=terms.time_zone, commands=terms.commands)
        self._accounts.require(account_id, terms.min_evidence)
        self._accounts.share_mappings(account_id, terms.shares_mappings)
        self._accounts.block(account_id, terms.block_labels)
        self._changed()


class ProtectionBacking:
    """Sign-ins and second factors."""

    def __init__(self, base: Base, passwords: Passwords, factor: SecondFactor) -> None:
        self._sessions = Sessions(base)
        self._users = Users(base, passwords)
        self._factor = factor

    def sessions(self, user_id: str, here: Secret) -> Sequence[SessionView]:
        """All sign-ins of the person, the last used first."""
        mine = mark_of_token(here.reveal())
        return [
            SessionView(one.mark, one.agent, one.started_at, one.seen_at, one.mark == mine)
            for one in self._sessions.list(user_id)
        ]

    def end_session(self, user_id: str, mark: str) -> bool:
        """End one; False if the person has none of that mark."""
        return self._sessions.end_marked(user_id, mark)

    def has_second_factor(self, user_id: str) -> bool:
        """Whether signing in asks for a code."""
        return self._factor.on(user_id)

    def enrol(self, email: str, secret: Secret | None = None) -> Enrolment:
        """A new secret, or the same one again after a wrong code."""
        secret = secret or self._factor.fresh()
        return Enrolment(secret, picture(address_of(secret, email)))

    def enable(self, user_id: str, password: Secret, secret: Secret, code: str) -> Sequence[str]:
        """Ask for codes from now on; raises `Refused`."""
        self._require_password(user_id, password)
        return self._factor.enable(user_id, secret, code)

    def disable(self, user_id: str, password: Secret) -> None:
        """Ask for codes no more; raises `Refused`."""
        self._require_password(user_id, password)
        self._factor.disable(user_id)

    def _require_password(self, user_id: str, password: Secret) -> None:
        if not self._users.knows(user_id, password):
            raise Refused("current", "The present password is not right.")


def picture(address: str) -> str:
    """A QR code (ISO/IEC 18004) as an SVG element without style or script; dark on light in either theme."""
    import segno

    drawn: str = segno.make(address, error="m").svg_inline(
        scale=5, border=3, dark="#000", light="#fff", omitsize=True
    )
    return drawn
