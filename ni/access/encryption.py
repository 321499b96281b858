"""Encryption of stored secrets: AES-256-GCM (NIST SP 800-38D) under keys derived from the master secret.

The associated data binds a ciphertext to its account, provider, id and key version, so that a row copied to another
account, or an older one put back under a newer id, does not decrypt. Each encryption draws a nonce of 12 random bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ni.domain.ids import Random

NONCE_BYTES = 12
CURRENT = 1


class DecryptionFailed(Exception):
    """A ciphertext that was altered, moved, or encrypted with another key."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a ciphertext belongs to."""

    account_id: str
    provider: str
    secret_id: str
    key_version: int = CURRENT

    @property
    def associated_data(self) -> bytes:
        """The bytes that AES-GCM authenticates with the ciphertext."""
        return f"{self.account_id}|{self.provider}|{self.secret_id}|{self.key_version}".encode()


@dataclass(frozen=True, slots=True)
class Encrypted:
    """What the database holds."""

    nonce: bytes
    octets: bytes = field(repr=False)


class Cipher:
    """Encrypts and decrypts. `key_of` gives the 32 bytes of a key version, so that older versions still decrypt."""

    def __init__(self, key_of: Callable[[int], bytes], random: Random) -> None:
        self._key_of = key_of
        self._random = random

    def encrypt(self, binding: Binding, octets: bytes) -> Encrypted:
        """Encrypt under the key version of the binding."""
        nonce = self._random(NONCE_BYTES)
        return Encrypted(
            nonce, AESGCM(self._key_of(binding.key_version)).encrypt(nonce, octets, binding.associated_data)
        )

    def decrypt(self, binding: Binding, encrypted: Encrypted) -> bytes:
        """The text. Raises `DecryptionFailed`."""
        try:
            return AESGCM(self._key_of(binding.key_version)).decrypt(
                encrypted.nonce, encrypted.octets, binding.associated_data
            )
        except InvalidTag as fault:
            raise DecryptionFailed(binding.secret_id) from fault
