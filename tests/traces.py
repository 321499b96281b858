"""Looking for what must not have been written down: values in any of their forms, in whatever was kept.

One search for all tests that plant values: letters in any case, without their accents, escaped as JSON or a URL does,
in base64 at each of the three offsets, as hexadecimal, backwards, and numbers without what separates their groups.
"""

import base64
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

_SHORTEST = 6  # characters; less could stand anywhere by chance


def forms(value: str) -> set[bytes]:
    """The ways in which a value could have been written down; in lower case, but for base64."""
    plain = "".join(char for char in unicodedata.normalize("NFD", value) if not unicodedata.combining(char))
    written = {value[::-1]}
    for each in (value, value.upper(), plain):
        written |= {each, json.dumps(each)[1:-1], urllib.parse.quote(each), urllib.parse.quote_plus(each)}
    bare = re.sub(r"\W", "", value)
    written |= {bare} if bare.isalnum() and any(map(str.isdigit, bare)) else set()
    raw = {each.lower().encode() for each in written} | {value.encode().hex().encode()}
    return {each for each in raw | _in_base64(value.encode()) if len(each) >= _SHORTEST}


def _in_base64(raw: bytes) -> set[bytes]:
    """The middles of what base64 makes of it, wherever in a text it stands."""
    found = set()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw)
        whole = coded[4 if offset else 0 : -4 if coded.endswith(b"=") else None]
        found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def found(kept: Mapping[str, bytes], values: Iterable[str]) -> list[tuple[str, str]]:
    """Where which value stands: the name of what was kept, and the beginning of the value."""
    looked_for = [(value, form) for value in values for form in forms(value)]
    return sorted(
        {
            (name, value[:12])
            for name, content in kept.items()
            for small in (_small(content),)
            for value, form in looked_for
            if form in content or form in small
        }
    )


def _small(content: bytes) -> bytes:
    """The content with its letters in lower case, those beyond ASCII too."""
    return content.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")


def files(home: Path) -> dict[str, bytes]:
    """Everything below a folder, byte for byte: the database with its log, and what the processes printed."""
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}
