"""The table of recognisers, and all of them at work on one piece of text.

A new kind is a file beside this one and a line in the table. What stands inside a URL, a UUID, a hash or a time stamp
is no personal value, whatever it looks like: those zones are found once, for all recognisers (secrets excepted, which
do stand in connection strings).
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from types import MappingProxyType

from ni.privacy.recognisers import (
    address,
    bank_account,
    credit_card,
    dob,
    driver_licence,
    email,
    health_card,
    iban,
    ip,
    mac,
    passport,
    phone,
    postal_code,
    secret,
    sin,
)
from ni.privacy.recognisers.recogniser import Recogniser
from ni.privacy.spans import Label, Span

_KINDS = (
    (Label.EMAIL, email),
    (Label.PHONE, phone),
    (Label.CREDIT_CARD, credit_card),
    (Label.SIN, sin),
    (Label.HEALTH_CARD, health_card),
    (Label.IBAN, iban),
    (Label.BANK_ACCOUNT, bank_account),
    (Label.PASSPORT, passport),
    (Label.DRIVER_LICENCE, driver_licence),
    (Label.DOB, dob),
    (Label.IP, ip),
    (Label.MAC, mac),
    (Label.ADDRESS, address),
    (Label.POSTAL_CODE, postal_code),
    (Label.SECRET, secret),
)
RECOGNISERS: Mapping[Label, Recogniser] = MappingProxyType(
    {label: Recogniser(label, kind.find, kind.NEEDS) for label, kind in _KINDS}
)

_ZONES = re.compile(
    r"(?<!\w)[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"'`\\]{1,2048}"
    r"|(?<!\w)data:[\w/+.-]{1,64};base64,[A-Za-z0-9+/=]*"
    r"|(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])"
    r"|(?<!\w)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
)


def find(text: str) -> list[Span]:
    """Values of every patterned kind; they may overlap."""
    found = [
        span
        for recogniser in RECOGNISERS.values()
        if recogniser.needs.search(text)
        for span in recogniser.find(text)
    ]
    return outside_zones(text, found)


def outside_zones(text: str, spans: list[Span]) -> list[Span]:
    """The spans that stand in no URL, UUID, time stamp or data URL; secrets may."""
    if not spans:
        return spans
    zones = [match.span() for match in _ZONES.finditer(text)]
    return [span for span in spans if span.label is Label.SECRET or not _within(span, zones)]


def _within(span: Span, zones: list[tuple[int, int]]) -> bool:
    """Whether the span overlaps a zone; zones are in order and apart."""
    at = bisect_right(zones, (span.start, span.start)) - 1
    return any(start < span.end and span.start < end for start, end in zones[max(at, 0) : at + 2])
