"""Whether the words in a cell are a person's name, by key, form, record and the lists of names (`is_person`).

`records` collects first what the keys and e-mail addresses of each record say.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ni.privacy.spans import Label
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import NEUTRAL, Meaning, MeaningKind, meaning, normal
from ni.privacy.structure.shapes import Guess, is_of_things
from ni.privacy.words import fold

_LOCAL = re.compile(r"[^\W\d_]{2,}")
_TELLING = re.compile(r"@[\w-]+\.|^\+?[\d (.)-]{10,20}$")
_SHORTEST = 3
_LONG = 4
_PROVING = frozenset(
    {
        Label.PHONE,
        Label.EMAIL,
        Label.DOB,
        Label.SIN,
        Label.HEALTH_CARD,
        Label.PASSPORT,
        Label.DRIVER_LICENCE,
        Label.CREDIT_CARD,
    }
)
_NAMING = frozenset({MeaningKind.NAME, MeaningKind.GIVEN, MeaningKind.FAMILY})
MAILBOXES = frozenset(
    [
        "info",
        "support",
        "admin",
        "sales",
        "contact",
        "hello",
        "help",
        "team",
        "office",
        "noreply",
        "reply",
        "service",
        "mail",
        "web",
        "billing",
        "news",
        "jobs",
        "security",
        "press",
        "privacy",
        "legal",
        "abuse",
        "root",
        "postmaster",
        "webmaster",
        "dev",
        "ops",
        "test",
        "user",
        "github",
        "bonjour",
        "ventes",
        "accueil",
        "reception",
        "comptabilite",
        "facturation",
        "soutien",
        "courriel",
        "accounts",
        "careers",
    ]
)


@dataclass(slots=True)
class CellRecord:
    """Evidence of one record: how many keys speak of a person or a thing, its `first`/`last` keys, its mailboxes."""

    people: int = 0
    things: int = 0
    ordinals: set[str] = field(default_factory=set)
    locals: list[str] = field(default_factory=list)

    @property
    def of_person(self) -> bool:
        """Whether more keys speak of a person than of a thing."""
        return self.people > self.things

    @property
    def of_thing(self) -> bool:
        """Whether some keys speak of a thing, and no more of a person."""
        return self.things > 0 and not self.of_person

    @property
    def paired(self) -> bool:
        """Whether it has two ordinal keys, such as `first` and `last`."""
        return len(self.ordinals) > 1

    def agrees(self, words: Sequence[str]) -> bool:
        """Whether an e-mail address of the record is made of one of these words, or of initials and one of them."""
        folded = [fold(word).replace("'", "").replace("-", "") for word in words]
        return any(_made_of(local, folded) for local in self.locals)


def _made_of(local: str, words: Sequence[str]) -> bool:
    pieces = _LOCAL.findall(local)
    joined = "".join(pieces)
    if joined in MAILBOXES:
        return False
    for word in words:
        if len(word) < _SHORTEST:
            continue
        if word in pieces and word not in MAILBOXES:
            return True
        if len(word) >= _LONG and len(joined) == len(word) + 1 and word in joined:
            return True
        others = [other for other in words if other != word]
        if (
            len(words) > 1
            and word in joined
            and any(other[0] in joined.replace(word, "", 1)[:1] for other in others if other)
        ):
            return True
        if joined in (
            word,
            *(f"{other[:1]}{word}" for other in others),
            *(f"{word}{other[:1]}" for other in others),
        ):
            return True
    return False


def records(text: str, cells: Iterable[Cell], pause: Callable[[], None]) -> dict[tuple[int, int], CellRecord]:
    """The records by table and row."""
    by_row: dict[tuple[int, int], CellRecord] = defaultdict(CellRecord)
    for cell in cells:
        pause()
        record = by_row[cell.table, cell.row]
        key_meaning = meaning(cell.key)
        if key_meaning:
            _note(record, key_meaning, cell.key)
        if cell.parent:
            _under(record, meaning(cell.parent))
        value = text[cell.start : min(cell.end, cell.start + 100)]
        if not cell.key and _TELLING.search(value):
            record.people += 1
        if "@" in value:
            record.locals += [
                fold(part.rpartition(" ")[2].rpartition("<")[2]) for part in value.split("@")[:-1]
            ]
    return by_row


def _note(record: CellRecord, key_meaning: Meaning, key: str) -> None:
    if key_meaning.kind in _NAMING or key_meaning.label in _PROVING:
        record.people += 1
    elif key_meaning.kind is MeaningKind.ORDINAL:
        record.ordinals.add(normal(key)[0])
    elif (
        key_meaning.kind in (MeaningKind.PERSONAL, MeaningKind.THING) and " ".join(normal(key)) not in NEUTRAL
    ):
        record.people += key_meaning.kind is MeaningKind.PERSONAL
        record.things += key_meaning.kind is MeaningKind.THING


def _under(record: CellRecord, parent: Meaning | None) -> None:
    if parent and parent.kind in (*_NAMING, MeaningKind.ROLE):
        record.people += 1
    elif parent and parent.kind is MeaningKind.THING:
        record.things += 1


_WHOLE = (CellForm.TABLE, CellForm.QUOTED, CellForm.ARGUMENT)
_ENDS = "%,;(/&|<[-–—:#\"'»”،、，*_`)>]\\+\t\n\r"
_MOST_GIVEN = 4
_FIRST_COLUMNS = 4
_MOST_PLAIN = 2
_LONGEST_HAN = 6


def is_person(text: str, guess: Guess, cell: Cell, kind: MeaningKind | None, record: CellRecord) -> bool:
    """Whether a guess in a cell, under a key of this kind, is a person."""
    if all(fold(word) in MAILBOXES for word in guess.words):
        return False  # Reception <reception@example.ca>
    if (
        guess.facts.no_person
        or not _complete(text, guess, cell.end, cell.form)
        or (kind and kind not in _RULES)
    ):
        return False
    if kind is not None and _RULES[kind](guess, cell.form, record):
        return True
    if (
        kind is None
        and record.of_person
        and cell.form is CellForm.TABLE
        and _by_neighbours(guess, cell.column)
    ):
        return True
    written = guess.facts.capitalised or guess.facts.listed > 0 or len(guess.facts.core) > 1
    unlike = guess.facts.plain == len(guess.facts.core) or guess.facts.plain > _MOST_PLAIN
    return bool(record.locals) and written and not unlike and record.agrees(guess.facts.core)


def _complete(text: str, guess: Guess, end: int, form: CellForm) -> bool:
    """Whether the value ends with the name or only an aside follows; in a sentence, whether the lists have the name."""
    after = text[guess.rest : end].lstrip(" \u00a0")
    if not after or after[0] in _ENDS or after.startswith(("and ", "et ", "- ")):
        return True
    if form in _WHOLE:
        return (after[0].isdigit() and guess.facts.listed > 0) or (
            len(guess.facts.core) > 1 and guess.facts.certain > 0 and guess.facts.capitalised
        )
    return guess.facts.capitalised and guess.facts.listed > 0 and guess.facts.plain == 0


def _by_part(guess: Guess, form: CellForm, record: CellRecord) -> bool:
    """A given name or a surname by its key."""
    if guess.facts.foreign:
        return True
    if len(guess.words) > _MOST_GIVEN:
        return False
    if form in (CellForm.TABLE, CellForm.QUOTED):
        return True
    if guess.facts.listed > 0 or (guess.facts.plain == 0 and record.people > 1):
        return True
    return guess.facts.capitalised and (guess.facts.plain < len(guess.facts.core) or record.people > 1)


def _by_name(guess: Guess, form: CellForm, record: CellRecord) -> bool:
    """A whole name by its key."""
    if guess.facts.foreign:
        return len(guess.words) > 1 or len(guess.words[0]) <= _LONGEST_HAN or guess.words[0][0] < "\u3000"
    if guess.facts.plain == len(guess.facts.core):
        return form is CellForm.TABLE and guess.facts.capitalised and record.people > 1
    written = guess.facts.capitalised or form in (CellForm.TABLE, CellForm.QUOTED)
    return written or guess.facts.listed > 0 or (len(guess.facts.core) > 1 and guess.facts.plain == 0)


def _by_role(guess: Guess, form: CellForm, record: CellRecord) -> bool:
    """A person in a role, where a team or a firm may stand too."""
    if guess.facts.foreign:
        return _by_name(guess, form, record)
    core = len(guess.facts.core)
    if guess.facts.plain == core or (guess.facts.plain * 2 >= core and not guess.facts.certain):
        return False
    if guess.facts.capitalised:
        if core > 1:
            return guess.facts.listed > 0 or (guess.facts.plain == 0 and form is not CellForm.ARGUMENT)
        return (
            guess.facts.certain > 0
            or (guess.facts.listed > 0 and form is not CellForm.ARGUMENT)
            or (record.of_person and guess.facts.plain == 0)
        )
    return guess.facts.certain > 0 and (
        core > 1 or record.of_person or form in (CellForm.QUOTED, CellForm.DATA, CellForm.TABLE)
    )


def _by_nothing(guess: Guess, form: CellForm, record: CellRecord) -> bool:
    """A name under `name` or a key that is not known: by its record, else by the lists."""
    if record.of_thing or _names_a_thing(guess):
        return False
    if record.of_person:
        return (
            _by_name(guess, form, record)
            if record.people > 0 and guess.facts.plain * 2 < len(guess.facts.core)
            else guess.facts.certain > 0
        )
    return listed_alone(guess) and (len(guess.facts.core) > 1 or form is not CellForm.ARGUMENT)


def _names_a_thing(guess: Guess) -> bool:
    """Whether no list of names has a word of it, and it is called like a product or written like a package."""
    if guess.facts.listed or guess.facts.foreign:
        return False
    words = guess.words
    return all(map(is_of_things, words)) or (len(words) == 1 and "-" in words[0] and words[0].islower())


def _by_neighbours(guess: Guess, column: int) -> bool:
    """A name beside an address or a number, in a row whose columns have no headers."""
    if guess.facts.foreign:
        return column < _FIRST_COLUMNS and len(guess.words) < _MOST_GIVEN
    if not guess.facts.capitalised:
        return False
    return guess.facts.plain == 0 and (
        guess.facts.certain > 0 or (guess.facts.listed > 1 and guess.facts.given)
    )


def _by_order(guess: Guess, form: CellForm, record: CellRecord) -> bool:
    """A name under `first` or `last`."""
    if record.paired or record.of_person:
        return _by_part(guess, form, record)
    return guess.facts.certain > 0 and guess.facts.capitalised and form in (CellForm.TABLE, CellForm.QUOTED)


def listed_alone(guess: Guess) -> bool:
    """Whether the lists alone say that it is a name: whole, or one that is no word."""
    if guess.facts.foreign or (
        not guess.facts.capitalised and not 1 < len(guess.facts.core) == guess.facts.certain
    ):
        return False
    if len(guess.facts.core) > 1:
        return (
            guess.facts.given
            and guess.facts.plain == 0
            and guess.facts.certain > 0
            and guess.facts.listed * 2 >= len(guess.facts.core)
        )
    return guess.facts.certain > 0 and guess.facts.given


_RULES = {
    MeaningKind.GIVEN: _by_part,
    MeaningKind.FAMILY: _by_part,
    MeaningKind.NAME: _by_name,
    MeaningKind.ROLE: _by_role,
    MeaningKind.BARE: _by_nothing,
    MeaningKind.ORDINAL: _by_order,
}
