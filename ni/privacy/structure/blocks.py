"""Where a long text may be cut so that its parts can be read, and remembered, each for itself.

A cut stands at a blank line after which a line begins without indentation, list mark or separator, and where the line
before announces nothing. Which of these places are taken depends on the line that follows alone, so that a change in
one place leaves the other blocks as they are.
"""

import re
from collections.abc import Iterator
from zlib import crc32

WHOLE = 6_000
"""Characters up to which a text is read as a whole."""
_ONE_IN = 6
_BREAK = re.compile(r"\n(?<![:,|\\\[({]\n)[ \t]*\n(?=([^\W\d_][^\n,;|\t:]{0,80})(?:[\n(:]|$))")


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each block, in order; together they are the text."""
    start = 0
    if len(text) > WHOLE:
        for found in _BREAK.finditer(text):
            if crc32(found[1].encode("utf-8", "surrogatepass")) % _ONE_IN == 0:
                yield start, found.end()
                start = found.end()
    if start < len(text):
        yield start, len(text)
