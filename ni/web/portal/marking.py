"""Which words of a text were replaced before it left: a comparison, word by word, of what was typed and what was sent.

It shows; it proves nothing. What was replaced is counted by the gateway itself, in `X-NI-PII`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

WORD = re.compile(r"\s+|\w+|[^\w\s]")
MOST = 20_000
"""Characters compared; a longer text is shown without marks."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the sent text; `replaced` if something else was typed in its place."""

    text: str
    replaced: bool = False


def marked(typed: str, sent: str) -> Sequence[Run]:
    """The sent text in runs, in order; joined they are the text."""
    if typed == sent or len(typed) + len(sent) > MOST:
        return [Run(sent)] if sent else []
    before, after = WORD.findall(typed), WORD.findall(sent)
    found = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    runs = (
        Run("".join(after[start:end]), verb != "equal") for verb, _, _, start, end in found if end > start
    )
    return list(runs)
