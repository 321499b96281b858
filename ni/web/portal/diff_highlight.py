"""Marks the words of a prompt that were replaced before it was sent: a diff, word by word, of typed and sent text.

For display only. What was replaced is counted by the gateway itself, in `X-NI-PII`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST_CHARACTERS = 20_000
"""A longer text is shown without marks."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of the sent text; `replaced` if something else was typed in its place."""

    text: str
    replaced: bool = False


def highlighted(typed: str, sent: str) -> Sequence[TextRun]:
    """The sent text in runs, in order; joined they are the text."""
    if typed == sent or len(typed) + len(sent) > MOST_CHARACTERS:
        return [TextRun(sent)] if sent else []
    before, after = WORD.findall(typed), WORD.findall(sent)
    operations = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    runs = (
        TextRun("".join(after[start:end]), verb != "equal")
        for verb, _, _, start, end in operations
        if end > start
    )
    return list(runs)
