"""The surrogates of one request: `Vault` issues them, `RequestPeople` those of names, part by part.

Account key and original decide each draw, so that the next turn of a conversation gets the same pairs. A draw is
repeated while the surrogate occurs in the request, equals another or is part of another; the first draws also while a
part by which a model may cite it (last four digits, year of birth) belongs to another value. A part of a name has one
surrogate wherever it stands; hyphenated parts are replaced piece by piece, prefixes stay (`O'Connor`), and initials
follow the name that they stand for.
"""

import re
from collections.abc import Callable, Iterator

from ni.domain.errors import DetectionFailed
from ni.privacy.disguised import disguised_like, plain
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
from ni.privacy.spans import Label
from ni.privacy.surrogates.draw import Draw, Handles, NamePart, Person, RequestedName, gender_of, stand_in
from ni.privacy.surrogates.values import subscriber, surrogate
from ni.privacy.words import WORD, PauseTimer, Vocabulary, fold, runs_on, without_accents
from ni.privacy.written_forms import (
    NUMBERS,
    CueKind,
    Entry,
    Forms,
    FormsBuilder,
    IssuedSurrogates,
    numeral,
    partial,
    telling,
)

_ATTEMPTS = 160
_FROM_RANGE = 100
_PARTS_APART = 24  # attempts in which the parts of a value must be its own
_PATIENCE = 600  # attempts of one request that are given up for that


class Vault:
    """Issues surrogates for one request; `key` is the account's, `vocabulary` what the request says."""

    def __init__(self, key: bytes, vocabulary: Vocabulary) -> None:
        self._key = key
        self._vocabulary = vocabulary
        self._entries: dict[str, Entry] = {}
        self._values: dict[str, tuple[Label, Entry]] = {}
        self._spelled: dict[str, Entry] = {}  # by the folded surrogate as it was spelled in the request
        self._issued: dict[tuple[Label, str], str] = {}
        self._owners: dict[tuple[str, ...], str] = {}  # words of a whole surrogate -> its original
        self._inside: dict[tuple[str, ...], str] = {}  # any run of words within one -> its original
        self._words: set[str] = set()
        self._people = RequestPeople(key, _free_names(self._entries, self._words, vocabulary))
        self._partial: dict[tuple[CueKind, str], str] = {}  # a part of a surrogate -> its original
        self._patience = _PATIENCE

    def forms(self, timer: PauseTimer) -> Forms:
        """Every form in which a model may write what was issued."""
        people = self._people
        issued = IssuedSurrogates(
            people.entries.values(),
            self._values.values(),
            people.known,
            people.middle,
            people.with_initials.values(),
            self._vocabulary,
        )
        return FormsBuilder(issued).build(timer, self._spelled)

    def introduce(self, name: str) -> None:
        """Learn from a full name which part is given and which family, before anything is issued."""
        self._people.introduce(plain(name) or name)

    def issue(self, label: Label, original: str) -> str:
        """The surrogate of a value. Raises `DetectionFailed` when no free one is found."""
        known = self._issued.get((label, original))
        if known is None:
            try:
                known = self._name(original) if label is Label.PERSON else self._value(label, original)
            except LookupError:
                raise DetectionFailed from None
            self._issued[label, original] = known
        return known

    def _name(self, original: str) -> str:
        """The surrogate of a name; that of a disguised one stands for nothing but its original."""
        reads = plain(original)
        if reads is None:
            return self._people.name(original)
        form = disguised_like(original, self._people.name(reads))
        entry = self._entries.setdefault(fold(form), Entry(form, original, exact=True))
        entry.surfaces[form] = original
        self._values.setdefault(fold(form), (Label.SECRET, entry))
        return form

    def record_spelling(self, surrogate: str, form: str, reads: str, written: str) -> None:
        """Record that a surrogate was sent as `form`, in place of a value that decodes to `reads` and was `written`."""
        folded = fold(surrogate)
        issued = self._people.entries.get(folded) or self._entries.get(folded)
        entry = self._spelled.setdefault(folded, issued or Entry(surrogate, reads))
        entry.surfaces[form] = written

    def _value(self, label: Label, original: str) -> str:
        owner = _owner(label, original)
        subject = f"{label}:{owner}"
        for attempt in range(_ATTEMPTS):
            draw = Draw(self._key, subject, attempt, self._people.borrowed, self._people.handle)
            # A range that is exhausted, or a remnant of a value: any text of its shape, then longer ones.
            shape = original + "a0" * max(attempt - _FROM_RANGE - 50, 0)
            candidate = surrogate(label, original, draw) if attempt < _FROM_RANGE else draw.like(shape)
            if candidate == original and attempt > 8:
                return original  # nothing in it identifies anybody
            apart = attempt >= _PARTS_APART or self._parts_are_its_own(label, candidate, owner)
            if candidate != original and apart and self._accepted(label, candidate, original, subject):
                self._register(label, candidate, original, owner)
                return candidate
        raise LookupError("no surrogate is free")

    def _parts_are_its_own(self, label: Label, candidate: str, owner: str) -> bool:
        """Whether the parts by which a model may cite this surrogate occur nowhere else in the request."""
        if self._patience <= 0:
            return True
        cited = telling(label, partial(label, candidate))
        free = not any(
            self._partial.get(part, owner) != owner or self._vocabulary.says_digits(part[1]) for part in cited
        )
        self._patience -= not free
        return free

    def _accepted(self, label: Label, candidate: str, original: str, owner: str) -> bool:
        folded = fold(candidate)
        entry = self._entries.get(folded)
        if folded == fold(original) or (entry and entry.surfaces.get(candidate, original) != original):
            return False
        if candidate.isdigit() and candidate[0] == "0" != original[0]:
            return False  # JSON writes no number so, and the original may be one
        if self._vocabulary.has(folded) or (label in NUMBERS and self._vocabulary.spells(numeral(candidate))):
            return False
        if label in {
            Label.EMAIL,
            Label.SECRET,
        }:  # an address is made of the person's surrogates; a secret is too long
            return entry is None or candidate in entry.surfaces
        return self._stands_apart(tuple(WORD.findall(folded)), owner)

    def _stands_apart(self, words: tuple[str, ...], owner: str) -> bool:
        """Whether these words are not part of another surrogate, nor another part of them."""
        runs = set(_runs(words))
        if self._inside.get(words, owner) != owner or any(
            self._owners.get(run, owner) != owner for run in runs
        ):
            return False
        names = self._people.entries
        if any(len(run) == 1 and run[0] in names for run in runs) and self._owners.get(words) != owner:
            return False
        self._owners[words] = owner
        self._inside.update(dict.fromkeys(runs, owner))
        self._words.update(words)
        return True

    def _register(self, label: Label, stand_in: str, original: str, owner: str) -> None:
        folded = fold(stand_in)
        entry = self._entries.setdefault(folded, Entry(stand_in, original, label is Label.SECRET))
        entry.surfaces.setdefault(stand_in, original)
        self._values.setdefault(folded, (label, entry))
        for part in partial(label, stand_in):
            self._partial.setdefault(part, owner)


def _free_names(entries: dict[str, Entry], words: set[str], vocabulary: Vocabulary) -> Callable[[str], bool]:
    """Says whether a name stands for nothing yet and occurs nowhere in the request.

    No method of the vault: it would refer back to it, and what refers to itself stays until the collector comes.
    """

    def is_free(name: str) -> bool:
        folded = fold(name)
        return folded not in entries and folded not in words and not vocabulary.has(folded)

    return is_free


def _owner(label: Label, original: str) -> str:
    """The canonical form of a value; values with the same one get the same surrogate."""
    if label is Label.SECRET:
        return original
    number = subscriber(original) if label is Label.PHONE else None
    return number or "".join(WORD.findall(fold(original)))


def _runs(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]


_PIECE = re.compile(r"[^-'’.]+")
_LETTERS = "ABCDEFGHJKLNPRSTVW"  # no M: `M. Roy` is a gentleman in French


class RequestPeople:
    """The people of one request and the surrogates of their names; `free` says whether a surrogate may be used."""

    def __init__(self, key: bytes, free: Callable[[str], bool]) -> None:
        self._key = key
        self._free = free
        self.entries: dict[str, Entry] = {}  # by the folded surrogate of a piece
        # A person, the initial that was sent, the original.
        self.middle: dict[tuple[Person, str, str], None] = {}
        self.with_initials: dict[str, Entry] = {}  # by the whole surrogate that contains an initial
        self._given: dict[str, bool] = {}
        self._genders: dict[str, Gender] = {}
        self._accented: set[str] = set()
        self._introduced: dict[tuple[tuple[str, bool], ...], None] = {}
        self._parts: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._initials: dict[str, str] = {}
        self._people: dict[Person, None] | None = None
        self._handles = Handles()

    @property
    def known(self) -> list[Person]:
        """The people whose full names occur in the request."""
        return list(self._known())

    def introduce(self, name: str) -> None:
        """Learn from a full name which part is given and which family, before anything is issued."""
        name_parts = parts(name)
        for part in name_parts:
            if not part.text.isascii():
                self._accented.update(
                    fold(piece) for piece in _PIECE.findall(part.text) if not piece.isascii()
                )
        if len(name_parts) > 1:
            title = titled_gender(name)
            for part in name_parts:
                self._given.setdefault(fold(part.text), part.given)
                if part.given and title:
                    self._genders.setdefault(fold(part.text), title)
        elif name_parts and (letters := initials(name)):
            self._given.setdefault(fold(name_parts[0].text), letters[0][0] > name_parts[0].start)
        elif name_parts and has_title(name, name_parts[0].start):
            self._given.setdefault(fold(name_parts[0].text), False)
        if len(name_parts) > 1 or (name_parts and runs_on(name_parts[0].text[0])):
            self._introduced[tuple((part.text, part.given) for part in name_parts)] = None

    def name(self, name: str) -> str:
        """The surrogate of a name, in its order, case and shape. Raises `LookupError`."""
        name_parts = parts(name)
        if len(name_parts) == 1 and name_parts[0].text == name and name.isascii() and not name.istitle():
            handle = self.handle(name, lambda: "0") if fold(name) not in self._given else None
            if handle and self._stands_for(handle, name):
                return handle
        letters = initials(name)
        replacements: dict[tuple[int, int], str] = {
            (part.start, part.end): self.part(part.text, part.given) for part in name_parts
        }
        for start, end in letters if name_parts else ():
            if end == len(name):
                continue  # without a full stop, nothing would tell it from a word when it comes back
            replacements[start, end] = self._initial(
                name[start], (start, end) == letters[0], start < name_parts[0].start, name_parts
            )
        written, at = [], 0
        for start, end in sorted(replacements):
            written += [name[at:start], replacements[start, end]]
            at = end
        surrogate = "".join(written) + name[at:]
        if letters and name_parts:
            exact = len(letters) + len(name_parts) == 2  # `G ROY`: any other form could be a word and a name
            entry = Entry(surrogate, name, exact, {surrogate: name} if exact else {})
            self.with_initials.setdefault(surrogate, entry)
        return surrogate

    def _stands_for(self, handle: str, name: str) -> bool:
        """Register the user name as the surrogate of that one. False if it already stands for another."""
        entry = self.entries.setdefault(fold(handle), Entry(handle, name))
        return fold(entry.original) == fold(name) and self._surface(handle, name, entry)

    def part(self, part: str, given: bool) -> str:
        """The surrogate of one part of a name, in its case. Raises `LookupError`."""
        known = self._parts.get(part)
        if known is None:
            known = self._parts[part] = self._new_part(part, given)
        return known

    def borrowed(self, part: str, given: bool) -> str:
        """The surrogate of a part of a name inside another value (a mail address), which may have another case."""
        base = self._bases.get(fold(part))
        return cased_like(part, base) if base else self.part(part, given)

    def handle(self, local: str, digit: Callable[[], str]) -> str | None:
        """The surrogate of a local part that is made of a known name; None for any other. `digit` draws a digit."""
        self._known()
        return self._handles.surrogate(local, digit)

    # ---- parts

    def _new_part(self, part: str, given: bool) -> str:
        given = self._given.get(fold(part), given or gender_of(part) is not Gender.OPEN)
        gender = (self._genders.get(fold(part)) or gender_of(part)) if given else None
        if gender is None and runs_on(part[0]) and len(part) > 2:
            gender = gender_of(part[1:])  # the surname is the first character
        pieces, at = [], 0
        for match in _PIECE.finditer(part):
            pieces += [part[at : match.start()], self._piece(part, match, gender)]
            at = match.end()
        return "".join(pieces) + part[at:]

    def _piece(self, part: str, match: re.Match[str], gender: Gender | None) -> str:
        """The surrogate of one piece of a part; a prefix (`O'`, `de`) stays."""
        piece, follows = match[0], part[match.end() : match.end() + 1]
        prefix = bool(follows) and (fold(piece) in PARTICLES or (follows in "'’" and len(piece) <= 2))
        if prefix or (len(piece) == 1 and len(part) > 1):
            return piece
        folded = fold(piece)
        base = self._bases.get(folded)
        if base:
            stand_in_piece = self._shaped(piece, base)
            if self._surface(stand_in_piece, piece, self.entries[fold(base)]):
                return stand_in_piece
        if match.start() and gender is not None:
            gender = gender or gender_of(piece)
        wanted = RequestedName(gender, folded in self._accented, "-" in part)
        base = stand_in(self._key, piece, wanted, self._is_free)
        self._bases.setdefault(folded, base)
        entry = self.entries[fold(base)] = Entry(base, piece)
        stand_in_piece = self._shaped(piece, base)
        self._surface(stand_in_piece, piece, entry)
        return stand_in_piece

    def _shaped(self, piece: str, base: str) -> str:
        shaped = cased_like(piece, base)
        plain = piece.isascii() and fold(piece) in self._accented and script(piece) == "latin"
        return without_accents(shaped) if plain else shaped

    def _is_free(self, name: str) -> bool:
        return fold(name) not in self.entries and self._free(name)

    def _surface(self, form: str, original: str, entry: Entry) -> bool:
        """Register a form of the surrogate. False if it already stands for another original."""
        return entry.surfaces.setdefault(form, original) == original

    # ---- initials

    def _initial(self, letter: str, first: bool, leading: bool, name_parts: list[Part]) -> str:
        """The initial of the surrogate of the person, or another letter where their given name is not known."""
        # In "J. Edgar Hoover" the initial stands for no part.
        instead = not (len(name_parts) > 1 and name_parts[0].given)
        person = self._owner(letter, name_parts) if first and leading and instead else None
        if person:
            return next(part.surrogate[0] for part in person if part.given)
        initial = self._initials.get(letter)
        if initial is None:
            taken = {*self._initials.values(), *self._first_letters()}
            draw = Draw(self._key, f"initial:{letter}")
            initial = letter
            for _ in range(60):
                if initial != letter and initial not in taken:
                    break
                initial = draw.pick(_LETTERS)
            self._initials[letter] = initial
        person = tuple(
            NamePart(part.text, self.part(part.text, part.given), part.given and not leading)
            for part in name_parts
        )
        self.middle[person, initial, letter] = None
        return initial

    def _first_letters(self) -> set[str]:
        """First letters of the surrogates of given names: `T. Roy` must not be another person's abbreviated name."""
        return {part.surrogate[0] for person in self._people or () for part in person if part.given}

    def _owner(self, letter: str, name_parts: list[Part]) -> Person | None:
        """The person with this surname and a given name with this initial, if there is exactly one."""
        family = fold(name_parts[-1].text)
        fitting = [
            person
            for person in self._known()
            if any(not part.given and fold(part.original) == family for part in person)
            and any(part.given and part.original[0] == letter for part in person)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _known(self) -> dict[Person, None]:
        if self._people is None or len(self._people) != len(self._introduced):
            self._people = {}
            for name_parts in self._introduced:
                person = tuple(NamePart(text, self.part(text, given), given) for text, given in name_parts)
                self._people[person] = None
                self._handles.add(person)
        return self._people
