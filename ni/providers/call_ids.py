"""Tool call ids on wires that allow few characters, while clients may bring any, from whichever provider made them.

A fit id stays as it is; another becomes its own base64url behind a mark, or a digest where that is too long. Different
ids never become the same, so calls and results keep matching; ids that the provider itself makes pass untouched.
"""

import re
from hashlib import sha256

from ni.domain.ids import base64url, from_base64url

_MARK = "ni--"
_FIT = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_LONGEST = 64


def plain_id(call_id: str) -> str:
    """The id in `[a-zA-Z0-9_-]{1,64}`."""
    if _FIT.fullmatch(call_id) and not call_id.startswith(_MARK):
        return call_id
    coded = _MARK + base64url(call_id.encode("utf-8", "surrogatepass"))
    if len(coded) <= _LONGEST:
        return coded
    return _MARK + "-" + sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:59]


def original_id(call_id: str) -> str:
    """What `plain_id` was given, unless only a digest of it is left."""
    if not call_id.startswith(_MARK) or call_id.startswith(_MARK + "-"):
        return call_id
    return from_base64url(call_id.removeprefix(_MARK)).decode("utf-8", "surrogatepass")
