"""The surrogate of any kind of value, and the formats in which numbers are commonly rewritten.

Patterned kinds bring their own; organisations and places, which are looked for only where a policy asks, get
invented names. People are not here: their parts are drawn one by one (`identities.py`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from ni.privacy.draw import Draw
from ni.privacy.invented import invented
from ni.privacy.spans import Label
from ni.privacy.surrogates import accounts, addresses, birth_dates, documents, machines, mail, phones

MAKERS: Mapping[Label, Callable[[str, Draw], str]] = MappingProxyType(
    {
        Label.EMAIL: mail.email,
        Label.PHONE: phones.phone,
        Label.CREDIT_CARD: accounts.credit_card,
        Label.SIN: documents.sin,
        Label.HEALTH_CARD: documents.health_card,
        Label.IBAN: accounts.iban,
        Label.BANK_ACCOUNT: accounts.bank_account,
        Label.PASSPORT: documents.passport,
        Label.DRIVER_LICENCE: documents.driver_licence,
        Label.DOB: birth_dates.another,
        Label.IP: machines.ip,
        Label.MAC: machines.mac,
        Label.ADDRESS: addresses.address,
        Label.POSTAL_CODE: addresses.postal_code,
        Label.SECRET: machines.secret,
    }
)

_KIND_OF_COMPANY = re.compile(
    r"(?:,? (?:inc|ltd|ltée|llc|corp|co|sa|sarl|enr|group|groupe|bank|university|hospital)\.?)+$",
    re.IGNORECASE,
)


def surrogate(label: Label, original: str, draw: Draw) -> str:
    """Another value of the same kind and format; repeated attempts give others."""
    maker = MAKERS.get(label)
    if maker:
        return maker(original, draw)
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
