"""Checks what a model takes for a name: trims what does not belong to it, drops what no name looks like.

Only the text decides, so that the same text always gives the same spans.
"""

import re
from collections.abc import Iterable, Iterator

from ni.privacy.spans import Label, Span

TITLES = re.compile(
    r"(?i)(?:(?:mr|mrs|ms|miss|mx|dr|dre|drs|prof|professor|sgt|const|constable|rev|hon|sir|madam|m|mme|mlle|mm|me|maître"
    r"|monsieur|madame|docteur|docteure|professeur|professeure|dear|hi|hello|hey|bonjour|allô|salut|cher|chère)\b\.?\s+)+"
)
TAIL = re.compile(r"(?:['’][sS]|['’]|[\s,.;:!?)\]}>\"»*_-])+$")
HEAD = re.compile(r"^[\s,.;:!?(\[{<\"«*'’@#_-]+")
WORD = re.compile(r"[^\W\d_]")
CODED = re.compile(r"[\d_/\\=<>{}()\[\]|:;@#$%^*+~`\"]|[a-z][A-Z]{2}|\w\.\w{2,}")
BESIDE_BEFORE = re.compile(r"[\w./\\$%&=]$|->$|::$")
BESIDE_AFTER = re.compile(r"^(?:[\w/\\(=\[]|\.\w|::|->|@)")


def checked(text: str, guesses: Iterable[Span]) -> list[Span]:
    """The guesses, trimmed; people that look like code are left out."""
    return [span for guess in guesses for span in _parts(text, guess) if _believable(text, span)]


def _parts(text: str, guess: Span) -> Iterator[Span]:
    """A guess line by line, each part trimmed: no name runs over the end of a line."""
    start = guess.start
    for line in text[guess.start : guess.end].split("\n"):
        span = _trimmed(text, start, start + len(line))
        if span[0] < span[1]:
            yield Span(span[0], span[1], guess.label, certain=False)
        start += len(line) + 1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    for pattern in (HEAD, TITLES, HEAD):
        if match := pattern.match(text[start:end]):
            start += match.end()
    tail = TAIL.search(text[start:end])
    return start, (start + tail.start() if tail else end)


def _believable(text: str, span: Span) -> bool:
    if span.label is not Label.PERSON:
        return True
    name = text[span.start : span.end]
    if not WORD.search(name) or len(name) < 2 or CODED.search(name):
        return False
    before, after = text[max(0, span.start - 2) : span.start], text[span.end : span.end + 3]
    return not BESIDE_BEFORE.search(before) and not BESIDE_AFTER.match(after)
