"""Hardware addresses (IEEE 802): six pairs of hexadecimal digits. Surrogates are locally administered ones."""

import re
from collections.abc import Iterator

from ni.privacy.draw import Draw
from ni.privacy.recognisers.recogniser import alnum
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"[:.-][0-9a-fA-F]{2,4}[:.-]")
_MAC = re.compile(
    r"(?<![^\W_])(?<![0-9a-fA-F]{2}[:-])(?<![0-9a-fA-F]\.)"
    r"(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}|"
    r"[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2})(?![^\W_])(?![:-][0-9a-fA-F]{2})(?!\.[^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Addresses of one machine: not broadcast, not all zeros."""
    for match in _MAC.finditer(text):
        if len(set(alnum(match[0]))) > 1:
            yield Span(*match.span(), Label.MAC)


def surrogate(original: str, draw: Draw) -> str:
    """A locally administered, unicast address in the same format and case."""
    digits = "02" + f"{draw.below(2**40):010x}"
    if original.upper() == original:
        digits = digits.upper()
    left = iter(digits)
    return "".join(next(left) if char.isalnum() else char for char in original)
