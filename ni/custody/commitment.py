"""Commitments to content: a keyed hash that says nothing without its key.

HMAC-SHA256 under 32 random bytes kept beside the record. A bare hash of a short prompt could be guessed; with the key
deleted, the commitment proves nothing any more, which is how content is erased from the record.
"""

import base64
import hmac
from hashlib import sha256

from ni.domain.ids import Random, base64url


class Commitment:
    """A running commitment to bytes."""

    __slots__ = ("_key", "_mac", "octets")

    def __init__(self, random: Random) -> None:
        self._key = random(32)
        self._mac = hmac.new(self._key, digestmod=sha256)
        self.octets = 0

    def add(self, content: bytes) -> None:
        """Commit to these bytes too."""
        self._mac.update(content)
        self.octets += len(content)

    @property
    def value(self) -> str:
        """The commitment so far, base64url."""
        return base64url(self._mac.digest())

    @property
    def opening(self) -> str:
        """The key, standard base64: for the owner of the content only."""
        return base64.b64encode(self._key).decode()


def commitment(content: bytes, random: Random) -> Commitment:
    """The commitment to the whole of `content`."""
    made = Commitment(random)
    made.add(content)
    return made
