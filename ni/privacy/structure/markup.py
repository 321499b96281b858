"""HTML tables and definition lists, XML elements, and the fields of forms."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.keys import meaning
from ni.privacy.words import listed


class _Part(NamedTuple):
    """Where the content of a cell stands, and the tag that opened it."""

    start: int
    end: int
    tag: str


_CELLS = ("th", "td", "dt", "dd")
_PART = re.compile(r"<(?P<shut>/?)(?P<tag>table|tr|th|td|dt|dd)\b[^<>]{0,300}>", re.IGNORECASE)
_INNER = re.compile(r"(?:\s|<[^<>]{1,200}>)*+")
_LEAF = re.compile(
    r"<(?P<tag>[A-Za-z_][\w:.-]{0,60})(?:\s[^<>]{0,300})?>(?P<value>[^<>]{1,400})(?=</)"
    r"|<(?P<open>[A-Za-z_][\w:.-]{0,60})(?:\s[^<>]{0,300})?>"
)
_TAGS = frozenset(
    listed("""
    td th dt dd tr li ul ol em h1 h2 h3 h4 h5 h6 hr br pre div span code cite label option title
    """)
)
_FIELD = re.compile(
    r"<(?:input|meta)\b(?=[^<>]{0,300}?\b(?:name|property|itemprop)=[\"'](?P<key>[\w.:\[\]-]{1,60})[\"'])"
    r"[^<>]{0,300}?\b(?:value|content)=[\"'](?P<value>[^\"'<>]{1,200})[\"']"
)


def markup(text: str, table: int) -> Iterator[Cell]:
    """The cells of tables and lists, and the values of elements that hold nothing but text."""
    if "</" in text or "<t" in text:
        lowered = text.lower()
        if "<td" in lowered or "<dd" in lowered:
            yield from _html(text, table + 1)
        yield from _elements(text, table)
    if "<input" in text or "<meta" in text:
        for row, field in enumerate(_FIELD.finditer(text)):
            yield Cell(*field.span("value"), field["key"], table, -1 - row, -1, Form.QUOTED)


def _html(text: str, table: int) -> Iterator[Cell]:
    """The cells of each table below their column's header or beside their row's, and of each list."""
    rows: list[list[_Part]] = []
    parts = list(_PART.finditer(text))
    for at, part in enumerate(parts):
        tag = part["tag"].lower()
        if tag == "table":
            yield from _rows(text, rows, table)
            table, rows = table + 1, []
        elif tag == "tr" and not part["shut"]:
            rows.append([])
        elif tag in _CELLS and not part["shut"]:
            start, end = _content(
                text, part.end(), parts[at + 1].start() if at + 1 < len(parts) else len(text)
            )
            if tag in ("dt", "dd") and (tag == "dt" or not rows):
                rows.append([])
            rows = rows or [[]]
            rows[-1].append(_Part(start, end, tag))
    yield from _rows(text, rows, table)


def _rows(text: str, rows: list[list[_Part]], table: int) -> Iterator[Cell]:
    """The cells of one table with their keys: the first row's, or the first of their own row."""
    keys = [text[cell.start : cell.end] for cell in rows[0]] if rows else []
    headed = bool(keys) and (all(cell.tag == "th" for cell in rows[0]) or _is_header(keys, rows))
    for row, cells in enumerate(rows[1:] if headed and len(rows) > 1 else rows):
        beside = text[cells[0].start : cells[0].end] if cells and not headed else ""
        for column, cell in enumerate(cells):
            key = keys[column] if headed and column < len(keys) else beside if column else ""
            if cell.start < cell.end and key:
                yield Cell(cell.start, cell.end, key, table, row, column if headed else -1, Form.TABLE)


def _is_header(keys: list[str], rows: list[list[_Part]]) -> bool:
    """Whether plain cells of a first row are keys: most mean something, and rows follow."""
    said = [meaning(key) for key in keys]
    return len(rows) > 1 and len(keys) > 1 and said[-1] is not None and sum(map(bool, said)) * 2 > len(keys)


def _content(text: str, start: int, end: int) -> tuple[int, int]:
    """The text of a cell without the tags around it."""
    inner = _INNER.match(text, start, end)
    start = inner.end() if inner else start
    stop = text.find("<", start, end)
    stop = stop if stop >= 0 else end
    return start, start + len(text[start:stop].rstrip())


def _elements(text: str, table: int) -> Iterator[Cell]:
    """Values of leaf elements; the record is what stands within one element around them."""
    row, parent = 0, ""
    seen: set[str] = set()
    for leaf in _LEAF.finditer(text):
        if leaf["open"] is not None:
            row, parent, seen = row + 1, leaf["open"], set()
            continue
        key = leaf["tag"].rpartition(":")[2]
        if key in seen:
            row, seen = row + 1, set()
        seen.add(key)
        if len(key) > 1 and key.lower() not in _TAGS:
            yield Cell(*leaf.span("value"), key, table, row, -1, Form.TABLE, parent)
