"""The table of recognisers, and all of them at work on one piece of text.

A new kind is a file beside this one and a line in the table. What stands inside a URL, a UUID, a hash or a time stamp
is no personal value, whatever it looks like: those zones are found once, for all recognisers (secrets excepted, which
do stand in connection strings, and what `urls` says of URLs).
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from types import MappingProxyType

from ni.privacy.prefilter import prefiltered
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
    urls,
)
from ni.privacy.recognisers.recogniser import Recogniser
from ni.privacy.spans import Label, Span

_WEAK = {Label.PHONE: phone.weak, Label.SIN: sin.weak, Label.POSTAL_CODE: postal_code.weak}
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
    {label: Recogniser(label, kind.find, kind.NEEDS, _WEAK.get(label)) for label, kind in _KINDS}
)

_NO_RECORD = frozenset({Label.SECRET, Label.IP, Label.MAC, Label.ORG, Label.LOCATION})
_IN_ZONES = frozenset({Label.SECRET, Label.DOB})
_GAP = 24
_BETWEEN = re.compile(r"[\s,;:|\"'(){}\[\]<>/=&*_~-]*+(?:[A-Za-z_]{1,14}[\"']?[\s:=>(\"']{1,4})?")
_ZONES = prefiltered(
    rf"(?P<url>{urls.URL})"
    r"|-----(?:BEGIN|END) [A-Z0-9 ]{2,64}-----"
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


def beside(text: str, spans: list[Span]) -> list[Span]:
    """Shapes that prove nothing by themselves and stand in one record with a value that was found."""
    near = [span for span in spans if span.label not in _NO_RECORD]
    if not near:
        return []
    found = [
        span
        for recogniser in RECOGNISERS.values()
        if recogniser.weak and recogniser.needs.search(text)
        for span in recogniser.weak(text)
        if any(_adjoins(text, span, other) for other in near)
    ]
    return outside_zones(text, found) if found else found


def _adjoins(text: str, span: Span, other: Span) -> bool:
    """Whether only separators of a record stand between two values, or the short name of a field."""
    first, last = min(span.end, other.end), max(span.start, other.start)
    return first <= last <= first + _GAP and _BETWEEN.fullmatch(text, first, last) is not None


def outside_zones(text: str, spans: list[Span]) -> list[Span]:
    """The spans that stand in no URL, UUID, time stamp, data URL or mark of a PEM block.

    Secrets may, a date of birth in a time stamp, and values that a URL carries; an address that took the end of one
    gives it back.
    """
    if not spans:
        return spans
    found = list(_ZONES.finditer(text))
    if not found:
        return spans
    zones = [match.span() for match in found]
    in_url = [match.lastgroup == "url" for match in found]
    trimmed = [_after(span, zones) if span.label is Label.ADDRESS else span for span in spans]
    return [span for span in trimmed if span.label in _IN_ZONES or _stands(text, span, zones, in_url)]


def _stands(text: str, span: Span, zones: list[tuple[int, int]], in_url: list[bool]) -> bool:
    """Whether the span overlaps no zone, or is a value that a URL carries; zones are in order and apart."""
    first = max(bisect_right(zones, (span.start, span.start)) - 1, 0)
    for at in range(first, min(first + 2, len(zones))):
        start, end = zones[at]
        if start < span.end and span.start < end and not (in_url[at] and urls.is_value(text, span, start)):
            return False
    return True


def _after(span: Span, zones: list[tuple[int, int]]) -> Span:
    """The address without the zone that it begins in."""
    at = bisect_right(zones, (span.start, len(zones) and zones[-1][1])) - 1
    if at >= 0 and zones[at][0] <= span.start < zones[at][1] < span.end - 8:
        return Span(zones[at][1] + 1, span.end, span.label, span.certain)
    return span
