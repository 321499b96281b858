"""Surrogates of all kinds but people: `surrogate` returns another value of the same kind and format.

Check digits are as valid or invalid as the original's, and values come from ranges that no issuer assigns where there
are any. Telephone numbers are those kept for fiction: 555-0100 to 555-0199 in North America, the numbers for drama of
Arcep, Ofcom and ACMA; elsewhere the country code and first digit stay. Organisations and places get invented names.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import MappingProxyType

from stdnum import luhn
from stdnum.ca import bc_phn
from stdnum.iso7064 import mod_97_10

from ni.privacy.recognisers.email import AT, DOT
from ni.privacy.spans import Label
from ni.privacy.surrogates import addresses, birth_dates
from ni.privacy.surrogates.draw import Draw, invented, refit
from ni.privacy.surrogates.said import said_mail, said_number
from ni.privacy.words import listed, without_accents

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


def with_check_digit(check: str, valid: bool) -> str:
    """The check digit, or one that is wrong where the original's was."""
    return check if valid else str((int(check) + 5) % 10)


def credit_card(original: str, draw: Draw) -> str:
    """A test number of the same brand, length and format, as valid as the original."""
    number = re.sub(r"\D", "", original)
    if len(number) < 8:
        return draw.like(original)
    prefix = next((prefix for brand, prefix in _BRANDS if brand.match(number)), number[:1] + "00000")
    body = prefix + draw.digits(len(number) - 1 - len(prefix))
    return refit(original, body + with_check_digit(luhn.calc_check_digit(body), luhn.is_valid(number)))


def iban(original: str, draw: Draw) -> str:
    """A number of the same country, with a bank of zeros that no country assigns, as valid as the original."""
    number = "".join(char for char in original if char.isalnum()).upper()
    account = "".join(draw.like(char) if at >= 6 else "0" for at, char in enumerate(number[4:]))
    check = mod_97_10.calc_check_digits(account + number[:2])
    if not mod_97_10.is_valid(number[4:] + number[:4]):
        check = f"{(int(check) + 31) % 97:02}"
    number_out = number[:2] + check + account
    return refit(original, number_out.lower() if original.islower() else number_out)


def bank_account(original: str, draw: Draw) -> str:
    """Other digits in the same format, with institution 9xx (none is assigned) where there is one."""
    drawn = draw.like(original)
    return re.sub(r"(?<=\d{5}[- ⑈])\d(?=\d\d(?!\d))", "9", drawn)


_US = re.compile(r"\d{3}-\d\d-\d{4}")


def sin(original: str, draw: Draw) -> str:
    """An unassigned number that passes the check where there is one, in the same format.

    No number begins with 0 or 8; only one that begins with 0 gets another such, which no number of JSON may be.
    """
    if _US.fullmatch(original):
        return f"000-{draw.digits(2)}-{draw.digits(4)}"
    digits = re.sub(r"\D", "", original)
    if len(digits) != 9:
        return draw.like(original)
    body = ("0" if digits[0] == "0" else "8") + draw.digits(7)
    return refit(original, body + with_check_digit(luhn.calc_check_digit(body), luhn.is_valid(digits)))


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
    return body + with_check_digit(luhn.calc_check_digit(body), luhn.is_valid(digits))


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


_V4_RANGES = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737
_PREFIX = re.compile(
    r"(?:[A-Za-z]{2,12}[0-9]?[-_](?:(?:proj|svcacct|or|live|test|api|pat|ant|"
    r"v1)[-_](?:api03-?)?)*|AKIA|ASIA|AIza|eyJ|SG\.|ya29\.|hvs\.)(?=[\w.-]{12})"
)
_SHORTEST = 10


def ip(original: str, draw: Draw) -> str:
    """An address of a documentation range, whatever the range of the original."""
    try:
        version = ip_address(original).version
    except ValueError:
        return draw.like(original)
    if version == 6:
        return str(IPv6Address((0x20010DB8 << 96) + (draw.below(2**16) << 80) + 1 + draw.below(2**32)))
    if draw.attempt < 64:
        return draw.pick(_V4_RANGES) + str(1 + draw.below(254))
    return str(IPv4Address((240 << 24) + draw.below(2**27)))  # class E: reserved, and no machine has one


_DIGITS_OF_MAC = 12


def mac(original: str, draw: Draw) -> str:
    """A locally administered, unicast address in the same format and case; other digits for a device's number."""
    if sum(map(str.isdigit, original)) > _DIGITS_OF_MAC:
        return draw.like(original)
    digits = "02" + f"{draw.below(2**40):010x}"
    if original.upper() == original:
        digits = digits.upper()
    return refit(original, digits)


def secret(original: str, draw: Draw) -> str:
    """The issuer's prefix, then other characters of the same classes; short ones grow, so that they are unique."""
    prefix = _PREFIX.match(original)
    head = prefix[0] if prefix else ""
    body = original[len(head) :]
    body_out = _hex(body, draw) if re.fullmatch(r"[0-9a-f]{16,}", body) else draw.like(body)
    return head + body_out + draw.like("a0" * max(0, (_SHORTEST - len(original) + 1) // 2))


def _hex(body: str, draw: Draw) -> str:
    return "".join(draw.pick("0123456789abcdef") for _ in body)


OFFICES = frozenset(
    listed("""
    abuse accounts admin administrator billing bonjour careers compta contact courriel dev emploi
    facturation git hello help helpdesk hostmaster hr info information jobs legal mail marketing media
    newsletter no-reply noreply nepasrepondre notifications office orders postmaster presse press
    privacy reception rh root sales security service services soutien support team ventes webmaster
""")
)
_DOMAINS = ("example.ca", "example.com", "example.org", "example.net")
_PARTS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")


def email(original: str, draw: Draw) -> str:
    """An address of the person's surrogate under a reserved domain; drawn again, it gets a number."""
    at = AT.search(original)
    if at is None or at[0] != "@" or "[" in original or "(" in original:
        return _obfuscated(original, at, draw)
    local, _, domain = original.rpartition("@")
    if local.lower() not in OFFICES:
        local = draw.handle(local, lambda: draw.digits(1)) or _local(local, draw)
    if draw.attempt:
        local += str(draw.below(10 ** min(draw.attempt + 1, 9)))
    return f"{local}@{_domain(domain, draw)}"


def _obfuscated(original: str, at: re.Match[str] | None, draw: Draw) -> str:
    """The surrogate of the plain address, with the words and blanks that the original has for its signs."""
    if at is None:
        return draw.like(original)
    local, domain = original[: at.start()], original[at.end() :]
    local_out, _, host = email(f"{DOT.sub('.', local)}@{DOT.sub('.', domain)}", draw).rpartition("@")
    dots = [match[0] for match in (*DOT.finditer(local), *DOT.finditer(domain))]
    dot = dots[-1] if dots else "."
    return local_out.replace(".", dot) + at[0] + host.replace(".", dot)


def _local(local: str, draw: Draw) -> str:
    """Replace a local part that is made of no known name: words like names, digits drawn; separators and case stay."""
    local = _HUMP.sub("\\0", local)
    words = _PARTS.findall(local)

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) == 1 and len(words) > 1:
            return draw.like(word)
        name = without_accents(draw.name(word, len(words) > 1 and match.start() == 0))
        name = "".join(char for char in name if char.isalnum())
        return name if not word.islower() else name.lower()

    return re.sub(r"\d", lambda _: draw.digits(1), _PARTS.sub(renamed, local)).replace("\0", "")


def _domain(domain: str, draw: Draw) -> str:
    if domain.lower().endswith(".ca"):
        return _DOMAINS[0] if draw.attempt < 4 else draw.pick(_DOMAINS)
    return draw.pick(_DOMAINS[1:]) if draw.attempt < 4 else draw.pick(_DOMAINS)


EXTENSION = re.compile(r"(?i)(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.|#) {0,2}\d{1,6}$")
_AREAS = listed("""
    204 226 236 249 250 289 306 343 365 367 403 416 418 431 437 438 450 506 514 519 548 579 581 587 604
    613 639 647 672 705 709 778 780 782 807 819 825 867 873 902 905
""")
# Country code, length of the national number, its first digits, and the digits of fiction that replace them.
_FICTION = (
    ("33", 9, "1", "19900"),
    ("33", 9, "2", "26191"),
    ("33", 9, "3", "35301"),
    ("33", 9, "4", "46571"),
    ("33", 9, "5", "53649"),
    ("33", 9, "", "63998"),
    ("44", 10, "20", "2079460"),
    ("44", 10, "1", "1632960"),
    ("44", 10, "", "7700900"),
    ("61", 9, "4", "491570"),
    ("61", 9, "", "25550"),
)
_COUNTRY_CODES = frozenset(
    listed("""
    1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51
    52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98
""")
)
"""Country codes of one and two digits (ITU-T E.164); the others have three."""


def phone(original: str, draw: Draw) -> str:
    """A number of fiction in the same format, with another extension."""
    extension = EXTENSION.search(original)
    body = original[: extension.start()] if extension else original
    tail = re.sub(r"\d", lambda _: draw.digits(1), extension[0]) if extension else ""
    digits = re.sub(r"\D", "", body)
    if len(digits) == 4:
        return draw.like(original)  # the end of a number that is broken over a line
    return refit(body, _number(digits, body.lstrip(" (").startswith("+"), draw)) + tail


def subscriber(original: str) -> str | None:
    """The digits that all written forms of a number share; None where it has letters.

    A number of ten digits with a trunk zero is read as French, as its stand-in is.
    """
    digits = re.sub(r"\D", "", original)
    if any(char.isalpha() for char in original):
        return None
    plus = original.lstrip(" (").startswith("+")
    if len(digits) == 11 and digits[0] == "1":
        return digits[1:]
    if len(digits) == 10 and digits[0] == "0" and digits[1] != "0" and not plus:
        return "33" + digits[1:]
    return digits[2:] if digits.startswith("00") and not plus else digits


def _number(digits: str, plus: bool, draw: Draw) -> str:
    """The digits of a fictional number, as many as the original has."""
    if len(digits) in {7, 10, 11} and (not plus or digits[0] == "1") and digits[0] != "0":
        return _north_american(digits, draw)
    if digits.startswith("0") and not digits.startswith("00") and not plus and len(digits) == 10:
        return "0" + _fiction("33", digits[1:], draw)
    zeros = "00" if digits.startswith("00") and not plus else ""
    number = digits[len(zeros) :]
    code = next((number[:size] for size in (1, 2) if number[:size] in _COUNTRY_CODES), number[:3])
    return zeros + code + _fiction(code, number[len(code) :], draw)


def _north_american(digits: str, draw: Draw) -> str:
    if draw.attempt >= 40 or (len(digits) == 7 and draw.attempt >= 16):  # thousands in one request
        return (digits[:-10] + str(200 + draw.below(800)) + "555" + draw.digits(4))[-len(digits) :]
    area = draw.pick(_AREAS) if draw.attempt < 12 else str(200 + draw.below(800))
    return (digits[:-10] + area + "55501" + draw.digits(2))[-len(digits) :]


def _fiction(code: str, national: str, draw: Draw) -> str:
    """A national number of fiction; the trunk zero of `+44 (0)20` stays."""
    zero = "0" if national.startswith("0") and code not in {"39"} else ""
    rest = national[len(zero) :]
    for country, size, begins, fictional in _FICTION:
        if country == code and len(rest) == size and rest.startswith(begins):
            return zero + fictional + draw.digits(size - len(fictional))
    return zero + rest[:1] + draw.digits(max(len(rest) - 1, 0))


MAKERS: Mapping[Label, Callable[[str, Draw], str]] = MappingProxyType(
    {
        Label.EMAIL: email,
        Label.PHONE: phone,
        Label.CREDIT_CARD: credit_card,
        Label.SIN: sin,
        Label.HEALTH_CARD: health_card,
        Label.IBAN: iban,
        Label.BANK_ACCOUNT: bank_account,
        Label.PASSPORT: passport,
        Label.DRIVER_LICENCE: driver_licence,
        Label.DOB: birth_dates.another_date,
        Label.IP: ip,
        Label.MAC: mac,
        Label.ADDRESS: addresses.address,
        Label.POSTAL_CODE: addresses.postal_code,
        Label.SECRET: secret,
    }
)

SAID = frozenset({Label.PHONE, Label.SIN, Label.CREDIT_CARD, Label.HEALTH_CARD, Label.BANK_ACCOUNT})
"""Labels of numbers that people say in words."""
_KIND_OF_COMPANY = re.compile(
    r"(?:,? (?:inc|ltd|ltée|llc|corp|co|sa|sarl|enr|group|groupe|bank|university|hospital)\.?)+$",
    re.IGNORECASE,
)


def surrogate(label: Label, original: str, draw: Draw) -> str:
    """Another value of the same kind and format; repeated attempts give others."""
    maker = MAKERS.get(label)
    if maker:
        said = said_mail if label is Label.EMAIL else said_number if label in SAID else None
        return (said and said(original, maker, draw)) or maker(original, draw)
    kind = _KIND_OF_COMPANY.search(original) if label is Label.ORG else None
    name = invented(draw)
    return (name.upper() if original.isupper() else name.lower() if original.islower() else name) + (
        kind[0] if kind else ""
    )
