"""Surrogates of the numbers of official documents: social insurance, health cards, passports, licences."""

import re

from stdnum import luhn
from stdnum.ca import bc_phn

from ni.privacy.draw import Draw, refit
from ni.privacy.surrogates.accounts import spoilt

_US = re.compile(r"\d{3}-\d\d-\d{4}")


def sin(original: str, draw: Draw) -> str:
    """An unassigned number that passes the check where there is one, in the same format."""
    if _US.fullmatch(original):
        return f"000-{draw.digits(2)}-{draw.digits(4)}"
    digits = re.sub(r"\D", "", original)
    if len(digits) != 9:
        return draw.like(original)
    body = "0" + draw.digits(7)
    return refit(original, body + spoilt(luhn.calc_check_digit(body), luhn.is_valid(digits)))


def health_card(original: str, draw: Draw) -> str:
    """A number of the same format that passes the same check."""
    symbols = "".join(char for char in original if char.isalnum())
    if re.fullmatch(r"[A-Za-z]{4}\d{8}", symbols):
        return refit(original, _ramq(symbols, draw))
    digits = re.match(r"\d*", symbols)
    if digits and len(digits[0]) == 10:
        return refit(original, _ten(digits[0], draw) + draw.like(symbols[10:]))
    return draw.like(original)


def _ten(digits: str, draw: Draw) -> str:
    if bc_phn.is_valid(digits):
        return next(number for number in iter(lambda: "9" + draw.digits(9), "") if bc_phn.is_valid(number))
    body = draw.digits(9)
    return body + spoilt(luhn.calc_check_digit(body), luhn.is_valid(digits))


def _ramq(symbols: str, draw: Draw) -> str:
    month = 1 + draw.below(12) + (50 if symbols[6] in "56" else 0)
    letters = draw.like(symbols[:4])
    return f"{letters}{draw.digits(2)}{month:02}{1 + draw.below(28):02}{draw.digits(2)}"


def passport(original: str, draw: Draw) -> str:
    """Letters that Canada has not issued (Z first) and other digits, in the same format."""
    drawn = draw.like(original)
    if not original[:1].isalpha():
        return drawn
    return ("Z" if original[:1].isupper() else "z") + drawn[1:]


def driver_licence(original: str, draw: Draw) -> str:
    """Other letters and digits in the same format."""
    return draw.like(original)
