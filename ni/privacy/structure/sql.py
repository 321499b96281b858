"""Rows of SQL: `INSERT INTO t (columns) VALUES (…), (…)` and `COPY t (columns) FROM stdin`, in the usual dialects."""

import re
from collections.abc import Iterator

from ni.privacy.structure.cell import Cell, Form

_INSERT = re.compile(
    r"(?i)\b(?:into|table)\s{1,8}(?P<table>[\w.\"`\[\]]{1,80})\s{0,8}"
    r"(?:\((?P<columns>[^()]{1,4000})\))?\s{0,8}(?:overriding \w+ value\s+)?values\s{0,8}(?=\()"
)
_VALUE = re.compile(
    r"\s*+(?:[NnEeBb]?'(?P<single>(?:[^'\\]|''|\\.)*+)'|\"(?P<double>[^\"]*+)\""
    r"|(?P<bare>[^,()'\"]*+(?:\([^()]*+\))?+[^,()'\"]*+))\s*+(?:::\w{1,20}\s*+)?(?P<next>[,)])"
)
_NEXT = re.compile(r"\s*+,\s*+(?:--[^\n]*\n\s*+)?\(|\s*+\(")
_COPY = re.compile(r"(?i)\bcopy\s+[\w.\"]{1,80}\s*\((?P<columns>[^()]{1,4000})\)\s*from\s+stdin[^\n]{0,80}\n")
_COLUMN = re.compile(r"[\w$]+")


def sql(text: str, table: int) -> Iterator[Cell]:
    """The values of all rows; without a list of columns their keys are empty."""
    lowered = text.lower() if "(" in text else ""
    if "values" in lowered:
        for insert in _INSERT.finditer(text):
            keys = _COLUMN.findall(insert["columns"] or "")
            table += 1
            yield from _tuples(
                text, insert.end(), keys, table, insert["table"].strip('"`[]').rpartition(".")[2]
            )
    if "stdin" in lowered:
        for copy in _COPY.finditer(text):
            table += 1
            yield from _copied(text, copy.end(), _COLUMN.findall(copy["columns"]), table)


def _tuples(text: str, at: int, keys: list[str], table: int, parent: str) -> Iterator[Cell]:
    """The values of one statement, row by row."""
    row = 0
    while opening := _NEXT.match(text, at):
        at, column = opening.end(), 0
        while value := _VALUE.match(text, at):
            kind = value.lastgroup if value.lastgroup != "next" else "bare"
            group = next(name for name in ("single", "double", "bare") if value[name] is not None)
            start, end = value.span(group)
            key = keys[column] if column < len(keys) else ""
            if start < end and kind:
                yield Cell(start, end, key, table, row, column, Form.TABLE, parent)
            at, column = value.end(), column + 1
            if value["next"] == ")":
                break
        row += 1


def _copied(text: str, at: int, keys: list[str], table: int) -> Iterator[Cell]:
    """The tab-separated rows below a `COPY`, up to the line `\\.`."""
    row = 0
    while at < len(text) and not text.startswith("\\.", at):
        stop = text.find("\n", at)
        stop = stop if stop >= 0 else len(text)
        for column, value in enumerate(text[at:stop].split("\t")):
            if value and column < len(keys):
                yield Cell(at, at + len(value), keys[column], table, row, column, Form.TABLE)
            at += len(value) + 1
        at, row = stop + 1, row + 1
