"""Sealing of what an account entrusts to us: AES-256-GCM (NIST SP 800-38D) under keys derived from the master secret.

The associated data binds a sealed text to its account, provider, id and key version, so that a row copied to another
account, or an older one put back under a newer id, does not open. Nonces are 12 random bytes, drawn for each sealing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ni.domain.ids import Random

NONCE_BYTES = 12
CURRENT = 1


class NotOpened(Exception):
    """A sealed text that was altered, moved, or sealed with another key."""


@dataclass(frozen=True, slots=True)
class SealContext:
    """Where a sealed text belongs."""

    account_id: str
    provider: str
    secret_id: str
    key_version: int = CURRENT

    @property
    def bound(self) -> bytes:
        """The associated data."""
        return f"{self.account_id}|{self.provider}|{self.secret_id}|{self.key_version}".encode()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the database holds."""

    nonce: bytes
    octets: bytes = field(repr=False)


class CredentialSealer:
    """Seals and opens. `key_of` gives the 32 bytes of a key version, so that older versions still open."""

    def __init__(self, key_of: Callable[[int], bytes], random: Random) -> None:
        self._key_of = key_of
        self._random = random

    def seal(self, place: SealContext, octets: bytes) -> Sealed:
        """Seal under the place's key version."""
        nonce = self._random(NONCE_BYTES)
        return Sealed(nonce, AESGCM(self._key_of(place.key_version)).encrypt(nonce, octets, place.bound))

    def open(self, place: SealContext, sealed: Sealed) -> bytes:
        """The text. Raises `NotOpened`."""
        try:
            return AESGCM(self._key_of(place.key_version)).decrypt(sealed.nonce, sealed.octets, place.bound)
        except InvalidTag as fault:
            raise NotOpened(place.secret_id) from fault
