"""The surrogate of any kind of value.

Patterned kinds bring their own; organisations and places, which are looked for only where a policy asks, get
invented names. People are not here: their parts are drawn one by one (`identities.py`).
"""

import re
from collections.abc import Callable, Mapping
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
