"""Who stands in for whom: the surrogate of each part of a name, with its gender, its first sound and its last letter.

French writes `d'Anne` but `de Marie`, English `James'` but `Mary's`: a surrogate that begins and ends alike leaves the
grammar around it true. When a list is exhausted, names are invented.
"""

from collections.abc import Callable, Sequence
from functools import cache

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
    candidates = _candidates(_list(part, given), vowel, part.lower().endswith("s"))
    for attempt in range(_ATTEMPTS):
        draw = Draw(key, f"name:{'given' if given else 'family'}:{fold(part)}", attempt)
        name = draw.pick(candidates) if attempt < _FROM_LISTS else invented(draw, vowel)
        if free(name) and fold(name) != fold(part):
            return name
    raise LookupError("no name is free")


def _list(part: str, given: bool) -> str:
    """The name of the list to draw from."""
    return f"given {gender(part) or Gender.OPEN}" if given else "family"


@cache
def _candidates(names: str, vowel: bool, ends_in_s: bool) -> Sequence[str]:
    """The names of a list that begin and end alike."""
    lists = {
        "family": SURROGATE_FAMILY,
        f"given {Gender.FEMININE}": SURROGATE_FEMININE,
        f"given {Gender.MASCULINE}": SURROGATE_MASCULINE,
    }
    chosen = lists.get(names) or (*SURROGATE_FEMININE, *SURROGATE_MASCULINE)
    alike = [name for name in chosen if (fold(name[0]) in _VOWELS) == vowel]
    exact = [name for name in alike if name.endswith("s") == ends_in_s]
    return exact if len(exact) >= 3 else alike
