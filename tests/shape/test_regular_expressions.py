"""No regular expression takes more than linear time, as it is used: one that does stops the whole process.

The texts come from each pattern itself: what it repeats without a limit is repeated, after what leads there and before
what it cannot match. Those of `ni.privacy` are tried whole, in `tests/privacy`.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import ni
from tests.growth import growth

LENGTHS, TIMES = (3, 500, 10_000), 8
"""Lengths to begin with: the worse a pattern is, the sooner it shows, before longer texts take hours."""
BOUNDED = 40
"""Repeats of at most so many characters cost a constant."""
EXCEPTIONS = {
    "ni.cli.parser._WRONG": "what an operator typed",
    "ni.inchat.closest._BEHIND": "a model's name of at most 256 characters",
    "ni.residency.ip_ranges._AZURE_DAY": "one address on a vendor's page",
    "ni.domain.trace._MEMBER": "one of at most 512 characters; linear, and slow on long ones",
    "ni.web.rendering._ROW": "pages of our own: what others wrote is escaped",
    "ni.web.rendering._CELL": "pages of our own: what others wrote is escaped",
}
codes: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
SPLITTING = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
Parsed = Sequence[tuple[Any, Any]]


def patterns() -> Iterator[tuple[str, re.Pattern[Any], frozenset[str]]]:
    """The compiled patterns of the tree by name, with the methods that their module calls."""
    for found in pkgutil.walk_packages(ni.__path__, "ni."):
        if found.name.startswith("ni.privacy.") or found.name.endswith("__main__"):
            continue
        if ".migrations." in found.name:
            continue
        module = importlib.import_module(found.name)
        source = inspect.getsource(module)
        for name, value in vars(module).items():
            if not re.search(rf"^{name}\b.*=", source, re.MULTILINE):
                continue  # it is another module's
            called = frozenset(re.findall(rf"\b{name}\.(\w+)\(", source))
            for one in _compiled(value):
                yield f"{found.name}.{name}", one, called or SPLITTING


def _compiled(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _compiled(each)


class Reading:
    """Goes through a parsed pattern: a text that fits it, and what it repeats, each with what leads there."""

    def __init__(self) -> None:
        self.repeated: list[tuple[str, str]] = []

    def text(self, parsed: Parsed, before: str = "") -> str:
        """A short text that fits, as far as classes and look-arounds allow."""
        text = ""
        for code, value in parsed:
            text += self._one(code, value, before + text)
        return text

    def _one(self, code: Any, value: Any, before: str) -> str:
        match code:
            case codes.LITERAL:
                return chr(value)
            case codes.NOT_LITERAL | codes.ANY:
                return "~"
            case codes.IN:
                return _members(value)[0]
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                return self._repeat(value, before)
            case codes.SUBPATTERN | codes.ATOMIC_GROUP:
                return self.text(value if code is codes.ATOMIC_GROUP else value[3], before)
            case codes.BRANCH:
                return next(iter([self.text(each, before) for each in value[1]]))
        return ""

    def _repeat(self, value: tuple[int, int, Parsed], before: str) -> str:
        least, most, body = value
        once = self.text(body, before)
        if most <= BOUNDED:
            return once * max(least, 1)
        members = [each for code, many in body if code is codes.IN for each in _members(many)]
        self.repeated += [(before, each) for each in (once, *members) if each]
        return once * max(least, 1)


def _members(items: Parsed) -> list[str]:
    """Characters of a class."""
    negated = any(code is codes.NEGATE for code, _ in items)
    named = [chr(value[0] if code is codes.RANGE else value) for code, value in items if code in _SINGLE]
    named += [_CATEGORIES[value] for code, value in items if code is codes.CATEGORY]
    if not negated:
        return named
    ranges = [value for code, value in items if code is codes.RANGE]
    outside = [
        each for each in 'a1 -."{~'
        if each not in named and not any(first <= ord(each) <= last for first, last in ranges)
    ]  # fmt: skip
    return outside or ["~"]


_SINGLE = frozenset({codes.LITERAL, codes.RANGE})
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a", codes.CATEGORY_NOT_DIGIT: "x",
    codes.CATEGORY_NOT_SPACE: "x", codes.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def attacks(pattern: re.Pattern[Any]) -> set[tuple[str, str, str]]:
    """Texts as beginning, unit and end, of which the units are repeated."""
    octets = isinstance(pattern.pattern, bytes)
    source = pattern.pattern.decode("latin-1") if octets else pattern.pattern
    reading = Reading()
    whole = reading.text(parser.parse(source, pattern.flags & ~re.UNICODE if octets else pattern.flags))
    found = {("", whole, "\0")} if whole else set()
    for before, unit in reading.repeated:
        found |= {(before, unit, end) for end in ("\0", "x" * 300 + "\0")} | {("", before + unit, "\0")}
    return found


def grown(pattern: re.Pattern[Any], method: str, attack: tuple[str, str, str], length: int) -> float:
    """How many times more a text of `TIMES` the length costs."""
    octets, (before, unit, end) = isinstance(pattern.pattern, bytes), attack

    def work(units: str) -> object:
        text: Any = before + units + end
        text = text.encode("latin-1", "replace") if octets else text
        return list(pattern.finditer(text)) if method in SPLITTING else getattr(pattern, method)(text)

    return growth(work, unit * (length // len(unit) or 1), TIMES)


FOUND = {name: (pattern, called) for name, pattern, called in patterns()}


@pytest.mark.parametrize("name", sorted(FOUND.keys() - EXCEPTIONS.keys()))
def test_a_pattern_takes_linear_time_as_it_is_used(name: str) -> None:
    pattern, called = FOUND[name]
    tried = attacks(pattern)
    for length in LENGTHS:
        for method in sorted(called & (SPLITTING | {"match", "fullmatch"})):
            for attack in tried:
                assert grown(pattern, method, attack, length) <= 2 * TIMES, (method, attack)


def test_every_exception_is_a_pattern() -> None:
    assert EXCEPTIONS.keys() <= FOUND.keys()


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"^[ \t]*sandbox:?[ \t]+([^\n]{1,8}?)[ \t.]*$", "finditer"),
        (r"call ([a-z]+)(?: with (\{.*\}))?", "finditer"),
        (r"\s*(?:null)?\s*", "fullmatch"),
        (r"(?:a+)+c", "match"),
    ],
)
def test_a_pattern_that_takes_more_is_found(source: str, method: str) -> None:
    pattern = re.compile(source, re.MULTILINE | re.DOTALL)
    assert any(
        grown(pattern, method, attack, length) > 2 * TIMES
        for length in LENGTHS
        for attack in attacks(pattern)
    )
