"""The table of recognisers (`RECOGNISERS`), and all of them run on one text (`find`, `beside`).

To add a kind, write its function from text to spans and add a row to the table.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping
from types import MappingProxyType

from ni.privacy.recognisers import (
    address,
    dates,
    documents,
    email,
    health_messages,
    identifiers,
    network,
    payment,
    phone,
    secret,
    spoken,
    wrapped,
)
from ni.privacy.recognisers.recogniser import Recogniser
from ni.privacy.recognisers.urls import outside_zones
from ni.privacy.spans import Label, Span

__all__ = ["RECOGNISERS", "beside", "find", "outside_zones"]
_TABLE = (
    Recogniser(Label.EMAIL, email.find, email.NEEDS),
    Recogniser(Label.PHONE, phone.find, phone.NEEDS, phone.weak),
    Recogniser(Label.CREDIT_CARD, payment.find_credit_cards, payment.CARD_NEEDS),
    Recogniser(Label.SIN, documents.find_sins, documents.SIN_NEEDS, documents.find_weak_sins),
    Recogniser(Label.HEALTH_CARD, documents.find_health_cards, documents.HEALTH_CARD_NEEDS),
    Recogniser(Label.IBAN, payment.find_ibans, payment.IBAN_NEEDS),
    Recogniser(Label.BANK_ACCOUNT, payment.find_bank_accounts, payment.ACCOUNT_NEEDS),
    Recogniser(Label.PASSPORT, documents.find_passports, documents.PASSPORT_NEEDS),
    Recogniser(Label.DRIVER_LICENCE, documents.find_driver_licences, documents.LICENCE_NEEDS),
    Recogniser(Label.DOB, dates.find, dates.NEEDS, dates.weak),
    Recogniser(Label.IP, network.find_ip_addresses, network.IP_NEEDS),
    Recogniser(Label.MAC, network.find_mac_addresses, network.MAC_NEEDS),
    Recogniser(Label.ADDRESS, address.find_addresses, address.ADDRESS_NEEDS, address.find_weak_addresses),
    Recogniser(
        Label.POSTAL_CODE,
        address.find_postal_codes,
        address.POSTAL_CODE_NEEDS,
        address.find_weak_postal_codes,
    ),
    Recogniser(Label.SECRET, secret.find, secret.NEEDS),
)
RECOGNISERS: Mapping[Label, Recogniser] = MappingProxyType({row.label: row for row in _TABLE})

_NO_RECORD = frozenset({Label.SECRET, Label.IP, Label.MAC, Label.ORG, Label.LOCATION})
"""Labels of values that say nothing about what stands beside them."""
_GAP = 24
_BETWEEN = re.compile(r"[\s,;:|\"'(){}\[\]<>/=&*_~-]*+(?:[A-Za-z_.]{1,14}[\"']?[\s:=>(\"']{1,4})?")


def find(text: str) -> list[Span]:
    """Values of every kind in the table, outside of zones (`outside_zones`); they may overlap."""
    spans = [
        span
        for recogniser in RECOGNISERS.values()
        if recogniser.needs.search(text)
        for span in recogniser.find(text)
    ]
    spans += identifiers.find(text)
    spans += health_messages.find(text)
    spans += wrapped.find(text)
    spans += spoken.find(text)
    spans += address.find_said_addresses(text)
    return outside_zones(text, _no_mail_of_passwords(spans))


def _no_mail_of_passwords(spans: list[Span]) -> list[Span]:
    """The spans without addresses that the end of a password in a URL makes with the host: `//u:a#b?q@host.ca`."""
    secrets = sorted((span.start, span.end) for span in spans if span.label is Label.SECRET)

    def ends_password(span: Span) -> bool:
        at = bisect_left(secrets, (span.start, 0)) - 1
        return at >= 0 and span.start < secrets[at][1] < span.end

    return [span for span in spans if span.label is not Label.EMAIL or not ends_password(span)]


def beside(text: str, spans: list[Span]) -> list[Span]:
    """Values of a `weak` shape that stand in one record with one of `spans` or with each other, outside of zones."""
    near = [span for span in spans if span.label not in _NO_RECORD]
    if not near:
        return []
    left = [
        span
        for recogniser in RECOGNISERS.values()
        if recogniser.weak and recogniser.needs.search(text)
        for span in recogniser.weak(text)
    ]
    weak_spans: list[Span] = []
    while near and left:
        near = [span for span in left if any(_adjoins(text, span, other) for other in near)]
        weak_spans += near
        left = [span for span in left if span not in near]
    return outside_zones(text, weak_spans)


def _adjoins(text: str, span: Span, other: Span) -> bool:
    """Whether only separators of a record stand between two values, or the short name of a field."""
    first, last = min(span.end, other.end), max(span.start, other.start)
    return first <= last <= first + _GAP and _BETWEEN.fullmatch(text, first, last) is not None
