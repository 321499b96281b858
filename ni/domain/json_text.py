"""JSON text that strict readers refuse although its meaning is plain, read all the same.

An escape of half a surrogate pair, written by programs that cut UTF-16 (RFC 8259 section 8.2), is read as U+FFFD.
"""

import json
import re
from typing import Any

import orjson

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_MARK = b"\xef\xbb\xbf"
_NO_NUMBERS = (b"NaN", b"Infinity")


def without_lone_surrogates(octets: bytes) -> bytes:
    """The JSON text with `\\ufffd` in place of each escape of half a surrogate pair."""
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match["lone"] else match[0], octets)


def read_leniently(octets: bytes) -> Any:
    """The value in JSON text of a server, with a byte order mark, halves of pairs, and `NaN` or infinities as null.

    For answers, which were paid for. Raises `orjson.JSONDecodeError` for what is no JSON even so.
    """
    try:
        return orjson.loads(octets)
    except orjson.JSONDecodeError as fault:
        text = without_lone_surrogates(octets.removeprefix(_MARK))
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            if not any(name in text for name in _NO_NUMBERS):
                raise fault from None
        try:
            return json.loads(text, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            raise fault from None
