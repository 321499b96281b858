"""Names beside e-mail addresses: headers of mail and of commits, mailmaps, lists of authors, rows without a header.

What stands directly before `<a@b>` is its bearer; other words beside an address are taken where it agrees with them.
"""

import re
from collections.abc import Iterator

from ni.privacy.people.words import PARTICLES
from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.lists import is_listed, is_word

ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_REACH = 72
_MOST_SMALL = 3
_WORD = re.compile(r"[^\W\d_][^\s]*")
_BEFORE = re.compile(r"(?P<name>[^\W\d_][^\n<>@:;|=\t\"“”(){}\[\]\\*]{1,64}?)(?P<sep>[\"”']?[ ]?<|[\"”']?[ ]?\[(?:mailto:)?|[ ]?\()$")
_BESIDE = re.compile(r"(?P<name>[^\W\d_][^\n<>@:;|=\t\"“”(){}\[\]\\,*]{1,48}?)[\"']?(?:[ ]?[,|;\t:]+[ \"']*|[ ]{1,3}[-–—]?[ ]{0,2})$")
_AFTER = re.compile(r"[>\])]?[\"']?[ ]?(?:\((?P<aside>[^\n()@]{2,60})\)|[,|;\t][ \"']{0,3}(?P<name>[^\W\d_][^\n<>@:;|=\t\"(){}\[\]\\,]{1,48}))")


def mail(text: str, table: int) -> Iterator[Cell]:
    """The words beside each address; under the key `contact` where they are surely its bearer."""
    if "@" not in text:
        return
    for row, address in enumerate(ADDRESS.finditer(text)):
        start, end = address.span()
        yield Cell(start, end, "email", table, row, 0, Form.TABLE)
        yield from _before(text, start, table, row)
        after = _AFTER.match(text, end, end + _REACH)
        if after:
            group = "aside" if after["aside"] else "name"
            yield Cell(*after.span(group), "", table, row, 2, Form.TABLE)


def _before(text: str, at: int, table: int, row: int) -> Iterator[Cell]:
    first = max(text.rfind("\n", max(0, at - _REACH), at) + 1, at - _REACH, 0)
    window = text[first:at]
    bearer = _BEFORE.search(window)
    found = bearer or _BESIDE.search(window)
    if found:
        start, end = found.span("name")
        start += _name_in(window[start:end])
        yield Cell(first + start, first + end, "contact" if bearer else "", table, row, 1, Form.TABLE)


def _name_in(words: str) -> int:
    """Where the name begins with which these words end: after a small word, or after one that is no name."""
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
