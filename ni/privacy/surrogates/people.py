"""Who stands in for whom: the surrogate of each part of a name, with its gender, its letters and its shape.

French writes `d'Anne` but `de Marie`, English `James'` but `Mary's`: a surrogate that begins and ends alike leaves the
grammar around it true. Accents stay accents, and a name in Cyrillic gets one in Cyrillic. When a list is exhausted,
names are invented.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from ni.privacy.names.people_names import Gender, bearer, gender, script, slavic_gender
from ni.privacy.people import scripts
from ni.privacy.people.lists import (
    DOUBLE_FEMININE,
    DOUBLE_MASCULINE,
    SURROGATE_FAMILY,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
)
from ni.privacy.surrogates.chooser import Draw, invented
from ni.privacy.words import fold

_VOWELS = "aeiou"
_SILENT = "aeiouyh"  # what elision treats as a vowel, in the original
_CLOSEST = 6  # attempts among the names of exactly this shape
_FROM_LISTS = 18  # attempts before a name is invented
_ATTEMPTS = 400
_NEVER = re.compile("(?!)")
_NO_ENDINGS = (_NEVER, _NEVER)
# Endings of women's and of men's given names that no list holds, by script.
_ENDINGS = {
    "latin": (
        re.compile("(?i)(?:[^ou]a|ette|elle|ine|ienne|iane|lyn|een)$"),
        re.compile(
            "(?i)(?:[bcdfghjkmnprstvz]us|[ck]o|bert|ard|rick|ald|inder|esh|endra|deep|ullah|slav|sław)$"
        ),
    ),
    "cyrillic": (re.compile("[ая]$"), re.compile("[бвгджзйклмнпрстфхцчшщ]$")),
    "greek": (re.compile("[αάηώ]$"), re.compile("[ςουύ]$")),
    "hebrew": (re.compile("[הת]$"), _NEVER),
    "arabic": (re.compile("[ةاءى]$"), _NEVER),
    "devanagari": (re.compile("[\u093e\u0940]$"), re.compile("[\u0915-\u0939\u093c\u0941]$")),
}
_ENOUGH = 5  # names of exactly this shape below which a wider choice is better


@dataclass(frozen=True, slots=True)
class RequestedName:
    """What a surrogate must be: `gender` of a given name, None for a surname; with accents; for a double name."""

    gender: Gender | None
    accented: bool = False
    double: bool = False

    @property
    def names(self) -> str:
        """The name of the list to draw from."""
        double = "double " * (self.double and self.gender in {Gender.FEMININE, Gender.MASCULINE})
        return "family" if self.gender is None else f"{double}{self.gender}"


def stand_in(key: bytes, part: str, wanted: RequestedName, free: Callable[[str], bool]) -> str:
    """The first name drawn for this part that is free. Raises `LookupError` when none is found."""
    gender = wanted.gender
    if script(part) != "latin":
        return _foreign(key, part, gender, free)
    vowel = fold(part[0]) in _SILENT
    shape = vowel, wanted.accented or not part.isascii(), part.lower().endswith("s"), fold(part[0]) == "m"
    exact, wide = _candidates(wanted.names, shape)
    for attempt in range(_ATTEMPTS):
        draw = Draw(key, f"name:{'family' if gender is None else 'given'}:{fold(part)}", attempt)
        listed = exact if attempt < _CLOSEST else wide
        name = draw.pick(listed) if attempt < _FROM_LISTS else invented(draw, vowel)
        if free(name) and fold(name) != fold(part):
            return name
    raise LookupError("no name is free")


def gender_of(part: str) -> Gender:
    """The gender that a given name in any letters tells."""
    known = bearer(part)
    if known or gender(part) is not None:
        return known
    letters = script(part)
    women, men = _ENDINGS.get(letters, _NO_ENDINGS)
    return Gender.FEMININE if women.search(part) else Gender.MASCULINE if men.search(part) else Gender.OPEN


@cache
def _candidates(names: str, shape: tuple[bool, bool, bool, bool]) -> tuple[Sequence[str], Sequence[str]]:
    """The names of a list that begin, end and are accented alike; and those that begin alike."""
    lists = {
        "family": SURROGATE_FAMILY,
        Gender.FEMININE: SURROGATE_FEMININE,
        Gender.MASCULINE: SURROGATE_MASCULINE,
        f"double {Gender.FEMININE}": DOUBLE_FEMININE,
        f"double {Gender.MASCULINE}": DOUBLE_MASCULINE,
    }
    chosen = lists.get(names) or (*SURROGATE_FEMININE, *SURROGATE_MASCULINE)
    vowel, accented, ends_in_s, with_m = shape
    wide = [
        name
        for name in chosen
        if (fold(name[0]) in _VOWELS) == vowel and (names == "family" or with_m or name[0] != "M")
    ]
    alike = [name for name in wide if name.isascii() != accented]
    exact = [name for name in alike if name.lower().endswith("s") == ends_in_s]
    return next((some for some in (exact, alike) if len(some) >= _ENOUGH), wide), wide


# ---- other letters


def _foreign(key: bytes, part: str, gender: Gender | None, free: Callable[[str], bool]) -> str:
    """A name in the letters of the original; drawn from more and more names put together when none is free."""
    letters = script(part)
    for attempt in range(_ATTEMPTS):
        draw = Draw(key, f"name:{letters}:{part}", attempt)
        name = _drawn(letters, part, gender, draw)
        if free(name) and name != part:
            return name
    raise LookupError("no name is free")


def _drawn(letters: str, part: str, gender: Gender | None, draw: Draw) -> str:
    """One draw of a name in these letters."""
    if letters in {"han", "hangul"}:
        return _east_asian(letters, part, gender, draw)
    if letters == "cyrillic":
        return _cyrillic(part, gender, draw)
    names = _given(letters, gender, draw) if gender is not None else scripts.FAMILY[letters]
    return draw.pick(names) + "".join(draw.pick(names)[:3] for _ in range(draw.attempt // 12))


def _given(letters: str, gender: Gender | None, draw: Draw) -> Sequence[str]:
    women = gender is Gender.FEMININE or (gender is not Gender.MASCULINE and draw.below(2) == 0)
    return scripts.FEMININE[letters] if women else scripts.MASCULINE[letters]


def _east_asian(letters: str, part: str, gender: Gender | None, draw: Draw) -> str:
    """Family and given name in one word, as many characters as the original; or one of them, where they stand apart."""
    size = len(part)
    family = draw.pick(scripts.FAMILY[letters])
    if size == 1:
        return family
    given = "".join(
        draw.pick(_given(letters, gender or Gender.OPEN, draw)) for _ in range(1 + draw.attempt // 40)
    )
    if size == 2:
        return given[:2] if gender is not None else family + given[0]
    return (family + given)[: max(size, 3)] if draw.attempt < 40 else family + given


def _cyrillic(part: str, gender: Gender | None, draw: Draw) -> str:
    low = part.lower()
    if low.endswith(("овна", "евна", "ична")):
        return draw.pick(scripts.PATRONYMIC_FEMININE)
    if low.endswith(("ович", "евич")):
        return draw.pick(scripts.PATRONYMIC_MASCULINE)
    if gender is not None:
        return draw.pick(_given("cyrillic", gender, draw)) + "ша" * (draw.attempt // 30)
    family = draw.pick(scripts.FAMILY["cyrillic"])
    if draw.attempt >= 20:
        family = draw.pick(scripts.FAMILY["cyrillic"])[:5].rstrip("оиаев") + "ин"
    woman = slavic_gender(part) is Gender.FEMININE
    if family.endswith(("ов", "ев", "ин")):
        return family + "а" * woman
    return family[:-2] + "ая" if woman and family.endswith(("ий", "ый")) else family
