"""Hardware addresses (IEEE 802): six pairs of hexadecimal digits. Surrogates are locally administered ones."""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.recogniser import alnum
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"[0-9a-fA-F]{2}[:-][0-9a-fA-F]{2}[:-]|[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.")
_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}|"
    r"[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2})(?![\w:-])(?!\.\w)"
)


def find(text: str) -> Iterator[Span]:
    """Addresses of one machine: not broadcast, not all zeros."""
    for match in _MAC.finditer(text):
        if len(set(alnum(match[0]))) > 1:
            yield Span(*match.span(), Label.MAC)
