"""Where in a text a personal value stands: spans in code points, their labels, and how overlapping ones are settled."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    """Kinds of personal data; `ORG` and `LOCATION` are looked for only where a policy asks."""

    PERSON = "PERSON"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    ADDRESS = "ADDRESS"
    POSTAL_CODE = "POSTAL_CODE"
    DOB = "DOB"
    SIN = "SIN"
    HEALTH_CARD = "HEALTH_CARD"
    DRIVER_LICENCE = "DRIVER_LICENCE"
    PASSPORT = "PASSPORT"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN = "IBAN"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    IP = "IP"
    MAC = "MAC"
    SECRET = "SECRET"  # noqa: S105 - a label
    ORG = "ORG"
    LOCATION = "LOCATION"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`text[start:end]` is a value of this kind; `certain` ones were validated and win over guesses."""

    start: int
    end: int
    label: Label
    certain: bool = True


def settle(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not overlap, in order: certain ones first, then longer ones, then earlier ones."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (not span.certain, span.start - span.end, span.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept)
