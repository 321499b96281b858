"""What the pages ask of the rest of the gateway, as protocols and frozen values.

Pages never touch a package or the database: the factory adapts each package to the protocol here and hands all of
them over as one `PortalServices`. Every method that reads or changes something of an account takes the account's id
first, so that another account's objects are simply not found. Amounts are nanos of the instance's currency.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from ni.domain.pii_labels import Label
from ni.domain.route import Route, Tier
from ni.domain.secret import Secret
from ni.web.portal.figures import Charge, Dimension, Summary, Today, UsageFilter, UsagePage
from ni.web.portal.services_byok import Byok
from ni.web.portal.services_credit import Credit
from ni.web.portal.services_instance import Custody, Operator, Playground
from ni.web.portal.services_residency import Residency
from ni.web.portal.services_team import Membership, Protection, Role, Team


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in; `language` is `en`, `fr` or empty for the browser's own; `accounts` how many they are in."""

    user_id: str
    account_id: str
    account_name: str
    name: str
    email: str
    role: Role
    operator: bool = False
    language: str = ""
    time_zone: str = "America/Toronto"
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What the set-up form asks for."""

    name: str
    email: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Profile:
    """What people may change about themselves."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the browser: its address, what it calls itself, and the session it had before, now worthless.

    `device` is its id, where it signed in with the same address before.
    """

    remote: str = ""
    agent: str = ""
    former: str = ""
    device: str = ""


class SignInThrottled(Exception):
    """Too many failures; `wait_s` seconds remain."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"sign-in throttled for {wait_s} s")
        self.wait_s = wait_s


class People(Protocol):
    """Users and their sign-ins; a session is a random text that only the browser's cookie holds.

    Methods that change something raise `ni.access.refusals.Refused`, whose `field` names what is at fault.
    """

    def set_up_open(self, token: str) -> bool:
        """Whether the one-time link is good; it dies with its use."""

    def set_up(self, token: str, person: NewPerson, visit: Visit) -> Secret | None:
        """Create the first user and a session, or None if the link is used up."""

    def sign_in(self, email: str, password: Secret, visit: Visit) -> Secret | None:
        """A new session, or None in equal time whatever was wrong; raises `SignInThrottled`, `CodeWanted`."""

    def finish_sign_in(self, token: str, code: str, visit: Visit) -> Secret | None:
        """A new session, or None if the password was given too long ago; `Refused` for a wrong code."""

    def reset_open(self, token: str) -> bool:
        """Whether the link to a new password is good."""

    def reset(self, token: str, password: Secret) -> bool:
        """Set a new password, every session ended; False if the link is used up."""

    def session(self, session: Secret) -> Person | None:
        """Whose session it is, or None if it is unknown, idle too long or ended."""

    def sign_out(self, session: Secret) -> None:
        """End the session at once."""

    def change_profile(self, user_id: str, profile: Profile) -> None:
        """Store name and language."""

    def accounts(self, user_id: str) -> Sequence[Membership]:
        """The accounts that the person is in, by name."""

    def switch(self, session: Secret, account_id: str) -> Secret | None:
        """The session, under a new text, in another of the person's accounts; None if they are not in it."""

    def change_password(self, person: Person, current: Secret, new: Secret, visit: Visit) -> Secret | None:
        """A new session, every other one ended, or None if the current password is wrong."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """All that a person decides about a key; amounts and rates are None where unlimited."""

    name: str
    tiers: frozenset[Tier]
    cap_nanos: int | None = None
    rpm: int | None = None
    byok: bool = False
    pii: bool = True
    pii_may_disable: bool = False
    expires_on: date | None = None
    min_evidence: str = ""
    strict: bool = False
    block_labels: frozenset[Label] = frozenset()


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as its page shows it: never its text, only its last four characters."""

    id: str
    terms: NewKey
    last_four: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    expired: bool = False
    spent_today_nanos: int = 0

    @property
    def active(self) -> bool:
        """Whether requests with the key are let in."""
        return self.revoked_at is None and not self.expired


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key that was just made; its text is known now and never again."""

    id: str
    text: Secret


class Keys(Protocol):
    """The keys of an account."""

    def list(self, account_id: str) -> Sequence[KeyView]:
        """All keys, newest first, revoked ones last."""

    def find(self, account_id: str, key_id: str) -> KeyView | None:
        """One key, or None if the account has none of that id."""

    def create(self, account_id: str, user_id: str, terms: NewKey, once: str) -> CreatedKey:
        """Make a key; its text is in the answer and nowhere else. Raises `MadeAlready` for a form sent again."""

    def change(self, account_id: str, key_id: str, terms: NewKey) -> None:
        """Replace what was decided about a key; its text and its spending stay."""

    def revoke(self, account_id: str, key_id: str) -> None:
        """Refuse the key from now on."""


class UsageReports(Protocol):
    """What was used; the same sums that caps are held to."""

    def rows(self, account_id: str, wanted: UsageFilter, limit: int, cursor: str = "") -> UsagePage:
        """One page of rows; a cursor that does not parse gives the first page."""

    def summary(self, account_id: str, wanted: UsageFilter, by: Dimension) -> Summary:
        """Sums over all rows that the filter lets through, in all and by one dimension.

        Days are ascending and without gaps (months, where they are many); of the others the largest comes first.
        """

    def today(self, account_id: str) -> Today:
        """The day so far."""

    def charge(self, account_id: str, request_id: str) -> Charge | None:
        """What a request cost; None if the account has none of that id, or its row is kept no more."""

    def objects(self, account_id: str, wanted: UsageFilter) -> Iterator[Mapping[str, object]]:
        """All rows that the filter lets through, in the shape of the API."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Routes that can be called, in the catalog's stable order; `own` are the ids that only keys with BYOK can call."""

    routes: Sequence[Route]
    own: frozenset[str] = frozenset()


class Routes(Protocol):
    """What can be called."""

    def listed(self, account_id: str = "") -> Listed:
        """What everybody can call and, for an account, what its own credentials make callable too."""

    def exists(self, text: str) -> bool:
        """Whether this is the id of a route, callable or not."""


@dataclass(frozen=True, slots=True)
class MappingView:
    """A model name that the account pinned to a route; `by` names the key that did it."""

    name: str
    route: str
    created_at: datetime
    by: str = ""


class Mappings(Protocol):
    """Pinned model names of an account."""

    def list(self, account_id: str) -> Sequence[MappingView]:
        """All of them, by name."""

    def undo(self, account_id: str, name: str) -> bool:
        """Forget one; False if there was none."""


@dataclass(frozen=True, slots=True)
class PortalServices:
    """Everything the pages may ask."""

    people: People
    keys: Keys
    usage: UsageReports
    routes: Routes
    mappings: Mappings
    team: Team
    protection: Protection
    custody: Custody
    playground: Playground
    operator: Operator
    byok: Byok
    credit: Credit
    residency: Residency


@dataclass(frozen=True, slots=True)
class PortalOptions:
    """What the pages know of the instance: its address without a trailing slash, currency, jurisdiction, its guides.

    `prepaid` says whether calls are held against the balance of their account; usage rows are kept for
    `usage_retention_days`, or for ever if that is 0.
    """

    public_url: str
    currency: str = "CAD"
    jurisdiction: str = "CA"
    bind: str = "127.0.0.1:8000"
    guides: Path = Path("guides")
    prepaid: bool = False
    usage_retention_days: int = 0

    @property
    def secure(self) -> bool:
        """Whether people reach the instance over TLS."""
        return self.public_url.startswith("https://")
