"""From cells to spans (`findings`): names by their keys, records and columns, other values by their labels (`fitting`).

A label is evidence. What stands after *Card:*, *IBAN:* or *Tél. :* is a personal number, even if it is mistyped, of
another country or of an area code that is not assigned: its shape has to fit, its check digits need not be right.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ni.domain.clock import paced
from ni.privacy.recognisers.secret_values import is_element, is_test_result
from ni.privacy.spans import Label, Span
from ni.privacy.structure.evidence import CellRecord, is_person, listed_alone, records
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.logins import is_login_of_somebody
from ni.privacy.structure.meanings import FREE, PEOPLE, PHRASES, Meaning, MeaningKind, meaning, normal
from ni.privacy.structure.shapes import Guess, guesses, is_word, name_at

_PLAIN_SHAPES = {
    Label.PHONE: re.compile(r"(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}"),
    Label.POSTAL_CODE: re.compile(r"(?i)[abceghj-nprstvxy]\d[a-z][ -]?\d[a-z]\d"),
    Label.DOB: re.compile(
        r"(?:19[2-9]\d|200[0-8])([-/])(?:0[1-9]|1[0-2])\1[0-3]\d|[0-3]\d([-/])[0-3]\d\2(?:19[2-9]\d|200[0-8])"
    ),
}
_USER_NAME = re.compile(r"(?i)user[ _-]?name\Z|nom[ _-]?utilisateur\Z|identifiant\Z")
_CLAUSE = re.compile(r"[^.,;?!()\n]*")
_FEW_WORDS = 4
_FIRST_COLUMNS = 5
_NEAR = 12
_OPEN_KINDS = (None, MeaningKind.BARE, MeaningKind.ORDINAL, MeaningKind.ROLE)
_MAJORITY = 0.6
_FEWEST = 2
_SHORTEST = 3
_LONGEST_NAME = 120
_LONGEST_LIST = 1000


@dataclass(slots=True)
class StructureFindings:
    """Values that structure gives, and places (`nobody`) where a name that a model guesses is no person."""

    spans: list[Span] = field(default_factory=list)
    nobody: list[tuple[int, int]] = field(default_factory=list)


def findings(text: str, cells: Sequence[Cell], pause: Callable[[], None]) -> StructureFindings:
    """The values in the cells, and the cells that contain no person; `pause` is called once for each cell."""
    result, by_row = StructureFindings(), records(text, cells, pause)
    columns: dict[tuple[int, object], list[Cell]] = defaultdict(list)
    for cell in cells:
        pause()
        key_meaning, record = meaning(cell.key), by_row[cell.table, cell.row]
        kind = key_meaning.kind if key_meaning else None
        if kind is MeaningKind.PERSONAL and _holds_full_name(text, cell):
            kind = MeaningKind.NAME
        _note_key(text, cell, result)
        if key_meaning and kind is MeaningKind.LABEL:
            _take_value(text, cell, key_meaning, result)
        elif kind is not None and (kind not in PEOPLE or (kind is MeaningKind.BARE and record.of_thing)):
            _note_no_person(text, cell, result)
        elif kind is None and record.of_person and _take_plain_value(text, cell, result):
            continue
        else:
            _take_people(text, cell, kind, record, result)
            if kind in _OPEN_KINDS and not record.of_thing:
                columns[cell.table, cell.column if cell.column >= 0 else cell.key].append(cell)
    for column in columns.values():
        _take_column(text, column, result, pause)
    _take_pairs(text, [cell for cell in cells if _is_bare(cell, by_row)], result)
    return result


def _is_bare(cell: Cell, by_row: Mapping[tuple[int, int], CellRecord]) -> bool:
    """Whether it is one of the first cells of a row about a person whose columns have no headers."""
    return (
        not cell.key
        and cell.form is CellForm.TABLE
        and 0 <= cell.column < _FIRST_COLUMNS
        and by_row[cell.table, cell.row].of_person
    )


def _take_pairs(text: str, cells: Sequence[Cell], result: StructureFindings) -> None:
    """Add the names in two columns side by side, where one row has a person in both: a given name and a surname."""
    starts = sorted(span.start for span in result.spans if span.label is Label.PERSON) if cells else []
    named = {
        (cell.table, cell.row, cell.column)
        for cell in paced(cells)
        if bisect_left(starts, cell.start) < bisect_left(starts, cell.end)
    }
    pairs = {(table, column) for table, row, column in named if (table, row, column + 1) in named}
    for cell in paced(cells):
        place = (cell.table, cell.row, cell.column)
        if place in named or not ({place[::2], (cell.table, cell.column - 1)} & pairs):
            continue
        guess = name_at(text, cell.start, min(cell.end, cell.start + _LONGEST_NAME))
        if guess is None or guess.rest != cell.end or guess.facts.no_person or not guess.facts.capitalised:
            continue
        if guess.facts.plain < len(guess.facts.core):
            result.spans.append(Span(guess.start, guess.end, Label.PERSON, certain=False))


def _take_value(text: str, cell: Cell, key_meaning: Meaning, result: StructureFindings) -> None:
    """Add the value that the key announces; its place contains no name."""
    place = fitting(key_meaning, text, cell)
    if place and key_meaning.label:
        result.spans.append(Span(*place, key_meaning.label))
        if key_meaning.label is not Label.SECRET:
            result.nobody.append(place)


def _holds_full_name(text: str, cell: Cell) -> bool:
    """Whether two words or three with capitals stand under a key for user names: a name that is shown."""
    if not _USER_NAME.search(cell.key):
        return False
    guess = name_at(text, cell.start, cell.end)
    return (
        guess is not None and guess.end == cell.end and len(guess.words) in (2, 3) and guess.facts.capitalised
    )


def _note_key(text: str, cell: Cell, result: StructureFindings) -> None:
    """Note that a known key that stands before its value is no person."""
    if " ".join(normal(cell.key)) in PHRASES:
        at = text.rfind(cell.key, max(0, cell.start - len(cell.key) - _NEAR), cell.start)
        if at >= 0:
            result.nobody.append((at, at + len(cell.key)))


def _note_no_person(text: str, cell: Cell, result: StructureFindings) -> None:
    """Note that the cell contains no person if it has few words and its key does not announce free text."""
    if " ".join(normal(cell.key)) in FREE:
        return
    clause = _CLAUSE.match(text, cell.start, cell.end) if cell.form is CellForm.OPEN else None
    end = clause.end() if clause else cell.end
    if text[cell.start : end].strip().count(" ") < _FEW_WORDS:
        result.nobody.append((cell.start, end))


def _take_plain_value(text: str, cell: Cell, result: StructureFindings) -> bool:
    """Add a plain number, a date of birth or a postal code in a row about a person; returns whether there was one."""
    for label, shape in _PLAIN_SHAPES.items():
        if shape.fullmatch(text, cell.start, cell.end):
            result.spans.append(Span(cell.start, cell.end, label))
            return True
    return False


def _take_people(
    text: str, cell: Cell, kind: MeaningKind | None, record: CellRecord, result: StructureFindings
) -> None:
    """Add the people in a cell; they are certain only where the key says so."""
    if text[cell.start : cell.start + 1].isdigit():
        return
    if cell.form is CellForm.TABLE and is_login_of_somebody(cell.key, text[cell.start : cell.end]):
        result.spans.append(Span(cell.start, cell.end, Label.PERSON))
        return
    limited = cell._replace(end=min(cell.end, cell.start + _LONGEST_LIST))
    for guess in guesses(text, limited.start, limited.end):
        if len(guess.words) == 1 and guess.words[0].lower() in normal(cell.key):
            return  # `author: Author` declares a type
        if guess.facts.foreign and " ".join(normal(text[guess.start : guess.end])) in PHRASES:
            return  # the label of the next value
        if not is_person(text, guess, limited, kind, record):
            return
        result.spans.append(Span(guess.start, guess.end, Label.PERSON, certain=kind is not None))


def _take_column(
    text: str, cells: Sequence[Cell], result: StructureFindings, pause: Callable[[], None]
) -> None:
    """Add the cells of a column in which most cells are names by the lists."""
    if len(cells) < _FEWEST:
        return
    named: list[Guess] = []
    sure: list[tuple[str, ...]] = []
    first = min(cell.row for cell in cells)
    for cell in cells:
        pause()
        guess = name_at(text, cell.start, min(cell.end, cell.start + _LONGEST_NAME))
        if guess is None or guess.facts.no_person or guess.rest != cell.end:
            continue
        known = guess.end - guess.start >= _SHORTEST and (listed_alone(guess) or _whole_name(guess, cell))
        sure += [guess.words] if known else []
        # The first row may be a header that is not in the tables.
        if known or (cell.row > first and guess.facts.plain < len(guess.facts.core)):
            named.append(guess)
    if len(sure) >= _MAJORITY * len(cells) and _are_people(sure):
        result.spans += [Span(guess.start, guess.end, Label.PERSON, certain=False) for guess in named]


def _whole_name(guess: Guess, cell: Cell) -> bool:
    """Whether a given name and a surname stand under a key for names, even if both are words too."""
    core = guess.facts.core
    return bool(cell.key) and len(core) > 1 and guess.facts.given and guess.facts.listed == len(core)


def _are_people(names: Sequence[tuple[str, ...]]) -> bool:
    """Whether the names are enough and differ, as names of people do; a column of codes repeats a few."""
    different = len(set(names))
    enough = _FEWEST if all(len(words) > 1 for words in names) else _FEWEST + 1
    return different >= enough and different * 2 >= len(names)


Position = tuple[int, int]
_LEAD = re.compile(r"[\s\"'«“‹*_`\[:#=-]{0,6}")
_SPACE = "[ \u00a0\u2009\u202f]"
_JOINT = "[ .\u00a0\u2009\u202f\u2010-\u2015-]"
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATE = re.compile(
    rf"\d{{4}}[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}(?!\d)|\d{{1,2}}(?:er)?[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}(?!\d|[-.]\d)"
    rf"|\d{{1,2}}(?:er|st|nd|rd|th)?{_SPACE}?(?:of |-|/)?{_MONTH}[ ,/-]{{1,2}}\d{{2,4}}(?!\d)"
    rf"|{_MONTH}{_SPACE}\d{{1,2}}(?:st|nd|rd|th)?,?{_SPACE}\d{{4}}(?!\d)"
    rf"|\d{{4}}[- ]{_MONTH}[- ]\d{{1,2}}(?!\d)|(?:19|20)\d{{6}}(?!\d)"
    r"|\d{4}年\d{1,2}月\d{1,2}日"
)
_SHAPES: Mapping[Label, re.Pattern[str]] = MappingProxyType(
    {
        Label.PHONE: re.compile(
            rf"(?:\+|00)?{_SPACE}?\(?\d(?:{_JOINT}{{0,3}}[(/]?{_JOINT}?\d\)?){{5,14}}"
            r"(?:,? {0,2}(?:x|ext\.?|extension|poste|p\.|#) {0,2}\d{1,6})?(?![\w])"
            r"|1?-?8(?:00|33|44|55|66|77|88)-[A-Z0-9]{3}-?[A-Z0-9]{4}(?!\w)"
        ),
        Label.EMAIL: re.compile(r"[^\s\"'<>(),;:|]{1,64}@[^\s\"'<>(),;:|]{2,80}"),
        Label.CREDIT_CARD: re.compile(rf"\d(?:{_JOINT}?\d){{11,18}}(?!\w)"),
        Label.IBAN: re.compile(
            rf"[A-Za-z]{{2}}{_JOINT}?\d{{2}}(?:[A-Za-z0-9]{{8,30}}|(?:{_JOINT}[A-Za-z0-9]{{4}}){{1,7}}"
            rf"(?:{_JOINT}(?=[A-Za-z]{{0,2}}\d)[A-Za-z0-9]{{1,3}})?)(?!\w)"
        ),
        Label.SIN: re.compile(rf"\d{{2,3}}{_JOINT}?\d{{2,3}}{_JOINT}?\d{{3,4}}(?!\w)"),
        Label.HEALTH_CARD: re.compile(
            rf"[A-Za-z]{{4}}{_JOINT}?\d{{4}}{_JOINT}?\d{{4}}(?!\w)"
            rf"|\d(?:{_JOINT}?\d){{7,11}}(?:{_JOINT}?[A-Za-z]{{2}}(?!\w))?(?!\w)"
        ),
        Label.DRIVER_LICENCE: re.compile(
            r"(?=(?:[^\n\d]{0,8}\d){5})[A-Za-z]{0,3}[ -]?\d[A-Za-z\d]*(?:[ -]\d[A-Za-z\d]*){0,4}(?!\w)"
        ),
        Label.PASSPORT: re.compile(r"(?=(?:[^\n\d]{0,3}\d){5})[A-Za-z]{0,3}[ -]?\d[A-Za-z\d]{4,9}(?!\w)"),
        Label.BANK_ACCOUNT: re.compile(rf"\d(?:{_JOINT}{{0,3}}[/]?\d){{4,19}}(?!\w)"),
        Label.DOB: _DATE,
        Label.POSTAL_CODE: re.compile(
            rf"[A-Za-z]\d[A-Za-z]{_JOINT}?\d[A-Za-z]\d(?!\w)|\d{{5}}(?:-\d{{4}})?(?!\w)"
            rf"|[A-Za-z]{{1,2}}\d[A-Za-z\d]?{_SPACE}?\d[A-Za-z]{{2}}(?!\w)|\d{{3}}-\d{{4}}(?!\w)"
        ),
    }
)
_STREET = re.compile(r"[^\n<>{}\t|;=]{5,120}")
_NO_STREET = re.compile(
    r"(?:\*|&)?(?:const|mut|volatile|unsigned|void|u?int)\b|0x|\d+\.\d+\.|[\w.-]*:\d|https?:|[\w.+-]+@|[0-9a-f:]+$|\S+$|\.",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?i)(?:<.*>|![a-z]|\$|%|\{|\[|\(|\*{2,}|x{3,}|\.{2,}|none$|null$|nil$|true$|false$|undefined$|n/a$|tbd$|changeme$|change_me$|todo$|your|"
    r"example|placeholder|redacted|required$|optional$|string$|str$|text$|hidden$|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|"
    r"get_?|enter|forgot|reset|new |confirm|the |must|is |was |and |https?:|/|\w+\.\w+\(|"
    r"[a-z_]\w*(?:::|->)(?:[a-z_]|$)|password$|secret$|token$|key$)"
)
_SECRET = re.compile(r"[^\s\"'`<>,;|]{4,200}")
_QUOTED_SECRET = re.compile(r"[^\n\"'`<>]{4,200}")
_IDENTIFIER = re.compile(r"[a-z_]+(?:[._-][a-z_]+)+|[A-Z_]+|(?:[A-Z]?[a-z]+)(?:[A-Z][a-z]+)+|[.].*")
_EXPRESSION = re.compile(r"[()\[\]{}]|^\w+\.\w+$|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|^[A-Z_]+$")
_SHORT = re.compile(
    r"(?i)pass|pwd|\bpw\b|mdp|pin|nip|cvv|cvc|otp|security|s[ée]curit|kennwort|contrase|senha|wachtwoord|hasło|"
    r"l[öo]senord|adgangskode|пароль|密[码碼]|口令|パスワード|비밀번호"
)
_ACCOUNT_KEYS = frozenset({"account", "account_id", "accountid", "compte"})
_WHOLE_FORMS = (CellForm.QUOTED, CellForm.TABLE, CellForm.ARGUMENT)
_LONGEST_SECRET = 200
_LONG_SECRET = 8
_LONG_NUMBER = 12


def fitting(key_meaning: Meaning, text: str, cell: Cell) -> Position | None:
    """Start and end of the value in the cell, if the beginning of the cell has the shape that its label asks for."""
    label = key_meaning.label
    if label is None or (label is Label.BANK_ACCOUNT and _is_identifier(key_meaning, cell)):
        return None
    lead = _LEAD.match(text, cell.start, cell.end)
    start = lead.end() if lead and label is not Label.SECRET else cell.start
    return _FITS.get(label, _matching)(key_meaning, text, start, cell)


def _is_identifier(key_meaning: Meaning, cell: Cell) -> bool:
    """Whether a bare `account` may be the account of a user or a cloud and not of a bank."""
    return cell.key.lower() in _ACCOUNT_KEYS and cell.form in (CellForm.QUOTED, CellForm.ARGUMENT)


def _matching(key_meaning: Meaning, text: str, start: int, cell: Cell) -> Position | None:
    match = _SHAPES[key_meaning.label].match(text, start, cell.end) if key_meaning.label else None
    return match.span() if match else None


def _address(_: Meaning, text: str, start: int, cell: Cell) -> Position | None:
    """A street with a number in it; a network address or a memory address is none."""
    match = _STREET.match(text, start, cell.end)
    if match is None or _NO_STREET.match(text, start, match.end()):
        return None
    value = match[0].rstrip(" ,.\"')]")
    wordy = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return (start, start + len(value)) if wordy and " " in value else None


def _secret(key_meaning: Meaning, text: str, start: int, cell: Cell) -> Position | None:
    """A value that is no variable, placeholder or sentence."""
    shape = _QUOTED_SECRET if cell.form in _WHOLE_FORMS else _SECRET
    if cell.form not in _WHOLE_FORMS or cell.form is CellForm.TABLE:
        start += len(text[start : cell.end]) - len(text[start : cell.end].lstrip(" \t*"))
    match = shape.match(text, start, cell.end)
    if match is None or _PLACEHOLDER.match(match[0]) or is_test_result(text, match.start()):
        return None
    if not _is_secret(match[0].rstrip(), cell, key_meaning):
        return None
    return match.start(), match.start() + len(match[0].rstrip())


def _is_secret(value: str, cell: Cell, key_meaning: Meaning) -> bool:
    """Whether a value is no word, name of a variable, expression or count."""
    if len(value) > _LONGEST_SECRET or (" " in value and cell.form is not CellForm.TABLE):
        return False
    short = key_meaning.strong and _SHORT.search(cell.key) is not None
    if cell.form is not CellForm.TABLE and is_element(value):
        return False
    if value.isdigit():
        return short or (len(value) >= _LONG_NUMBER and "token" not in cell.key.lower())
    marked = re.search(r"\d|[^\w.-]", value) is not None
    if cell.form is CellForm.TABLE:
        return marked or short
    if cell.form in _WHOLE_FORMS:
        return marked or (short and not is_word(value) and not _IDENTIFIER.fullmatch(value))
    return marked and not _EXPRESSION.search(value) and (short or len(value) >= _LONG_SECRET)


_FITS: Mapping[Label, Callable[[Meaning, str, int, Cell], Position | None]] = MappingProxyType(
    {Label.ADDRESS: _address, Label.SECRET: _secret}
)
