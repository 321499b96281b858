"""What a word is, for everything here that compares or cuts text: boundaries, and a folding that keeps positions.

Folding takes case and accents away, one character for one character, so that an offset in the folded text is an
offset in the text. It is not Unicode case folding (which changes lengths): it serves to recognise a name in capitals,
in lower case or without its accents.
"""

import re
import unicodedata
from functools import cache

WORD = re.compile(r"[^\W_]+")
RUNS_ON = "[\u0e00-\u0eff\u3005\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
"""Characters of scripts that write no spaces between words, or particles after names."""
_RUNS_ON = re.compile(RUNS_ON)
_BEYOND_ASCII = re.compile(r"([^\x00-\x7f]+)")


def _marks() -> str:
    r"""A pattern for the marks that combine with letters (vowel signs, accents), which `\w` leaves out."""
    marks = [
        code
        for code in (*range(0x300, 0x3100), *range(0xFE20, 0xFE30))
        if unicodedata.category(chr(code))[0] == "M"
    ]
    known = frozenset(marks)
    starts = [code for code in marks if code - 1 not in known]
    ends = [code for code in marks if code + 1 not in known]
    return "[" + "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True)) + "]"


MARK = _marks()

# After one of these escapes, as in "\nMarie" inside a string literal, a word begins although a letter precedes it.
_ESCAPED = frozenset("nrtbfv0")


def _folded(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


@cache
def _table() -> dict[int, str]:
    """Latin, Greek and Cyrillic with their accents: the scripts that have case."""
    codes = (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x1E00, 0x2000))
    return {code: folded for code in codes if (folded := _folded(chr(code))) != chr(code)} | {0x2019: "'"}


def listed(words: str) -> tuple[str, ...]:
    """The words of a table that is written as text."""
    return tuple(words.split())


def fold(text: str) -> str:
    """The text in lower case without accents, as long as the text itself."""
    if text.isascii():
        return text.lower()
    pieces = _BEYOND_ASCII.split(text)  # what lies between is ASCII, and the most of nearly any text
    pieces[::2] = [piece.lower() for piece in pieces[::2]]
    pieces[1::2] = [piece.translate(_table()) for piece in pieces[1::2]]
    return "".join(pieces)


def without_accents(text: str) -> str:
    """The text without accents, its case kept; as long as the text itself."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text)


def is_letter(char: str) -> bool:
    """Whether the character is part of a word: a letter, a digit, or an accent that combines with one.

    A number set above the line is none: it marks a note.
    """
    return char.isalpha() or char.isdecimal() or (char > "\u02ff" and is_mark(char))


NUMERALS = (
    "[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u2182\u2185-\u2189\u2460-\u249b\u24ea-\u24ff"
    "\u2776-\u2793\u3192-\u3195\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf]"
)
"""Numbers that are no decimal digits (², ½, Ⅳ, ①): alphanumeric for `re`, and no part of a word for `is_letter`."""


def is_mark(char: str) -> bool:
    """Whether the character combines with the letter before it."""
    return char > "\u02ff" and unicodedata.category(char)[0] == "M"


_BLANKLESS = "[\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_NUMBER_IN_SCRIPT = re.compile(f"[0-9]{_BLANKLESS}|{_BLANKLESS}[0-9]")
"""In scripts that set no blanks around what stands in them, a number is no part of their words."""


def runs_on(char: str) -> bool:
    """Whether it is one of `RUNS_ON`."""
    return char > "\u0dff" and _RUNS_ON.match(char) is not None


def parts_words(text: str, at: int) -> bool:
    """Whether no word runs across position `at`."""
    if at <= 0 or at >= len(text) or not is_letter(text[at]) or not is_letter(text[at - 1]):
        return True
    if _NUMBER_IN_SCRIPT.match(text, at - 1):
        return True
    return at > 1 and text[at - 2] == "\\" and text[at - 1] in _ESCAPED


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """The smallest range around `start` and `end` that cuts through no word; it does not grow where words run on."""
    while not _may_be_cut(text, start):
        start -= 1
    while not _may_be_cut(text, end):
        end += 1
    return start, end


def _may_be_cut(text: str, at: int) -> bool:
    return parts_words(text, at) or runs_on(text[at]) or runs_on(text[at - 1])
