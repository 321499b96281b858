"""What a person's name is made of: titles, particles and initials that stay, and the parts that are replaced.

A part is replaced by itself, not as one of a whole: `Jean Tremblay` and `Tremblay` then agree without either having
been seen before the other, and whichever part a model repeats can be put back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ni.privacy.people.gender import listed_gender
from ni.privacy.people.given import FEMININE, MASCULINE, SURROGATE_FEMININE, SURROGATE_MASCULINE
from ni.privacy.people.words import PARTICLES, TITLES
from ni.privacy.words import MARK, fold

_TOKEN = re.compile(rf"(?:[^\W_]|{MARK})+(?:['’.-][^\W_](?:[^\W_]|{MARK})*)*")
_LETTER = re.compile(r"[^\W\d_]")
_ELIDED = re.compile(r"(?:[dlnsjmtc]|qu|jusqu|lorsqu|puisqu)['’](?=\w)")
_POSSESSIVE = re.compile(r"['’][sS]$")
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")


class Gender(StrEnum):
    """Which given names a surrogate is drawn from."""

    FEMININE = "f"
    MASCULINE = "m"
    OPEN = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a name: where it stands in the name, and whether it seems to be a given name."""

    start: int
    end: int
    text: str
    given: bool


@cache
def _genders() -> dict[str, Gender]:
    feminine = {fold(name) for name in (*FEMININE, *SURROGATE_FEMININE)}
    masculine = {fold(name) for name in (*MASCULINE, *SURROGATE_MASCULINE)}
    known = dict.fromkeys(feminine, Gender.FEMININE) | dict.fromkeys(masculine, Gender.MASCULINE)
    return known | dict.fromkeys(feminine & masculine, Gender.OPEN)


def gender(part: str) -> Gender | None:
    """The gender of a given name: `f`, `m`, empty where it may be either; None where it is no name we know."""
    known = _genders().get(fold(part))
    return known if known is not None else _genders().get(fold(part).partition("-")[0])


_SCRIPTS = (
    ("latin", "\u0041-\u024f\u1e00-\u1eff"),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("cyrillic", "\u0400-\u052f"),
    ("hebrew", "\u0590-\u05ff"),
    ("arabic", "\u0600-\u06ff"),
    ("devanagari", "\u0900-\u097f"),
    ("hangul", "\uac00-\ud7a3"),
    ("kana", "\u3041-\u30ff"),
    ("han", "\u3005\u3400-\u9fff"),
)
_OF = tuple((script, re.compile(f"[{letters}]")) for script, letters in _SCRIPTS)
_TITLED = {
    Gender.FEMININE: frozenset(
        {"mrs", "ms", "miss", "mme", "mmes", "mlle", "madame", "mademoiselle", "lady", "madam"}
    ),
    Gender.MASCULINE: frozenset({"mr", "mx_", "m", "mm", "monsieur", "sir", "lord"}),
}
_FAMILY_FIRST = frozenset({"han", "hangul", "kana"})
_PATRONYMICS = ("ович", "евич", "овна", "евна", "ична")
_WOMEN = ("овна", "евна", "ична", "ова", "ева", "ёва", "ина", "ская", "цкая", "ная")
_MEN = ("ович", "евич", "ов", "ев", "ёв", "ин", "ский", "цкий", "ный")


def script(part: str) -> str:
    """The letters in which a part of a name is written; Latin where none of the others begin it."""
    return next((name for name, letters in _OF if letters.match(part)), "latin")


def bearer(part: str) -> Gender:
    """The gender that a given name tells to somebody who reads it; open where it may be either or is not known.

    What this package's own short lists say comes first: `Jean` is a man in French and a woman in American counts.
    """
    known = gender(part)
    if known is not None:
        return known
    for word in (fold(part), *re.split(r"[-'’.]", fold(part))[:1]):
        found = listed_gender(word)
        if found:
            return Gender(found)
    return Gender.OPEN


def titled_gender(name: str) -> Gender:
    """The gender that a title before the name tells."""
    first = re.match(r"[^\W\d_]+", name)
    word = fold(first[0]) if first and len(first[0]) < len(name) else ""
    return next((gender for gender, titles in _TITLED.items() if word in titles), Gender.OPEN)


def slavic_gender(part: str) -> Gender:
    """The gender that the ending of a Russian family name or patronymic tells."""
    low = part.lower()
    return (
        Gender.FEMININE if low.endswith(_WOMEN) else Gender.MASCULINE if low.endswith(_MEN) else Gender.OPEN
    )


def initials(name: str) -> list[tuple[int, int]]:
    """Where single letters stand for names: `J.` and `B.` of `J. B. Tremblay`; not the title in `M. Tremblay`."""
    found = []
    for match in _TOKEN.finditer(name):
        for letter in re.finditer(r"[^\W\d_]", match[0]) if _INITIALS.fullmatch(match[0]) else ():
            at = match.start() + letter.start()
            dotted = name[at + 1 : at + 2] == "."
            title = at == 0 and letter[0] == "M" and dotted and name[at + 2 : at + 3] == " "
            particle = not dotted and letter[0].lower() in PARTICLES
            if letter[0].isupper() and not title and not particle:
                found.append((at, at + 1))
    return found


def parts(name: str) -> list[Part]:
    """The parts of a name to be replaced, in order."""
    tokens = list(_tokens(name))
    reversed_name = len(tokens) > 1 and (
        "," in name[tokens[0][1] : tokens[1][0]]
        or _capitals_first(name, tokens)
        or script(name[tokens[0][0]]) in _FAMILY_FIRST
        or name[slice(*tokens[-1])].lower().endswith(_PATRONYMICS)
    )
    found = []
    for at, (start, end) in enumerate(tokens):
        text = name[start:end]
        last = at == len(tokens) - 1
        if len(tokens) == 1:
            given = gender(text) is not None
        elif reversed_name:
            given = at > 0
        else:
            given = at == 0 or (not last and gender(text) is not None)
        found.append(Part(start, end, text, given))
    return found


def _capitals_first(name: str, tokens: list[tuple[int, int]]) -> bool:
    """`TREMBLAY Jean`: the family name in capitals stands first."""
    first, second = (name[slice(*token)] for token in tokens[:2])
    return first.isupper() and not second.isupper()


def _tokens(name: str) -> Iterator[tuple[int, int]]:
    matches = list(_TOKEN.finditer(name))
    for match in matches:
        start, end = match.span()
        elided = _ELIDED.match(name, start, end)
        start = elided.end() if elided else start
        possessive = _POSSESSIVE.search(name, start, end)
        end = possessive.start() if possessive else end
        text = name[start:end].lower()
        stays = (
            text in TITLES or (text in PARTICLES and match is not matches[-1]) or _INITIALS.fullmatch(text)
        )
        if _LETTER.search(text) and (not stays or (len(text) == 1 and not text.isascii())):
            yield start, end


def cased_like(pattern: str, name: str) -> str:
    """The name in the case of the pattern: capitals, lower case, or as it is."""
    if pattern.isupper() and (len(pattern) > 1 or not name.isupper()):
        return name.upper()
    return name.lower() if pattern.islower() else name


def has_title(name: str, end: int) -> bool:
    """Whether a title stands in a name before position `end`."""
    return any(fold(match[0]) in TITLES for match in _TOKEN.finditer(name, 0, end))


def titled(name: str) -> str:
    """A name that is known in capitals or lower case only, as it is usually written."""
    return re.sub(r"[^\W\d_]+", lambda match: match[0].capitalize(), name)
