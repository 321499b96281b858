"""What a person's name is made of, and how an original is written the way a model wrote its surrogate.

`parts` gives the parts to replace; titles, particles and initials stay. Parts are replaced one by one, so that `Jean
Tremblay` and `Tremblay` agree in whatever order they come. `aligned` reads a written form against the surrogate, token
by token (runs of letters and digits): separators, case and markup of what was written stay.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ni.privacy.people import lists
from ni.privacy.people.lists import (
    FEMININE,
    MASCULINE,
    PARTICLES,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
    TITLES,
)
from ni.privacy.words import (
    MARK,
    fold,
    is_letter,
    is_mark,
    without_accents,
)

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


_GENDERS = Path(lists.__file__).with_name("gender.txt.gz")


@cache
def _women_and_men() -> tuple[frozenset[str], frozenset[str]]:
    women, men = gzip.decompress(_GENDERS.read_bytes()).decode().splitlines()
    return frozenset(women.split()), frozenset(men.split())


def listed_gender(folded: str) -> str | None:
    """`f` or `m` for a folded given name; None if it is not listed.

    `gender.txt.gz` has a line of women's and a line of men's names: from the United States' public-domain counts (nine
    in ten bearers of one sex), the locales of Faker and nomquamgender's table of the world's names.
    """
    women, men = _women_and_men()
    return "f" if folded in women else "m" if folded in men else None


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
    ("gurmukhi", "\u0a00-\u0a7f"),
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
    """The gender that readers take a given name for; `OPEN` if either or unknown.

    What this package's own short lists say comes first: `Jean` is a man in French and a woman in American counts.
    """
    known = gender(part)
    if known is not None:
        return known
    for word in (fold(part), *re.split(r"[-'’.]", fold(part))[:1]):
        listed_as = listed_gender(word)
        if listed_as:
            return Gender(listed_as)
    return Gender.OPEN


def titled_gender(name: str) -> Gender:
    """The gender of a title before the name; `OPEN` without one."""
    first = re.match(r"[^\W\d_]+", name)
    word = fold(first[0]) if first and len(first[0]) < len(name) else ""
    return next((gender for gender, titles in _TITLED.items() if word in titles), Gender.OPEN)


def slavic_gender(part: str) -> Gender:
    """The gender by the ending of a Russian family name or patronymic; `OPEN` for other endings."""
    low = part.lower()
    return (
        Gender.FEMININE if low.endswith(_WOMEN) else Gender.MASCULINE if low.endswith(_MEN) else Gender.OPEN
    )


def initials(name: str) -> list[tuple[int, int]]:
    """Where single letters stand for names: `J.` and `B.` of `J. B. Tremblay`; not the title in `M. Tremblay`."""
    places = []
    for match in _TOKEN.finditer(name):
        for letter in re.finditer(r"[^\W\d_]", match[0]) if _INITIALS.fullmatch(match[0]) else ():
            at = match.start() + letter.start()
            dotted = name[at + 1 : at + 2] == "."
            prefix = name[at + 1 : at + 3] == "''"  # an apostrophe as SQL doubles it
            title = at == 0 and letter[0] == "M" and dotted and name[at + 2 : at + 3] == " "
            particle = not dotted and letter[0].lower() in PARTICLES
            if letter[0].isupper() and not title and not particle and not prefix:
                places.append((at, at + 1))
    return places


def parts(name: str) -> list[Part]:
    """The parts of a name to be replaced, in order."""
    tokens = list(_tokens(name))
    reversed_name = len(tokens) > 1 and (
        "," in name[tokens[0][1] : tokens[1][0]]
        or _capitals_first(name, tokens)
        or script(name[tokens[0][0]]) in _FAMILY_FIRST
        or name[slice(*tokens[-1])].lower().endswith(_PATRONYMICS)
    )
    name_parts = []
    for at, (start, end) in enumerate(tokens):
        text = name[start:end]
        last = at == len(tokens) - 1
        if len(tokens) == 1:
            given = gender(text) is not None
        elif reversed_name:
            given = at > 0
        else:
            given = at == 0 or (not last and gender(text) is not None)
        name_parts.append(Part(start, end, text, given))
    return name_parts


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


TOKEN = re.compile(rf"(?:[^\W_]|{MARK})+")
_UNIT = re.compile(r"\\{1,8}[nrt]|</?[A-Za-z][^<>]{0,24}>|.", re.DOTALL)
"""A line break or tab that is escaped, a tag, or one character."""


def tokens(text: str) -> list[str]:
    """The runs of letters and digits of a text."""
    return TOKEN.findall(text)


def alignable(surrogate: str, original: str) -> bool:
    """Whether each token of one stands for one of the other."""
    return len(tokens(surrogate)) == len(tokens(original))


def aligned(written: str, surrogate: str, original: str) -> str | None:
    """The original written like this form of the surrogate. None where the form has other characters."""
    pieces = _pieces(written, [_size(token) for token in tokens(surrogate)])
    if pieces is None:
        return None
    if written.islower() and surrogate.isupper():
        surrogate, original = surrogate.lower(), original.lower()
    gaps, slices = pieces
    pieces_out = [gaps[0]]
    for piece, other, token, gap in zip(slices, tokens(surrogate), tokens(original), gaps[1:], strict=True):
        pieces_out += [_like(piece, other, token), gap]
    return "".join(pieces_out)


def cased(written: str, surrogate: str, original: str) -> str:
    """The original in the case and with the accents in which the surrogate was written."""
    original_cased = _case(written, surrogate, original)
    return (
        without_accents(original_cased) if written.isascii() and not surrogate.isascii() else original_cased
    )


def _case(written: str, surrogate: str, original: str) -> str:
    if written.isupper() and not surrogate.isupper():
        return original.upper()
    if written.islower() and not surrogate.islower():
        return original.lower()
    if original.isupper() or original.islower():
        return titled(original) if written[:1].isupper() and not written.isupper() else original
    return original


def _size(token: str) -> int:
    """Letters and digits without the marks that combine with them."""
    return sum(not is_mark(char) for char in token)


def _units(written: str) -> Iterator[tuple[str, bool]]:
    """What was written, unit by unit, and whether it counts as a letter or digit."""
    for match in _UNIT.finditer(written):
        yield match[0], len(match[0]) == 1 and is_letter(match[0]) and not is_mark(match[0])


def _pieces(written: str, sizes: list[int]) -> tuple[list[str], list[str]] | None:
    """What stands before each token and after the last, and the tokens as they were written."""
    owners = [token for token, size in enumerate(sizes) for _ in range(size)]
    gaps, slices = [""] * (len(sizes) + 1), [""] * len(sizes)
    seen, waiting = 0, ""
    for unit, counts in _units(written):
        if seen and not waiting and is_mark(unit):
            slices[owners[seen - 1]] += unit
            continue
        if not counts:
            waiting += unit
            continue
        if seen == len(owners):
            return None
        token = owners[seen]
        (slices if slices[token] else gaps)[token] += waiting
        slices[token] += unit
        seen, waiting = seen + 1, ""
    gaps[-1] += waiting
    return (gaps, slices) if seen == len(owners) else None


def _like(piece: str, surrogate: str, original: str) -> str:
    """One token of the original, as the surrogate's was written."""
    if any(char.isdigit() for char in surrogate) and len(surrogate) == len(original):
        return _refitted(piece, surrogate, original)
    letters = "".join(unit for unit, counts in _units(piece) if counts or is_mark(unit))
    markup = "".join(unit for unit, counts in _units(piece) if not counts and not is_mark(unit))
    return cased(letters, surrogate, original) + markup


def _refitted(piece: str, surrogate: str, original: str) -> str:
    """A token of digits: what stands between the digits stays there."""
    left, chars = iter(zip(surrogate, original, strict=True)), []
    for unit, counts in _units(piece):
        if counts:
            was, char = next(left)
            chars.append(
                char.upper()
                if unit.isupper() and was.islower()
                else char.lower()
                if unit.islower() and was.isupper()
                else char
            )
        else:
            chars.append(unit)
    return "".join(chars)
