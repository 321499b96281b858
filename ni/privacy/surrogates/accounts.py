"""Surrogates of payment cards and bank accounts. A number that fails its check gets one that fails it too."""

import re

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from ni.privacy.draw import Draw, refit

# Brand (prefix, lengths) beside a prefix of its test numbers.
_BRANDS = (
    (re.compile(r"3[47]\d{13}$"), "3782822"),
    (re.compile(r"4\d{12}(?:\d{3}){0,2}$"), "4111111"),
    (
        re.compile(r"(?:5[1-5]\d{4}|222[1-9]\d\d|22[3-9]\d{3}|2[3-6]\d{4}|27[01]\d{3}|2720\d\d)\d{10}$"),
        "5555555",
    ),
    (re.compile(r"(?:6011|65\d\d|64[4-9]\d)\d{12}$"), "6011111"),
    (re.compile(r"3(?:0[0-5]|[68]\d)\d{11}$"), "3056930"),
    (re.compile(r"35(?:2[89]|[3-8]\d)\d{12}$"), "3530111"),
    (re.compile(r"62\d{14,17}$"), "6200000"),
)


def spoilt(check: str, valid: bool) -> str:
    """The check digit, or one that is wrong where the original's was."""
    return check if valid else str((int(check) + 5) % 10)


def credit_card(original: str, draw: Draw) -> str:
    """A test number of the same brand, length and format, as valid as the original."""
    number = re.sub(r"\D", "", original)
    if len(number) < 8:
        return draw.like(original)
    prefix = next((prefix for brand, prefix in _BRANDS if brand.match(number)), number[:1] + "00000")
    body = prefix + draw.digits(len(number) - 1 - len(prefix))
    return refit(original, body + spoilt(luhn.calc_check_digit(body), luhn.is_valid(number)))


def iban(original: str, draw: Draw) -> str:
    """A number of the same country, with a bank of zeros that no country assigns, as valid as the original."""
    number = "".join(char for char in original if char.isalnum()).upper()
    account = "".join(draw.like(char) if at >= 6 else "0" for at, char in enumerate(number[4:]))
    check = mod_97_10.calc_check_digits(account + number[:2])
    if not mod_97_10.is_valid(number[4:] + number[:4]):
        check = f"{(int(check) + 31) % 97:02}"
    made = number[:2] + check + account
    return refit(original, made if original.isupper() else made.lower() if original.islower() else made)


def bank_account(original: str, draw: Draw) -> str:
    """Other digits in the same format, with institution 9xx (none is assigned) where there is one."""
    drawn = draw.like(original)
    return re.sub(r"(?<=\d{5}[- ⑈])\d(?=\d\d(?!\d))", "9", drawn)
