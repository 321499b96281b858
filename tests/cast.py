"""The cast of the tests: Alice owns the first account, Bob is a member of it, Charlie owns another one.

They come in through the real services, on a database of the test's own, at a time that stands still.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from ni.access.accounts import DEFAULT, Accounts, Role
from ni.access.base import Base
from ni.access.encryption import Cipher
from ni.access.key_text import Peppers
from ni.access.keys import AccountKeys, KeyGate, KeyTools
from ni.access.onboarding import Link, Links, NewUser, Onboarding, Purpose
from ni.access.passwords import Passwords
from ni.access.second_factor import SecondFactor
from ni.access.sign_in import Attempt, SignIn
from ni.access.throttle import NetworkThrottle
from ni.access.users import User, Users
from ni.domain.activity import Activity, ActivityKind, Difference, Subject, unattended
from ni.domain.secret import Secret
from ni.store.database import Database
from ni.store.journal import Journal

PASSWORD = Secret("an orchard in September")


@dataclass
class StandingClock:
    """Time that moves when it is told to."""

    moment: datetime = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def move(self, **step: float) -> None:
        self.moment += timedelta(**step)


def tell(kind: ActivityKind, account_id: str, subject: Subject, changes: tuple[Difference, ...]) -> Activity:
    """The record of an act of the gateway itself."""
    return Activity(kind, account_id, subject, unattended(), 0, changes)


@dataclass
class Access:
    """All services of the access package on one database."""

    database: Database
    journal: Journal
    clock: StandingClock = field(default_factory=StandingClock)
    peppers: Peppers = field(default_factory=lambda: Peppers({1: bytes(range(32))}))

    def __post_init__(self) -> None:
        drawn = Random(7)  # noqa: S311 - tests want the same ids each time
        self.base = Base(self.database, self.journal, self.clock, drawn.randbytes)
        self.passwords = Passwords(memory_kib=64, passes=1)
        self.users = Users(self.base, self.passwords)
        self.gate = KeyGate(self.database, self.clock, self.peppers)
        self.accounts = Accounts(self.base, self.gate.forget)
        self.links = Links(self.base)
        self.factor = SecondFactor(self.base, Cipher(lambda _: bytes(range(32)), drawn.randbytes))
        self.onboarding = Onboarding(self.base, self.users, self.passwords)
        self.signing = SignIn(self.base, self.passwords, NetworkThrottle(self.clock, burst=1000), self.factor)

    def keys_of(self, account_id: str) -> AccountKeys:
        return AccountKeys(KeyTools(self.base, self.peppers, self.gate.forget), account_id)

    def sign_in(
        self,
        email: str,
        password: Secret = PASSWORD,
        former: str = "",
        *,
        remote: str = "192.0.2.1",
        device: str = "",
    ) -> str:
        return self.signing.sign_in(Attempt(email, password, remote, "test", former, device)).reveal()


@dataclass
class Cast:
    """Who is there, and the account Charlie owns."""

    access: Access
    alice: User
    bob: User
    charlie: User
    alices: str
    charlies: str


def gather(access: Access) -> Cast:
    """Let the three in, each by the way that people of their kind come in."""
    access.accounts.ensure_default()
    token = access.links.issue(Link(Purpose.SET_UP)).reveal()
    alice_id = access.onboarding.set_up(token, NewUser("alice@example.ca", "Alice", PASSWORD))
    invitation = access.links.issue(Link(Purpose.INVITE, account_id=DEFAULT, role=Role.MEMBER)).reveal()
    bob_id = access.onboarding.accept(invitation, NewUser("bob@example.ca", "Bob", PASSWORD))
    other = access.accounts.create("Charlie's", "America/Vancouver")
    charlie = access.onboarding.create(
        NewUser("charlie@example.ca", "Charlie", PASSWORD), other.id, Role.OWNER
    )
    alice, bob = access.users.get(alice_id), access.users.get(bob_id)
    assert alice
    assert bob
    return Cast(access, alice, bob, charlie, DEFAULT, other.id)
