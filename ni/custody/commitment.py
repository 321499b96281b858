"""Commitments to content: a keyed hash that says nothing without its key.

HMAC-SHA256 under 32 random bytes kept beside the record. A bare hash of a short prompt could be guessed; with the key
deleted, the commitment proves nothing any more, which is how content is erased from the record.
"""

import base64
import hmac
from hashlib import sha256

from ni.custody.record import Value
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


class SentBodies:
    """Commitments to the bodies of the requests that one call caused, under one key, in the order of sending.

    A body that is sent again, by a retry or over a fresh connection, is committed to once.
    """

    __slots__ = ("_key", "_values")

    def __init__(self, random: Random) -> None:
        self._key = random(32)
        self._values: list[str] = []

    def add(self, body: bytes) -> None:
        """Commit to one whole body."""
        value = base64url(hmac.digest(self._key, body, "sha256"))
        if value not in self._values:
            self._values.append(value)

    @property
    def value(self) -> Value:
        """The commitment, base64url; a list of them where bodies differed, None where nothing was sent."""
        if len(self._values) > 1:
            return list(self._values)
        return self._values[0] if self._values else None

    @property
    def opening(self) -> str:
        """The key, standard base64: for the owner of the content only."""
        return base64.b64encode(self._key).decode()


def commitment(content: bytes, random: Random) -> Commitment:
    """The commitment to the whole of `content`."""
    made = Commitment(random)
    made.add(content)
    return made
