"""What recognisers share: their type, the boundaries of values, and the search for words that explain a value.

`find` of a recogniser gets pieces of text of a few kilobytes and must take linear time whatever they contain.

A value that proves itself (by a check digit, a numbering plan or an issuer's prefix) is bounded by `BEGINS` and `ENDS`:
no letter or digit may touch it. A shape that proves nothing is bounded by `BEFORE` and `AFTER`: it must also be no part
of a longer number, a range or a path.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ni.privacy.prefilter import Prefiltered
from ni.privacy.spans import Label, Span

Words = re.Pattern[str] | Prefiltered
"""Words that say what a value is."""
BEGINS = r"(?<![^\W_])(?<!\d\.)(?<![A-Za-z]/)"
ENDS = r"(?![^\W_])(?!\.\d)"
BEFORE = r"(?<![^\W_])(?<!\.)(?<!\d[-/])(?<![a-z][-/])"
AFTER = r"(?![^\W_])(?!\.\d)(?![-/]\w)"

# Where another sentence begins; not after an abbreviation that announces a number.
_ENDS = re.compile(
    r"(?i)(?<!\bn[o°º])(?<!\bnum)(?<!\btel)(?<!\btél)(?<!\bnbr)(?<!\bnr)(?<!\bnúm)(?<!\breg)(?<!\b[a-z])[.]\s|[!?;]\s|\n\s*\n"
)
_ANSWERS = re.compile(
    r"(?i)[^\n.!?;]{0,32}(?:\?\s?\n{1,2}[ \t>*-]{0,4}(?:[a-z]\w{0,11}: ?)?|[?.]\s?\n{1,2}[a-z]\w{0,11}: ?)[*\"']{0,2}"
    r"(?:(?:it['’]?s|it is|that['’]s|c['’]est(?: le)?|sure|yes|oui|ok),? ){0,2}(?:[^\n\d.?!;,]{1,40}, ?)?"
)
"""From the word of a question to its answer on the line below, possibly behind the name of a speaker."""

REACH = 56  # characters before a value in which the words that explain it may stand
_REACH_AFTER = 40
_ANNOUNCES = re.compile(r"[\w ]{0,12}[\"']? ?[:=]")
_DIGITS_BEFORE = re.compile(r"(?:^|[^\w:.,/-])\d{1,4}(?: \d{2,4})* $")
_DIGITS_AFTER = re.compile(r" \d{1,4}(?![\w:/-])")


@dataclass(frozen=True, slots=True)
class Recogniser:
    """How to find the values of one label.

    `find` is run only on a text that matches `needs`, a cheap pattern. `weak` finds shapes that neither a check nor a
    word explains: they count only beside another value (`registry.beside`).
    """

    label: Label
    find: Callable[[str], Iterable[Span]]
    needs: re.Pattern[str]
    weak: Callable[[str], Iterable[Span]] | None = None


def matches(
    text: str, pattern: re.Pattern[str], valid: Callable[[re.Match[str]], bool]
) -> Iterator[re.Match[str]]:
    """Valid matches, in order and without overlap; the search goes on inside a match that is not valid."""
    at = 0
    while match := pattern.search(text, at):
        if valid(match):
            yield match
            at = max(match.end(), at + 1)
        else:
            at = match.start() + 1


def explained(text: str, at: int, context: Words, reach: int = REACH) -> bool:
    """Whether one of the words of `context` stands shortly before position `at`, with no other sentence between.

    The words of a question in the line above explain the answer.
    """
    window = text[max(at - reach, 0) : at]
    ends = [match.end() for match in context.finditer(window)]
    if not ends:
        return False
    between = window[ends[-1] :]
    return not _ENDS.search(between) or _ANSWERS.fullmatch(between) is not None


def explained_after(text: str, at: int, context: Words, reach: int = _REACH_AFTER) -> bool:
    """Whether one of the words of `context` stands shortly after position `at`, in the same line and sentence.

    Words that a colon or an equals sign follows announce the next value.
    """
    window = text[at : at + reach].partition("\n")[0]
    match = context.search(window)
    if match is None or _ANNOUNCES.match(text, at + match.end()):
        return False
    return not re.search(r"[.!?;]\s|\d{4}", window[: match.start()])


def in_context(
    text: str,
    value: re.Pattern[str],
    context: Words,
    label: Label,
    reach: int = REACH,
) -> Iterator[Span]:
    """Values of a shape that proves nothing, where one of the words of `context` stands before them."""
    if isinstance(context, Prefiltered) and not context.may_match(text):
        return
    for match in value.finditer(text):
        if explained(text, match.start(), context, reach):
            yield Span(*match.span(), label)


def before_words(
    text: str, value: re.Pattern[str], context: Words, label: Label, reach: int = _REACH_AFTER
) -> Iterator[Span]:
    """Values of a shape that proves nothing, where one of the words of `context` stands after them."""
    if context.search(text):
        for match in value.finditer(text):
            if explained_after(text, match.end(), context, reach):
                yield Span(*match.span(), label)


def in_a_row(text: str, start: int, end: int) -> bool:
    """Whether other groups of digits, one space apart, stand before or after: a row of numbers or a longer number."""
    before = text[max(start - 24, 0) : start]
    return _DIGITS_BEFORE.search(before) is not None or _DIGITS_AFTER.match(text, end) is not None


def alnum(text: str) -> str:
    """The letters and digits of the text, in capitals."""
    return "".join(char for char in text if char.isalnum()).upper()


def digits(text: str) -> str:
    """The digits of the text."""
    return re.sub(r"\D", "", text)
