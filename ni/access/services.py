"""The services of this package, on one database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ni.access.accounts import Accounts
from ni.access.admin_tokens import AdminTokens
from ni.access.base import Base
from ni.access.credentials import CredentialKeys, Credentials
from ni.access.encryption import Cipher
from ni.access.identity import IdentityProvider
from ni.access.invitations import Invitations
from ni.access.key_text import Peppers
from ni.access.keys import AccountKeys, KeyGate, KeyTools
from ni.access.members import Members
from ni.access.onboarding import Links, Onboarding
from ni.access.passwords import Passwords
from ni.access.platform_credentials import Environment, PlatformCredentials
from ni.access.second_factor import SecondFactor
from ni.access.sessions import SessionProof, Sessions
from ni.access.sign_in import SignIn
from ni.access.single_sign_on import SingleSignOn
from ni.access.throttle import NetworkThrottle
from ni.access.users import Users


def no_provider() -> IdentityProvider | None:
    """Stands in where no provider of single sign-on is set up."""
    return None


def no_environment(name: str) -> None:
    """Stands in where no variable of the environment is set."""


@dataclass(frozen=True)
class AccessServices:
    """Each service is made when it is first asked for, and joined to those that it needs.

    `factor_key` gives the key, by version, under which secrets of second factors and refresh tokens are encrypted.
    `make_passwords` is called in the process that serves. `make_provider` gives the provider of single sign-on;
    `operators_only` says that passwords let in nobody else. `environ` gives the variables that win over the operator's
    stored credentials.
    """

    base: Base
    peppers: Peppers
    credential_keys: CredentialKeys
    factor_key: Callable[[int], bytes]
    make_passwords: Callable[[], Passwords] = Passwords
    make_provider: Callable[[], IdentityProvider | None] = no_provider
    operators_only: bool = False
    environ: Environment = no_environment

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
        return Sessions(self.base, self._prove)

    def _prove(self, proof: SessionProof) -> bool:
        return self.single_sign_on.prove(proof)

    @cached_property
    def provider(self) -> IdentityProvider | None:
        """The provider of single sign-on, or None."""
        return self.make_provider()

    @cached_property
    def single_sign_on(self) -> SingleSignOn:
        """Signs people in by the provider's word."""
        cipher = Cipher(self.factor_key, self.base.random)
        joined = (self.sessions, cipher, self.networks)
        return SingleSignOn(self.base, lambda: self.provider, *joined)

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
        return SignIn(
            self.base, self.passwords, self.networks, self.second_factor, operators_only=self.operators_only
        )

    @cached_property
    def networks(self) -> NetworkThrottle:
        """Counts tries to sign in per network, by password or single sign-on."""
        return NetworkThrottle(self.base.clock)

    @cached_property
    def credentials(self) -> Credentials:
        """Provider credentials of accounts."""
        return Credentials(self.base, self.credential_keys, self.gate.forget)

    @cached_property
    def platform_credentials(self) -> PlatformCredentials:
        """Provider credentials of the operator, and keys of local servers."""
        return PlatformCredentials(self.base, self.credential_keys, self.environ)

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

    def invitations_of(self, account_id: str) -> Invitations:
        """The open invitations of an account."""
        return Invitations(self.base, account_id)
