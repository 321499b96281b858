"""HTML tables and definition lists, XML elements, and the fields of forms."""

import re
from collections.abc import Iterator

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.words import listed

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
    r"<input\b[^<>]{0,200}?\bname=[\"'](?P<key>[\w.\[\]-]{1,60})[\"'][^<>]{0,200}?"
    r"\bvalue=[\"'](?P<value>[^\"'<>]{1,200})[\"']"
)


def markup(text: str, table: int) -> Iterator[Cell]:
    """The cells of tables and lists, and the values of elements that hold nothing but text."""
    if "</" in text or "<t" in text:
        lowered = text.lower()
        if "<td" in lowered or "<dd" in lowered:
            yield from _html(text, table + 1)
        yield from _elements(text, table)
    if "<input" in text:
        for row, field in enumerate(_FIELD.finditer(text)):
            yield Cell(*field.span("value"), field["key"], table, -1 - row, -1, Form.QUOTED)


def _html(text: str, table: int) -> Iterator[Cell]:
    """Cells below their column's header, or beside their row's."""
    keys: list[str] = []
    row, column, beside, headed = 0, 0, "", False
    parts = list(_PART.finditer(text))
    for at, part in enumerate(parts):
        tag = part["tag"].lower()
        if tag == "table" and not part["shut"]:
            table, keys, row = table + 1, [], 0
        elif tag == "tr" and not part["shut"]:
            row, column, beside, headed = row + 1, 0, "", bool(keys)
        if part["shut"] or tag in ("table", "tr"):
            continue
        start, end = _content(text, part.end(), parts[at + 1].start() if at + 1 < len(parts) else len(text))
        value = text[start:end]
        if tag in ("th", "dt"):
            beside = value
            if tag == "th" and not headed:
                keys.append(value)
        elif start < end:
            key = keys[column] if headed and column < len(keys) else beside
            yield Cell(start, end, key, table, row, column, Form.TABLE)
        column += 1


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
