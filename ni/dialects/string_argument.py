"""A tool that takes free text, offered as a function of one string: `{"input": "..."}`, and read back while it streams.

Models that know functions alone can then use custom (grammar) tools. The reader gives the text as it arrives, whatever
the cuts: escapes and surrogate pairs may be split. A model that wrote other arguments gets them through as they are,
at the end, because an argument that a client can look at is better than none.
"""

import json
import re
from typing import Any

from ni.domain.call import Json

NAME = "input"
_HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
_RUN = re.compile(r'[^"\\]+')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def schema() -> Json:
    """The parameters of the function that stands for a custom tool."""
    return {
        "type": "object",
        "properties": {
            NAME: {"type": "string", "description": "The whole input of the tool, as plain text."}
        },
        "required": [NAME],
        "additionalProperties": False,
    }


def wrap(text: str) -> str:
    """The arguments of the function for a custom call's input."""
    return json.dumps({NAME: text}, ensure_ascii=False)


def unwrap(arguments: str) -> str:
    """The input of the custom call out of the function's arguments; other arguments as they are."""
    try:
        value: Any = json.loads(arguments)
    except ValueError:
        return arguments
    if isinstance(value, dict) and isinstance(value.get(NAME), str):
        return str(value[NAME])
    return value if isinstance(value, str) else arguments


class StringArgument:
    """Reads one call's arguments piece by piece."""

    __slots__ = ("_ended", "_head_read", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        self._head_read = False
        self._ended = False

    def feed(self, piece: str) -> str:
        """The text that became certain with this piece of JSON."""
        if self._ended:
            return ""
        self._rest += piece
        if not self._head_read:
            head = _HEAD.match(self._rest)
            if head is None:
                return ""
            self._head_read, self._rest = True, self._rest[head.end() :]
        return self._decode()

    def end(self) -> str:
        """What was held back: the whole arguments if they were none of ours, nothing otherwise."""
        if self._head_read or self._ended:
            return ""
        self._ended = True
        return unwrap(self._rest)

    def _decode(self) -> str:
        out: list[str] = []
        at = 0
        while at < len(self._rest):
            run = _RUN.match(self._rest, at)
            if run is not None:
                out.append(run.group())
                at = run.end()
            elif self._rest[at] == '"':
                self._ended = True
                at = len(self._rest)
            else:
                letter, length = _escape(self._rest[at : at + 12])
                if not length:
                    break
                out.append(letter)
                at += length
        self._rest = self._rest[at:]
        return "".join(out)


def _escape(text: str) -> tuple[str, int]:
    r"""The character of the escape that `text` begins with and its length; 0 if more is needed (RFC 8259)."""
    if len(text) < 2:
        return "", 0
    if text[1] != "u":
        return _ESCAPES.get(text[1], text[1]), 2
    if len(text) < 6:
        return "", 0
    unit = _unit(text[2:6])
    if not 0xD800 <= unit < 0xDC00:
        return ("\ufffd" if 0xDC00 <= unit < 0xE000 else chr(unit)), 6
    if len(text) < 12 and "\\u".startswith(text[6:8]):
        return "", 0
    low = _unit(text[8:12]) if text[6:8] == "\\u" else 0
    if not 0xDC00 <= low < 0xE000:
        return "\ufffd", 6
    return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 12


def _unit(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0xFFFD
