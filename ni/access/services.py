"""The services of this package, on one database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ni.access.accounts import Accounts
from ni.access.admin_tokens import AdminTokens
from ni.access.base import Base
from ni.access.credentials import CredentialKeys, Credentials
from ni.access.encryption import Cipher
from ni.access.key_text import Peppers
from ni.access.keys import AccountKeys, KeyGate, KeyTools
from ni.access.members import Members
from ni.access.onboarding import Links, Onboarding
from ni.access.passwords import Passwords
from ni.access.second_factor import SecondFactor
from ni.access.sessions import Sessions
from ni.access.sign_in import SignIn
from ni.access.throttle import NetworkThrottle
from ni.access.users import Users


@dataclass(frozen=True)
class AccessServices:
    """Each service is made when it is first asked for, and joined to those that it needs.

    `factor_key` gives the key, by version, under which secrets of second factors are encrypted. `make_passwords` is
    called in the process that serves.
    """

    base: Base
    peppers: Peppers
    credential_keys: CredentialKeys
    factor_key: Callable[[int], bytes]
    make_passwords: Callable[[], Passwords] = Passwords

    @cached_property
    def gate(self) -> KeyGate:
        """Authenticates keys."""
        return KeyGate(self.base.database, self.base.clock, self.peppers)

    @cached_property
    def passwords(self) -> Passwords:
        """Hashes and checks passwords."""
        return self.make_passwords()

    @cached_property
    def accounts(self) -> Accounts:
        """All accounts."""
        return Accounts(self.base, self.gate.forget)

    @cached_property
    def users(self) -> Users:
        """All users."""
        return Users(self.base, self.passwords)

    @cached_property
    def links(self) -> Links:
        """One-time links."""
        return Links(self.base)

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions of signed-in people."""
        return Sessions(self.base)

    @cached_property
    def onboarding(self) -> Onboarding:
        """Creates users."""
        return Onboarding(self.base, self.users, self.passwords)

    @cached_property
    def second_factor(self) -> SecondFactor:
        """Second factors of users."""
        return SecondFactor(self.base, Cipher(self.factor_key, self.base.random))

    @cached_property
    def sign_in(self) -> SignIn:
        """Checks passwords and starts sessions."""
        return SignIn(self.base, self.passwords, NetworkThrottle(self.base.clock), self.second_factor)

    @cached_property
    def credentials(self) -> Credentials:
        """Provider credentials of accounts."""
        return Credentials(self.base, self.credential_keys, self.gate.forget)

    @cached_property
    def admin_tokens(self) -> AdminTokens:
        """Tokens of the administration API."""
        return AdminTokens(self.base, self.peppers)

    def keys_of(self, account_id: str) -> AccountKeys:
        """The keys of an account."""
        return AccountKeys(KeyTools(self.base, self.peppers, self.gate.forget), account_id)

    def members_of(self, account_id: str) -> Members:
        """The people of an account."""
        return Members(self.base, account_id)
