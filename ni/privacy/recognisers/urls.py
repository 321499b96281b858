"""What of a URL is a personal value all the same: what proves itself behind the host, and what a personal key names.

The host and the user information stay, and so does the path: it would lead elsewhere. An e-mail address stands for
somebody wherever it stands; a card or account number that passes its check does in a query; and any value does that
stands under a key such as `tel`, `sin` or `dateOfBirth`.
"""

import re

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
    r"codepostal|(?:first|last|full|given|family)name|prenom|nom|surname"
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


def is_value(text: str, span: Span, start: int) -> bool:
    """Whether a span within or out of the URL that begins at `start` is a value to hide."""
    authority = _AUTHORITY.search(text, start)
    if authority is None or span.start <= authority.end():
        return False
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
