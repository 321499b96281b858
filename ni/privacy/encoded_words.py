"""Encoded words of mail headers (RFC 2047): `=?utf-8?Q?Ren=C3=A9e_Roy?=`, `=?UTF-8?B?UmVuw6llIFJveQ==?=`.

In the form Q each character has its own place, so that it is read like any other escape (`readings`, `spelled`). In
the form B three octets are four letters: such a word is replaced as a whole, by the encoded word of its stand-in.
"""

import base64
import re
from collections.abc import Iterator, Sequence

from ni.privacy.prefilter import paced_matches
from ni.privacy.reading_stages import Edit, characters

_OPEN = r"=\?[A-Za-z][\w-]{2,20}(?:\*[\w-]{1,12})?\?"
_QUOTED = re.compile(
    rf"(?P<open>{_OPEN}[Qq]\?)(?P<body>[^?\s]{{1,512}})(?P<shut>\?=(?:[ \t\r\n]{{1,8}}(?={_OPEN}[Qq]\?))?)"
)
_SIGN = re.compile(r"_|=[0-9A-Fa-f]{2}(?:=[0-9A-Fa-f]{2})*")
BASE64 = re.compile(rf"(?P<open>{_OPEN}[Bb]\?)(?P<body>[A-Za-z0-9+/]{{4,512}}={{0,2}})\?=")
"""An encoded word in the form B."""


def readings(text: str) -> Iterator[Edit]:
    """What the encoded words of the form Q stand for."""
    if "=?" not in text:
        return
    for word in paced_matches(_QUOTED, text):
        yield *word.span("open"), ""
        for sign in _SIGN.finditer(text, *word.span("body")):
            yield from _signs(sign)
        yield *word.span("shut"), ""


def _signs(sign: re.Match[str]) -> Iterator[Edit]:
    if sign[0] == "_":
        yield *sign.span(), " "
        return
    raw = bytes.fromhex(sign[0].replace("=", ""))
    for first, last, char in characters(raw):
        yield sign.start() + 3 * first, sign.start() + 3 * last, char


def spelled(char: str, _: Sequence[str], shown: bool) -> str:
    """A character as the form Q writes it."""
    if char == " ":
        return "_"
    if char.isascii() and char.isalnum() and not shown:
        return char
    return "".join(f"={octet:02X}" for octet in char.encode())


def decoded(word: str) -> str | None:
    """What an encoded word of the form B stands for; None for other text."""
    match = BASE64.fullmatch(word) if word.startswith("=?") else None
    if match is None:
        return None
    try:
        raw = base64.b64decode(match["body"] + "=" * (-len(match["body"]) % 4))
    except ValueError:
        return None
    return "".join(char for _, _, char in characters(raw))


def encoded_like(pattern: str, text: str) -> str:
    """The text as an encoded word with the beginning of another; its octets are those of UTF-8."""
    charset = "iso-8859-1" if pattern.lower().startswith("=?iso-8859-1") else "utf-8"
    body = base64.b64encode(text.encode(charset, "replace")).decode()
    match = BASE64.match(pattern)
    return f"{match['open']}{body}?=" if match else body
