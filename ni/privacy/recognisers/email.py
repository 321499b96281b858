"""E-mail addresses (the common part of RFC 5321)."""

import re
from collections.abc import Iterator

from ni.privacy.recognisers import obfuscated_mail
from ni.privacy.spans import Label, Span

NEEDS = obfuscated_mail.NEEDS
_DOMAIN = re.compile(
    r"@(?:[^\W_][\w-]{0,62}\.){1,5}(?!(?:png|jpe?g|gif|svg|webp|ico|css|js|json|html|xml|ya?ml|txt|class|lock)(?![^\W_]))"
    r"(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})(?![^\W_]|@)(?!-\w)(?!\.[^\W_])"
)
_LONGEST = 64
_REPOSITORY = re.compile(r":[~/\w][^\s'\"<>]{0,200}?\.git(?!\w)")
_QUOTED = re.compile(r"(?:^|[^\w'])(?:[fFrRbBuUnNeExXdDlL]|[rRbBfF]{2})?'")


def find(text: str) -> Iterator[Span]:
    """Addresses; not `git@host` or `user@host:path.git`, which name a repository."""
    for match in _DOMAIN.finditer(text):
        start, end = _local_start(text, match.start(), match.end()), match.end()
        named = text[start : match.start()]
        if named and named != "git" and not _REPOSITORY.match(text, end):
            yield Span(start, end, Label.EMAIL)
    for start, end in obfuscated_mail.find(text):
        yield Span(start, end, Label.EMAIL)


def _local_start(text: str, at: int, end: int) -> int:
    """Where the local part begins that ends at `at`: a letter or digit, after a quote if the address is quoted."""
    start = at
    while start and at - start < _LONGEST and (text[start - 1].isalnum() or text[start - 1] in "._+%'-"):
        start -= 1
    if at - start == _LONGEST and start and text[start - 1].isalnum():
        return at
    quote = text.rfind("'", start, at)
    if quote >= 0 and (text[end : end + 1] == "'" or _QUOTED.match(text[max(start - 1, 0) : quote + 1])):
        start = quote + 1
    while start < at and not text[start].isalnum():
        start += 1
    return start
