"""Tables of lines: CSV, TSV, `;` and `|`, Markdown, output of databases, and columns of fixed width.

`tables`: a line is a header if all of its cells could be keys and enough of them have a meaning; the lines after it
with the same separator are its rows. `bare_rows`: rows without a header, which are several lines with the same
separator and number of cells, or one line that contains an e-mail address or a telephone number.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from ni.domain.clock import give_way, paced
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import MeaningKind, meaning
from ni.privacy.structure.shapes import is_listed

_RULE = re.compile(r"[-+|:=─┼│├┤┌┐└┘┬┴━ \t]{3,}")
_HEADERISH = re.compile(r"[^{}<>=;@\\]{0,48}")
_PLAIN = re.compile(r"[^\"':{}<>=;@\\|]{1,48}")
_CSV = re.compile(r'[ ]?"((?:[^"]|"")*)"[ ]?(?=,|;|\t|\||$)|[ ]?\'([^\'\n]*)\'[ ]?(?=,|;|\t|\||$)')
_WIDE = re.compile(r"\S+(?: \S+)*")
_LONGEST_HEADER = 2000
_MOST_COLUMNS = 400
_GAPS = 3
_UPRIGHT = 2
_MOST_WORDS = 6
_LONGEST_UPRIGHT = 400
Places = list[tuple[int, int]]


class Header(NamedTuple):
    """Header of a table: its separator, the text and place of each cell, and the number of the table."""

    separator: str
    keys: tuple[str, ...]
    places: Places
    table: int


def separator_of(line: str) -> str:
    """The separator of the cells of a line; empty if there is none, two blanks for columns of fixed width."""
    if "|" in line and line.count("|") > line.startswith("|"):
        return "|"
    if "│" in line:
        return "│"
    if "\t" in line.strip():
        return "\t"
    if ";" in line[:-1]:
        return ";"
    if "," in line:
        return ","
    return "  " if "  " in line.strip() else ""


def split(text: str, start: int, end: int, separator: str) -> Places:
    """The cells of a line; cells in quotes may contain separators."""
    if separator == "  ":
        return [match.span() for match in _spaced(text, start, end)]
    if separator in "|│":
        start += text.startswith(separator, start)
        end -= end > start and text[end - 1] == separator
    places: Places = []
    at = start
    quoted = '"' in text[start:end] or "'" in text[start:end]
    while at <= end and len(places) < _MOST_COLUMNS:
        match = _CSV.match(text, at, end) if quoted else None
        if match and match.end() - at > 1:
            group = 1 if match[1] is not None else 2
            places.append(match.span(group))
            at = match.end() + 1
            continue
        stop = text.find(separator, at, end)
        stop = stop if stop >= 0 else end
        places.append(_stripped(text, at, stop))
        at = stop + 1
    return places


def _spaced(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return _WIDE.finditer(text, start, end)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip(" \t\u00a0*`"))
    return (first, max(first, start + len(piece.rstrip(" \t\u00a0*`"))))


def is_rule(text: str, start: int, end: int) -> bool:
    """Whether a line only rules off a header: `|---|---|`, `+----+`, `-----`."""
    return text[start : start + 1] in "-+|:=─┼│├┤┌┐└┘┬┴━ " and _RULE.fullmatch(text, start, end) is not None


def header_of(text: str, start: int, end: int, table: int) -> Header | None:
    """The line as a header, if it can be one."""
    if not _GAPS <= end - start <= _LONGEST_HEADER:
        return None
    separator = separator_of(text[start:end])
    if not separator or (separator in ",;" and text[end - 1] in "{(;,"):
        return None
    places = split(text, start, end, separator)
    ruled = separator == "|" and text[start] == "|" and text[end - 1] == "|"
    if len(places) < _UPRIGHT and not ruled:
        return None
    keys = tuple(text[first:last] for first, last in places)
    if not _are_keys(keys, separator) or not _telling(keys, separator):
        return None
    return Header(separator, keys, places, table)


def _are_keys(keys: Sequence[str], separator: str) -> bool:
    """Whether the cells of a line are written as headers are, for a table with this separator."""
    if not all(_HEADERISH.fullmatch(key) and key.count(" ") < _MOST_WORDS for key in keys):
        return False
    if separator == "\t":
        return not keys[0][:1].isdigit()
    if separator in (",", "  ") and not all(map(_PLAIN.fullmatch, keys)):
        return False
    if separator == "  " and any(key.startswith(("#", "//", "-", "*")) for key in keys):
        return False
    broken = (("(" in key and not key.endswith(")")) or key[:1].isdigit() for key in keys)
    return separator in "|│" or not any(broken)


def _telling(keys: Sequence[str], separator: str) -> bool:
    """Whether enough of the cells have a meaning: one in a ruled table, most of them in a line of words."""
    meanings = [meaning(key) for key in keys]
    known = sum(key is not None for key in meanings)
    strong = sum(key is not None and key.strong for key in meanings)
    useful = any(key and key.kind is not MeaningKind.THING for key in meanings)
    if not strong:
        return False
    if separator in "|│\t":
        return True
    if not useful:
        return known == len(keys) and separator in ",;"
    return known * 3 >= len(keys) and all(len(key) <= 32 for key in keys)


def rows(
    text: str, lines: Sequence[tuple[int, int]], at: int, header: Header
) -> Iterator[tuple[int, Places]]:
    """The rows below a header: the number of each line, and its cells."""
    gaps = 0
    header_start = text.rfind("\n", 0, header.places[0][0]) + 1
    columns = [place[0] - header_start for place in header.places]
    for number in range(at, len(lines)):
        start, end = lines[number]
        if is_rule(text, start, end):
            continue
        if header.separator not in text[start:end]:
            gaps += 1
            if gaps > _GAPS or end - start > _GAPS:
                return
            continue
        gaps = 0
        places = split(text, start, end, header.separator)
        if header.separator == "  ":
            if len(places) == len(columns) + 1 and text[slice(*places[0])].isdigit():
                places = places[1:]  # the numbers of the rows of a data frame have no header
            places = (
                places
                if len(places) == len(columns)
                else _in_columns(text, start, end, columns) or _aligned(places, header.places, text)
            )
        elif header.separator in ",;" and not _row_like(len(places), len(header.keys)):
            return
        yield number, places


def _row_like(cells: int, keys: int) -> bool:
    """Whether a line has about as many cells as the header: a comma inside an address may add some."""
    return keys - max(1, keys // 3) <= cells <= keys + 3


def _aligned(places: Places, header: Places, text: str) -> Places:
    """The cells of a line of fixed width, each under the header that begins or ends nearest above it."""
    columns = [_columns(text, place) for place in header]
    cells: Places = [(0, 0)] * len(header)
    for place in places:
        begin, end = _columns(text, place)
        nearest = min(
            range(len(columns)), key=lambda at: min(abs(columns[at][0] - begin), abs(columns[at][1] - end))
        )
        cells[nearest] = place
    return cells


def _columns(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """The columns of a line at which a cell begins and ends."""
    first = text.rfind("\n", 0, place[0])
    return place[0] - first, place[1] - first


def _in_columns(text: str, start: int, end: int, columns: Sequence[int]) -> Places:
    """The cells of a line that begin where the header's do; none where a word of the line stands across."""
    begins = [min(start + column, end) for column in columns]
    across = any(begin < end and not text[begin - 1].isspace() for begin in begins[1:])
    if across or text[start : begins[0]].strip():
        return []
    return [_stripped(text, begin, stop) for begin, stop in zip(begins, (*begins[1:], end), strict=True)]


def _divided(text: str, lines: Sequence[tuple[int, int]], at: int, header: Header) -> Header:
    """A header of fixed width with its keys divided at single blanks where the cells of the next rows begin, too.

    `TRANSIT INST ACCOUNT` are three keys above `30021   815  0048271`; *First name* means something and stays whole.
    """
    if header.separator != "  " or not any(" " in key for key in header.keys):
        return header
    first = text.rfind("\n", 0, header.places[0][0]) + 1
    below = [line for line in lines[at : at + _GAPS] if not is_rule(text, *line)]
    places: Places = []
    for key, (start, end) in zip(header.keys, header.places, strict=True):
        whole = meaning(key)
        inner = () if whole and whole.strong else re.finditer(r"(?<= )\S", key)
        cuts = [
            start + cut.start() for cut in inner if _begin_cells(text, below, start + cut.start() - first)
        ]
        begins = (start, *cuts)
        places += [_stripped(text, *place) for place in zip(begins, (*cuts, end), strict=True)]
    return header._replace(keys=tuple(text[slice(*place)] for place in places), places=places)


def _begin_cells(text: str, below: Sequence[tuple[int, int]], column: int) -> bool:
    """Whether a cell begins at this column in all of the lines."""
    return bool(below) and all(
        start + column < end and text[start + column - 1] == " " != text[start + column]
        for start, end in below
    )


def tables(text: str, lines: Sequence[tuple[int, int]], table: int, headed: set[int]) -> Iterator[Cell]:
    """The cells of all tables, numbered from `table` on; where their lines start goes into `headed`."""
    number = 0
    while number < len(lines):
        give_way()
        if _is_upright(text, lines, number):
            number = yield from _upright(text, lines, number, table, headed)
            table += 1
            continue
        header = header_of(text, *lines[number], table)
        number += 1
        if header is not None and not _begins_upright(text, lines, number, header):
            table += 1
            headed.add(lines[number - 1][0])
            header = _divided(text, lines, number, header)
            yield from _captions(header, number - 1)
            number = yield from _below(text, lines, number, header, headed)


def _captions(header: Header, row: int) -> Iterator[Cell]:
    """The keys of a header in capitals that are single words and in no list of names: they are no people."""
    if all(map(str.isupper, header.keys)):
        for key, place in zip(header.keys, header.places, strict=True):
            if " " not in key and not is_listed(key):
                yield Cell(*place, "job title", header.table, -1 - row, -1, CellForm.TABLE)


def _below(
    text: str, lines: Sequence[tuple[int, int]], at: int, header: Header, headed: set[int]
) -> Generator[Cell, None, int]:
    """The cells of the rows below a header; returns the number of the line after them."""
    for row, places in rows(text, lines, at, header):
        headed.add(lines[row][0])
        at = row + 1
        for column, (key, place) in enumerate(zip(header.keys, places, strict=False)):
            if place[0] < place[1]:
                yield Cell(place[0], place[1], key, header.table, row, column, CellForm.TABLE)
    return at


def _keyed(text: str, start: int, end: int) -> tuple[str, Places]:
    """The separator of a line's two cells, and the cells, if the first is a key and the second is none."""
    if end - start > _LONGEST_UPRIGHT:
        return "", []
    separator = separator_of(text[start:end])
    if separator in ("", "  ", ","):
        return "", []
    places = split(text, start, end, separator)
    key_meaning = meaning(text[slice(*places[0])]) if len(places) == _UPRIGHT else None
    if key_meaning is None or not key_meaning.strong or meaning(text[slice(*places[1])]) is not None:
        return "", []
    return separator, places


def _is_upright(text: str, lines: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether a table has its keys in its first column: this line and another near it begin with one."""
    separator, _ = _keyed(text, *lines[at])
    if not separator:
        return False
    before = next(
        (line for line in reversed(lines[max(0, at - _UPRIGHT) : at]) if not is_rule(text, *line)), None
    )
    if before and separator in "|│" and separator_of(text[slice(*before)]) == separator:
        return True
    return at + 1 < len(lines) and _keyed(text, *lines[at + 1])[0] == separator


def _begins_upright(text: str, lines: Sequence[tuple[int, int]], at: int, header: Header) -> bool:
    """Whether below a header of two cells, such as *Field* and *Value*, each line begins with a key."""
    below = next((line for line in lines[at : at + _UPRIGHT] if not is_rule(text, *line)), None)
    return below is not None and len(header.keys) == _UPRIGHT and _keyed(text, *below)[0] == header.separator


def _upright(
    text: str, lines: Sequence[tuple[int, int]], at: int, table: int, headed: set[int]
) -> Generator[Cell, None, int]:
    """The values of such a table as one record; returns the number of the line after it."""
    row, seen = at, set[str]()
    while at < len(lines):
        start, end = lines[at]
        places = (
            split(text, start, end, "|")
            if "|" in text[start : min(end, start + _LONGEST_UPRIGHT)]
            else _keyed(text, start, end)[1]
        )
        if not is_rule(text, start, end):
            if len(places) != _UPRIGHT:
                break
            key = text[slice(*places[0])]
            row, seen = (at, set()) if key in seen else (row, seen)
            seen.add(key)
            headed.add(start)
            if places[1][0] < places[1][1]:
                yield Cell(*places[1], key, table, row, -1, CellForm.TABLE)
        at += 1
    return at


_CODE = re.compile(r"[{}=<>]|\w\(|^[^;]*;$|->|^\s*(?://|#|\*|\()|\)[,;]?$|,$|^\s*[\"'][^\"']{0,60}[\"']\s*:")
_TELLING = re.compile(r"@|(?<!\d)(?:\+?1[ -]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?!\d)")
_LONGEST_CELL = 80
_LONGEST_LINE = 600
_FEWEST = 3


def bare_rows(text: str, lines: Sequence[tuple[int, int]], taken: set[int], table: int) -> Iterator[Cell]:
    """The cells of rows without a header, under empty keys; lines that start at a place in `taken` are left out."""
    block: list[list[tuple[int, int]]] = []
    shape = ("", 0)
    for start, end in paced(lines):
        places, separator = _row(text, start, end) if start not in taken else ([], "")
        if (separator, len(places)) != shape:
            yield from _block(text, block, table)
            table, block, shape = table + 1, [], (separator, len(places))
        if places:
            block.append(places)
    yield from _block(text, block, table)


def _row(text: str, start: int, end: int) -> tuple[list[tuple[int, int]], str]:
    """The cells of a line that may be a row."""
    line = text[start:end] if end - start <= _LONGEST_LINE else ""
    separator = separator_of(line)
    if not separator or (separator == "  " and not _TELLING.search(line)) or _CODE.search(line):
        return [], ""
    places = split(text, start, end, separator)
    if len(places) < 2 or any(last - first > _LONGEST_CELL for first, last in places):
        return [], ""
    return places, separator


def _block(text: str, block: Sequence[list[tuple[int, int]]], table: int) -> Iterator[Cell]:
    if len(block) < _FEWEST and not any(_TELLING.search(text, row[0][0], row[-1][1]) for row in block):
        return
    for row, places in enumerate(block):
        for column, (start, end) in enumerate(places):
            if start < end:
                yield Cell(start, end, "", table, row, column, CellForm.TABLE)
