"""The forms in which a model may write the surrogates of one request, beside those that were sent.

Three kinds: literal ones, words (with a gap where white space, punctuation or markup may stand), and numbers (in any
grouping). A form that the request contains itself, or that fits two originals, is left out: better a surrogate that
stays than a wrong original.

An `Entry` is a surrogate with its original and every form in which the surrogate was sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote

from ni.privacy.names.people_names import alignable, aligned, cased, tokens
from ni.privacy.people.lists import HONORIFICS
from ni.privacy.sayings import said
from ni.privacy.spans import Label
from ni.privacy.surrogates import birth_dates
from ni.privacy.surrogates.addresses import slices, street
from ni.privacy.surrogates.birth_dates import pairs
from ni.privacy.surrogates.draw import NamePart, Person
from ni.privacy.surrogates.values import EXTENSION
from ni.privacy.words import MARK, PauseTimer, Vocabulary, compact, fold, listed, runs_on

Check = Callable[[str], bool]


class CueKind(StrEnum):
    """Which part of a value it is."""

    END = "end"
    START = "start"
    AREA = "area"
    YEAR = "year"
    CIVIC = "civic"


@dataclass(slots=True)
class Entry:
    """One original. `surfaces` holds every form of the surrogate that was sent with the form of the original it hid.

    `exact`: only those forms count. `check`: whether any other written form may stand for the original.
    """

    surrogate: str
    original: str
    exact: bool = False
    surfaces: dict[str, str] = field(default_factory=dict)
    check: Check | None = None

    def restored(self, written: str) -> str | None:
        """The original, written the way the model wrote the surrogate; None if that form is not accepted."""
        known = self.surfaces.get(written)
        if known is not None or self.exact:
            return known
        if self.check and not self.check(written):
            return None
        if len(tokens(self.surrogate)) > 1 or any(char.isdigit() for char in self.surrogate):
            aligned_original = self._aligned(written)
            if aligned_original is not None:
                return aligned_original
        return cased(written, self.surrogate, self.original)

    def _aligned(self, written: str) -> str | None:
        return (
            aligned(written, self.surrogate, self.original)
            if alignable(self.surrogate, self.original)
            else None
        )


class JoinedName(Entry):
    """Names written as one word: each piece has the case in which it was written."""

    def __init__(self, surrogate: tuple[str, ...], original: tuple[str, ...]) -> None:
        super().__init__("".join(surrogate), "".join(original))
        self._sizes = tuple(map(len, surrogate))
        self._pieces = original

    def restored(self, written: str) -> str | None:
        """The original's pieces, each in the case in which the surrogate's was written."""
        if written.isupper():
            return self.original.upper()
        pieces, at = [], 0
        for size, piece in zip(self._sizes, self._pieces, strict=True):
            pieces.append(piece.capitalize() if written[at : at + 1].isupper() else piece)
            at += size
        return "".join(pieces)


GAP = " "
LITERAL = frozenset({Label.EMAIL, Label.IP, Label.MAC, Label.SECRET})
NUMBERS = frozenset(
    {
        Label.PHONE,
        Label.SIN,
        Label.CREDIT_CARD,
        Label.HEALTH_CARD,
        Label.IBAN,
        Label.BANK_ACCOUNT,
        Label.PASSPORT,
        Label.DRIVER_LICENCE,
        Label.POSTAL_CODE,
    }
)
_GAPS = re.compile(rf"(?:(?!{MARK})[\W_])+")
_NO_GAP = re.compile(r"[^\w\s.,;:()\[\]+\-–'’*/\"«»]")  # signs that stand in no gap of a matcher
_EDGES = " \t.,;:()[]+-–'’#*_/\"«»\u00a0"
_SHORTEST_NUMBER = 5
_MANY = 200  # people, or dates, above which they come back in the usual forms only: building takes time
_EXTENSION_WORDS = ("ext", "extension", "poste", "x", "p")
_UNIT = re.compile(r"(?i)\b(?:apt|apartment|unit|unité|suite|app|appt|appartement|bureau|porte)\b\.? ?#?\d+")
_UNIT_WORDS = ("apt", "apartment", "unit", "unite", "suite", "app", "appt", "appartement", "bureau")
_NO_INITIALS = frozenset(
    listed(
        "a.m p.m p.s u.s u.k e.u e.g i.e c.v r.h b.a m.a b.s m.s m.d n.b a.d b.c d.c l.a n.y i.d q.c o.n c.p"
    )
)


_ADDRESS_WRITTEN: tuple[Callable[[str], str], ...] = (
    lambda mail: mail.replace("@", "[at]"),
    lambda mail: mail.replace("@", "(at)"),
    lambda mail: mail.replace("@", " [at] "),
    lambda mail: mail.replace("@", " (at) "),
    lambda mail: mail.replace("@", "%40"),
    lambda mail: quote(mail, safe=""),
)
"""A mail address with its sign spelled out, or percent-encoded in a URL (RFC 3986, 2.1)."""


@dataclass(slots=True)
class Forms:
    """What a matcher looks for, by folded form; `partial` and `initials` count only beside words that explain them."""

    literal: dict[str, Entry] = field(default_factory=dict)
    words: dict[str, Entry] = field(default_factory=dict)
    numbers: dict[str, Entry] = field(default_factory=dict)
    partial: dict[tuple[CueKind, str], str] = field(default_factory=dict)
    initials: dict[tuple[str, str], str] = field(default_factory=dict)
    pairs: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    issued: tuple[str, ...] = ()
    whole_words: bool = False


@dataclass(frozen=True, slots=True)
class IssuedSurrogates:
    """What a vault has issued: parts of names, other values with their labels, and the people."""

    names: Iterable[Entry]
    values: Iterable[tuple[Label, Entry]]
    people: Iterable[Person]
    middle: Iterable[tuple[Person, str, str]]
    with_initials: Iterable[Entry]
    vocabulary: Vocabulary


def key(text: str) -> str:
    """The lookup key of a form of words: folded, with gaps in place of anything but letters and apostrophes."""
    return _GAPS.sub(lambda gap: "'" if gap[0] in {"'", "’"} else GAP, fold(text).strip(_EDGES))


def numeral(text: str) -> str:
    """The lookup key of a form of a number: its letters and digits."""
    return "".join(fold(token) for token in tokens(text))


def partial(label: Label, value: str) -> Iterator[tuple[CueKind, str]]:
    """The parts by which a value may be cited: last and first digits, area code, year."""
    digits = re.sub(r"\D", "", EXTENSION.sub("", value) if label is Label.PHONE else value)
    if label is Label.DOB:
        yield from {(CueKind.YEAR, str(day.year)) for day, _ in pairs(value, value) if day.year > 99}
    elif label is Label.ADDRESS:
        match = street(value)
        if match and match["number"].isdigit():
            yield CueKind.CIVIC, match["number"]
    elif label in NUMBERS and len(digits) > 6:
        yield from ((CueKind.END, digits[-size:]) for size in (4, 3, 2, 5, 6))
        yield from ((CueKind.START, digits[:size]) for size in (3, 4, 6))
        if label is Label.PHONE and len(digits) in {10, 11}:
            yield CueKind.AREA, digits[-10:-7]


def telling(label: Label, parts: Iterable[tuple[CueKind, str]]) -> Iterator[tuple[CueKind, str]]:
    """Those of the parts that a model cites most."""
    for kind, digits in parts:
        ending = kind is CueKind.END and len(digits) in {3, 4}
        beginning = kind is CueKind.START and len(digits) == 3 and label is Label.SIN
        if ending or beginning or kind in {CueKind.YEAR, CueKind.AREA, CueKind.CIVIC}:
            yield kind, digits


class FormsBuilder:
    """Collects the forms of one request."""

    def __init__(self, issued: IssuedSurrogates) -> None:
        self._issued = issued
        self._has = issued.vocabulary.has
        self._forms = Forms(whole_words=issued.vocabulary.whole_words)
        self._many_dates = False
        self._doubtful: set[str] = set()
        self._maybe_said: list[str] = []  # forms whose words stand in the request, one by one at least
        self._owners: dict[str, Entry] = {}  # a form -> the surrogate of which it is one

    def build(self, timer: PauseTimer, spelled: Mapping[str, Entry]) -> Forms:
        """All forms, the certain ones first; `spelled` are those that were sent in another spelling, folded."""
        self._forms.literal |= spelled
        values = list(self._issued.values)
        names = list(self._issued.names)
        self._many_dates = sum(label is Label.DOB for label, _ in values) > _MANY
        for label, entry in values:
            timer.pause_if_due()
            self._whole(label, entry)
        for entry in names:
            timer.pause_if_due()
            self._name(entry)
        for label, entry in values:
            timer.pause_if_due()
            self._parts(label, entry)
        self._doubtful |= said(self._maybe_said, self._issued.vocabulary.folded)
        people = list(self._issued.people)
        for person in people if len(people) <= _MANY else ():
            timer.pause_if_due()
            self._person(person)
        for person, surrogate, original in self._issued.middle:
            self._middle(person, surrogate, original)
        for entry in self._issued.with_initials:
            self._forms.words.setdefault(key(entry.surrogate), entry)
        for doubtful in self._doubtful:
            self._forms.words.pop(doubtful, None)
            self._forms.numbers.pop(doubtful, None)
        self._forms.issued = tuple(
            fold(entry.surrogate) for entry in (*names, *(entry for _, entry in values))
        )
        return self._forms

    # ---- what was sent

    def _whole(self, label: Label, entry: Entry) -> None:
        forms = self._forms
        if label in LITERAL or not tokens(entry.surrogate):
            forms.literal[fold(entry.surrogate)] = entry
            for write in _ADDRESS_WRITTEN if label is Label.EMAIL else ():
                surrogate, original = write(entry.surrogate), write(entry.original)
                forms.literal.setdefault(
                    fold(surrogate), Entry(surrogate, original, surfaces={surrogate: original})
                )
            return
        if _NO_GAP.search(entry.surrogate):
            forms.literal.setdefault(fold(entry.surrogate), entry)
        forms.words[key(entry.surrogate)] = entry
        if label in NUMBERS:
            forms.numbers[numeral(entry.surrogate)] = entry

    def _name(self, entry: Entry) -> None:
        forms, plural = self._forms, _plural(entry.surrogate)
        forms.words[key(entry.surrogate)] = entry
        if fold(plural) not in forms.words and not runs_on(plural[0]) and not self._has(fold(plural)):
            forms.words[fold(plural)] = Entry(plural, _plural(entry.original))

    # ---- parts of values, and other formats

    def _parts(self, label: Label, entry: Entry) -> None:
        if label is Label.DOB:
            written = birth_dates.usual_forms if self._many_dates else birth_dates.forms
            for surrogate, original, check in written(entry.surrogate, entry.original):
                self._words(surrogate, original, check, entry)
        elif label is Label.ADDRESS:
            self._address(entry)
        elif label is Label.PHONE:
            self._phone(entry)
        elif label is Label.POSTAL_CODE:
            self._words(entry.surrogate[:3], entry.original[:3], str.isupper)
        elif label in NUMBERS:
            self._groups(entry)
        theirs = dict(zip(partial(label, entry.surrogate), partial(label, entry.original), strict=False))
        for (kind, digits), (_, original) in theirs.items():
            self._partial(kind, digits, original)

    def _partial(self, kind: CueKind, digits: str, original: str) -> None:
        known = self._forms.partial.setdefault((kind, digits), original)
        if known != original or self._issued.vocabulary.says_digits(digits):
            self._forms.partial[kind, digits] = digits  # it could be another's: it stays as it is

    def _words(
        self, surrogate: str, original: str, check: Check | None = None, owner: Entry | None = None
    ) -> None:
        """Add a form of words, unless the request contains it or it belongs to another; an owner's first one counts."""
        form = key(surrogate)
        known = self._forms.words.get(form)
        if known is None:
            if self._issued.vocabulary.may_say(form):
                if GAP not in form:
                    return
                self._maybe_said.append(form)
            self._forms.words[form] = Entry(surrogate, original, check=check)
            if owner:
                self._owners[form] = owner
        elif (
            fold(known.original) != fold(original)
            and not known.surfaces
            and self._owners.get(form) is not owner
        ):
            self._doubtful.add(form)

    def _number(self, surrogate: str, original: str) -> None:
        form = numeral(surrogate)
        known = self._forms.numbers.get(form)
        if known is not None:
            if not known.surfaces and numeral(known.original) != numeral(original):
                self._doubtful.add(form)
        elif len(form) >= _SHORTEST_NUMBER and not self._issued.vocabulary.spells(form):
            self._forms.numbers[form] = Entry(surrogate, original)

    def _phone(self, entry: Entry) -> None:
        bodies = [EXTENSION.sub("", value) for value in (entry.surrogate, entry.original)]
        digits = [re.sub(r"\D", "", body) for body in bodies]
        self._number(*bodies)
        if len(digits[0]) in {10, 11} and len(digits[0]) == len(digits[1]):
            self._number(digits[0][-10:], digits[1][-10:])
            self._number("1" + digits[0][-10:], "1" + digits[1][-10:])
            self._number(digits[0][-7:], digits[1][-7:])
        if bodies[0].lstrip().startswith("+") and not digits[0].startswith("1"):
            self._number(*("".join(tokens(body)[1:]) for body in bodies))
        extensions = [EXTENSION.search(value) for value in (entry.surrogate, entry.original)]
        if extensions[0] and extensions[1]:
            surrogate, original = (re.sub(r"\D", "", match[0]) for match in extensions if match)
            for word in _EXTENSION_WORDS:
                self._words(f"{word} {surrogate}", f"{word} {original}")
                self._words(f"{word}{surrogate}", f"{word}{original}")

    def _groups(self, entry: Entry) -> None:
        """Add the long groups of a number separately: an account without its branch, a card without its letters."""
        mine, theirs = (
            re.findall(r"\d{5,}|\d+(?:[ -]\d+)+", value) for value in (entry.surrogate, entry.original)
        )
        for surrogate, original in zip(mine, theirs, strict=False):
            self._number(surrogate, original)

    def _address(self, entry: Entry) -> None:
        mine, theirs = tokens(entry.surrogate), tokens(entry.original)
        match = street(entry.original)
        if len(mine) != len(theirs) or not match:
            return
        for start, end in slices(entry.original, match):
            self._words(GAP.join(mine[start:end]), GAP.join(theirs[start:end]))
        for code in re.finditer(r"(?i)\b[a-z]\d[a-z][ \u00a0-]?\d[a-z]\d\b", entry.original):
            at = slice(len(tokens(entry.original[: code.start()])), len(tokens(entry.original[: code.end()])))
            self._number(GAP.join(mine[at]), GAP.join(theirs[at]))
            self._words(mine[at][0][:3], theirs[at][0][:3], str.isupper)
        for surrogate, original in zip(
            _UNIT.findall(entry.surrogate), _UNIT.findall(entry.original), strict=False
        ):
            units = [re.sub(r"\D", "", unit) for unit in (surrogate, original)]
            for word in _UNIT_WORDS:
                self._words(f"{word} {units[0]}", f"{word} {units[1]}")

    # ---- people

    def _person(self, person: Person) -> None:
        """Add abbreviated names (`F. Last`) and user names (`flast`)."""
        given, family = _in_order(person)
        if not given or not family or runs_on(family[0].surrogate[0]):
            self._asian(given, family)
            return
        last = family[-1]
        self._abbreviated(given, last)
        self._glued(given[0], family)

    def _abbreviated(self, given: list[NamePart], last: NamePart) -> None:
        each_part = [_letters(part) for part in given]
        surrogate, original = ([letter for each in each_part for letter in each[side]] for side in (0, 1))
        mine, theirs = last.surrogate, last.original
        if len(surrogate) == len(original):
            self._before_surname(surrogate, original, last)
        if len(surrogate) > 1:
            self._before_surname(surrogate[:1], original[:1], last)
        family = tokens(mine)[-1], tokens(theirs)[-1]
        self._initial(tokens(given[-1].surrogate)[-1], mine[0], theirs[0])
        self._initial(family[0], surrogate[0], original[0])
        if f"{surrogate[0]}.{mine[0]}".lower() not in _NO_INITIALS and not self._has(
            fold(f"{surrogate[0]}.{mine[0]}")
        ):
            known = self._forms.pairs.setdefault((surrogate[0], mine[0]), (original[0], theirs[0]))
            if known != (original[0], theirs[0]):
                self._forms.pairs[surrogate[0], mine[0]] = (surrogate[0], mine[0])

    def _before_surname(self, surrogate: list[str], original: list[str], last: NamePart) -> None:
        """Add `F. Last`, `F.-G. Last`, `f.last`: an initial is recognised by the surname after it."""
        entry = Entry(" ".join((*surrogate, last.surrogate)), " ".join((*original, last.original)))
        letters = [fold(letter) for letter in surrogate]
        before = [joint.join(letters) + "." for joint in (".", f".{GAP}", ".-")] + [
            f"{letters[0]}{joint}" for joint in "_-"
        ]
        for initials in dict.fromkeys(before[: 5 if len(letters) == 1 else 3]):
            for gap in (GAP, "") if initials[-1] == "." else ("",):
                self._forms.words.setdefault(initials + gap + key(last.surrogate), entry)

    def _initial(self, before: str, surrogate: str, original: str) -> None:
        known = self._forms.initials.setdefault((fold(before), fold(surrogate)), original)
        if known != original:
            self._forms.initials[fold(before), fold(surrogate)] = surrogate

    def _glued(self, first: NamePart, family: list[NamePart]) -> None:
        """Add the user names `firstlast`, `lastfirst`, `flast`, `lastf`, and `JeanLuc` of a double name."""
        given, surname = _NameLetters.of([first]), _NameLetters.of(family)
        for form in (given, surname):
            if len(form.surrogate) > 1:
                self._together(form)
        for parts in ((given, surname), (surname, given), (given.initial, surname), (surname, given.initial)):
            self._together(_NameLetters.joined(*parts))

    def _together(self, letters: "_NameLetters") -> None:
        form = "".join(letters.surrogate)
        if form and form not in self._forms.words and not self._has(form):
            self._forms.words[form] = JoinedName(letters.surrogate, letters.original)

    def _asian(self, given: list[NamePart], family: list[NamePart]) -> None:
        """Add parts of a name written as one word: the surname before a title, the given name alone."""
        for part in (*given, *family):
            mine, theirs = part.surrogate, part.original
            if not (mine and theirs and runs_on(mine[0]) and len(mine) == len(theirs) >= 2):
                continue
            for title in HONORIFICS if len(mine) > 2 or part in family else ():
                self._words(f"{mine[0]}{title}", f"{theirs[0]}{title}")
                self._words(f"{mine[0]} {title}", f"{theirs[0]} {title}")
            if len(mine) == 3:
                self._words(mine[1:], theirs[1:])

    def _middle(self, person: Person, surrogate: str, original: str) -> None:
        """Add a middle initial after the given name, and both initials before the surname."""
        given, family = _in_order(person)
        if given:
            self._initial(tokens(given[-1].surrogate)[-1], surrogate, original)
        if given and family:
            first, last = given[0], family[-1]
            self._before_surname([first.surrogate[0], surrogate], [first.original[0], original], last)
        elif family:
            for part in {family[0], family[-1]}:  # J. Edgar Hoover: before the first of several parts
                self._before_surname([surrogate], [original], part)
            self._initial(tokens(family[-1].surrogate)[-1], surrogate, original)


@dataclass(frozen=True, slots=True)
class _NameLetters:
    """The pieces of names as identifiers have them, of a surrogate and of its original."""

    surrogate: tuple[str, ...]
    original: tuple[str, ...]

    @classmethod
    def of(cls, parts: list[NamePart]) -> "_NameLetters":
        """The letters of parts of a name; in one piece each where surrogate and original differ in shape."""
        surrogate, original = (
            [compact(token) for part in parts for token in tokens(name(part))] for name in _SIDES
        )
        if len(surrogate) != len(original):
            surrogate, original = (["".join(pieces)] for pieces in (surrogate, original))
        return cls(tuple(surrogate), tuple(original))

    @classmethod
    def joined(cls, first: "_NameLetters", second: "_NameLetters") -> "_NameLetters":
        """The pieces of both, in order."""
        return cls(first.surrogate + second.surrogate, first.original + second.original)

    @property
    def initial(self) -> "_NameLetters":
        """The first letter of surrogate and original."""
        return _NameLetters((self.surrogate[0][:1],), (self.original[0][:1],))


_SIDES: tuple[Callable[[NamePart], str], ...] = (lambda part: part.surrogate, lambda part: part.original)


def _in_order(person: Person) -> tuple[list[NamePart], list[NamePart]]:
    return [part for part in person if part.given], [part for part in person if not part.given]


def _letters(part: NamePart) -> tuple[list[str], list[str]]:
    """The initials of a part: two, where it is hyphenated."""
    mine, theirs = ([word[0] for word in tokens(name)] for name in (part.surrogate, part.original))
    return (mine, theirs) if len(mine) == len(theirs) else (mine[:1], theirs[:1])


def _plural(name: str) -> str:
    return name + ("es" if re.search(r"(?i)(?:s|x|z|ch|sh)$", name) else "s")
