"""Finding surrogates in what a model wrote: a tree of their folded characters, walked from each beginning of a word.

It reads text and JSON source alike: `\\u00e9` counts as the letter it stands for, whether it is escaped once or, in a
string within a string, more often. Nothing issued contains a quote, a backslash or a line break, so that what is put
in their place keeps JSON valid.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from ni.privacy.vault import Entry
from ni.privacy.words import fold, is_letter, is_mark

_ESCAPE = re.compile(
    r"(\\{1,8})u([0-9a-fA-F]{4})(?:(?<=[dD][89abAB][0-9a-fA-F]{2})\1u([dD][c-fC-F][0-9a-fA-F]{2}))?"
)
_CUT_ESCAPE = re.compile(r"\\{1,8}(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?$")
# Signs that Markdown, regular expressions and shells put a backslash before, and the octets of ASCII.
_SIGN = re.compile(r"\\{1,8}(?:x([0-7][0-9a-fA-F])|([!#-&(-/:-@\[\]^_`{-~]))")
# What stands before a letter (the dot) and is no part of its word: escapes, percent-encoded octets, colour codes.
_ESCAPED_BEFORE = (
    r"(?<=\\[nrtbfvs0].)|(?<=[0-9a-f]{2}.)(?:(?<=%[0-9a-f]{2}.)|(?<=\\x[0-9a-f]{2}.)|(?<=\\[0-3][0-7]{2}.)"
    r"|(?<=\\u[0-9a-f]{4}.))|(?<=[mk].)(?:(?<=\[[mk].)|(?<=\[[0-9][mk].)|(?<=[\[;][0-9]{2}m.)|(?<=;[0-9]m.)"
    r"|(?<=;[0-9]{3}m.))"
)
_HAS_ESCAPES = re.compile(r"[\\%\x1b]|[\[;][0-9]{0,3}[mk]")
_LEAF = ""  # the key of a tree's node under which its entry stands

LOOK_BACK = 6  # characters before a position that decide whether a word begins there


class Verdict(Enum):
    """What is known of a position when text is still to come."""

    NOTHING = 0
    MORE = 1  # only what follows can tell


Found = tuple[int, Entry]


class Matcher:
    """The surrogates of one request, ready to be found; immutable."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._root: dict[str, Any] = {}
        for folded, entry in entries.items():
            node = self._root
            for char in folded:
                node = node.setdefault(char, {})
            node[_LEAF] = entry
        self.surrogates = tuple(entries)  # folded
        self.beginnings = _beginnings("".join(self._root), escaped=False) if self._root else None
        self._escaped = _beginnings("".join(self._root), escaped=True) if self._root else None

    def begin(self, folded: str, start: int) -> Iterator[re.Match[str]]:
        """Where in a folded text surrogates may begin."""
        pattern = self._escaped if _HAS_ESCAPES.search(folded) else self.beginnings
        return pattern.finditer(folded, start) if pattern else iter(())

    def at(self, text: str, folded: str, start: int, last: bool) -> Found | Verdict:
        """The longest surrogate that begins at `start`; `MORE` where it may still become one (never if `last`)."""
        node, at, best = self._root, start, None
        while True:
            entry = node.get(_LEAF)
            if entry is not None:
                ends = _word_ends(text, at, last)
                if ends is Verdict.MORE:
                    return ends
                best = (at, entry) if ends else best
            char, step = _char(text, folded, at, last)
            if char == "" and not last and len(node) > (entry is not None):
                return Verdict.MORE
            if char in node and char:
                node, at = node[char], at + step
            elif is_mark(char):
                at += step  # an accent that combines with the letter before it
            else:
                return best or Verdict.NOTHING


def _beginnings(firsts: str, escaped: bool) -> re.Pattern[str]:
    """Where a surrogate may begin: one of its first characters, and if that is a letter, no letter before it.

    The end of an escape, of a colour code or of a percent-encoded octet is no letter.
    """
    letters = re.escape("".join(char for char in firsts if is_letter(char)))
    others = re.escape("".join(char for char in firsts if not is_letter(char)))
    choices = []
    if letters:
        before = f"|{_ESCAPED_BEFORE}" if escaped else ""
        choices.append(rf"[{letters}](?:(?<![^\W_].){before})")
    if others:
        choices.append(f"[{others}]")
    if escaped:
        signs = f"|[{others}]" if others else ""
        choices.append(
            rf"\\(?=\\{{0,7}}(?:u[0-9a-f]{{4}}|x[0-7][0-9a-f]{signs}|(?:u[0-9a-f]{{0,3}}|x[0-9a-f]?)?\Z))"
        )
    return re.compile("|".join(choices))


def _char(text: str, folded: str, at: int, last: bool) -> tuple[str, int]:
    """The folded character at a position and how much of the text it takes; empty where the text ends or breaks off."""
    if at >= len(text):
        return "", 0
    if text[at] != "\\":
        return folded[at], 1
    escape = _ESCAPE.match(text, at)
    if escape and (last or not _is_half(escape, text)):
        return fold(_decoded(escape)), len(escape[0])
    sign = _SIGN.match(text, at)
    if sign:
        return fold(_sign(sign)), len(sign[0])
    return ("", 0) if not last and (escape or _CUT_ESCAPE.match(text, at)) else ("\\", 1)


def _is_half(escape: re.Match[str], text: str) -> bool:
    """Whether the second half of a character beyond the first 65,536 may still come."""
    end = escape.end()
    first = escape[3] is None and "d8" <= escape[2][:2].lower() <= "db"
    return first and (end == len(text) or _CUT_ESCAPE.match(text, end) is not None)


def _word_ends(text: str, at: int, last: bool) -> bool | Verdict:
    """Whether a word that reaches up to `at` ends there; it does before an escape."""
    if at == 0 or not is_letter(text[at - 1]):
        return True
    if at >= len(text):
        return last or Verdict.MORE
    return not is_letter(text[at])


def _decoded(escape: re.Match[str]) -> str:
    """The character that an escape, or a pair of them, stands for."""
    code = int(escape[2], 16)
    return chr(0x10000 + ((code & 0x3FF) << 10) + (int(escape[3], 16) & 0x3FF)) if escape[3] else chr(code)


def _sign(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else escape[2]


def unescaped(text: str) -> str:
    """The text with its escapes replaced by the characters they stand for."""
    return _SIGN.sub(_sign, _ESCAPE.sub(_decoded, text)) if "\\" in text else text


def escaped_like(pattern: str, text: str) -> str:
    """The text with what is not ASCII escaped as the pattern does it, if it does."""
    escape = _ESCAPE.search(pattern) if "\\" in pattern else None
    if not escape:
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if code < 0x80 else f"{escape[1]}u{code:04x}" for code in codes)
