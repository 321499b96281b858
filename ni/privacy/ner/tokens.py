"""Cuts text into tokens so that the edges of a name are always edges of tokens.

Elided articles (`d'`, `l'`, `qu'`) and the possessive `'s` are tokens of their own; hyphenated words and initials with
their full stops (`J.`, `J.-P.`) are one token. A line break is a token; other white space is none, and no emoji is: the
network never saw them, and a name after one is a name. Addresses of mail and of the web are one token each.
"""

import re
from typing import NamedTuple

LETTER = r"[^\W\d_]"
EMOJI = "\u200d\u20e3\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff"
"""Pictographs (Unicode, emoji-data.txt, by block) with their joiner, keycap and variation selectors."""
TOKEN = re.compile(
    rf"""
    \n
    | (?i:https?://|www\.)[^\s<>"']+
    | [\w.+-]+@[\w-]+(?:\.\w+)+
    | (?=\w*[\d_])\w+(?:[.,:]\d+)*
    | (?i:lorsqu|jusqu|puisqu|quoiqu|qu|[cdjlmnst])['’](?={LETTER}{{2}})
    | {LETTER}\.(?:-?{LETTER}\.)*(?!{LETTER}{{2}})
    | {LETTER}+(?:(?:-|['’](?![sS]\b)){LETTER}+)*
    | ['’][sS]\b
    | ([^\w\s{EMOJI}])\1*
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """`text[start:end]`, and whether white space stands before it."""

    start: int
    end: int
    text: str


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in order, without overlaps."""
    return [Token(match.start(), match.end(), match[0]) for match in TOKEN.finditer(text)]
