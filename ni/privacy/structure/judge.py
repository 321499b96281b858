"""From cells to spans: names by their keys, records and columns, patterned values by their labels."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ni.privacy.spans import Label, Span
from ni.privacy.structure.evidence import CellRecord, is_person, listed_alone, records
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import FREE, PEOPLE, PHRASES, Meaning, MeaningKind, meaning, normal
from ni.privacy.structure.shapes import Guess, guesses, name_at
from ni.privacy.structure.values import fitting

_PLAIN = {
    Label.PHONE: re.compile(r"(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}"),
    Label.POSTAL_CODE: re.compile(r"(?i)[abceghj-nprstvxy]\d[a-z][ -]?\d[a-z]\d"),
}
_CLAUSE = re.compile(r"[^.,;?!()\n]*")
_FEW_WORDS = 4
_NEAR = 12
_OPEN = (None, MeaningKind.BARE, MeaningKind.ORDINAL, MeaningKind.ROLE)
_MAJORITY = 0.6
_FEWEST = 2
_SHORTEST = 3
_LONGEST_NAME = 120
_LONGEST_LIST = 1000


@dataclass(slots=True)
class StructureFindings:
    """What structure says of a text: values, and places where nobody's name stands whatever a model guesses."""

    spans: list[Span] = field(default_factory=list)
    nobody: list[tuple[int, int]] = field(default_factory=list)


def judged(text: str, cells: Sequence[Cell], pause: Callable[[], None]) -> StructureFindings:
    """The values in the cells, and the cells that hold no person."""
    found, told = StructureFindings(), records(text, cells, pause)
    columns: dict[tuple[int, object], list[Cell]] = defaultdict(list)
    for cell in cells:
        pause()
        said, record = meaning(cell.key), told[cell.table, cell.row]
        kind = said.kind if said else None
        _key(text, cell, found)
        if said and kind is MeaningKind.LABEL:
            _label(text, cell, said, found)
        elif kind is not None and (kind not in PEOPLE or (kind is MeaningKind.BARE and record.of_thing)):
            _nobody(text, cell, found)
        elif kind is None and record.of_person and _shaped(text, cell, found):
            continue
        else:
            _people(text, cell, kind, record, found)
            if kind in _OPEN and not record.of_thing:
                columns[cell.table, cell.column if cell.column >= 0 else cell.key].append(cell)
    for column in columns.values():
        _column(text, column, found, pause)
    return found


def _label(text: str, cell: Cell, said: Meaning, found: StructureFindings) -> None:
    """Takes the value that its key announces; where it stands, nobody's name does."""
    place = fitting(said, text, cell)
    if place and said.label:
        found.spans.append(Span(*place, said.label))
        if said.label is not Label.SECRET:
            found.nobody.append(place)


def _key(text: str, cell: Cell, found: StructureFindings) -> None:
    """Notes that the key itself, where it stands before its value and is one that we know, is nobody."""
    if " ".join(normal(cell.key)) in PHRASES:
        at = text.rfind(cell.key, max(0, cell.start - len(cell.key) - _NEAR), cell.start)
        if at >= 0:
            found.nobody.append((at, at + len(cell.key)))


def _nobody(text: str, cell: Cell, found: StructureFindings) -> None:
    """Notes that nobody stands in the cell: in a few words under a key that does not announce a text."""
    if " ".join(normal(cell.key)) in FREE:
        return
    clause = _CLAUSE.match(text, cell.start, cell.end) if cell.form is CellForm.OPEN else None
    end = clause.end() if clause else cell.end
    if text[cell.start : end].strip().count(" ") < _FEW_WORDS:
        found.nobody.append((cell.start, end))


def _shaped(text: str, cell: Cell, found: StructureFindings) -> bool:
    """Takes a plain number or postal code that stands in a row about a person."""
    for label, shape in _PLAIN.items():
        if shape.fullmatch(text, cell.start, cell.end):
            found.spans.append(Span(cell.start, cell.end, label))
            return True
    return False


def _people(
    text: str, cell: Cell, kind: MeaningKind | None, record: CellRecord, found: StructureFindings
) -> None:
    """Takes the people in a cell; what no key says to be one is a guess."""
    if text[cell.start : cell.start + 1].isdigit():
        return
    limited = cell._replace(end=min(cell.end, cell.start + _LONGEST_LIST))
    for guess in guesses(text, limited.start, limited.end):
        if len(guess.words) == 1 and guess.words[0].lower() in normal(cell.key):
            return  # `author: Author` declares a type
        if not is_person(text, guess, limited, kind, record):
            return
        found.spans.append(Span(guess.start, guess.end, Label.PERSON, certain=kind is not None))


def _column(text: str, cells: Sequence[Cell], found: StructureFindings, pause: Callable[[], None]) -> None:
    """Takes the cells of a column of which most are names by the lists."""
    if len(cells) < _FEWEST:
        return
    named: list[Guess] = []
    sure: list[tuple[str, ...]] = []
    first = min(cell.row for cell in cells)
    for cell in cells:
        pause()
        guess = name_at(text, cell.start, min(cell.end, cell.start + _LONGEST_NAME))
        if guess is None or guess.facts.nobody or guess.rest != cell.end:
            continue
        known = guess.end - guess.start >= _SHORTEST and (listed_alone(guess) or _whole_name(guess, cell))
        sure += [guess.words] if known else []
        # The first row may be a header that nobody knows.
        if known or (cell.row > first and guess.facts.plain < len(guess.facts.told)):
            named.append(guess)
    if len(sure) >= _MAJORITY * len(cells) and _are_people(sure):
        found.spans += [Span(guess.start, guess.end, Label.PERSON, certain=False) for guess in named]


def _whole_name(guess: Guess, cell: Cell) -> bool:
    """Whether under a key that says *name* stand a given name and a surname, be they words as well."""
    told = guess.facts.told
    return bool(cell.key) and len(told) > 1 and guess.facts.given and guess.facts.listed == len(told)


def _are_people(names: Sequence[tuple[str, ...]]) -> bool:
    """Whether names are enough and differ, as those of people do; of codes a few are repeated."""
    different = len(set(names))
    enough = _FEWEST if all(len(words) > 1 for words in names) else _FEWEST + 1
    return different >= enough and different * 2 >= len(names)
