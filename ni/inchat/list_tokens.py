"""The signed token under a numbered list: proof that it was shown, to this key, for this name, a moment ago.

`[ni-map:K3Q7XW2A]` is the first 40 bits of HMAC-SHA256(server key, account, key, model, digest of the list, expiry) in
base32 (RFC 4648). The expiry is a whole minute and is not written: checking tries the few minutes it can be. Forty
bits are enough because each guess is a request with a valid key, and all a hit gains is a mapping that key may make.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LIFETIME_MIN = 15
_TOKEN = re.compile(r"\[ni-map:([A-Z2-7]{8})\]")


@dataclass(frozen=True, slots=True)
class ShownList:
    """What a list was shown for: whose key, which model name, which route ids in which order."""

    account_id: str
    key_id: str
    model: str
    route_ids: tuple[str, ...]


class ListTokens:
    """Issues and checks tokens with a secret key of the server."""

    def __init__(self, server_key: bytes) -> None:
        self._server_key = server_key

    def issue(self, shown: ShownList, now: datetime) -> str:
        """The token to write under a list, valid for at least 14 and at most 15 minutes."""
        return f"[ni-map:{self._token(shown, _minute(now) + LIFETIME_MIN)}]"

    def accept(self, text: str, shown: ShownList, now: datetime) -> bool:
        """Whether the last token in `text` was issued for exactly `shown` and has not expired."""
        tokens = _TOKEN.findall(text)
        if not tokens:
            return False
        minute = _minute(now)
        return any(
            hmac.compare_digest(tokens[-1], self._token(shown, minute + left))
            for left in range(1, LIFETIME_MIN + 1)
        )

    def _token(self, shown: ShownList, expires_min: int) -> str:
        listed = hashlib.sha256(_joined(shown.route_ids)).hexdigest()
        fields = (shown.account_id, shown.key_id, shown.model, listed, str(expires_min))
        digest = hmac.digest(self._server_key, b"ni-map\0" + _joined(fields), "sha256")
        return base64.b32encode(digest[:5]).decode()


def has_token(text: str) -> bool:
    """Whether the text carries something that looks like a token, valid or not."""
    return _TOKEN.search(text) is not None


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _joined(fields: Iterable[str]) -> bytes:
    """The fields with their lengths, so that no two tuples give the same bytes."""
    encoded = [field.encode("utf-8", "surrogatepass") for field in fields]
    return b"".join(len(field).to_bytes(4, "big") + field for field in encoded)
