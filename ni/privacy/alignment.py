"""Writing an original the way a model wrote its surrogate: other separators, other groups, other case, markup inside.

Surrogate and original have the same number of tokens (runs of letters and digits). What was written is read character
by character against the surrogate; each token gives way to the original's, and what stands between stays.
"""

import re
from collections.abc import Iterator

from ni.privacy.names_of_people import titled
from ni.privacy.words import MARK, is_letter, is_mark, without_accents

TOKEN = re.compile(rf"(?:[^\W_]|{MARK})+")
_UNIT = re.compile(r"\\{1,8}[nrt]|</?[A-Za-z][^<>]{0,24}>|.", re.DOTALL)
"""A line break or tab that is escaped, a tag, or one character."""


def tokens(text: str) -> list[str]:
    """The runs of letters and digits of a text."""
    return TOKEN.findall(text)


def alignable(surrogate: str, original: str) -> bool:
    """Whether each token of one stands for one of the other."""
    return len(tokens(surrogate)) == len(tokens(original))


def aligned(written: str, surrogate: str, original: str) -> str | None:
    """The original written like this form of the surrogate. None where the form has other characters."""
    pieces = _pieces(written, [_size(token) for token in tokens(surrogate)])
    if pieces is None:
        return None
    if written.islower() and surrogate.isupper():
        surrogate, original = surrogate.lower(), original.lower()
    gaps, slices = pieces
    made = [gaps[0]]
    for piece, other, token, gap in zip(slices, tokens(surrogate), tokens(original), gaps[1:], strict=True):
        made += [_like(piece, other, token), gap]
    return "".join(made)


def cased(written: str, surrogate: str, original: str) -> str:
    """The original in the case and with the accents in which the surrogate was written."""
    made = _case(written, surrogate, original)
    return without_accents(made) if written.isascii() and not surrogate.isascii() else made


def _case(written: str, surrogate: str, original: str) -> str:
    if written.isupper() and not surrogate.isupper():
        return original.upper()
    if written.islower() and not surrogate.islower():
        return original.lower()
    if original.isupper() or original.islower():
        return titled(original) if written[:1].isupper() and not written.isupper() else original
    return original


def _size(token: str) -> int:
    """Letters and digits without the marks that combine with them."""
    return sum(not is_mark(char) for char in token)


def _units(written: str) -> Iterator[tuple[str, bool]]:
    """What was written, unit by unit, and whether it counts as a letter or digit."""
    for match in _UNIT.finditer(written):
        yield match[0], len(match[0]) == 1 and is_letter(match[0]) and not is_mark(match[0])


def _pieces(written: str, sizes: list[int]) -> tuple[list[str], list[str]] | None:
    """What stands before each token and after the last, and the tokens as they were written."""
    owners = [token for token, size in enumerate(sizes) for _ in range(size)]
    gaps, slices = [""] * (len(sizes) + 1), [""] * len(sizes)
    seen, waiting = 0, ""
    for unit, counts in _units(written):
        if seen and not waiting and is_mark(unit):
            slices[owners[seen - 1]] += unit
            continue
        if not counts:
            waiting += unit
            continue
        if seen == len(owners):
            return None
        token = owners[seen]
        (slices if slices[token] else gaps)[token] += waiting
        slices[token] += unit
        seen, waiting = seen + 1, ""
    gaps[-1] += waiting
    return (gaps, slices) if seen == len(owners) else None


def _like(piece: str, surrogate: str, original: str) -> str:
    """One token of the original, as the surrogate's was written."""
    if any(char.isdigit() for char in surrogate) and len(surrogate) == len(original):
        return _refitted(piece, surrogate, original)
    letters = "".join(unit for unit, counts in _units(piece) if counts or is_mark(unit))
    markup = "".join(unit for unit, counts in _units(piece) if not counts and not is_mark(unit))
    return cased(letters, surrogate, original) + markup


def _refitted(piece: str, surrogate: str, original: str) -> str:
    """A token of digits: what stands between the digits stays there."""
    left, made = iter(zip(surrogate, original, strict=True)), []
    for unit, counts in _units(piece):
        if counts:
            was, char = next(left)
            made.append(
                char.upper()
                if unit.isupper() and was.islower()
                else char.lower()
                if unit.islower() and was.isupper()
                else char
            )
        else:
            made.append(unit)
    return "".join(made)
