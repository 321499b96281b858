"""The surrogate of any kind of value, and the formats in which numbers are commonly rewritten.

Patterned kinds bring their own; organisations and places, which are looked for only where a policy asks, get
invented names. People are not here: their parts are drawn one by one (`identities.py`).
"""

import re
from collections.abc import Iterator

from ni.privacy.draw import Draw
from ni.privacy.invented import invented
from ni.privacy.recognisers.registry import RECOGNISERS
from ni.privacy.spans import Label

_KIND_OF_COMPANY = re.compile(
    r"(?:,? (?:inc|ltd|ltée|llc|corp|co|sa|sarl|enr|group|groupe|bank|university|hospital)\.?)+$",
    re.IGNORECASE,
)


def surrogate(label: Label, original: str, draw: Draw) -> str:
    """Another value of the same kind and format; repeated attempts give others."""
    recogniser = RECOGNISERS.get(label)
    if recogniser:
        return recogniser.surrogate(original, draw)
    kind = _KIND_OF_COMPANY.search(original) if label is Label.ORG else None
    name = invented(draw)
    return (name.upper() if original.isupper() else name.lower() if original.islower() else name) + (
        kind[0] if kind else ""
    )


def formats(label: Label, value: str) -> Iterator[str]:
    """The ways in which a number is rewritten: digits alone, and in the usual groups; the same order for each value."""
    digits = re.sub(r"\D", "", value)
    if label is Label.PHONE and len(digits) in {10, 11}:
        area, exchange, line = digits[-10:-7], digits[-7:-4], digits[-4:]
        yield from (
            digits[-10:],
            f"{area}-{exchange}-{line}",
            f"({area}) {exchange}-{line}",
            f"{area} {exchange}-{line}",
        )
        yield from (f"{area}.{exchange}.{line}", f"{area} {exchange} {line}", f"+1{area}{exchange}{line}")
    elif label is Label.SIN and len(digits) == 9:
        yield from (digits, *(separator.join((digits[:3], digits[3:6], digits[6:])) for separator in "- "))
    elif label is Label.CREDIT_CARD:
        yield from (digits, *(separator.join(re.findall(r"\d{1,4}", digits)) for separator in " -"))
