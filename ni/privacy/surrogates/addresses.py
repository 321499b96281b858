"""Surrogates of addresses and postal codes."""

import re

from ni.privacy.draw import Draw
from ni.privacy.invented import street_name
from ni.privacy.recognisers import streets
from ni.privacy.recognisers.address import _CODE, _STREETS
from ni.privacy.recognisers.postal_code import _SECOND


def address(original: str, draw: Draw) -> str:
    """The address with other numbers, another street and another postal code."""
    found = next((match for pattern in _STREETS if (match := pattern.search(original))), None)
    if not found:
        return _rest(original, draw)
    ends = sorted((found.span("number"), found.span("name")))
    made = [_digits(original[: ends[0][0]], draw)]
    for (start, end), following in zip(ends, (ends[1][0], len(original)), strict=True):
        made.append(
            _digits(original[start:end], draw)
            if (start, end) == found.span("number")
            else _street(found["name"], draw)
        )
        made.append(_rest(original[end:following], draw))
    return "".join(made)


def _street(name: str, draw: Draw) -> str:
    """Another street's name, with the case of the original and its article."""
    if not name:
        return ""
    article = re.match(rf"(?:(?:{streets.LITTLE})(?: |(?<=['’])))+", name)
    head = article[0] if article else ""
    made = street_name(draw)
    body = name[len(head) :]
    return head + (
        made.lower()
        if body.islower() and body[0].isalpha()
        else made.upper()
        if body.isupper() and len(body) > 1
        else made
    )


def _rest(text: str, draw: Draw) -> str:
    """What follows: codes and unit numbers are drawn, words stay."""
    made, at = [], 0
    for code in _CODE.finditer(text):
        made += [_digits(text[at : code.start()], draw), postal_code(code[0], draw)]
        at = code.end()
    return "".join(made) + _digits(text[at:], draw)


def _digits(text: str, draw: Draw) -> str:
    """Other digits, none of them a leading zero; ordinals of floors and streets stay."""
    return re.sub(
        r"\d+(?!\w*(?:st|nd|rd|th)\b)",
        lambda match: str(1 + draw.below(9)) + draw.digits(len(match[0]) - 1),
        text,
    )


def postal_code(original: str, draw: Draw) -> str:
    """Another code of the same region, in the same format and case; rural ones (0) stay rural."""
    made = list(original)
    letters = [at for at, char in enumerate(original) if char.isalpha()]
    for at, char in enumerate(original):
        if at in letters[1:]:
            made[at] = draw.pick(_SECOND) if char.isupper() else draw.pick(_SECOND).lower()
        elif char.isdigit() and char != "0":
            made[at] = str(1 + draw.below(9))
    return "".join(made)
