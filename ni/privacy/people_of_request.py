"""The people of one request: which part of a name is given and which family, and what stands in for each part.

A part is replaced by itself wherever it stands, so that a name and its parts agree. Parts with hyphens are replaced
piece by piece (`Jean-Luc`), prefixes stay (`O'Connor`), initials follow the name that they stand for.

Mail addresses and user names that are made of a person's name: `flast`, `first.last`, `FirstLast`, `last_f84`.

The local part is read as whole names, beginnings of names, initials, digits and separators of one person; the
surrogate is the same pattern of the person's surrogate.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ni.privacy.entries import Entry
from ni.privacy.names.people_names import (
    Gender,
    Part,
    cased_like,
    has_title,
    initials,
    parts,
    script,
    titled_gender,
)
from ni.privacy.people.lists import PARTICLES
from ni.privacy.surrogates.draw import Draw, RequestedName, gender_of, stand_in
from ni.privacy.words import fold, runs_on, without_accents

_HANDLE_LETTERS = re.compile(r"[^\W\d_]+")
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
    return "".join(_HANDLE_LETTERS.findall(fold(without_accents(text))))


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
        pieces = _HANDLE_LETTERS.findall(part.original), _HANDLE_LETTERS.findall(part.surrogate)
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


_PIECE = re.compile(r"[^-'’.]+")
_LETTERS = "ABCDEFGHJKLNPRSTVW"  # no M: `M. Roy` is a gentleman in French


class RequestPeople:
    """Who was met and what was issued for them; `free` tells whether a surrogate may be used."""

    def __init__(self, key: bytes, free: Callable[[str], bool]) -> None:
        self._key = key
        self._free = free
        self.entries: dict[str, Entry] = {}  # by the folded surrogate of a piece
        self.middle: dict[
            tuple[Person, str, str], None
        ] = {}  # a person, the initial that was sent, the original
        self._given: dict[str, bool] = {}
        self._genders: dict[str, Gender] = {}
        self._accented: set[str] = set()
        self._met: dict[tuple[tuple[str, bool], ...], None] = {}
        self._parts: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._initials: dict[str, str] = {}
        self._people: dict[Person, None] | None = None
        self._handles = Handles()

    @property
    def known(self) -> list[Person]:
        """The people whose whole names the request says."""
        return list(self._known())

    def meet(self, name: str) -> None:
        """Learn from a full name which part is given and which family, before anything is issued."""
        found = parts(name)
        for part in found:
            if not part.text.isascii():
                self._accented.update(
                    fold(piece) for piece in _PIECE.findall(part.text) if not piece.isascii()
                )
        if len(found) > 1:
            title = titled_gender(name)
            for part in found:
                self._given.setdefault(fold(part.text), part.given)
                if part.given and title:
                    self._genders.setdefault(fold(part.text), title)
        elif found and (letters := initials(name)):
            self._given.setdefault(fold(found[0].text), letters[0][0] > found[0].start)
        elif found and has_title(name, found[0].start):
            self._given.setdefault(fold(found[0].text), False)
        if len(found) > 1 or (found and runs_on(found[0].text[0])):
            self._met[tuple((part.text, part.given) for part in found)] = None

    def name(self, name: str) -> str:
        """The surrogate of a name, in its order, case and shape. Raises `LookupError`."""
        found = parts(name)
        if len(found) == 1 and found[0].text == name and name.isascii() and not name.istitle():
            handle = self.handle(name, lambda: "0") if fold(name) not in self._given else None
            if handle and self._stands_for(handle, name):
                return handle
        letters = initials(name)
        made: dict[tuple[int, int], str] = {
            (part.start, part.end): self.part(part.text, part.given) for part in found
        }
        for start, end in letters if found else ():
            if end == len(name):
                continue  # without a full stop, nothing would tell it from a word when it comes back
            made[start, end] = self._initial(
                name[start], (start, end) == letters[0], start < found[0].start, found
            )
        written, at = [], 0
        for start, end in sorted(made):
            written += [name[at:start], made[start, end]]
            at = end
        return "".join(written) + name[at:]

    def _stands_for(self, handle: str, name: str) -> bool:
        """Whether this user name may stand for that one; it is remembered then."""
        entry = self.entries.setdefault(fold(handle), Entry(handle, name))
        return fold(entry.original) == fold(name) and self._surface(handle, name, entry)

    def part(self, part: str, given: bool) -> str:
        """The surrogate of one part of a name, in its case. Raises `LookupError`."""
        known = self._parts.get(part)
        if known is None:
            known = self._parts[part] = self._new_part(part, given)
        return known

    def borrowed(self, part: str, given: bool) -> str:
        """The surrogate of a part of a name within another value, whose spelling says nothing about the name's."""
        base = self._bases.get(fold(part))
        return cased_like(part, base) if base else self.part(part, given)

    def handle(self, local: str, digit: Callable[[], str]) -> str | None:
        """The local part of a mail address that is made of a name, for its surrogate; None where it is not."""
        self._known()
        return self._handles.surrogate(local, digit)

    # ---- parts

    def _new_part(self, part: str, given: bool) -> str:
        given = self._given.get(fold(part), given or gender_of(part) is not Gender.OPEN)
        gender = (self._genders.get(fold(part)) or gender_of(part)) if given else None
        if gender is None and runs_on(part[0]) and len(part) > 2:
            gender = gender_of(part[1:])  # the surname is the first character
        made, at = [], 0
        for match in _PIECE.finditer(part):
            made += [part[at : match.start()], self._piece(part, match, gender)]
            at = match.end()
        return "".join(made) + part[at:]

    def _piece(self, part: str, match: re.Match[str], gender: Gender | None) -> str:
        """One piece of a part; what is a prefix there stays."""
        piece, follows = match[0], part[match.end() : match.end() + 1]
        prefix = bool(follows) and (fold(piece) in PARTICLES or (follows in "'’" and len(piece) <= 2))
        if prefix or (len(piece) == 1 and len(part) > 1):
            return piece
        folded = fold(piece)
        base = self._bases.get(folded)
        if base:
            made = self._shaped(piece, base)
            if self._surface(made, piece, self.entries[fold(base)]):
                return made
        if match.start() and gender is not None:
            gender = gender or gender_of(piece)
        wanted = RequestedName(gender, folded in self._accented, "-" in part)
        base = stand_in(self._key, piece, wanted, self._is_free)
        self._bases.setdefault(folded, base)
        entry = self.entries[fold(base)] = Entry(base, piece)
        made = self._shaped(piece, base)
        self._surface(made, piece, entry)
        return made

    def _shaped(self, piece: str, base: str) -> str:
        made = cased_like(piece, base)
        plain = piece.isascii() and fold(piece) in self._accented and script(piece) == "latin"
        return without_accents(made) if plain else made

    def _is_free(self, name: str) -> bool:
        return fold(name) not in self.entries and self._free(name)

    def _surface(self, made: str, original: str, entry: Entry) -> bool:
        """Remember a form; False where that form already stands for another one."""
        return entry.surfaces.setdefault(made, original) == original

    # ---- initials

    def _initial(self, letter: str, first: bool, leading: bool, found: list[Part]) -> str:
        """The initial of the surrogate of the person, or another letter where their given name is not known."""
        instead = not (len(found) > 1 and found[0].given)  # in "J. Edgar Hoover" it stands for no part
        person = self._owner(letter, found) if first and leading and instead else None
        if person:
            return next(part.surrogate[0] for part in person if part.given)
        made = self._initials.get(letter)
        if made is None:
            taken = {*self._initials.values(), *self._first_letters()}
            draw = Draw(self._key, f"initial:{letter}")
            made = letter
            for _ in range(60):
                if made != letter and made not in taken:
                    break
                made = draw.pick(_LETTERS)
            self._initials[letter] = made
        person = tuple(
            NamePart(part.text, self.part(part.text, part.given), part.given and not leading)
            for part in found
        )
        self.middle[person, made, letter] = None
        return made

    def _first_letters(self) -> set[str]:
        """Those of the given names' surrogates: `T. Roy` must not be somebody else's name with an initial."""
        return {part.surrogate[0] for person in self._people or () for part in person if part.given}

    def _owner(self, letter: str, found: list[Part]) -> Person | None:
        """The one person met whose given name begins with this letter and who bears this surname."""
        family = fold(found[-1].text)
        fitting = [
            person
            for person in self._known()
            if any(not part.given and fold(part.original) == family for part in person)
            and any(part.given and part.original[0] == letter for part in person)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _known(self) -> dict[Person, None]:
        if self._people is None or len(self._people) != len(self._met):
            self._people = {}
            for met in self._met:
                person = tuple(NamePart(text, self.part(text, given), given) for text, given in met)
                self._people[person] = None
                self._handles.add(person)
        return self._people
