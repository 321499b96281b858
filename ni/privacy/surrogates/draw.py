"""Keyed draws, and what is drawn for people: stand-ins for parts of names, invented names, user names.

`Draw` is HMAC-SHA256 in counter mode (as in NIST SP 800-108): same key and original, same draws; without the account's
secret nobody can test names against a surrogate. Stand-ins for names keep gender, accents, script, and whether they
begin with a vowel or end in s, so that elision and possessives stay right (`d'Anne`, `James'`). `Handles` reads the
local part of a mail address or a user name (`flast`, `first.last`, `last_f84`) as pieces of a known name.
"""

import hmac
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from ni.privacy.names.people_names import Gender, bearer, gender, script, slavic_gender
from ni.privacy.people import lists
from ni.privacy.people.lists import (
    DOUBLE_FEMININE,
    DOUBLE_MASCULINE,
    SURROGATE_FAMILY,
    SURROGATE_FEMININE,
    SURROGATE_MASCULINE,
)
from ni.privacy.words import _HANDLE_LETTERS, compact, fold, listed, without_accents

T = TypeVar("T")

# Gives the surrogate of one part of a name, as a person's name would use it; True asks for a given name.
PartSurrogate = Callable[[str, bool], str]


def no_names(part: str, given: bool) -> str:
    """For kinds that contain no names: the part itself."""
    return part


# Gives the local part of a person's surrogate for a local part; the second argument draws a digit. None: nobody's.
HandleSurrogate = Callable[[str, Callable[[], str]], str | None]


def no_handles(local: str, digit: Callable[[], str]) -> str | None:
    """None: no person is known in the request."""
    return None


@dataclass(slots=True)
class Draw:
    """A stream of draws for one original; each `attempt` gives another stream."""

    key: bytes
    subject: str
    attempt: int = 0
    name: PartSurrogate = no_names
    handle: HandleSurrogate = no_handles
    _blocks: int = field(default=0, init=False)
    _pool: int = field(default=0, init=False)
    _size: int = field(default=1, init=False)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit - 1`."""
        if self._size < limit << 32:  # the bias of a remainder stays below one in four thousand million
            self._refill()
        self._pool, drawn = divmod(self._pool, limit)
        self._size //= limit
        return drawn

    def pick(self, choices: Sequence[T]) -> T:
        """A drawn element of `choices`."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """`count` drawn digits."""
        return str(self.below(10**count)).zfill(count) if count else ""

    def like(self, text: str) -> str:
        """The text with each letter and digit replaced by an ASCII one of its class; the rest stays."""
        return "".join(self._like(char) for char in text)

    def _like(self, char: str) -> str:
        if char.isdigit():
            return self.pick(string.digits)
        if char.isalpha():
            return self.pick(string.ascii_uppercase if char.isupper() else string.ascii_lowercase)
        return char

    def _refill(self) -> None:
        message = f"{self._blocks}:{self.attempt}:{self.subject}".encode("utf-8", "surrogatepass")
        self._pool = int.from_bytes(hmac.digest(self.key, message, "sha256"))
        self._size = 1 << 256
        self._blocks += 1


def refit(pattern: str, symbols: str) -> str:
    """The symbols in the format of the pattern: its separators stay, its letters and digits are replaced in order."""
    left = iter(symbols)
    return "".join(next(left, "") if char.isalnum() else char for char in pattern)


_FIRST = listed("""
    Alder Ambre Arden Auber Avel Balder Barde Belan Bereg Birke Bran Brevo Cade Calver Carde Chante
    Clarve Corbe Daln Darve Delor Dorne Eber Elver Ember Falco Farne Feren Galen Garde Glen Halver Harde
    Iver Jarve Kelme Kerve Lander Larde Lorme Maren Melde Merle Narve Nelde Norre Olver Orne Parve Perre
    Quille Rande Renve Rosel Salve Sarne Selde Solve Tarne Telme Torve Ulver Valde Verne Wende
""")
_LAST = listed("""
    beck bray by cour court cy dale den din don dy ford gan gard gny grave ham hurst ieux ion ley lieu
    lin loy lyn mont mor nay nel ner nois quet ray rel ret ric ron sault set son ston tal ter thorpe
    tier tin ton val vel ven ville vin wick wyn
""")
_MIDDLE = listed("""
    ba be bo da de do fa fe ga go la le li lo ma me mi mo na ne no ra re ri ro sa se ta te ti to va ve
    vi
""")
_VOWELS = "AEIOU"


def invented(draw: Draw, vowel: bool | None = None) -> str:
    """A name of two syllables or more; beginning with a vowel or not, where that is asked for."""
    first = draw.pick([name for name in _FIRST if vowel is None or (name[0] in _VOWELS) == vowel])
    middle = "".join(draw.pick(_MIDDLE) for _ in range(min(draw.attempt // 12, 12)))
    return first + middle + draw.pick(_LAST)


def street_name(draw: Draw) -> str:
    """The name of a street that exists nowhere we know of."""
    return invented(draw)


_FOLDED_VOWELS = "aeiou"
_SILENT = "aeiouyh"  # what elision treats as a vowel, in the original
_CLOSEST = 6  # attempts among the names of exactly this shape
_FROM_LISTS = 18  # attempts before a name is invented
_ATTEMPTS = 400
_FROM_ONE_SIZE = (
    12  # attempts among names of one length in letters that are not Latin, before they get longer
)
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
    """The gender of a given name in any script; `OPEN` if unknown."""
    known = bearer(part)
    if known or gender(part) is not None:
        return known
    letters = script(part)
    women, men = _ENDINGS.get(letters, _NO_ENDINGS)
    return Gender.FEMININE if women.search(part) else Gender.MASCULINE if men.search(part) else Gender.OPEN


@cache
def _candidates(names: str, shape: tuple[bool, bool, bool, bool]) -> tuple[Sequence[str], Sequence[str]]:
    """The names of a list that begin, end and are accented alike; and those that begin alike."""
    named = {
        "family": SURROGATE_FAMILY,
        Gender.FEMININE: SURROGATE_FEMININE,
        Gender.MASCULINE: SURROGATE_MASCULINE,
        f"double {Gender.FEMININE}": DOUBLE_FEMININE,
        f"double {Gender.MASCULINE}": DOUBLE_MASCULINE,
    }
    chosen = named.get(names) or (*SURROGATE_FEMININE, *SURROGATE_MASCULINE)
    vowel, accented, ends_in_s, with_m = shape
    wide = [
        name
        for name in chosen
        if (fold(name[0]) in _FOLDED_VOWELS) == vowel and (names == "family" or with_m or name[0] != "M")
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
    names = _given(letters, gender, draw) if gender is not None else lists.FAMILY_BY_SCRIPT[letters]
    return draw.pick(names) + "".join(
        draw.pick(names)[:3].lower() for _ in range(draw.attempt // _FROM_ONE_SIZE)
    )


def _given(letters: str, gender: Gender | None, draw: Draw) -> Sequence[str]:
    women = gender is Gender.FEMININE or (gender is not Gender.MASCULINE and draw.below(2) == 0)
    return lists.FEMININE_BY_SCRIPT[letters] if women else lists.MASCULINE_BY_SCRIPT[letters]


def _east_asian(letters: str, part: str, gender: Gender | None, draw: Draw) -> str:
    """Family and given name in one word, as many characters as the original; or one of them, where they stand apart.

    Names of so many characters run out, and then more characters are drawn.
    """
    more = draw.attempt // _FROM_ONE_SIZE
    size = len(part) + more
    family = draw.pick(lists.FAMILY_BY_SCRIPT[letters])
    if size == 1:
        return family
    given = "".join(draw.pick(_given(letters, gender or Gender.OPEN, draw)) for _ in range(1 + more))
    if size == 2:
        return given[:2] if gender is not None else family + given[0]
    return (family + given)[:size]


_CYRILLIC_VOWEL = re.compile("(?<=.)[аеиоуыэюяё]")
_CYRILLIC_MIDDLE = listed("""
    ба бе ва ве га да де жа за зи ка ки ко ла ле ли ло лю ма ме ми мо на не ни но па пе ра ре ри ро са
    се си та те ти то ху ча че ше
""")


def _cyrillic(part: str, gender: Gender | None, draw: Draw) -> str:
    """A listed name of the same kind; later draws have more and more syllables behind its first one."""
    listed = _cyrillic_listed(part, gender, draw)
    more = "".join(draw.pick(_CYRILLIC_MIDDLE) for _ in range(draw.attempt // _FROM_ONE_SIZE))
    return _CYRILLIC_VOWEL.sub(lambda vowel: vowel[0] + more, listed, count=1)


def _cyrillic_listed(part: str, gender: Gender | None, draw: Draw) -> str:
    low = part.lower()
    if low.endswith(("овна", "евна", "ична")):
        return draw.pick(lists.PATRONYMIC_FEMININE)
    if low.endswith(("ович", "евич")):
        return draw.pick(lists.PATRONYMIC_MASCULINE)
    if gender is not None:
        return draw.pick(_given("cyrillic", gender, draw))
    family = draw.pick(lists.FAMILY_BY_SCRIPT["cyrillic"])
    woman = slavic_gender(part) is Gender.FEMININE
    if family.endswith(("ов", "ев", "ин")):
        return family + "а" * woman
    return family[:-2] + "ая" if woman and family.endswith(("ий", "ый")) else family


# ---- user names made of names


_SHORTEST_NAME = 3  # letters of a name below which it proves nothing
_SHORTEST_START = 4  # letters of the beginning of a name that stands for it
_MOST_STEPS = 2000  # steps of one reading
_LONGEST_LOCAL, _LONGEST_WORD = 64, 24  # letters of a local part (RFC 5321), and of a word in it
_MOST_INITIALS = 8  # characters of a local part of initials and digits
_MOST_PEOPLE = 12  # people with one name who are tried


@dataclass(frozen=True, slots=True)
class NamePart:
    """A part of a name, as it was written and as its surrogate is."""

    original: str
    surrogate: str
    given: bool


Person = tuple[NamePart, ...]


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece of a name that may occur in a local part, with the same piece of the surrogate."""

    letters: str
    surrogate: str
    part: int


@dataclass(slots=True)
class _HandleReading:
    """One local part being read."""

    text: str
    folded: str
    atoms: Sequence[_Atom]
    steps: int = 0


Piece = tuple[int, int, str | None]
"""Start and end in the local part, and the letters that replace it; None where it stays."""


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
            self._by_start.setdefault(word[:_SHORTEST_START], []).append(person)

    def surrogate(self, local: str, digit: Callable[[], str]) -> str | None:
        """The local part of the surrogate; None where it is made of nobody's name."""
        tag = local.find("+")
        stem, rest = (local[:tag], local[tag:]) if tag > 0 else (local, "")
        folded = fold(without_accents(stem))
        for person in self._candidates(folded):
            pieces = _read(_HandleReading(stem, folded, self._people[person]), 0, False)
            if pieces is not None:
                return _written(stem, pieces, digit) + rest
        return None

    def _candidates(self, folded: str) -> Iterable[Person]:
        """Who may be meant, those with the rarest words first; people by initials only in short local parts."""
        letters = min(len(folded), _LONGEST_LOCAL)
        words = {
            folded[at:end]
            for at in range(letters)
            for end in range(at + _SHORTEST_NAME, min(letters, at + _LONGEST_WORD) + 1)
        }
        fitting = [self._by_word[word] for word in words if word in self._by_word]
        fitting += [
            self._by_start[word] for word in words if len(word) == _SHORTEST_START and word in self._by_start
        ]
        named = [person for people in sorted(fitting, key=len) for person in people[:_MOST_PEOPLE]]
        if not named and len(folded) <= _MOST_INITIALS and sum(map(str.isalpha, folded)) < _SHORTEST_NAME + 1:
            named = list(self._people)[:_MOST_PEOPLE]
        return dict.fromkeys(named[: 2 * _MOST_PEOPLE])


def _atoms(person: Person) -> list[_Atom]:
    """Whole parts and their pieces, longest first."""
    atoms = []
    for at, part in enumerate(person):
        pairs = [(part.original, part.surrogate)]
        pieces = _HANDLE_LETTERS.findall(part.original), _HANDLE_LETTERS.findall(part.surrogate)
        if len(pieces[0]) == len(pieces[1]):
            pairs += zip(*pieces, strict=True)
        atoms += [_Atom(compact(original), compact(stand_in), at) for original, stand_in in pairs]
    return sorted(
        (atom for atom in dict.fromkeys(atoms) if atom.letters), key=lambda atom: -len(atom.letters)
    )


def _read(reading: _HandleReading, at: int, named: bool) -> list[Piece] | None:
    """The pieces from `at` on; None where the person's name does not make them up."""
    reading.steps += 1
    if at >= len(reading.folded):
        return [] if named or _all_initials(reading) else None
    if reading.steps > _MOST_STEPS:
        return None
    if not reading.folded[at].isalpha():
        rest = _read(reading, at + 1, named)
        return None if rest is None else [(at, at + 1, None), *rest]
    for size, letters in _choices(reading, at):
        rest = _read(reading, at + size, named or size >= _SHORTEST_NAME)
        if rest is not None:
            return [(at, at + size, letters), *rest]
    return None


def _choices(reading: _HandleReading, at: int) -> Iterator[tuple[int, str]]:
    """How many letters may be read here, and what they become: names, their beginnings, initials."""
    left = reading.folded[at:]
    for atom in reading.atoms:
        if left.startswith(atom.letters):
            yield len(atom.letters), atom.surrogate
    for atom in reading.atoms:
        for size in range(min(len(atom.letters) - 1, len(left)), _SHORTEST_START - 1, -1):
            if left.startswith(atom.letters[:size]):
                yield size, atom.surrogate[:size]
    for atom in reading.atoms:
        if left[0] == atom.letters[0] and len(atom.letters) > 1:
            yield 1, atom.surrogate[:1]


def _all_initials(reading: _HandleReading) -> bool:
    """Whether the letters are the initials of the whole name, in order or with the surname first."""
    letters = "".join(char for char in reading.folded if char.isalpha())
    firsts: dict[int, str] = {}
    for atom in reading.atoms:
        firsts.setdefault(atom.part, atom.letters[0])
    order = [firsts[part] for part in sorted(firsts)]
    return len(letters) >= 2 and letters in {"".join(order), "".join([*order[-1:], *order[:-1]])}


def _written(local: str, pieces: Sequence[Piece], digit: Callable[[], str]) -> str:
    """The pieces in the case of the local part, with other digits."""
    chars = []
    for start, end, letters in pieces:
        was = local[start:end]
        if letters is None:
            chars.append(digit() if was.isdigit() else was)
        elif was.isupper() and (end - start > 1 or local.isupper()):
            chars.append(letters.upper())
        else:
            chars.append(letters.capitalize() if was[:1].isupper() else letters)
    return "".join(chars)
