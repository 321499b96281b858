"""Patterns in long texts: window by window, and only where a plain search finds letters that each of their matches has.

Most words that explain a value stand in hardly any text, and looking for a substring is a hundred times cheaper than
trying a pattern at every position. What has to stand there is read off the pattern itself, as RE2's `FilteredRE2`
does it, so that no separate list can become stale.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import product
from typing import Any

from ni.domain.clock import give_way, paced

WINDOW = 16 * 1024
"""Characters that a pattern is tried on before others may run: a thousand times fewer than a body may hold."""
LONGEST = 8 * 1024
"""More than nearly any match takes, with what its pattern looks at behind it."""
Signs = frozenset[str]
_MOST = 64
"""Strings among which one must stand: beyond these, the pattern is quicker."""
_NONE: Signs = frozenset()
_EMPTY: Signs = frozenset({""})
_UNLIKE = "\u0130\u0131\u017f\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87"
_LIKE = str.maketrans(_UNLIKE, "iisвдосттъѣ")
"""What `re.IGNORECASE` takes for one of `_PLAIN` and `str.lower` does not turn into it."""
_HAS_UNLIKE = re.compile(f"[{_UNLIKE}]")
_PLAIN = re.compile(r"[\x00-\x7f\xe0-\xff\u0430-\u045f\u0100-\u0130\u0132-\u0148\u014a-\u017e]", re.DOTALL)
"""Characters whose other case is known: those of ASCII, of Latin with accents, and of Russian."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_WITHOUT_WIDTH = frozenset({"ASSERT", "ASSERT_NOT", "AT"})


class Prefiltered:
    """A compiled pattern that is not tried on texts without its signs. Finds what the pattern finds."""

    __slots__ = ("_signs", "pattern")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self._signs: Sequence[str] | None = None

    @property
    def signs(self) -> Sequence[str]:
        """Strings, in small letters, one of which every match holds; none where that cannot be told."""
        if self._signs is None:
            self._signs = tuple(sorted(_required(self.pattern), key=len))
        return self._signs

    def may_match(self, text: str) -> bool:
        """Whether the text contains one of the signs; True for a pattern without signs."""
        return self.among(lowered(text))

    def among(self, low: str) -> bool:
        """The same of a text that `lowered` has put in small letters."""
        signs = self.signs
        return not signs or stands_in(signs, low)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in the text."""
        return first_match(self.pattern, text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in the text, in order."""
        return paced_matches(self.pattern, text) if self.may_match(text) else iter(())


def prefiltered(pattern: str, flags: int = 0) -> Prefiltered:
    """The pattern, to be tried only where its signs stand."""
    return Prefiltered(re.compile(pattern, flags))


def paced_matches(
    pattern: re.Pattern[str], text: str, start: int = 0, every: int = 256
) -> Iterator[re.Match[str]]:
    """The matches from `start` on, in order and without overlap; others may run between windows and after each `every`.

    One call of a library on a whole text cannot be cut, and a pattern that fails everywhere finds nothing between which
    others could run. A match that is longer than `LONGEST` is found if the pattern matches its beginning as well.
    """
    if len(text) - start <= WINDOW:
        return paced(pattern.finditer(text, start), every)
    return _windowed(pattern, text, start, every)


def _windowed(pattern: re.Pattern[str], text: str, start: int, every: int) -> Iterator[re.Match[str]]:
    at = start
    while start < len(text):
        give_way()
        start += WINDOW
        for match in paced(pattern.finditer(text, at, start + LONGEST), every):
            if match.start() >= start:
                break
            whole = match if match.end() < start + LONGEST else pattern.match(text, match.start()) or match
            yield whole
            at = whole.end()
        at = max(at, start)


def first_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first of `paced_matches`."""
    return pattern.search(text) if len(text) <= WINDOW else next(paced_matches(pattern, text), None)


def stands_in(signs: Iterable[str], text: str) -> bool:
    """Whether one of the strings stands in the text: a plain loop, which costs half of what `any` does.

    In a long text each search takes its time, and others may run between two of them.
    """
    for sign in signs if len(text) <= WINDOW else paced(signs, every=1):  # noqa: SIM110 - asked hundreds of times
        if sign in text:
            return True
    return False


def lines_with(signs: Iterable[str], text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins that holds one of the strings, written in small letters, and the line; each line once."""
    low, seen = lowered(text), set[int]()
    if len(low) != len(text):
        yield 0, text
        return
    for sign in paced(signs, every=1):
        at = low.find(sign)
        while at >= 0:
            give_way()
            start, end = low.rfind("\n", 0, at) + 1, low.find("\n", at)
            end = end if end >= 0 else len(text)
            if start not in seen:
                seen.add(start)
                yield start, text[start:end]
            at = low.find(sign, end)


def lowered(text: str) -> str:
    """The text in small letters, as far as patterns that ignore case know them."""
    if not text.isascii() and _HAS_UNLIKE.search(text):
        text = text.translate(_LIKE)
    return text.lower()


def _required(pattern: re.Pattern[str]) -> Signs:
    """Strings one of which every match holds. Empty where the pattern tells none, or Python's parser cannot be asked:
    it is no public interface."""
    try:
        tree = import_module("re._parser").parse(pattern.pattern, pattern.flags)
    except (ImportError, AttributeError):
        return _NONE
    exact, best = _read(tree)
    return _fewest(_better(best, exact))


def _fewest(signs: Signs) -> Signs:
    """The strings without those that hold another of them."""
    return frozenset(sign for sign in signs if not any(other in sign and other != sign for other in signs))


def _better(first: Signs, second: Signs) -> Signs:
    """The more telling of two sets: whose shortest string is longer, then the smaller one."""
    return max(first, second, key=lambda signs: (min(map(len, signs), default=0), -len(signs)))


def _read(tree: Any) -> tuple[Signs, Signs]:
    """Of a sequence: all strings that it matches, where these are few, and strings one of which it must hold."""
    best, run, whole = _NONE, _EMPTY, True
    for operation, argument in tree:
        exact, inner = _item(str(operation), argument)
        best = _better(best, inner)
        if exact and len(exact) * len(run) <= _MOST:
            run = frozenset(map("".join, product(run, exact)))
        else:
            best, run, whole = _better(best, run), exact or _EMPTY, False
    return (run, best) if whole else (_NONE, _better(best, run))


def _item(operation: str, argument: Any) -> tuple[Signs, Signs]:
    """The same of one operation of Python's parser."""
    if operation in _WITHOUT_WIDTH:
        return _EMPTY, _NONE
    if operation == "LITERAL":
        return _characters([argument]), _NONE
    if operation == "IN":
        literal = all(str(kind) == "LITERAL" for kind, _ in argument)
        return (_characters([char for _, char in argument]) if literal else _NONE), _NONE
    if operation == "BRANCH":
        return _any([_read(branch) for branch in argument[1]])
    if operation in ("SUBPATTERN", "ATOMIC_GROUP"):
        return _read(argument[-1] if operation == "SUBPATTERN" else argument)
    if operation in _REPEATS:
        return _repeated(*argument)
    return _NONE, _NONE


def _characters(codes: Sequence[int]) -> Signs:
    """These characters in small letters; none where one is written in letters whose other case may not be theirs."""
    chars = [chr(code) for code in codes]
    known = all(_PLAIN.match(char.lower()) or char.lower() == char.upper() for char in chars)
    return frozenset(map(str.lower, chars)) if known else _NONE


def _any(branches: Sequence[tuple[Signs, Signs]]) -> tuple[Signs, Signs]:
    """Required strings of alternatives: those of every branch; none if a branch has none."""
    exact: Signs = frozenset().union(*(found for found, _ in branches))
    if len(exact) > _MOST or not all(found for found, _ in branches):
        exact = _NONE
    prefixes = [_better(best, found) for found, best in branches]
    best = _fewest(frozenset().union(*prefixes)) if all(prefixes) else _NONE
    return exact, best if len(best) <= _MOST else _NONE


def _repeated(least: int, most: int, tree: Any) -> tuple[Signs, Signs]:
    """Required strings of a repeated pattern."""
    exact, best = _read(tree)
    if least == 0:
        return (exact | _EMPTY if exact and most == 1 else _NONE), _NONE
    return (exact, best) if least == most == 1 else (_NONE, _better(best, exact))
