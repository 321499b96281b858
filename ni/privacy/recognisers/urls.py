"""Zones in which a match is no personal value: URLs, UUIDs, time stamps, data URLs and the marks of PEM blocks.

`outside_zones` drops the spans in them. Exceptions in a URL: the name of the host, the user information and the path
stay, since another path would lead elsewhere, but a host's IP address counts, an e-mail address counts wherever it
stands, a card or account number that passes its check counts in a query, and any value counts under a key such as
`tel`, `sin` or `dateOfBirth`.
"""

import re
from bisect import bisect_right

from ni.privacy.prefilter import prefiltered
from ni.privacy.spans import Label, Span

URL = r"(?<![^\W_])[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"'`\\]{1,2048}"
"""A URL with its scheme and `//` (RFC 3986), wherever it ends: commas and brackets may belong to it."""

_NAMES = (
    r"e-?mails?|courriels?|mail|to|cc|bcc|recipients?|"
    r"tel|t[ée]l[ée]phone|(?:tele|cell|home|work|mobile|user)?phone(?:number|no|num)?|mobile|cell(?:ulaire)?|msisdn|"
    r"sms|fax|whatsapp|sin|nas|ssn|socialinsurance(?:number)?|pan|cards?(?:number|no|num)?|cc(?:number|no|num)|"
    r"creditcard|carte|iban|(?:bank)?account(?:number|no)|dob|ddn|birth(?:date|day)|dateofbirth|(?:date)?naissance|"
    r"passport(?:number|no)?|passeport|licen[cs]e(?:number|no)|permis|ramq|nam|ohip|phn|health(?:card|number)\w{0,6}|"
    r"ip|(?:client|remote|user|src)ip|ip(?:addr(?:ess)?)?|(?:street|home)?address[12]?|adresse|rue|postal(?:code)?|"
    r"codepostal|(?:first|last|full|given|family)name|prenom|nom|surname|name|"
    r"first|last|[fl]name"
)
PERSONAL_KEY = re.compile(rf"(?i)(?:[a-z]{{1,16}}[._\[-])?(?:{_NAMES})\]?")
"""A key without the signs that join its words (`phone_number`, `user[email]`): see `is_personal`."""
_JOINT = re.compile(r"(?<=[A-Za-z])[_.-](?=[A-Za-z])")
_KEY = re.compile(r"[?&#;]([\w.\[\]-]{1,48})=[^?&#;=]*$")
_AUTHORITY = re.compile(r"://[^/?#]*")
_IDENTIFIER = re.compile(r"(?i)id\]?$")
_PHONE_HOST = re.compile(r"://wa\.me/\+?$", re.IGNORECASE)
_PROVEN = frozenset({Label.CREDIT_CARD, Label.IBAN})


def is_personal(key: str) -> bool:
    """Whether a key of a query names a personal value: `tel`, `phone_number`, `user[email]`, `contact.email`."""
    return PERSONAL_KEY.fullmatch(key) is not None or PERSONAL_KEY.fullmatch(_JOINT.sub("", key)) is not None


def _is_value(text: str, span: Span, start: int) -> bool:
    """Whether a span within or out of the URL that begins at `start` is a value to hide."""
    authority = _AUTHORITY.search(text, start)
    if authority is None or span.start <= authority.end():
        return authority is not None and span.label is Label.IP and _is_host(text, span, authority.end())
    if span.label is Label.EMAIL:
        return True
    before = text[max(authority.end(), span.start - 400) : span.start]
    key = _KEY.search(before)
    if key is None:
        return span.label is Label.PHONE and _PHONE_HOST.search(text[start : span.start]) is not None
    name = key[1] or key[2]
    return is_personal(name) or (
        span.label in _PROVEN and key[1] is not None and not _IDENTIFIER.search(name)
    )


def _is_host(text: str, span: Span, end: int) -> bool:
    """Whether a span is all that stands for the host in a URL whose authority ends at `end`."""
    return text[span.start - 1] in "/@[" and (span.end == end or text[span.end] in ":]")


_ALSO_IN_ZONES = frozenset({Label.SECRET, Label.DOB})
_SHORTEST_ADDRESS = 8
_ZONES = prefiltered(
    rf"(?P<url>{URL})"
    r"|-----(?:BEGIN|END) [A-Z0-9 ]{2,64}-----"
    r"|(?<!\w)data:[\w/+.-]{1,64};base64,[A-Za-z0-9+/=]*"
    r"|(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])"
    r"|(?<!\w)\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
)


def outside_zones(text: str, spans: list[Span]) -> list[Span]:
    """The spans that stand in no zone, secrets, dates of birth and values that a URL carries (`_is_value`) in any.

    Secrets stand in connection strings, dates of birth in time stamps. An address that begins in a zone is cut to
    what follows the zone.
    """
    if not spans:
        return spans
    matches = list(_ZONES.finditer(text))
    if not matches:
        return spans
    zones = [match.span() for match in matches]
    in_url = [match.lastgroup == "url" for match in matches]
    trimmed = [_after(span, zones) if span.label is Label.ADDRESS else span for span in spans]
    return [
        span for span in trimmed if span.label in _ALSO_IN_ZONES or _is_outside(text, span, zones, in_url)
    ]


def _is_outside(text: str, span: Span, zones: list[tuple[int, int]], in_url: list[bool]) -> bool:
    """Whether the span overlaps no zone, or is a value that a URL carries; zones are in order and apart."""
    first = max(bisect_right(zones, (span.start, span.start)) - 1, 0)
    for at in range(first, min(first + 2, len(zones))):
        start, end = zones[at]
        if start < span.end and span.start < end and not (in_url[at] and _is_value(text, span, start)):
            return False
    return True


def _after(span: Span, zones: list[tuple[int, int]]) -> Span:
    """The address without the zone that it begins in."""
    at = bisect_right(zones, (span.start, len(zones) and zones[-1][1])) - 1
    if at >= 0 and zones[at][0] <= span.start < zones[at][1] < span.end - _SHORTEST_ADDRESS:
        return Span(zones[at][1] + 1, span.end, span.label, span.certain)
    return span
