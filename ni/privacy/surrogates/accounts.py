"""Surrogates of payment cards and bank accounts."""

import re

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from ni.privacy.draw import Draw, refit
from ni.privacy.recognisers.credit_card import _test_prefix
from ni.privacy.recognisers.recogniser import alnum


def credit_card(original: str, draw: Draw) -> str:
    """A test number of the same brand, length and format."""
    number = re.sub(r"\D", "", original)
    prefix = _test_prefix(number) or number[:6]
    body = prefix + draw.digits(len(number) - 1 - len(prefix))
    return refit(original, body + luhn.calc_check_digit(body))


def iban(original: str, draw: Draw) -> str:
    """A number of the same country, with a bank of zeros."""
    number = alnum(original)
    account = "".join(draw.like(char) if at >= 6 else "0" for at, char in enumerate(number[4:]))
    check = mod_97_10.calc_check_digits(account + number[:2])
    made = number[:2] + check + account
    return refit(original, made if original.isupper() else made.lower() if original.islower() else made)


def bank_account(original: str, draw: Draw) -> str:
    """Other digits in the same format, with institution 9xx (none is assigned) where there is one."""
    drawn = draw.like(original)
    return re.sub(r"(?<=\d{5}[- ⑈])\d(?=\d\d(?!\d))", "9", drawn)
