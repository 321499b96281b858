"""Surrogates of e-mail addresses."""

import re

from ni.privacy.draw import Draw
from ni.privacy.recognisers.email import _DOMAINS, _OFFICES, _PARTS
from ni.privacy.words import without_accents


def email(original: str, draw: Draw) -> str:
    """An address of the person's surrogate under a reserved domain; drawn again, it gets a number."""
    local, _, domain = original.rpartition("@")
    if local.lower() not in _OFFICES:
        local = _local(local, draw)
    if draw.attempt:
        local += str(draw.below(10 ** min(draw.attempt + 1, 9)))
    return f"{local}@{_domain(domain, draw)}"


def _local(local: str, draw: Draw) -> str:
    """The local part with each name replaced and digits drawn; its separators and case stay."""
    words = _PARTS.findall(local)

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1 and len(words) > 1:
            return draw.like(word)
        name = without_accents(draw.name(word, len(words) > 1 and match.start() == 0))
        return name if not word.islower() else name.lower()

    return re.sub(r"\d", lambda _: draw.digits(1), _PARTS.sub(renamed, local))


def _domain(domain: str, draw: Draw) -> str:
    if domain.lower().endswith(".ca"):
        return _DOMAINS[0] if draw.attempt < 4 else draw.pick(_DOMAINS)
    return draw.pick(_DOMAINS[1:]) if draw.attempt < 4 else draw.pick(_DOMAINS)
