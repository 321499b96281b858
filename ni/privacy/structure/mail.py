"""Names beside e-mail addresses: headers of mail and of commits, mailmaps, lists of authors, rows without a header.

The words directly before `<a@b>` are the name of its owner. Other words beside an address are a name if the address
is made of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ni.privacy.encoded_words import BASE64, decoded
from ni.privacy.people.lists import PARTICLES
from ni.privacy.prefilter import paced_matches
from ni.privacy.spans import Label, Span
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.shapes import is_listed, is_word, name_at

ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_REACH = 72
_MOST_SMALL = 3
_WORD = re.compile(r"[^\W\d_][^\s]*")
_KEY_AFTER = re.compile(r"[\"']?\s?[:=]")
_STOP = re.compile(r":(?![a-zA-Z]{2})|[\n<>@;|=\t\"“”(){}\[\]\\*,]")
_STOP_QUOTED = re.compile(r":(?![a-zA-Z]{2})|[\n<>@;|=\t\"“”(){}\[\]\\*]")
_KEYED = (":", "=", "")
_BRACKETS = "<(["
_BETWEEN = " ,|;\t-–—'\""
_QUOTES = ('"', "'", "”")
_AFTER = re.compile(
    r"[>\])]?[\"']?[ ]?(?:\((?P<aside>[^\n()@]{2,60})\)"
    r"|[,|;\t][ \"']{0,3}(?P<name>[^\W\d_][^\n<>@:;|=\t\"(){}\[\]\\,]{1,48}))"
)


def mail(text: str, table: int, rows: Sequence[tuple[int, int]]) -> Iterator[Cell]:
    """The words beside each address, under the key `contact` where they are certainly its owner.

    Addresses in `rows`, which are those of tables with headers, in order, are left out.
    """
    if "@" not in text:
        return
    for row, address in enumerate(paced_matches(ADDRESS, text)):
        start, end = address.span()
        above = bisect_right(rows, (start, end)) - 1
        if above >= 0 and end <= rows[above][1]:
            continue
        yield Cell(start, end, "", table, row, 0, CellForm.TABLE)
        yield from _before(text, start, table, row)
        after = _AFTER.match(text, end, end + _REACH)
        if after and not _KEY_AFTER.match(text, after.end()):
            group = "aside" if after["aside"] else "name"
            yield Cell(*after.span(group), "", table, row, 2, CellForm.OPEN)


def _before(text: str, at: int, table: int, row: int) -> Iterator[Cell]:
    """The words before an address: the owner before a bracket, otherwise any words of the line."""
    window = text[max(0, at - _REACH) : at]
    outer = window.rstrip("\"'”")
    if outer.rstrip(" ")[-1:] in _KEYED:
        return
    opened = outer.removesuffix("mailto:")[-1:] in _BRACKETS
    words = outer.removesuffix("mailto:").rstrip(_BRACKETS if opened else _BETWEEN)
    quoted = opened and words.rstrip(" ")[-1:] in _QUOTES
    words = words.rstrip(" \"'”“*")
    name = (_STOP_QUOTED if quoted else _STOP).split(words)[-1].lstrip(" '").removeprefix("N'")
    if len(name) > 1:
        end = at - len(window) + len(words)
        start = end - len(name)
        yield Cell(start + name_in(name), end, "contact" if opened else "", table, row, 1, CellForm.TABLE)


def name_in(words: str) -> int:
    """Where the name at the end of these words begins: after a word in small letters or one that is no name."""
    places = [match.span() for match in _WORD.finditer(words)]
    small = bool(places) and words[places[-1][0]].islower()
    first = len(places) - 1
    for at in range(len(places) - 2, -1, -1):
        word = words[slice(*places[at])]
        particle = word.lower() in PARTICLES
        if not particle and (word[0].islower() != small or (small and len(places) - at > _MOST_SMALL)):
            break
        first = at if not particle or small else first
    while first < len(places) - 1 and _is_no_name(words[slice(*places[first])]):
        first += 1
    return places[first][0] if places else 0


def _is_no_name(word: str) -> bool:
    return is_word(word) and not is_listed(word) and word.lower() not in PARTICLES


_ADDRESSED = re.compile(
    r"(?i)(?:^|\n)(?:[>\s]{0,8})(?:from|to|cc|bcc|sender|reply-to|resent-\w+|return-path|de|à)\s?:[^\n]*$"
)
_LONGEST_HEADER = 998  # RFC 5322, 2.1.1


def encoded_names(text: str) -> Iterator[Span]:
    """The encoded words of base64 that hold a name: in headers of addresses, and where the lists have all of it."""
    if "=?" not in text:
        return
    for word in paced_matches(BASE64, text):
        reads = decoded(word[0]) or ""
        guess = name_at(reads, 0, len(reads))
        if guess is None or guess.facts.no_person:
            continue
        headed = _ADDRESSED.search(text[max(0, word.start() - _LONGEST_HEADER) : word.start()])
        if headed or guess.facts.listed == len(guess.facts.core) > 1:
            yield Span(*word.span(), Label.PERSON)
