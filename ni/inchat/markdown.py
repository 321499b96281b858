"""Names that others chose, made safe for text that chat clients render as Markdown.

A model name comes from a request and is shown back to people: it must not become a link, a table, an image, code or a
second line, and must not be long.
"""

import re

LONGEST = 120
_MEANS_SOMETHING = re.compile(r"[\\`|\[\]<>]")


def shown(name: str) -> str:
    """The name on one line, printable, cut to 120 characters, Markdown escaped with backslashes (CommonMark 2.4)."""
    line = "".join(letter if letter.isprintable() else " " for letter in name[:LONGEST])
    cut = "…" if len(name) > LONGEST else ""
    return _MEANS_SOMETHING.sub(lambda found: "\\" + found.group(), " ".join(line.split())) + cut
