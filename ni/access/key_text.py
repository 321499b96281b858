"""The text of keys, and the digests that are stored of it.

A key is a prefix (`ni_live_`) + 10 base62 public id + 38 base62 secret (226 bits) + 6 base62 CRC-32 over all before it.
The checksum turns typing errors away without asking the database and lets secret scanners be precise; it protects
nothing. What is stored is an HMAC-SHA256 (RFC 2104) under a versioned pepper: the secret has full entropy, so a slow
hash would only make denial of service cheap.
"""

import hmac
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ni.domain.ids import BASE62, Random, base62
from ni.domain.secret import Secret

PREFIX = "ni_live_"
_ID, _SECRET, _CHECK = 10, 38, 6


def shape_of(prefix: str) -> re.Pattern[str]:
    """What a well-formed key with this prefix looks like; the first group is its public id."""
    return re.compile(rf"{prefix}([0-9A-Za-z]{{{_ID}}})[0-9A-Za-z]{{{_SECRET + _CHECK}}}", re.ASCII)


SHAPE = shape_of(PREFIX)


@dataclass(frozen=True, slots=True)
class Peppers:
    """The keys of the HMAC by version; the highest is used for new keys, the others still recognise old ones."""

    by_version: Mapping[int, bytes] = field(repr=False)

    @property
    def current(self) -> int:
        """The version for new keys."""
        return max(self.by_version)

    def digest(self, version: int, text: str) -> bytes:
        """32 bytes; under a version that is gone the work is the same and nothing matches."""
        pepper = self.by_version.get(version, b"\0" * 32)
        return hmac.digest(pepper, text.encode("utf-8", "surrogatepass"), "sha256")


def mint(random: Random, prefix: str = PREFIX, public_id: str = "") -> tuple[str, Secret]:
    """A new key: its public id, which is drawn unless it is given, and its text."""
    public_id = public_id or base62(random, _ID)
    body = prefix + public_id + base62(random, _SECRET)
    return public_id, Secret(body + checksum(body))


def public_id_of(text: str, shape: re.Pattern[str] = SHAPE) -> str | None:
    """The public id in a well-formed key, None if the text is not one (the answer to a typing error)."""
    match = shape.fullmatch(text)
    if match is None or checksum(text[:-_CHECK]) != text[-_CHECK:]:
        return None
    return match[1]


def checksum(body: str) -> str:
    """CRC-32 (ISO-HDLC) in six base62 digits, most significant first."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return digits
