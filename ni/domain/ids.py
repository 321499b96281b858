"""Identifiers that the server makes, and RFC 4648 base64url.

Randomness is passed in as a function that returns `n` random bytes, such as `os.urandom`.
"""

import base64
import binascii
from collections.abc import Callable

Random = Callable[[int], bytes]

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def request_id(random: Random) -> str:
    """16 lower-case hex digits; on every reply as `X-NI-Request-ID`."""
    return random(8).hex()


def object_id(prefix: str, random: Random) -> str:
    """An opaque id for a stored object, e.g. `key_3f9c...` (80 bits)."""
    return f"{prefix}_{random(10).hex()}"


def base62(random: Random, length: int) -> str:
    """`length` uniformly random characters of `0-9A-Za-z` (bytes of 248 and more are rejected)."""
    chars: list[str] = []
    while len(chars) < length:
        chars += [BASE62[byte % 62] for byte in random(length) if byte < 248]
    return "".join(chars[:length])


def base64url(octets: bytes) -> str:
    """RFC 4648 section 5, without padding."""
    plain = binascii.b2a_base64(octets, newline=False)  # what `base64` wraps; a call encodes seven times
    return plain.translate(_URL_SAFE, b"=").decode()


def from_base64url(text: str) -> bytes:
    """The inverse of `base64url`; raises `ValueError` on anything else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
