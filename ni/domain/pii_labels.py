"""Kinds of personal data, and sets of them as the database stores them."""

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


def stored_labels(labels: frozenset[Label]) -> str:
    """The set as text for one column: names sorted and joined by commas."""
    return ",".join(sorted(labels))


def labels_of(stored: str) -> frozenset[Label]:
    """The inverse of `stored_labels`; names that no longer exist are ignored."""
    names = stored.split(",")
    return frozenset(label for label in Label if label.value in names)
