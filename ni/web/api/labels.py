"""Who a call was for, as the client said it: a user and a tag, for the usage row.

A user is named by OpenAI's `user` (or `safety_identifier`), Anthropic's `metadata.user_id`, or the headers that Open
WebUI sends (docs.openwebui.com, `ENABLE_FORWARD_USER_INFO_HEADERS`); a tag by `X-NI-Tag`. Both are kept as a digest
with a secret of the account unless the operator chose plain text: the same user has the same label, and nobody can read
from it who that is.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from ni.domain.call import Json, UsageLabels
from ni.domain.ids import base64url

TAG = "X-NI-Tag"
WEBUI = ("X-OpenWebUI-User-Email", "X-OpenWebUI-User-Id", "X-OpenWebUI-User-Name")
LONGEST = 128
_SESSION = re.compile(r"_session_[0-9a-fA-F-]{8,64}$")
_LASTING = ("account_uuid", "user_id", "device_id")
_DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Labelling:
    """How labels are kept; `account_secret` gives a secret by the account's id."""

    account_secret: Callable[[str], bytes]
    plain: bool = False

    def of(self, account_id: str, body: Json, header: Callable[[str], str | None]) -> UsageLabels:
        """The labels of a call."""
        user = named_user(body) or _first(unquote(header(name) or "") for name in WEBUI)
        return UsageLabels(self.label(account_id, user), self.label(account_id, header(TAG) or ""))

    def label(self, account_id: str, value: str) -> str:
        """The label of a value as it is stored; empty for an empty one."""
        text = value.strip()
        if not text:
            return ""
        if self.plain:
            return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST]
        digest = hmac.digest(self.account_secret(account_id), text.encode("utf-8", "replace"), "sha256")
        return "h-" + base64url(digest[:_DIGEST_BYTES])

    def wanted(self, account_id: str, value: str) -> str:
        """The label that a filter means: given as it is stored, or as the client said it."""
        return value if self.plain or re.fullmatch(r"h-[\w-]{16}", value) else self.label(account_id, value)


def named_user(body: Mapping[str, Any]) -> str:
    """The user whom a body names; of an id with a session in it (Claude Code's) the part that lasts."""
    metadata = body.get("metadata")
    found = metadata.get("user_id") if isinstance(metadata, dict) else None
    given = _first(
        value for value in (body.get("user"), found, body.get("safety_identifier")) if isinstance(value, str)
    )
    if not given.startswith("{"):
        return _SESSION.sub("", given)
    try:
        parts = orjson.loads(given)
    except orjson.JSONDecodeError:
        return given
    return _first(parts[name] for name in _LASTING if isinstance(parts.get(name), str)) or given


def _first(values: Any) -> str:
    return next((value for value in values if value.strip()), "")
