"""Mail addresses and user names that are made of a person's name: `flast`, `first.last`, `FirstLast`, `last_f84`.

The local part is read as whole names, beginnings of names, initials, digits and separators of one person; the
surrogate is the same pattern of the person's surrogate.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ni.privacy.words import fold, without_accents

_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST = 3  # letters of a name below which it proves nothing
_CUT = 4  # letters of the beginning of a name that stands for it
_DEEPEST = 2000  # steps of one reading
_LONGEST, _WORD = 64, 24  # letters of a local part (RFC 5321), and of a word in it
_INITIALS = 8  # characters of a local part of initials and digits
_FEW = 12  # people with one name who are tried


@dataclass(frozen=True, slots=True)
class NamePart:
    """A part of a name, as it was written and as its surrogate is."""

    original: str
    surrogate: str
    given: bool


Person = tuple[NamePart, ...]


@dataclass(frozen=True, slots=True)
class _Atom:
    """What may stand in a local part: its letters, and those of its surrogate."""

    letters: str
    made: str
    part: int


@dataclass(slots=True)
class _Reading:
    """One local part being read."""

    text: str
    folded: str
    atoms: Sequence[_Atom]
    steps: int = 0


Piece = tuple[int, int, str | None]
"""Start and end in the local part, and the letters that replace it; None where it stays."""


def compact(text: str) -> str:
    """The letters of a name as local parts use them: small, without accents, hyphens and apostrophes."""
    return "".join(_LETTERS.findall(fold(without_accents(text))))


class Handles:
    """The people of one request, and the local parts that are made of their names."""

    def __init__(self) -> None:
        self._people: dict[Person, list[_Atom]] = {}
        self._by_word: dict[str, list[Person]] = {}  # by each word of a name
        self._by_start: dict[str, list[Person]] = {}  # and by the shortest beginning that may stand for it

    def add(self, person: Person) -> None:
        """A person whose surrogate is known."""
        if person in self._people:
            return
        atoms = self._people[person] = _atoms(person)
        for word in {atom.letters for atom in atoms}:
            self._by_word.setdefault(word, []).append(person)
            self._by_start.setdefault(word[:_CUT], []).append(person)

    def surrogate(self, local: str, digit: Callable[[], str]) -> str | None:
        """The local part of the surrogate; None where it is made of nobody's name."""
        tag = local.find("+")
        stem, rest = (local[:tag], local[tag:]) if tag > 0 else (local, "")
        folded = fold(without_accents(stem))
        for person in self._candidates(folded):
            pieces = _read(_Reading(stem, folded, self._people[person]), 0, False)
            if pieces is not None:
                return _written(stem, pieces, digit) + rest
        return None

    def _candidates(self, folded: str) -> Iterable[Person]:
        """Who may be meant, those with the rarest words first; people by initials only in short local parts."""
        letters = min(len(folded), _LONGEST)
        words = {
            folded[at:end]
            for at in range(letters)
            for end in range(at + _SHORTEST, min(letters, at + _WORD) + 1)
        }
        fitting = [self._by_word[word] for word in words if word in self._by_word]
        fitting += [self._by_start[word] for word in words if len(word) == _CUT and word in self._by_start]
        named = [person for people in sorted(fitting, key=len) for person in people[:_FEW]]
        if not named and len(folded) <= _INITIALS and sum(map(str.isalpha, folded)) < _SHORTEST + 1:
            named = list(self._people)[:_FEW]
        return dict.fromkeys(named[: 2 * _FEW])


def _atoms(person: Person) -> list[_Atom]:
    """Whole parts and their pieces, longest first."""
    atoms = []
    for at, part in enumerate(person):
        pairs = [(part.original, part.surrogate)]
        pieces = _LETTERS.findall(part.original), _LETTERS.findall(part.surrogate)
        if len(pieces[0]) == len(pieces[1]):
            pairs += zip(*pieces, strict=True)
        atoms += [_Atom(compact(one), compact(other), at) for one, other in pairs]
    return sorted(
        (atom for atom in dict.fromkeys(atoms) if atom.letters), key=lambda atom: -len(atom.letters)
    )


def _read(reading: _Reading, at: int, named: bool) -> list[Piece] | None:
    """The pieces from `at` on; None where the person's name does not make them up."""
    reading.steps += 1
    if at >= len(reading.folded):
        return [] if named or _all_initials(reading) else None
    if reading.steps > _DEEPEST:
        return None
    if not reading.folded[at].isalpha():
        rest = _read(reading, at + 1, named)
        return None if rest is None else [(at, at + 1, None), *rest]
    for size, made in _choices(reading, at):
        rest = _read(reading, at + size, named or size >= _SHORTEST)
        if rest is not None:
            return [(at, at + size, made), *rest]
    return None


def _choices(reading: _Reading, at: int) -> Iterator[tuple[int, str]]:
    """How many letters may be read here, and what they become: names, their beginnings, initials."""
    left = reading.folded[at:]
    for atom in reading.atoms:
        if left.startswith(atom.letters):
            yield len(atom.letters), atom.made
    for atom in reading.atoms:
        for size in range(min(len(atom.letters) - 1, len(left)), _CUT - 1, -1):
            if left.startswith(atom.letters[:size]):
                yield size, atom.made[:size]
    for atom in reading.atoms:
        if left[0] == atom.letters[0] and len(atom.letters) > 1:
            yield 1, atom.made[:1]


def _all_initials(reading: _Reading) -> bool:
    """Whether the letters are the initials of the whole name, in order or with the surname first."""
    letters = "".join(char for char in reading.folded if char.isalpha())
    firsts: dict[int, str] = {}
    for atom in reading.atoms:
        firsts.setdefault(atom.part, atom.letters[0])
    order = [firsts[part] for part in sorted(firsts)]
    return len(letters) >= 2 and letters in {"".join(order), "".join([*order[-1:], *order[:-1]])}


def _written(local: str, pieces: Sequence[Piece], digit: Callable[[], str]) -> str:
    """The pieces in the case of the local part, with other digits."""
    made = []
    for start, end, letters in pieces:
        was = local[start:end]
        if letters is None:
            made.append(digit() if was.isdigit() else was)
        elif was.isupper() and (end - start > 1 or local.isupper()):
            made.append(letters.upper())
        else:
            made.append(letters.capitalize() if was[:1].isupper() else letters)
    return "".join(made)
