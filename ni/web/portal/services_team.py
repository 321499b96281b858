"""What the Settings page asks: the people of an account, invitations by link, sign-ins, the second factor.

Protocols and frozen values, like `services`, of which this is a part; the account's or user's id always comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ni.domain.pii_labels import Label
from ni.domain.secret import Secret


class Role(StrEnum):
    """What a person may do in an account."""

    OWNER = "owner"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person of an account."""

    user_id: str
    name: str
    email: str
    role: Role
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Membership:
    """An account that a person is in."""

    account_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """What owners decide about their account.

    `commands` allows in-chat commands; `min_evidence` is what all its calls demand: A, B, C, or empty for any;
    `shares_mappings` lets a key pin names for every key; `block_labels` are the kinds of personal data that none of
    its keys lets out.
    """

    name: str
    time_zone: str
    commands: bool
    min_evidence: str = ""
    shares_mappings: bool = False
    block_labels: frozenset[Label] = frozenset()


class Team(Protocol):
    """The people and the settings of an account. Changes raise `Refused`."""

    def members(self, account_id: str) -> Sequence[MemberView]:
        """All people of the account."""

    def set_role(self, account_id: str, user_id: str, role: Role) -> bool:
        """Change a role and end the person's sign-ins; False if the account has no such person."""

    def remove(self, account_id: str, user_id: str) -> bool:
        """Remove a person and end their sign-ins; False if the account has no such person."""

    def invite(self, account_id: str, role: Role) -> Secret:
        """The token of a link that lets one person join, within seven days."""

    def invitation(self, token: str) -> str | None:
        """The name of the account that the link offers, or None if it is used up."""

    def accept(self, token: str, email: str, name: str, password: Secret) -> str | None:
        """Make a user out of an invitation; the user's id, or None if the link is used up."""

    def join(self, token: str, user_id: str) -> str | None:
        """Let a signed-in person accept an invitation; the account's id, or None if the link is used up."""

    def clear_second_factor(self, account_id: str, user_id: str, *, by_operator: bool) -> bool:
        """Ask a person for no codes any more and end their sign-ins; False if the account has no such person."""

    def terms(self, account_id: str) -> AccountTerms:
        """What is decided about the account."""

    def change(self, account_id: str, terms: AccountTerms) -> None:
        """Decide about the account; keys follow at once."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """One of a person's sign-ins; `here` is the one that asks."""

    mark: str
    agent: str
    started_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that is being set up: the secret to type, and the picture (SVG) to scan."""

    secret: Secret
    picture: str


class Protection(Protocol):
    """A person's sign-ins and second factor. Changes raise `Refused`."""

    def sessions(self, user_id: str, here: Secret) -> Sequence[SessionView]:
        """All sign-ins of the person, the last used first."""

    def end_session(self, user_id: str, mark: str) -> bool:
        """End one; False if the person has none of that mark."""

    def has_second_factor(self, user_id: str) -> bool:
        """Whether signing in asks for a code."""

    def enrol(self, email: str, secret: Secret | None = None) -> Enrolment:
        """A new secret, or the same one again after a wrong code."""

    def enable(self, user_id: str, password: Secret, secret: Secret, code: str) -> Sequence[str]:
        """Ask for codes from now on; the recovery codes, shown once."""

    def disable(self, user_id: str, password: Secret) -> None:
        """Ask for codes no more."""
