"""Which part of a labelled value may be the value: its shape has to fit, its check digits need not be right.

A label is evidence. What stands after *Card:*, *IBAN:* or *Tél. :* is somebody's number, also where it is mistyped,
of another country or of an area that is not assigned.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ni.privacy.recognisers.secret_values import is_element
from ni.privacy.spans import Label
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.mail import is_word
from ni.privacy.structure.meanings import Meaning

Place = tuple[int, int]
_LEAD = re.compile(r"[\s\"'«“‹*_`\[:#=-]{0,6}")
_SPACE = "[ \u00a0\u2009\u202f]"
_JOINT = "[ .\u00a0\u2009\u202f\u2010-\u2015-]"
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATE = re.compile(
    rf"\d{{4}}[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}(?!\d)|\d{{1,2}}(?:er)?[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}(?!\d)"
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
        Label.BANK_ACCOUNT: re.compile(rf"\d(?:{_JOINT}{{0,3}}[/]?\d){{5,19}}(?!\w)"),
        Label.DOB: _DATE,
        Label.POSTAL_CODE: re.compile(
            rf"[A-Za-z]\d[A-Za-z]{_JOINT}?\d[A-Za-z]\d(?!\w)|\d{{5}}(?:-\d{{4}})?(?!\w)"
            rf"|[A-Za-z]{{1,2}}\d[A-Za-z\d]?{_SPACE}?\d[A-Za-z]{{2}}(?!\w)|\d{{3}}-\d{{4}}(?!\w)"
        ),
    }
)
_STREET = re.compile(r"[^\n<>{}\t|;=]{5,120}")
_NO_STREET = re.compile(r"0x|\d+\.\d+\.|[\w.-]*:\d|https?:|[\w.+-]+@|[0-9a-f:]+$|\S+$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?i)(?:<.*>|\$|%|\{|\[|\(|\*{2,}|x{3,}|\.{2,}|none$|null$|nil$|true$|false$|undefined$|n/a$|tbd$|changeme$|change_me$|todo$|your|"
    r"example|placeholder|redacted|required$|optional$|string$|str$|text$|hidden$|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|"
    r"get_?|enter|forgot|reset|new |confirm|the |must|is |was |and |https?:|/|\w+\.\w+\(|"
    r"[a-z_]\w*(?:::|->)(?:[a-z_]|$)|password$|secret$|token$|key$)"
)
_SECRET = re.compile(r"[^\s\"'`<>,;|]{4,200}")
_QUOTED_SECRET = re.compile(r"[^\n\"'`<>]{4,200}")
_IDENTIFIER = re.compile(r"[a-z_]+(?:[._-][a-z_]+)+|[A-Z_]+|(?:[A-Z]?[a-z]+)(?:[A-Z][a-z]+)+|[.].*")
_EXPRESSION = re.compile(r"[()\[\]{}]|^\w+\.\w+$|^[A-Z_]+$")
_SHORT = re.compile(
    r"(?i)pass|pwd|\bpw\b|mdp|pin|nip|cvv|cvc|otp|security|s[ée]curit|kennwort|contrase|senha|wachtwoord|hasło|"
    r"l[öo]senord|adgangskode|пароль|密[码碼]|口令|パスワード|비밀번호"
)
_ACCOUNTS = frozenset({"account", "account_id", "accountid", "compte"})
_WHOLE = (CellForm.QUOTED, CellForm.TABLE, CellForm.ARGUMENT)
_LONGEST_SECRET = 200
_LONG_SECRET = 8
_LONG_NUMBER = 12


def fitting(said: Meaning, text: str, cell: Cell) -> Place | None:
    """Where in the cell the value of its label stands, if its beginning has the shape of one."""
    label = said.label
    if label is None or (label is Label.BANK_ACCOUNT and _is_identifier(said, cell)):
        return None
    lead = _LEAD.match(text, cell.start, cell.end)
    start = lead.end() if lead and label is not Label.SECRET else cell.start
    return _FITS.get(label, _shaped)(said, text, start, cell)


def _is_identifier(said: Meaning, cell: Cell) -> bool:
    """Whether `account` may be that of a user or a cloud: it is a bank's where the key says more."""
    return cell.key.lower() in _ACCOUNTS and cell.form in (CellForm.QUOTED, CellForm.ARGUMENT)


def _shaped(said: Meaning, text: str, start: int, cell: Cell) -> Place | None:
    match = _SHAPES[said.label].match(text, start, cell.end) if said.label else None
    return match.span() if match else None


def _address(_: Meaning, text: str, start: int, cell: Cell) -> Place | None:
    """A street with a number in it, and no network address or place in memory."""
    match = _STREET.match(text, start, cell.end)
    if match is None or _NO_STREET.match(text, start, match.end()):
        return None
    value = match[0].rstrip(" ,.\"')]")
    wordy = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return (start, start + len(value)) if wordy and " " in value else None


def _secret(said: Meaning, text: str, start: int, cell: Cell) -> Place | None:
    """What no variable, placeholder or sentence is."""
    shape = _QUOTED_SECRET if cell.form in _WHOLE else _SECRET
    if cell.form not in _WHOLE or cell.form is CellForm.TABLE:
        start += len(text[start : cell.end]) - len(text[start : cell.end].lstrip(" \t*"))
    match = shape.match(text, start, cell.end)
    if match is None or _PLACEHOLDER.match(match[0]) or not _is_drawn(match[0].rstrip(), cell, said):
        return None
    return match.start(), match.start() + len(match[0].rstrip())


def _is_drawn(value: str, cell: Cell, said: Meaning) -> bool:
    """Whether a value is no word, no name of a variable, no expression and no count."""
    if len(value) > _LONGEST_SECRET or (" " in value and cell.form is not CellForm.TABLE):
        return False
    short = said.strong and _SHORT.search(cell.key) is not None
    if cell.form is not CellForm.TABLE and is_element(value):
        return False
    if value.isdigit():
        return short or (len(value) >= _LONG_NUMBER and "token" not in cell.key.lower())
    marked = re.search(r"\d|[^\w.-]", value) is not None
    if cell.form is CellForm.TABLE:
        return marked or short
    if cell.form in _WHOLE:
        return marked or (short and not is_word(value) and not _IDENTIFIER.fullmatch(value))
    return marked and not _EXPRESSION.search(value) and (short or len(value) >= _LONG_SECRET)


_FITS: Mapping[Label, Callable[[Meaning, str, int, Cell], Place | None]] = MappingProxyType(
    {Label.ADDRESS: _address, Label.SECRET: _secret}
)
