"""Whether what stands in a cell is a person's name: by its key, its form, its record, and the lists of names."""

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.evidence import MAILBOXES, Record
from ni.privacy.structure.meanings import Kind
from ni.privacy.structure.shapes import Guess
from ni.privacy.words import fold

_WHOLE = (Form.TABLE, Form.QUOTED, Form.ARGUMENT)
_ENDS = "%,;(/&|<[-–—:#\"'»”،、，*_`)>]\\+\t\n\r"
_MOST_GIVEN = 4
_FIRST_COLUMNS = 4
_MOST_PLAIN = 2
_LONGEST_HAN = 6


def is_person(text: str, guess: Guess, cell: Cell, kind: Kind | None, record: Record) -> bool:
    """Whether a guess in a cell, under a key of this kind, is a person."""
    if all(fold(word) in MAILBOXES for word in guess.words):
        return False  # Reception <reception@example.ca>
    if guess.facts.nobody or not _complete(text, guess, cell.end, cell.form) or (kind and kind not in _RULES):
        return False
    if kind is not None and _RULES[kind](guess, cell.form, record):
        return True
    if kind is None and record.of_person and cell.form is Form.TABLE and _by_neighbours(guess, cell.column):
        return True
    written = guess.facts.capitalised or guess.facts.listed > 0 or len(guess.facts.told) > 1
    unlike = guess.facts.plain == len(guess.facts.told) or guess.facts.plain > _MOST_PLAIN
    return bool(record.locals) and written and not unlike and record.agrees(guess.facts.told)


def _complete(text: str, guess: Guess, end: int, form: Form) -> bool:
    """Whether the value ends with the name, or only an aside follows; a sentence needs names that the lists have."""
    after = text[guess.rest : end].lstrip(" \u00a0")
    if not after or after[0] in _ENDS or after.startswith(("and ", "et ", "- ")):
        return True
    if form in _WHOLE:
        return (after[0].isdigit() and guess.facts.listed > 0) or (
            len(guess.facts.told) > 1 and guess.facts.certain > 0 and guess.facts.capitalised
        )
    return guess.facts.capitalised and guess.facts.listed > 0 and guess.facts.plain == 0


def _by_part(guess: Guess, form: Form, record: Record) -> bool:
    """A given name or a surname by its key."""
    if guess.facts.foreign:
        return True
    if len(guess.words) > _MOST_GIVEN:
        return False
    if form in (Form.TABLE, Form.QUOTED):
        return True
    if guess.facts.listed > 0 or (guess.facts.plain == 0 and record.people > 1):
        return True
    return guess.facts.capitalised and (guess.facts.plain < len(guess.facts.told) or record.people > 1)


def _by_name(guess: Guess, form: Form, record: Record) -> bool:
    """A whole name by its key."""
    if guess.facts.foreign:
        return len(guess.words) > 1 or len(guess.words[0]) <= _LONGEST_HAN or guess.words[0][0] < "\u3000"
    if guess.facts.plain == len(guess.facts.told):
        return form is Form.TABLE and guess.facts.capitalised and record.people > 1
    written = guess.facts.capitalised or form in (Form.TABLE, Form.QUOTED)
    return written or guess.facts.listed > 0 or (len(guess.facts.told) > 1 and guess.facts.plain == 0)


def _by_role(guess: Guess, form: Form, record: Record) -> bool:
    """A person in a role, where a team or a firm may stand too."""
    if guess.facts.foreign:
        return _by_name(guess, form, record)
    told = len(guess.facts.told)
    if guess.facts.plain == told or (guess.facts.plain * 2 >= told and not guess.facts.certain):
        return False
    if guess.facts.capitalised:
        if told > 1:
            return guess.facts.listed > 0 or (guess.facts.plain == 0 and form is not Form.ARGUMENT)
        return (
            guess.facts.certain > 0
            or (guess.facts.listed > 0 and form is not Form.ARGUMENT)
            or (record.of_person and guess.facts.plain == 0)
        )
    return guess.facts.certain > 0 and (
        told > 1 or record.of_person or form in (Form.QUOTED, Form.DATA, Form.TABLE)
    )


def _by_nothing(guess: Guess, form: Form, record: Record) -> bool:
    """A name under `name` or a key that is not known: by its record, else by the lists."""
    if record.of_thing:
        return False
    if record.of_person:
        return (
            _by_name(guess, form, record)
            if record.people > 0 and guess.facts.plain * 2 <= len(guess.facts.told)
            else guess.facts.certain > 0
        )
    return listed_alone(guess) and (len(guess.facts.told) > 1 or form is not Form.ARGUMENT)


def _by_neighbours(guess: Guess, column: int) -> bool:
    """What stands beside an address or a number in a row whose columns have no headers."""
    if guess.facts.foreign:
        return column < _FIRST_COLUMNS and len(guess.words) < _MOST_GIVEN
    if not guess.facts.capitalised:
        return False
    return guess.facts.plain == 0 and (
        guess.facts.certain > 0 or (guess.facts.listed > 1 and guess.facts.given)
    )


def _by_order(guess: Guess, form: Form, record: Record) -> bool:
    """What stands under `first` or `last`."""
    if record.paired or record.of_person:
        return _by_part(guess, form, record)
    return guess.facts.certain > 0 and guess.facts.capitalised and form in (Form.TABLE, Form.QUOTED)


def listed_alone(guess: Guess) -> bool:
    """Whether the lists alone say that it is a name: whole, or one that is no word."""
    if guess.facts.foreign or (
        not guess.facts.capitalised and not 1 < len(guess.facts.told) == guess.facts.certain
    ):
        return False
    if len(guess.facts.told) > 1:
        return (
            guess.facts.given
            and guess.facts.plain == 0
            and guess.facts.certain > 0
            and guess.facts.listed * 2 >= len(guess.facts.told)
        )
    return guess.facts.certain > 0 and guess.facts.given


_RULES = {
    Kind.GIVEN: _by_part,
    Kind.FAMILY: _by_part,
    Kind.NAME: _by_name,
    Kind.ROLE: _by_role,
    Kind.BARE: _by_nothing,
    Kind.ORDINAL: _by_order,
}
