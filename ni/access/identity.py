"""What single sign-on knows of a provider and says of a person: the types between `single_sign_on` and `openid`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ni.domain.secret import Secret


class ProviderAway(Exception):
    """The provider gave no answer that can be used: it is down, or its registration here is wrong."""


class SignOnRefused(Exception):
    """The provider, or a check of what it sent, refuses the sign-in; the text is a short code of ours or of theirs.

    `email` is the address that the provider gave, where it gave one.
    """

    def __init__(self, code: str, email: str = "") -> None:
        super().__init__(code)
        self.email = email


@dataclass(frozen=True, slots=True)
class Registration:
    """What the provider and this instance know of each other; `groups_claim` names the claim that lists groups."""

    issuer: str
    client_id: str
    client_secret: Secret
    redirect_uri: str
    scopes: str
    groups_claim: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One trip to the provider: where the browser goes, and what the answer is compared with."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider signed in. `groups` is None where it said nothing of groups.

    `session` is the provider's session (`sid`), `refresh_token` asks it again later; each is empty without one.
    """

    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    groups: tuple[str, ...] | None = None
    session: str = ""
    refresh_token: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class ProviderLogout:
    """A back-channel logout: all sessions of `subject`, or the one that the provider calls `session`.

    `token_id` is the token's own (`jti`): a provider gives no two tokens the same.
    """

    subject: str
    session: str
    token_id: str


class IdentityProvider(Protocol):
    """The provider of this instance. Every method may raise `ProviderAway`."""

    registration: Registration

    def begin(self) -> AuthorizationRequest:
        """Where to send a browser."""

    def finish(self, asked: AuthorizationRequest, answer: Mapping[str, str]) -> Identity:
        """Who came back with `answer`, the query of the redirect. Raises `SignOnRefused`."""

    def renew(self, refresh_token: Secret, subject: str) -> Identity:
        """What the provider says of a person now. Raises `SignOnRefused` if it ended the sign-in."""

    def logout(self, token: str) -> ProviderLogout:
        """Whom a logout token names. Raises `SignOnRefused`."""

    def check(self) -> Mapping[str, object]:
        """The provider's description, read now."""


def subject_digest(issuer: str, subject: str) -> str:
    """Identifies a person of a provider in rows, 32 hexadecimal digits."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:32]
