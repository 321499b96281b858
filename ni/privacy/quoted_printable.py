"""Mail in quoted-printable (RFC 2045, 6.7): `H=C3=A9l=C3=A8ne`, `ana=40example.ca`, and lines that end in `=`.

Where the text says what it is, every octet and soft line break is read. Elsewhere an equals sign means something else,
and only pairs that UTF-8 writes a letter with are read.
"""

import re
from collections.abc import Iterator, Sequence

from ni.privacy.prefilter import paced_matches
from ni.privacy.reading_stages import Edit, characters

_LETTERS = r"=C[2-9A-F]=[89AB][0-9A-F](?:(?:=C[2-9A-F]|=E[0-9A-F]=[89AB][0-9A-F])=[89AB][0-9A-F]){0,64}"
_PAIR = re.compile(_LETTERS)
_ANY = re.compile(rf"(?P<soft>=[ \t]?\r?\n)|{_LETTERS}|=[0-9A-F]{{2}}(?:=[0-9A-F]{{2}}){{0,64}}")
_SAYS = re.compile(r"(?i)transfer-encoding: ?quoted-printable")
_HOLDS_PAIR = re.compile(r"=C[2-9A-F]=")


def readings(text: str) -> Iterator[Edit]:
    """What the octets and the soft line breaks stand for."""
    if "=" not in text:
        return
    says = "uoted-" in text and _SAYS.search(text)
    if not says and not _HOLDS_PAIR.search(text):
        return
    start = says.end() if says else 0
    for match in paced_matches(_ANY if says else _PAIR, text, start):
        if match[0][-1] == "\n":
            yield *match.span(), ""
            continue
        raw = bytes.fromhex(match[0].replace("=", ""))
        for first, last, char in characters(raw):
            if char.isprintable() or char == "\n":
                yield match.start() + 3 * first, match.start() + 3 * last, char


def spelled(char: str, held: Sequence[str], shown: bool) -> str:
    """Beyond ASCII, and where something has to show it, a character is written in octets."""
    if (char.isascii() and not shown) or not any(piece[1:2].isalnum() for piece in held):
        return char
    return "".join(f"={octet:02X}" for octet in char.encode())
