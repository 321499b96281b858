"""Keys and values of every usual syntax, in one pass: JSON, YAML, TOML, INI, logfmt, literals of languages, forms.

Nothing is parsed: a key is a word before one of a few separators, a value is what its quotes or its line hold. So
what is cut off, quoted, indented, escaped or wrapped in prose is read as well. Braces, indentation, list dashes,
blank lines and repeated keys say which pairs belong to one record.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.keys import meaning
from ni.privacy.structure.meanings import PEOPLE, Kind
from ni.privacy.words import MARK

_BLANK = "[ \t\u00a0\u202f]"
_QUOTES = "\"'`«“"
_CLOSING = {"«": "»", "“": "”"}
_PAIR = (
    rf"(?<!\w)(?P<key>[^\W\d_](?:\w|{MARK}|[.-](?=\w))*+)(?P<shut>\.?\*{{0,2}}\\{{0,3}}[\"'`]?)\]?(?:{_BLANK}?\([^()\n]{{1,24}}\))?\*{{0,2}}{_BLANK}{{0,24}}+"
    rf"(?P<sep>=>|->|:=|[!=]==?|=|[:：]{_BLANK}?[\w.\[\]<>?]{{1,24}}{_BLANK}?=(?!=)(?={_BLANK}?[\"'`])|[:：](?!//)|\((?=\\{{0,3}}[\"'`]))"
)
_TOKEN = re.compile(rf"{_PAIR}|(?P<open>\{{)|(?P<close>\}})|(?P<blank>\n[ \t>]*(?=\n))|(?P<item>\n[ \t>]*-{_BLANK})")
_OPENING = re.compile(rf"\*{{0,2}}{_BLANK}*(?:[A-Za-z]{{1,2}}(?=[\"']))?(?P<quote>\\{{0,3}}[{_QUOTES}])?(?P<list>[\[(])?(?P<brace>\{{|\[\s{{0,40}}\{{)?")
_BEFORE = re.compile(r"(?:[^\W\d_][\w'’/.&-]{0,20}(?:\([^()\n]{1,16}\))? ){1,4}$")
_CUT = re.compile(
    r"[\r\n\t;|<>{}\\]|&(?=[\w.-]{1,40}=)| {3,}|[ ,]{1,3}(?=(?:[^\W\d_][\w.'’-]{0,20}(?:\([^()]{0,12}\))? ){0,2}[^\W\d_][\w.-]{0,20} ?[:=](?:\s|[\"'\w+(]))"
)
_STRING = re.compile(r"\\{0,3}([\"'`])((?:(?!\1)[^\\\n]|\\(?!\1).){1,200}?)\\{0,3}\1|(?P<shut>[\])])")
_ITEM = re.compile(r"\s*\n[ \t>]*[-*•][ \t]+(?!\S{1,40}:\s)(?:[\"'])?([^\n\"']{2,120})")
LONGEST = 240
_LONGEST_LIST = 4000
_DEEPEST = 64


@dataclass(slots=True)
class _Frame:
    """A record that is being read: its row, the keys so far, where it is indented, and under which key it stands."""

    row: int
    parent: str = ""
    indent: int = -1
    keys: set[str] = field(default_factory=set)
    opened: str = ""


class _Records:
    """Which record a pair belongs to."""

    def __init__(self) -> None:
        self.rows = 0
        self.frames = [_Frame(0)]

    @property
    def top(self) -> _Frame:
        return self.frames[-1]

    def next_row(self) -> None:
        """Begins another record on the same level."""
        self.rows += 1
        self.top.row, self.top.keys, self.top.opened = self.rows, set(), ""

    def push(self, parent: str, indent: int = -1) -> None:
        """Begins a record within the present one."""
        self.rows += 1
        if len(self.frames) < _DEEPEST:
            self.frames.append(_Frame(self.rows, parent, indent))
        else:
            self.next_row()

    def pop(self) -> None:
        """Goes back to the record around this one."""
        if len(self.frames) > 1:
            self.frames.pop()
        else:
            self.next_row()

    def dedent(self, indent: int) -> None:
        """Goes back to the record of this indentation."""
        while len(self.frames) > 1 and 0 <= indent < self.top.indent:
            self.frames.pop()

    def note(self, key: str) -> None:
        """Takes a key into the record, or begins another where it has been."""
        if key in self.top.keys:
            self.next_row()
        self.top.keys.add(key)


def pairs(text: str, table: int) -> Iterator[Cell]:
    """The values whose keys mean something; `table` is the number that they bear."""
    if ":" not in text and "=" not in text and "：" not in text and "->" not in text and '("' not in text and "('" not in text:
        return
    records = _Records()
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            records.push(records.top.opened)
        elif kind == "close":
            records.pop()
        elif kind == "blank":
            if len(records.frames) == 1 or records.top.indent >= 0:
                del records.frames[1:]
                records.next_row()
        elif kind == "item":
            if records.top.indent < 0 and len(records.frames) == 1:
                records.next_row()
            elif records.top.indent >= 0:
                records.next_row()
        else:
            yield from _pair(text, token, records, table)


def _pair(text: str, token: re.Match[str], records: _Records, table: int) -> Iterator[Cell]:
    key = _label(text, token)
    found = meaning(key)
    opening = _OPENING.match(text, token.end())
    if opening is None:
        return
    if opening["brace"] or (opening["list"] and not opening["quote"]):
        records.top.opened = key
    if found is None:
        _enter(text, token, opening, key, records)
        return
    if records.top.indent >= 0:
        records.dedent(token.start() - text.rfind("\n", 0, token.start()) - 1)
    records.note(key)
    top = records.top
    for start, end, form in _values(text, token, opening, found.kind):
        yield Cell(start, end, key, table, top.row, -1, form, top.parent)
    _enter(text, token, opening, key, records)


def _enter(text: str, token: re.Match[str], opening: re.Match[str], key: str, records: _Records) -> None:
    """Begins a record where nothing but an indented block follows the key."""
    if token["sep"] in ":：" and text.startswith("\n", opening.end()) and not opening["quote"]:
        line = text.rfind("\n", 0, token.start()) + 1
        indent = token.start() - line
        records.dedent(indent)
        after = opening.end() + 1
        width = len(text[after : after + 40]) - len(text[after : after + 40].lstrip(" -"))
        if width > indent:
            records.push(key, width)


def _label(text: str, token: re.Match[str]) -> str:
    """The key; of a label in a line of words, the words before its last one too."""
    key, at = token["key"], token.start()
    if token["sep"] not in ":：=" or token["shut"][-1:] in _QUOTES[:3] != "" or text[at - 1 : at] != " ":
        return key
    line = text.rfind("\n", max(0, at - 44), at) + 1 or max(0, at - 44)
    before = _BEFORE.search(text, line, at)
    if before is None:
        return key
    words = before[0].split()
    for first in range(len(words)):
        whole = " ".join((*words[first:], key))
        if meaning(whole):
            return whole
    return key


def _values(text: str, token: re.Match[str], opening: re.Match[str], kind: Kind) -> Iterator[tuple[int, int, Form]]:
    """The values after a separator: a string, the strings of a list, the items below, or the rest of the line."""
    start = opening.end()
    if opening["quote"]:
        first = opening.end("quote")
        form = Form.ARGUMENT if token["sep"] == "(" else Form.QUOTED
        yield first, _closing(text, first, opening["quote"]), form
        return
    if opening["brace"] or token["sep"] in ("->", "("):
        return
    if opening["list"]:
        yield from _strings(text, start)
        return
    end = text.find("\n", start, start + LONGEST)
    end = end if end >= 0 else min(len(text), start + LONGEST)
    if text[start:end].isspace() or start == end:
        yield from _items(text, start, kind)
        return
    cut = _CUT.search(text, start, end)
    form = Form.OPEN if token["sep"] in ":：" and _in_prose(text, token) else Form.DATA
    yield start, cut.start() if cut else end, form


def _in_prose(text: str, token: re.Match[str]) -> bool:
    """Whether words stand before the key on its line."""
    return text[max(0, token.start() - 2) : token.start()].strip(" \t\n>+-*#") != ""


def _closing(text: str, start: int, quote: str) -> int:
    """Where the string ends that begins at `start`: at its quote, or where its line or what we read of it does."""
    shut = _CLOSING.get(quote[-1], quote)
    limit = min(len(text), start + LONGEST)
    line = text.find("\n", start, limit)
    limit = line if line >= 0 else limit
    at = start
    while (at := text.find(shut, at, limit)) >= 0:
        if shut == "'" and text.startswith("''", at) and at > start:
            at += 2
        elif len(shut) == 1 and text[at - 1] == "\\":
            at += 1
        else:
            return at
    return limit


def _strings(text: str, start: int) -> Iterator[tuple[int, int, Form]]:
    """The strings of a list, up to its end."""
    for string in _STRING.finditer(text, start, start + _LONGEST_LIST):
        if string["shut"]:
            return
        yield *string.span(2), Form.QUOTED


def _items(text: str, start: int, kind: Kind) -> Iterator[tuple[int, int, Form]]:
    """The items of a list below a key."""
    at = start
    while kind in PEOPLE or kind is Kind.LABEL:
        item = _ITEM.match(text, at, at + LONGEST)
        if item is None:
            return
        yield *item.span(1), Form.DATA
        at = item.end()
