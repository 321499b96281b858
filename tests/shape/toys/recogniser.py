"""Badges of visitors: `VB-` and six digits. They prove nothing, but nothing else looks so."""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.recogniser import AFTER, BEFORE
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"VB-\d")
_BADGE = re.compile(BEFORE + r"VB-\d{6}" + AFTER)


def find(text: str) -> Iterator[Span]:
    """Badges that are no part of a longer number."""
    for match in _BADGE.finditer(text):
        yield Span(*match.span(), Label("TOY"))
