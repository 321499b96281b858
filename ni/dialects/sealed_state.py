"""State that a client carries from one turn to the next for the gateway, encrypted and authenticated.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, and a prefix that tells these seals from a provider's
signatures. Key and randomness are passed in. A seal that cannot be opened is read as None, as if it were not there.
"""

from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ni.domain.call import Json
from ni.domain.ids import Random, base64url, from_base64url

PREFIX = "ni1."
_NONCE_BYTES = 12
_PURPOSE = b"ni/reasoning/1"


class Seals(Protocol):
    """Seals and unseals JSON objects."""

    def seal(self, value: Json) -> str:
        """An opaque ASCII text that only this instance can open."""

    def unseal(self, text: Any) -> Json | None:
        """The value, or None if `text` is not an intact seal of this instance."""


class StateSealer:
    """`Seals` with one key of 32 bytes."""

    def __init__(self, key: bytes, random: Random) -> None:
        self._cipher = AESGCM(key)
        self._random = random

    def seal(self, value: Json) -> str:
        """An opaque ASCII text that only this instance can open."""
        nonce = self._random(_NONCE_BYTES)
        return PREFIX + base64url(nonce + self._cipher.encrypt(nonce, orjson.dumps(value), _PURPOSE))

    def unseal(self, text: Any) -> Json | None:
        """The value, or None if `text` is not an intact seal of this instance."""
        if not is_sealed(text):
            return None
        try:
            octets = from_base64url(text.removeprefix(PREFIX))
            opened = self._cipher.decrypt(octets[:_NONCE_BYTES], octets[_NONCE_BYTES:], _PURPOSE)
        except (ValueError, InvalidTag):
            return None
        value: Json = orjson.loads(opened)
        return value


def is_sealed(text: Any) -> bool:
    """Whether `text` has the prefix of a seal; it need not be intact."""
    return isinstance(text, str) and text.startswith(PREFIX)
