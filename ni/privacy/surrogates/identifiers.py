"""Surrogates of payment cards and bank accounts. A number that fails its check gets one that fails it too.

Surrogates of the numbers of official documents: social insurance, health cards, passports, licences.

Surrogates of addresses of machines and of secrets.

Surrogates of e-mail addresses, under the domains of RFC 2606.

The surrogate of an address that is made of a person's name is made of the surrogate's, in the same pattern, so that a
conversation about a person and their address stays about one person. Addresses of offices (`info@`) keep their
local part.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from stdnum import luhn
from stdnum.ca import bc_phn
from stdnum.iso7064 import mod_97_10

from ni.privacy.recognisers.email import AT, DOT
from ni.privacy.surrogates.chooser import Draw, refit
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


def mac(original: str, draw: Draw) -> str:
    """A locally administered, unicast address in the same format and case."""
    digits = "02" + f"{draw.below(2**40):010x}"
    if original.upper() == original:
        digits = digits.upper()
    left = iter(digits)
    return "".join(next(left) if char.isalnum() else char for char in original)


def secret(original: str, draw: Draw) -> str:
    """The issuer's prefix, then other characters of the same classes; short ones grow, so that they are unique."""
    prefix = _PREFIX.match(original)
    head = prefix[0] if prefix else ""
    body = original[len(head) :]
    made = _hex(body, draw) if re.fullmatch(r"[0-9a-f]{16,}", body) else draw.like(body)
    return head + made + draw.like("a0" * max(0, (_SHORTEST - len(original) + 1) // 2))


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
    made, _, host = email(f"{DOT.sub('.', local)}@{DOT.sub('.', domain)}", draw).rpartition("@")
    dots = [match[0] for match in (*DOT.finditer(local), *DOT.finditer(domain))]
    dot = dots[-1] if dots else "."
    return made.replace(".", dot) + at[0] + host.replace(".", dot)


def _local(local: str, draw: Draw) -> str:
    """The local part of nobody known: each word replaced like a name, digits drawn; its separators and case stay."""
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
