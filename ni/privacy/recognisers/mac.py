"""Hardware addresses (IEEE 802): six pairs of hexadecimal digits. Surrogates are locally administered ones."""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.recogniser import alnum, matches
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"[:.-][0-9a-fA-F]{2,4}[:.-]")
_MAC = re.compile(
    r"(?<![^\W_])(?:(?P<before>(?<=[0-9a-fA-F]{2}:))?[0-9a-fA-F]{2}:(?:[0-9a-fA-F]{2}:){4}[0-9a-fA-F]{2}(?!:[0-9a-fA-F]{2})|"
    r"(?<![0-9a-fA-F]{2}-)[0-9a-fA-F]{2}-(?:[0-9a-fA-F]{2}-){4}[0-9a-fA-F]{2}(?!-[0-9a-fA-F]{2})|"
    r"(?<!\.)[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}(?!\.[^\W_]))(?![^\W_])"
)
_LINE = re.compile(r"(?:^|\n)[^\s:]{1,200}:\d{1,7}:$")
"""What `grep -n` puts before a line."""


def find(text: str) -> Iterator[Span]:
    """Addresses of one machine: not broadcast, not all zeros, not a part of a longer identifier."""
    for match in matches(text, _MAC, _is_whole):
        yield Span(*match.span(), Label.MAC)


def _is_whole(match: re.Match[str]) -> bool:
    start = match.start()
    part = match["before"] is not None and not _LINE.search(match.string, max(start - 210, 0), start)
    return not part and len(set(alnum(match[0]))) > 1
