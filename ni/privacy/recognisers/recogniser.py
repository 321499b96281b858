"""What a recogniser is: a kind of value and how to find it.

`find` runs on pieces of text of a few kilobytes and must take linear time whatever they contain. What is put in the
place of a value is made by `ni.privacy.surrogates`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ni.privacy.spans import Label, Span

# Where a value of digits may begin and end: not inside a word, a longer number, a version or a path.
BEFORE = r"(?<![\w.])(?<!\d[-/:,])(?<![a-z][-/])"
AFTER = r"(?!\w)(?![-./:,]\d)(?![-/]\w)"

# Where another sentence begins; not after an abbreviation that announces a number.
_ENDS = re.compile(
    r"(?i)(?<!\bn[o°º])(?<!\bnum)(?<!\btel)(?<!\btél)(?<!\bnbr)(?<!\b[a-z])[.]\s|[!?;]\s|\n\s*\n"
)

REACH = 56  # characters before a value in which the words that explain it may stand


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One kind; `needs` is a cheap test of whether looking is worth while."""

    label: Label
    find: Callable[[str], Iterable[Span]]
    needs: re.Pattern[str]


def explained(text: str, at: int, context: re.Pattern[str], reach: int = REACH) -> bool:
    """Whether one of the words of `context` stands shortly before position `at`, with no other sentence between."""
    window = text[max(at - reach, 0) : at]
    ends = [match.end() for match in context.finditer(window)]
    return bool(ends) and not _ENDS.search(window[ends[-1] :])


def in_context(
    text: str, value: re.Pattern[str], context: re.Pattern[str], label: Label, reach: int = REACH
) -> Iterator[Span]:
    """Values of a shape that proves nothing by itself, where the words before them say what they are."""
    for match in value.finditer(text):
        if explained(text, match.start(), context, reach):
            yield Span(*match.span(), label)


def alnum(text: str) -> str:
    """The letters and digits of the text, in capitals."""
    return "".join(char for char in text if char.isalnum()).upper()
