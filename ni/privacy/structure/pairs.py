"""Keys and values of every usual syntax (`pairs`), and whole names between signs (`enclosed`).

`pairs` reads JSON, YAML, TOML, INI, logfmt, literals of languages and forms in one pass. Nothing is parsed: a key is a
word before one of a few separators, a value is what its quotes or its line contain. So text that is cut off, quoted,
indented, escaped or wrapped in prose is read as well. Braces, indentation, list dashes, blank lines and repeated keys
say which pairs belong to one record.

`enclosed` reads `\textbf{Ana Roy}`, `<Ana Roy>`, `[Ana Roy](…)`, `N'Ana Roy'`, `x_y: Ana Roy`. Nothing there says that
a person is meant, so the lists alone decide, and a name needs at least two words.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ni.privacy.prefilter import first_match, paced_matches, stands_in
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import PEOPLE, MeaningKind, meaning
from ni.privacy.structure.shapes import is_of_things
from ni.privacy.words import MARK, listed

_BLANK = "[ \t\u00a0\u202f]"
_QUOTES = "\"'`«“"
_CLOSING = {"«": "»", "“": "”"}
_LONGEST_KEY = 120
"""A host of thousands of labels may be read from each of them: what reads on without end would square the cost."""
_PAIR = (
    rf"(?<!\w)_{{0,2}}(?P<key>[^\W\d_](?:\w|{MARK}|[.-](?=\w)){{0,{_LONGEST_KEY}}}+)(?P<shut>\.?\*{{0,2}}\\{{0,3}}[\"'`]?)"
    rf"\]?(?:{_BLANK}?\#)?(?:{_BLANK}?\([^()\n]{{1,24}}\))?\*{{0,2}}{_BLANK}{{0,24}}+"
    rf"(?P<sep>=>|->|:=|[!=]==?|=|[:：]{_BLANK}?[\w.\[\]<>?]{{1,24}}{_BLANK}?=(?!=)(?={_BLANK}?[\"'`])"
    rf"|[:：](?!//|:[\w<])|\((?=\\{{0,3}}[\"'`])"
    rf"|\{{{_BLANK}?(?=[\"'][^\"'\n]{{1,80}}[\"']{_BLANK}?\}})|(?<=[ \t\"])(?:I?LIKE|i?like|IN|in|eq)[ ]\(?(?=')"
    rf"|,(?=[ ]?[\"']))"
)
_SECTION = r"\n[ \t]{0,8}\[{1,2}[\w.:\" -]{1,60}\]{1,2}[ \t]{0,8}(?=\n)"
_TOKEN = re.compile(
    rf"{_PAIR}|(?P<open>\{{)|(?P<close>\}})|(?P<blank>\n[ \t>]*(?=\n)|{_SECTION})|(?P<item>\n[ \t>]*-{_BLANK})"
)
_OPENING = re.compile(
    rf"(?:\}}(?= [^\W\d_a-z]))?\*{{0,2}}{_BLANK}*(?:[bruf]{{1,2}}(?=[\"'])|N(?='))?(?P<quote>\\{{0,3}}[{_QUOTES}])?"
    rf"(?P<list>\[|\((?=\\{{0,3}}[\"']))?(?P<brace>\{{|\[\s{{0,40}}\{{)?"
)
_CUT = re.compile(
    r"[\r\n\t;|<>{}\\]|&(?=[\w.-]{1,40}=)| {3,}"
    r"|[ ,]{1,3}(?=(?:[^\W\d_](?:[\w'’-]{0,20}|[\w.'’-]{0,3})(?:\([^()]{0,12}\))? ){0,2}"
    r"[^\W\d_][\w.-]{0,20} ?[:=](?:\s|[\"'\w+(]))"
)
_CUT_LIST = re.compile(_CUT.pattern.replace(";", "", 1))
_FORMS = {"(": CellForm.ARGUMENT, ",": CellForm.OPEN}
_STRING = re.compile(r"\\{0,3}([\"'`])((?:(?!\1)[^\\\n]|\\(?!\1).){1,200}?)\\{0,3}\1|(?P<shut>[\])])")
_ITEM = re.compile(r"\s*\n[ \t>]*[-*•][ \t]+(?!\S{1,40}:\s)(?:[\"'])?([^\n\"']{2,120})")
LONGEST = 240
_LONGEST_LIST = 4000
_LONGEST_LABEL = 48
_MOST_WORDS = 6
_DEEPEST = 64
_LABEL_WORD = re.compile(r"[\w'’()/.&-]+")
_ASSIGNED = re.compile(r" = ?+(?![\"'`])")
_NESTING = ("", "{", "[", "\n")
_SHUT = ('"', "'", "`")
_CLOSED = (CellForm.QUOTED, CellForm.ARGUMENT)
_CERTAIN = (MeaningKind.GIVEN, MeaningKind.FAMILY, MeaningKind.NAME)


@dataclass(slots=True)
class _Frame:
    """A record that is being read: its row, the keys so far, where it is indented, and under which key it stands."""

    row: int
    parent: str = ""
    indent: int = -1
    keys: set[str] = field(default_factory=set)
    opened: str = ""


class _Records:
    """The stack of nested records; its top is the record that the next pair belongs to."""

    def __init__(self) -> None:
        self.rows = 0
        self.frames = [_Frame(0)]
        self.read_to = 0

    @property
    def top(self) -> _Frame:
        return self.frames[-1]

    def next_row(self) -> None:
        """Begin another record on the same level."""
        self.rows += 1
        self.top.row, self.top.keys, self.top.opened = self.rows, set(), ""

    def push(self, parent: str, indent: int = -1) -> None:
        """Begin a record within the present one."""
        self.rows += 1
        if len(self.frames) < _DEEPEST:
            self.frames.append(_Frame(self.rows, parent, indent))
        else:
            self.next_row()

    def pop(self) -> None:
        """Go back to the record around this one."""
        if len(self.frames) > 1:
            self.frames.pop()
        else:
            self.next_row()

    def dedent(self, indent: int) -> None:
        """Go back to the record of this indentation."""
        while len(self.frames) > 1 and 0 <= indent < self.top.indent:
            self.frames.pop()

    def note(self, key: str) -> None:
        """Add a key to the record, or begin another record if it has the key already."""
        if key in self.top.keys:
            self.next_row()
        self.top.keys.add(key)


def pairs(text: str, table: int) -> Iterator[Cell]:
    """The values whose keys have a meaning, as cells of the table with the number `table`."""
    if not stands_in((":", "=", "：", "->", '("', "('", ', "', '","', ", '", '{ "', "{ '", '{"'), text):
        return
    records = _Records()
    held: list[Cell] = []
    for token in paced_matches(_TOKEN, text):
        if token.lastgroup in _STEPS:
            _STEPS[token.lastgroup](records)
            continue
        key, start = _label(text, token)
        yield from _before(held, start)
        held = list(_pair(text, token, key, records, table))
    yield from held


def _before(cells: Sequence[Cell], limit: int) -> Iterator[Cell]:
    """The cells, each cut where the next key begins."""
    for cell in cells:
        if cell.end <= limit or cell.form in _CLOSED:
            yield cell
        elif cell.start < limit:
            yield cell._replace(end=limit)


def _blank(records: _Records) -> None:
    if len(records.frames) == 1 or records.top.indent >= 0:
        del records.frames[1:]
        records.next_row()


def _item(records: _Records) -> None:
    if len(records.frames) == 1 or records.top.indent >= 0:
        records.next_row()


_STEPS: Mapping[str | None, Callable[[_Records], None]] = {
    "open": lambda records: records.push(records.top.opened),
    "close": lambda records: records.pop(),
    "blank": _blank,
    "item": _item,
}


def _pair(text: str, token: re.Match[str], key: str, records: _Records, table: int) -> Iterator[Cell]:
    key_meaning = meaning(key)
    if token["sep"] == "," and (key_meaning is None or key_meaning.kind not in _CERTAIN):
        return
    if records.top.indent >= 0:
        records.dedent(token.start() - text.rfind("\n", max(0, token.start() - _DEEPEST), token.start()) - 1)
    if key_meaning is None and text[token.end() : token.end() + 2].lstrip(" ")[:1] not in _NESTING:
        return
    opening = _OPENING.match(text, token.end())
    if opening is None:
        return
    if opening["brace"] or (opening["list"] and not opening["quote"]):
        records.top.opened = key
    if key_meaning:
        records.note(key)
        top = records.top
        for start, end, form in _values(text, token, opening, key_meaning.kind, records):
            yield Cell(start, end, key, table, top.row, -1, form, top.parent)
    _enter(text, token, opening, key, records)


def _enter(text: str, token: re.Match[str], opening: re.Match[str], key: str, records: _Records) -> None:
    """Begin a record where nothing but an indented block follows the key."""
    if token["sep"] in ":：" and text.startswith("\n", opening.end()) and not opening["quote"]:
        line = text.rfind("\n", 0, token.start()) + 1
        indent = token.start() - line
        records.dedent(indent)
        after = opening.end() + 1
        width = len(text[after : after + 40]) - len(text[after : after + 40].lstrip(" -"))
        if width > indent:
            records.push(key, width)


def _label(text: str, token: re.Match[str]) -> tuple[str, int]:
    """The key and where it begins; of a label in a line of words, the words before its last one too."""
    key, at = token["key"], token.start()
    spaced = token["sep"] in ":：" or (token["sep"] == "=" and _ASSIGNED.match(text, token.start("sep") - 1))
    if not spaced or token["shut"][-1:] in _SHUT or text[at - 1 : at] != " ":
        return key, at
    before = text[max(0, at - _LONGEST_LABEL) : at].rpartition("\n")[2]
    words = [word.lstrip("*_#([") for word in before.split(" ")[-_MOST_WORDS:-1]]
    for first in range(_labelled(words), len(words)):
        whole = " ".join((*words[first:], key))
        if meaning(whole):
            return whole, at - len(whole) + len(key)
    return key, at


def _labelled(words: Sequence[str]) -> int:
    """From which of the words on they can be those of one label."""
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        if not word[:1].isalpha() or word[-1] in ",.;:!?" or not _LABEL_WORD.fullmatch(word):
            return at + 1
    return 0


def _values(
    text: str, token: re.Match[str], opening: re.Match[str], kind: MeaningKind, records: _Records
) -> Iterator[tuple[int, int, CellForm]]:
    """The values after a separator: a string, the strings of a list, the items below, or the rest of the line."""
    start = opening.end()
    if opening["quote"]:
        first = opening.end("quote")
        form = _FORMS.get(token["sep"], CellForm.QUOTED)
        last = _closing(text, first, opening["quote"])
        yield first, last, form
        listed = form is CellForm.ARGUMENT or token["sep"][:2].lower() == "in"
        if listed and kind in PEOPLE and last + 1 >= records.read_to:
            yield from _strings(text, last + 1, records)
        return
    if opening["brace"] or token["sep"] in ("->", "("):
        return
    if opening["list"]:
        if text[start : start + 1].isalpha() and kind in PEOPLE:
            yield start, _shut(text, start), CellForm.DATA
        elif start >= records.read_to:
            yield from _strings(text, start, records)
        return
    end = text.find("\n", start, start + LONGEST)
    end = end if end >= 0 else min(len(text), start + LONGEST)
    if text[start:end].isspace() or start == end:
        if start >= records.read_to:
            yield from _items(text, start, kind, records)
        return
    cut = (_CUT_LIST if kind in PEOPLE else _CUT).search(text, start, end)
    form = CellForm.OPEN if token["sep"] in ":：" and _in_prose(text, token) else CellForm.DATA
    yield start, cut.start() if cut else end, form


def _in_prose(text: str, token: re.Match[str]) -> bool:
    """Whether words stand before the key on its line."""
    return text[max(0, token.start() - 2) : token.start()].strip(" \t\n>+-*#") != ""


def _closing(text: str, start: int, quote: str) -> int:
    """Where the string from `start` on ends: at its quote, the end of its line, or after `LONGEST` characters."""
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


def _shut(text: str, start: int) -> int:
    """Where a list of bare words ends: at its bracket, or with its line."""
    line = text.find("\n", start, start + LONGEST)
    limit = line if line >= 0 else min(len(text), start + LONGEST)
    shut = text.find("]", start, limit)
    return shut if shut >= 0 else limit


def _strings(text: str, start: int, records: _Records) -> Iterator[tuple[int, int, CellForm]]:
    """The strings of a list, up to its end; a list within it is not read again."""
    records.read_to = start + _LONGEST_LIST
    for string in _STRING.finditer(text, start, start + _LONGEST_LIST):
        if string["shut"]:
            records.read_to = string.end()
            return
        yield *string.span(2), CellForm.QUOTED


def _items(
    text: str, start: int, kind: MeaningKind, records: _Records
) -> Iterator[tuple[int, int, CellForm]]:
    """The items of a list below a key."""
    at = start
    while (kind in PEOPLE or kind is MeaningKind.LABEL) and (item := _ITEM.match(text, at, at + LONGEST)):
        yield *item.span(1), CellForm.DATA
        at = records.read_to = item.end()


_PART = r"(?:[^\W\d_a-z][^\W\d_]{0,30}(?:['’-][^\W\d_]{1,30}){0,3}|[^\W\d_a-z]\.)"
_NAME = rf"{_PART}(?:,? (?:(?:de|da|di|van|von|der|la|le|du|al|bin) ){{0,2}}{_PART}){{1,4}}"
_ENCLOSED = re.compile(
    rf"(?:\{{~?|\[(?:[^\W\d_]{{2,12}}: )?|<(?<!\w<)(?:v )?|\$(?<!\w\$)|N(?<!\wN)'|\\and |a(?<!\wa)nd )"
    rf"(?P<value>{_NAME})(?=[}}\]>$']| and | \\and|\\thanks|\n)"
)
"""Each sign comes before what must not stand before it: `re` finds where one of a few characters stands at once."""
_KEYED = re.compile(
    rf"(?:^|[\]>|,;] ?)(?P<key>[^\W\d_]\w{{0,30}}_\w{{1,30}}|[^\W\d_a-z]{{2,4}}) ?[:=] ?(?P<value>{_NAME})(?=$|[,;|])",
    re.MULTILINE,
)
_MARKED = re.compile(rf"[*_~](?<![\w`/][*_~])(?P<value>{_NAME})(?=[*_~](?!\w))")
"""Emphasis of Markdown and of Slack, which have one sign for it or more."""
_MENTIONED = re.compile(rf"<(?:mailto:[^|<>\s]{{3,80}}|@[A-Z0-9]{{2,14}})\|(?P<value>{_NAME})>")
"""Slack's links to a mailbox and to a member, with the name that is shown for them."""
_NAME_FOLLOWS = re.compile(r"[:=] ?[^\W\d_a-z]")
_CELL = re.compile(rf"(?:^|& )[ \t]*(?P<value>{_NAME}) ?(?=&|\\\\)", re.MULTILINE)
_PLACES = frozenset(
    listed("san santa santo são saint sainte st ste monte mont port porto puerto villa los las el fort lake")
)
_EMPHASIS = ("*", "_", "~")
_SIGNS = ("{", "[", "<", "N'", "$")


def enclosed(text: str, table: int) -> Iterator[Cell]:
    """Names between signs, under the key `name`, each a separate record."""
    patterns = []
    row = 0
    if stands_in(_SIGNS, text):
        patterns.append(_ENCLOSED)
    if stands_in(_EMPHASIS, text):
        patterns.append(_MARKED)
    if "&" in text and "\\\\" in text:
        patterns.append(_CELL)
    if first_match(_NAME_FOLLOWS, text):
        patterns.append(_KEYED)
    for pattern in patterns:
        for match in paced_matches(pattern, text):
            if not (_is_place(match["value"]) or (pattern is _KEYED and meaning(match["key"]))):
                row += 1
                yield Cell(*match.span("value"), "name", table, row, row, CellForm.TABLE)
    for match in paced_matches(_MENTIONED, text) if "|" in text and "<" in text else ():
        row += 1
        yield Cell(*match.span("value"), "author", table, row, row, CellForm.TABLE)


def _is_place(value: str) -> bool:
    """Whether it begins as places do, or all its words are those of things (Monte Carlo)."""
    words = value.replace(",", "").split(" ")
    return words[0].lower() in _PLACES or all(map(is_of_things, words))
