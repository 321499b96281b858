"""The surrogate of any kind of value.

Patterned kinds bring their own; organisations and places, which are looked for only where a policy asks, get
invented names. People are not here: their parts are drawn one by one (`identities.py`).
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ni.privacy.spans import Label
from ni.privacy.surrogates import addresses, birth_dates, identifiers, phones
from ni.privacy.surrogates.chooser import Draw, invented

MAKERS: Mapping[Label, Callable[[str, Draw], str]] = MappingProxyType(
    {
        Label.EMAIL: identifiers.email,
        Label.PHONE: phones.phone,
        Label.CREDIT_CARD: identifiers.credit_card,
        Label.SIN: identifiers.sin,
        Label.HEALTH_CARD: identifiers.health_card,
        Label.IBAN: identifiers.iban,
        Label.BANK_ACCOUNT: identifiers.bank_account,
        Label.PASSPORT: identifiers.passport,
        Label.DRIVER_LICENCE: identifiers.driver_licence,
        Label.DOB: birth_dates.another,
        Label.IP: identifiers.ip,
        Label.MAC: identifiers.mac,
        Label.ADDRESS: addresses.address,
        Label.POSTAL_CODE: addresses.postal_code,
        Label.SECRET: identifiers.secret,
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
