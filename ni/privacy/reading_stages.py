"""One step from a text as it was written to a text as it is read, and the way back.

A step replaces pieces of its input: `\u0040` by `@`, a no-break space by a space, a zero-width character by nothing.
Each edit reads as one character or as none, so that no range of the output begins inside an edit.

Escapes in JSON source and in what models write: `\u00e9`, `\x41`, `\\_`, at any depth, and what they stand for.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from ni.domain.clock import paced

_AROUND = 48
_BEFORE_DIGITS = re.compile(r"\\+[bfvsBA]|[\u2014\u2015\u2e3a\u2e3b]")
_DIGITS = re.compile(r"[\d(+]")
"""A class of regular expressions and a long dash read as a blank and a hyphen before these alone."""

Edit = tuple[int, int, str]
"""Start and end in the input, and what stands there in the output."""

Spell = Callable[[str, Sequence[str], bool], str]
"""Writes a character that the original did not hold, given the spellings of the edits that it held.

With True it is to be written as they were even if it need not be, so that the value still shows how it was spelled.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The edits of one step, ordered and disjoint, with their ranges in its input and its output."""

    source: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    read_starts: Sequence[int]
    read_ends: Sequence[int]
    spell: Spell

    @classmethod
    def of(cls, source: str, edits: Iterable[Edit], spell: Spell) -> "Stage":
        """The step that makes these edits."""
        starts, ends, read_starts, read_ends = (array("L") for _ in range(4))
        text, at, read = StringIO(), 0, 0
        for start, end, reads in edits:
            starts.append(start)
            ends.append(end)
            read += start - at
            read_starts.append(read)
            read += len(reads)
            read_ends.append(read)
            text.write(source[at:start] + reads)
            at = end
        text.write(source[at:])
        return cls(source, text.getvalue() if starts else source, starts, ends, read_starts, read_ends, spell)

    def surroundings(self) -> str:
        """The input around its edits: what does not read as it is written, with the words that it is part of."""
        around, at = StringIO(), 0
        for start, end in paced(zip(self.starts, self.ends, strict=True)):
            first, last = max(start - _AROUND, 0), end + _AROUND
            around.write(("" if first < at else "\n") + self.source[max(first, at) : last])
            at = last
        return around.getvalue()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where in the input the range of the output stands; what was removed at its edges stays outside."""
        if start >= end:
            return self._start(start), self._start(start)
        return self._start(start), self._end(end)

    def _start(self, at: int) -> int:
        edit = bisect_right(self.read_starts, at) - 1
        if edit < 0:
            return at
        if at < self.read_ends[edit]:
            return self.starts[edit]
        return self.ends[edit] + at - self.read_ends[edit]

    def _end(self, at: int) -> int:
        edit = bisect_left(self.read_starts, at) - 1
        if edit < 0:
            return at
        return self.ends[edit] + max(at - self.read_ends[edit], 0)

    def repeated(self, text: str) -> str:
        """The same edits made in a text that differs from the input outside of them alone."""
        repeated, at = StringIO(), 0
        for start, end, read_start, read_end in paced(
            zip(self.starts, self.ends, self.read_starts, self.read_ends, strict=True)
        ):
            repeated.write(text[at:start] + self.text[read_start:read_end])
            at = end
        repeated.write(text[at:])
        return repeated.getvalue()

    def written(self, start: int, end: int, value: str) -> str:
        """A value as the input would spell it in the place of this range of the output.

        A character is spelled as it was the same time in the original, or as the last time it was.
        """
        first, last = bisect_left(self.read_starts, start), bisect_left(self.read_starts, end)
        if first == last:
            return value
        spellings = self._spellings(start, end, first, last)
        held = [self.source[self.starts[edit] : self.ends[edit]] for edit in range(first, last)]
        seen: dict[str, int] = {}
        pieces = []
        for at, char in enumerate(value):
            known = spellings.get(char)
            if known is None or (
                _BEFORE_DIGITS.fullmatch(known[0]) and not _DIGITS.match(value[at + 1 : at + 2])
            ):
                pieces.append(self.spell(char, held, False))
            else:
                seen[char] = time = seen.get(char, -1) + 1
                pieces.append(known[min(time, len(known) - 1)])
        if pieces and "".join(pieces) == value:
            pieces[-1] = self.spell(value[-1], held, True)
        return "".join(pieces)

    def _spellings(self, start: int, end: int, first: int, last: int) -> dict[str, list[str]]:
        """How each character of the range is spelled, each time; letters and digits of ASCII spell themselves."""
        spellings: dict[str, list[str]] = {}
        edit = first
        for at in range(start, end):
            while edit < last and self.read_ends[edit] <= at:
                edit += 1
            edited = edit < last and self.read_starts[edit] <= at
            char = self.text[at]
            if not (char.isascii() and char.isalnum()):
                spelled = self.source[self.starts[edit] : self.ends[edit]] if edited else char
                spellings.setdefault(char, []).append(spelled)
        return spellings


ESCAPE = re.compile(
    r"(\\{1,8})u([0-9a-fA-F]{4})(?:(?<=[dD][89abAB][0-9a-fA-F]{2})\1u([dD][c-fC-F][0-9a-fA-F]{2}))?"
)
# Signs that Markdown, regular expressions and shells put a backslash before, and the octets of ASCII.
SIGN = re.compile(r"\\{1,8}(?:x([0-7][0-9a-fA-F])|([!#-&(-/:-@\[\]^_`{-~]))")


def decoded(escape: re.Match[str]) -> str:
    """The character that an escape, or a pair of them, stands for."""
    code = int(escape[2], 16)
    return chr(0x10000 + ((code & 0x3FF) << 10) + (int(escape[3], 16) & 0x3FF)) if escape[3] else chr(code)


def sign(escape: re.Match[str]) -> str:
    """The sign that an escape of ASCII stands for."""
    return chr(int(escape[1], 16)) if escape[1] else escape[2]


def unescaped(text: str) -> str:
    """The text with its escapes replaced by the characters they stand for."""
    return SIGN.sub(sign, ESCAPE.sub(decoded, text)) if "\\" in text else text


def escaped_like(pattern: str, text: str) -> str:
    """The text with what is not ASCII escaped as the pattern does it, if it does."""
    escape = ESCAPE.search(pattern) if "\\" in pattern else None
    if not escape:
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if code < 0x80 else f"{escape[1]}u{code:04x}" for code in codes)


def characters(raw: bytes) -> Iterator[tuple[int, int, str]]:
    """First and last octet of each character, and the character: UTF-8 where it is, else Latin-1."""
    at = 0
    while at < len(raw):
        size = 1 if raw[at] < 0xC2 else 2 if raw[at] < 0xE0 else 3 if raw[at] < 0xF0 else 4
        try:
            char = raw[at : at + size].decode()
        except UnicodeDecodeError:
            size, char = 1, chr(raw[at])
        yield at, at + size, char
        at += size
