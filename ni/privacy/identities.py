"""Who stands in for whom: the surrogate of each part of a name, with its gender, its first sound and its last letter.

French writes `d'Anne` but `de Marie`, English `James'` but `Mary's`: a surrogate that begins and ends alike leaves the
grammar around it true. When a list is exhausted, names are invented.
"""

from collections.abc import Callable, Sequence

from ni.privacy.draw import Draw
from ni.privacy.invented import invented
from ni.privacy.names_of_people import Gender, gender
from ni.privacy.people.family import SURROGATE_FAMILY
from ni.privacy.people.given import SURROGATE_FEMININE, SURROGATE_MASCULINE
from ni.privacy.words import fold

_VOWELS = "aeiou"
_SILENT = "aeiouyh"  # what elision treats as a vowel, in the original
_FROM_LISTS = 12  # attempts before a name is invented
_ATTEMPTS = 400


def stand_in(key: bytes, part: str, given: bool, free: Callable[[str], bool]) -> str:
    """The first name drawn for this part that is free. Raises `LookupError` when none is found."""
    vowel = fold(part[0]) in _SILENT
    candidates = _candidates(part, given, vowel)
    for attempt in range(_ATTEMPTS):
        draw = Draw(key, f"name:{'given' if given else 'family'}:{fold(part)}", attempt)
        name = draw.pick(candidates) if attempt < _FROM_LISTS else invented(draw, vowel)
        if free(name) and fold(name) != fold(part):
            return name
    raise LookupError("no name is free")


def _candidates(part: str, given: bool, vowel: bool) -> Sequence[str]:
    names = _given(part) if given else SURROGATE_FAMILY
    alike = [name for name in names if (fold(name[0]) in _VOWELS) == vowel]
    with_s = [name for name in alike if name.endswith("s") == part.lower().endswith("s")]
    return with_s if len(with_s) >= 3 else alike


def _given(part: str) -> Sequence[str]:
    known = gender(part)
    if known == Gender.FEMININE:
        return SURROGATE_FEMININE
    return SURROGATE_MASCULINE if known == Gender.MASCULINE else (*SURROGATE_FEMININE, *SURROGATE_MASCULINE)
