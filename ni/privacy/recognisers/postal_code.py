"""Canadian postal codes (letters D F I O Q U are never used). Surrogates keep the first letter, the region.

Written without a space and outside an address they look like identifiers; then a place or a word must stand before.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import BEGINS, ENDS, explained, explained_after
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d[A-Za-z][ -]?\d")
_CODE = re.compile(
    BEGINS + r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]([ -]?)\d[ABCEGHJ-NPRSTV-Z]\d(?!-\w)" + ENDS,
    re.IGNORECASE,
)
_SAYS_POSTAL = prefiltered(
    r"(?i)(?<![^\W_])(?:postal(?:_?code)?|code|zip|cp|c\.p\.|address|adresse|ship|deliver\w*|mail|livr\w+|exp[ée]di\w+|"
    r"AB|BC|MB|NB|NL|NS|NT|NU|ON|"
    r"PE|QC|SK|YT|canada|ontario|qu[ée]bec|alberta|"
    r"manitoba|saskatchewan|brunswick|scotia|[ée]cosse|columbia|colombie|toronto|montr[ée]al|"
    r"ottawa|vancouver|calgary|edmonton|winnipeg|"
    r"halifax|laval|gatineau|street|st|rue|ave|avenue|blvd|boul|chemin|road|rd|drive)(?:(?![^\W_])|(?-i:(?=C)))"
)
_SAYS_POSTAL_AFTER = prefiltered(r"(?i)(?<![^\W_])(?:postal|zip)(?![^\W_])")
_CELL = ",;|\t\n\"'<>"


def find(text: str) -> Iterator[Span]:
    """Codes in capitals with their space; others where a place or a word announces them, or in a cell of their own."""
    for match in _CODE.finditer(text):
        start, end = match.span()
        spaced = match[1] == " " and (match[0].isupper() or _in_cell(text, start, end))
        if spaced or _said(text, start, end):
            yield Span(start, end, Label.POSTAL_CODE)


def weak(text: str) -> Iterator[Span]:
    """Codes without their space, in one case."""
    for match in _CODE.finditer(text):
        if match[0].isupper() or (match[1] == " " and match[0].islower()):
            yield Span(*match.span(), Label.POSTAL_CODE)


def _said(text: str, start: int, end: int) -> bool:
    if text[max(start - 1, 0) : start] == "-" or text[end : end + 1] in {"/", "="}:
        return False
    return explained(text, start, _SAYS_POSTAL, 48) or explained_after(text, end, _SAYS_POSTAL_AFTER, 24)


def _in_cell(text: str, start: int, end: int) -> bool:
    """Whether it is all that stands between two separators of a table."""
    before, after = text[max(start - 4, 0) : start].rstrip(" ")[-1:], text[end : end + 2].lstrip(" ")[:1]
    return (before == "" or before in _CELL) and (after == "" or after in _CELL)
