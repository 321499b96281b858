"""JSON text that strict readers refuse although its meaning is plain, read all the same.

An escape of half a surrogate pair, written by programs that cut UTF-16 (RFC 8259 section 8.2), is read as U+FFFD. Where
the other half begins the same text of a later document of a stream, the two are read as the character that they are.
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
            return _loads(text, fault)


def _loads(octets: bytes, fault: orjson.JSONDecodeError) -> Any:
    """The value with halves of pairs as they are, read by a parser that takes more. Raises `fault`."""
    text = octets.removeprefix(_MARK).decode("utf-8", "replace")
    try:
        return json.loads(text, parse_constant=lambda _: None, parse_int=_integer)
    except (ValueError, RecursionError):
        raise fault from None


def _integer(digits: str) -> int | float:
    """As `orjson` reads it: a float where it does not fit 64 bits."""
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)


class JsonStream:
    """Reads the JSON documents of one stream, each as `read_leniently` does."""

    def __init__(self) -> None:
        self._halves: dict[tuple[Any, ...], str] = {}  # first halves of pairs, by the place of their text

    def read(self, octets: bytes) -> Any:
        """The next value. Raises `orjson.JSONDecodeError`."""
        try:
            value = orjson.loads(octets)
        except orjson.JSONDecodeError as fault:
            value = _loads(octets, fault)
        else:
            if not self._halves:
                return value
        return self._joined(value, ())

    def _joined(self, value: Any, place: tuple[Any, ...]) -> Any:
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, dict):
            return {_whole(name): self._joined(inner, (*place, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._joined(inner, (*place, _number(inner, at))) for at, inner in enumerate(value)]
        return value

    def _text(self, text: str, place: tuple[Any, ...]) -> str:
        if not text:
            return text
        text = self._halves.pop(place, "") + text
        if _FIRST_HALF.match(text[-1]):
            self._halves[place], text = text[-1], text[:-1]
        return _whole(text)


_FIRST_HALF = re.compile("[\ud800-\udbff]")
_HALF = re.compile("[\ud800-\udfff]")


def _whole(text: str) -> str:
    """The text with pairs as characters and U+FFFD for each half that is left."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(entry: Any, at: int) -> Any:
    """The place of an entry of a list: what it says itself, as choices and calls do."""
    index = entry.get("index") if isinstance(entry, dict) else None
    return index if isinstance(index, int) else at
