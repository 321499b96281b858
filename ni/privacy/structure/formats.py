"""Cells of standard formats, a function each.

`exchanges`: names in HL7, DICOM, X12, air tickets, bank cards, passports and GEDCOM. `vcard`: vCards (RFC 6350) and the
people of calendar entries (RFC 5545). `sql`: rows of `INSERT INTO t (columns) VALUES (…), (…)` and of
`COPY t (columns) FROM stdin`, in the usual dialects. `markup`: HTML tables and definition lists, XML elements, and the
fields of forms.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ni.privacy.prefilter import paced_matches
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.meanings import meaning
from ni.privacy.structure.shapes import is_listed, is_listed_given, is_word
from ni.privacy.words import listed

_WORDS = r"[^\W\d_](?:[^\W\d_]|['’-](?=[^\W\d_])| (?=[^\W\d_])){1,39}"
_NAMED = rf"(?P<family>{_WORDS})\^(?P<given>{_WORDS})(?:\^(?P<second>{_WORDS}))?"
_CARETS = re.compile(rf"(?<![^\s|^~\"':=&]){_NAMED}(?![\w/])")
"""HL7 2.5.1, 2.A.88 (XPN), and DICOM PS3.5, 6.2 (PN): a surname, then given names."""
_TICKET = re.compile(
    r"(?<![\w/])(?P<family>[A-Z]{2,24})/(?P<given>[A-Z]{2,24})(?: [A-Z]{2,24})? (?:MRS?|MS|MSTR|MISS|CHD|INF|DR)(?!\w)"
)
"""Names on air tickets (IATA Resolution 722), before their titles."""
_BORN = re.compile(r"^PID\|(?:[^|\n]{0,120}\|){6}(?P<born>(?:19|20)\d{6})(?!\w)", re.M)
_PATIENT = re.compile(
    rf"^(?:PID\|(?:[^|\n]{{0,80}}\|){{4}}|(?:NK1|GT1)\|(?:[^|\n]{{0,80}}\|){{1,2}}){_NAMED}", re.M
)
_X12 = re.compile(rf"\bNM1\*\w{{2,3}}\*1\*(?P<family>{_WORDS})\*(?P<given>{_WORDS})")
"""ASC X12, NM1: the 1 says that it is a person."""
_TRACK = re.compile(r"\^(?P<family>[A-Z' -]{2,26})/(?P<given>[A-Z .'-]{2,26}?) {0,26}\^")
"""ISO/IEC 7813, track 1."""
_PASSPORT = re.compile(
    r"(?<![A-Z<\d])[PIAC][A-Z<][A-Z]{3}(?P<family>[A-Z]{2,30})(?:<[A-Z]{1,20}){0,3}<<(?P<given>[A-Z]{2,30})"
    r"(?:<(?P<second>[A-Z]{2,30}))?<{2}[A-Z<\d]*(?:\n(?P<number>[A-Z]{0,2}\d{5,8})<{0,4}\d[A-Z]{3}\d{7})?"
)
"""ICAO 9303-4, 4.2.2."""
_GEDCOM = re.compile(rf"^\d NAME (?P<given>{_WORDS}) /(?P<family>{_WORDS})/", re.M)
"""GEDCOM 5.5.1, NAME_PERSONAL."""
_TAG = re.compile(r"^\d (?P<tag>[A-Z]{3,4})(?= |\r?$)", re.M)
"""The tag of a line of GEDCOM 5.5.1."""
_PARTY = re.compile(
    r"(?<![^\W_])NAD\+[A-Z]{2,3}\+[^+'\n]{0,40}\+[^+'\n]{0,80}"
    rf"\+(?P<party>{_WORDS})\+(?P<street>[^+'\n]{{3,60}})"
    r"(?:\+[^+'\n]{0,35}\+[^+'\n]{0,9}\+(?P<code>[A-Z\d -]{3,10}))?"
)
"""UN/EDIFACT, NAD: party, street, city, region, postal code."""
_TRANSFER = re.compile(rf"<NAME>(?P<party>{_WORDS})(?=[<\n])")
"""Open Financial Exchange 2.2, 11.4.3: the other party of a transaction, a person or a firm."""
_CAPITALS = r"[A-Z](?:[A-Z]|['’ -](?=[A-Z])){1,39}"
_LICENCE = re.compile(
    rf"(?:^(?:DL|ID)?|(?<=\dDL)|(?<=\dID))(?:D(?:CS|AB)(?P<family>{_CAPITALS})|D(?:AC|CT)(?P<given>{_CAPITALS})|DAD(?P<second>{_CAPITALS})"
    r"|DA[GH](?P<street>[^\s][^\n]{2,40}?)|DBB(?P<born>\d{8})|DAK(?P<code>[A-Z\d -]{5,11}?)"
    r"|DAQ(?P<licence>[A-Z\d][A-Z\d -]{3,23}?))\s*(?=$|\")",
    re.M,
)
"""The barcode of a licence (AAMVA DL/ID card design standard, D.12.5): an element to a line."""
_PAYMENT = re.compile(
    r"^6[2-5]\d\d{9}(?P<account>(?=[\w -]{17}\d{10})\w[\w-]{3,16})(?<! ) {0,13}(?<=^.{29})\d{10}"
    r"[\w -]{15}(?P<party>(?=[^\n]{22}[\w ]{2}[01]\d{15})[^\W\d_](?:[^\W\d_]|['’ .-](?=[^\W\d_])){1,21})",
    re.M,
)
"""An entry of the American clearing house (NACHA, six records): account and name of who is paid."""
_SURE = (
    ("DAQ", _LICENCE),
    ("  ", _PAYMENT),
    ("PID|", _BORN),
    ("NAD+", _PARTY),
    ("<NAME>", _TRANSFER),
    ("^", _PATIENT),
    ("NM1*", _X12),
    ("^", _TRACK),
    ("<<", _PASSPORT),
    (" NAME ", _GEDCOM),
)
"""What has to stand in a text for the pattern beside it to be tried."""
_KEYS = {
    "family": "family name",
    "given": "given name",
    "second": "middle name",
    "number": "passport",
    "born": "birthday",
    "party": "name",
    "street": "street",
    "licence": "driver licence",
    "account": "bank account",
    "code": "postal code",
}
_LISTED = (("^", _CARETS), ("/", _TICKET))


def exchanges(text: str, table: int) -> Iterator[Cell]:
    """The parts of names, each name a record; with carets or slashes alone, the lists must have the name."""
    carried = chain.from_iterable(paced_matches(pattern, text) for sign, pattern in _LISTED if sign in text)
    names = (name for name in carried if _is_listed(name["family"], name["given"]))
    sure = (paced_matches(pattern, text) for sign, pattern in _SURE if sign in text)
    for row, name in enumerate(chain(names, *sure)):
        for group, key in _KEYS.items():
            if name.groupdict().get(group):
                yield Cell(*name.span(group), key, table, row, -1, CellForm.TABLE)
    for row, tag in enumerate(paced_matches(_TAG, text) if "1 NAME " in text else ()):
        yield Cell(*tag.span("tag"), "job title", table, -1 - row, -1, CellForm.TABLE)


def _is_listed(family: str, given: str) -> bool:
    return is_listed_given(given) and (is_listed(family) or not is_word(family))


_LINE = re.compile(
    r"^(?:item\d{1,2}\.)?(?P<name>FN|N|TEL|ADR|BDAY|EMAIL|NICKNAME|ORG|TITLE|ROLE)(?:;[^:\n]{0,120})?:(?P<value>[^\r\n]{1,400})",
    re.MULTILINE,
)
_COMMON = re.compile(r"(?<=;CN=)\"?(?P<value>[^\":;\n]{2,80})")
_VCARD_KEYS = {
    "FN": "full name",
    "TEL": "phone",
    "BDAY": "birthday",
    "EMAIL": "email",
    "NICKNAME": "nickname",
    "ORG": "company",
    "TITLE": "job title",
    "ROLE": "job title",
}
_PARTS = {
    "N": ("family name", "given name", "middle name", "", ""),
    "ADR": ("", "address", "address", "city", "province", "postal code", "country"),
}


def vcard(text: str, table: int) -> Iterator[Cell]:
    """The values of each vCard property, and the common names of calendar attendees."""
    if "BEGIN:VCARD" in text:
        for row, line in enumerate(paced_matches(_LINE, text)):
            for start, end, key in _values(line):
                yield Cell(start, end, key, table, row, -1, CellForm.TABLE)
    if ";CN=" in text:
        for row, name in enumerate(paced_matches(_COMMON, text)):
            yield Cell(*name.span("value"), "contact", table + 1, row, -1, CellForm.TABLE)


def _values(line: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and key of each value of a property; names and addresses have several."""
    start, end = line.span("value")
    if line["name"] in _VCARD_KEYS:
        yield start, end, _VCARD_KEYS[line["name"]]
        return
    for key, part in zip(_PARTS[line["name"]], line["value"].split(";"), strict=False):
        if key and part:
            yield start, start + len(part), key
        start += len(part) + 1


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
    """The values of all rows; if a statement has no list of columns, their keys are empty."""
    lowered = text.lower() if "(" in text else ""
    if "values" in lowered:
        for insert in paced_matches(_INSERT, text):
            keys = _COLUMN.findall(insert["columns"] or "")
            table += 1
            yield from _tuples(
                text, insert.end(), keys, table, insert["table"].strip('"`[]').rpartition(".")[2]
            )
    if "stdin" in lowered:
        for copy in paced_matches(_COPY, text):
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
                yield Cell(start, end, key, table, row, column, CellForm.TABLE, parent)
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
                yield Cell(at, at + len(value), keys[column], table, row, column, CellForm.TABLE)
            at += len(value) + 1
        at, row = stop + 1, row + 1


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


_VALUED = re.compile(
    r"<(?P<tag>[A-Za-z][\w:.-]{0,60}) value=\"(?P<value>[^\"<>\n]{1,300})\" ?/>"
    r"|<(?P<open>[A-Za-z_][\w:.-]{0,60})(?:\s[^<>]{0,300})?(?<!/)>"
)


def valued(text: str, table: int) -> Iterator[Cell]:
    """Elements with their value as an attribute (FHIR): their names are the keys, what is around them the record."""
    if ' value="' not in text:
        return
    row, parent = 0, ""
    for element in paced_matches(_VALUED, text):
        if element["open"] is not None:
            row, parent = row + 1, element["open"]
        else:
            key = element["tag"].rpartition(":")[2]
            yield Cell(*element.span("value"), key, table, row, -1, CellForm.QUOTED, parent)


def markup(text: str, table: int) -> Iterator[Cell]:
    """The cells of tables and lists, and the values of elements that contain nothing but text."""
    if "</" in text or "<t" in text:
        lowered = text.lower()
        if "<td" in lowered or "<dd" in lowered:
            yield from _html(text, table + 1)
        yield from _elements(text, table)
    if "<input" in text or "<meta" in text:
        for row, field in enumerate(paced_matches(_FIELD, text)):
            yield Cell(*field.span("value"), field["key"], table, -1 - row, -1, CellForm.QUOTED)


def _html(text: str, table: int) -> Iterator[Cell]:
    """The cells of each table below their column's header or beside their row's, and of each list."""
    rows: list[list[_Part]] = []
    parts = list(paced_matches(_PART, text))
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
    """The cells of one table with their keys: the first row's, or the first cell of the row."""
    keys = [text[cell.start : cell.end] for cell in rows[0]] if rows else []
    headed = bool(keys) and (all(cell.tag == "th" for cell in rows[0]) or _is_header(keys, rows))
    for row, cells in enumerate(rows[1:] if headed and len(rows) > 1 else rows):
        beside = text[cells[0].start : cells[0].end] if cells and not headed else ""
        for column, cell in enumerate(cells):
            key = keys[column] if headed and column < len(keys) else beside if column else ""
            if cell.start < cell.end and key:
                yield Cell(cell.start, cell.end, key, table, row, column if headed else -1, CellForm.TABLE)


def _is_header(keys: list[str], rows: list[list[_Part]]) -> bool:
    """Whether plain cells of a first row are keys: most have a meaning, and rows follow."""
    meanings = [meaning(key) for key in keys]
    return (
        len(rows) > 1
        and len(keys) > 1
        and meanings[-1] is not None
        and sum(map(bool, meanings)) * 2 > len(keys)
    )


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
    for leaf in paced_matches(_LEAF, text):
        if leaf["open"] is not None:
            row, parent, seen = row + 1, leaf["open"], set()
            continue
        key = leaf["tag"].rpartition(":")[2]
        if key in seen:
            row, seen = row + 1, set()
        seen.add(key)
        if len(key) > 1 and key.lower() not in _TAGS:
            yield Cell(*leaf.span("value"), key, table, row, -1, CellForm.TABLE, parent)
