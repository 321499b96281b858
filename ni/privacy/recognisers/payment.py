"""Numbers of payments: IBAN, Canadian bank accounts and payment cards.

Each kind has a `find_*` function from text to spans and a `*_NEEDS` pattern that the text must match before it is
worth a search.
"""

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import (
    AFTER,
    BEFORE,
    BEGINS,
    ENDS,
    alnum,
    digits,
    explained,
    in_context,
    matches,
)
from ni.privacy.spans import Label, Span

IBAN_NEEDS = re.compile(r"\d\d(?<=[A-Za-z]{2}\d\d)[ -]?[A-Za-z0-9]{4}")
_IBAN = re.compile(
    BEGINS
    + r"[A-Z]{2}\d\d(?:(?:[ \n]?[A-Z0-9]{4}){2,7}(?:[ \n]?[A-Z0-9]{1,3})?|(?:-[A-Z0-9]{4}){2,7}(?:-[A-Z0-9]{1,3})?)"
    + ENDS,
    re.IGNORECASE,
)
_GROUP = re.compile(r"[ \n][^ \n]*$")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34


def find_ibans(text: str) -> Iterator[Span]:
    """International bank account numbers (ISO 13616) that pass modulus 97.

    Groups at the end that belong to the next words are left out one by one until the check passes.
    """
    for match in _IBAN.finditer(text):
        value = match[0]
        while value and not _is_iban(value):
            value = _GROUP.sub("", value) if _GROUP.search(value) else ""
        if value:
            yield Span(match.start(), match.start() + len(value), Label.IBAN)


def _is_iban(value: str) -> bool:
    number = alnum(value)
    return _SHORTEST_IBAN <= len(number) <= _LONGEST_IBAN and mod_97_10.is_valid(number[4:] + number[:4])


ACCOUNT_NEEDS = re.compile(r"\d(?:[- ]?\d){4}")
_MAY_BE_COMPLETE_ACCOUNT = re.compile(r"\d{5}(?:[-⑈⑉ /]| [-/] )\d{3}[-⑆: /]|\d{3}(?:[- /]| [-/] )\d{5}[- /]")
_PART = r"(?:[- /]| [-/] )"
_COMPLETE_ACCOUNT = re.compile(
    BEFORE + rf"(?:\d{{5}}{_PART}\d{{3}}|(?:0\d\d|8[1-9]\d){_PART}\d{{5}}){_PART}\d{{7,12}}" + AFTER
)
"""Transit, institution and account, or institution first: those of banks begin with 0, of caisses with 8."""
_CHEQUE = re.compile(r"[⑆:]?(?<![^\W_])\d{5}[-⑈⑉]\d{3}[⑆:] ?\d[\d⑉-]{5,13}(?:⑈|(?![^\W_]))")
_ACCOUNT = re.compile(
    BEFORE + r"(?:\d{3}[- ]\d{5}[- ]\d{7,12}|\d{5}[- ]\d{3}|"
    r"\d{3}[- ]\d{3}[- ]\d{1,6}|\d{4}[- ]\d{3,7}|\d{5,12}|\d{2,6}-\d{3,7}(?:-\d{1,3})?)" + AFTER
)
_TRANSIT = re.compile(BEFORE + r"\d{5}(?:[- ]\d{3})?" + AFTER)
_SAYS_ACCOUNT = prefiltered(
    r"(?i)(?<![^\W_])(?:(?:bank|chequing|checking|savings|deposit|direct deposit|bancaire|ch[èe]que|"
    r"[ée]pargne)[ -]?(?:account|acct|compte)?|beneficiary(?:'s)? (?:account|acct)|compte (?:du )?b[ée]n[ée]ficiaire|"
    r"(?:account|acct|a/c|compte|folio)(?: (?:bancaire|ch[èe]ques?|[ée]pargne))?(?: ?(?:no|"
    r"num(?:ber|[ée]ro)?|n[o°º]|#))\.?|"
    r"compte bancaire|num[ée]ro de (?:compte|folio)|eft|virement|d[ée]p[ôo]t direct)(?![^\W_])"
)
_SORT_CODE = re.compile(BEFORE + r"\d\d([- ]?)\d\d\1\d\d" + AFTER)
_SAYS_SORT_CODE = prefiltered(r"(?i)(?<![^\W_])sort[ _-]?code(?![^\W_])")
_ABBREVIATED = prefiltered(
    r"(?i)(?<![^\W_])(?:acct|a/c|folio)\.?[ :#=]{1,3}(?P<number>\d[\d-]{5,20}\d)(?![\w.-]*\w)"
)
_STATED = prefiltered(
    r"(?i)(?<![^\W_])(?:account|acct|compte)(?: (?:at|with|chez|à(?: la)?) [\w.'’-]{2,24}(?: bank)?)? "
    r"(?:is|est)(?: le)? (?P<number>\d[\d-]{5,20}\d)(?![\w.-]*\w)"
)
_IN_OFX = prefiltered(r"<(?:ACCTID|BANKID|BRANCHID)>(?P<number>\d{3,22})(?!\w)")
"""Open Financial Exchange 2.2, 11.3.1: these elements have no end in its SGML form."""
_IN_SWIFT = re.compile(r"(?m)^:5\d[A-Z]?:/(?:[CD]/)?(?P<number>\d{6,34})\s*$")
"""The account on the first line of a party in an MT message (SWIFT FIN, fields 50 to 59)."""
_GROUPED = prefiltered(r"(?i)(?<![^\W_])(?:account|acct|compte)\.? (?P<number>\d{5}-\d{7,12})(?![\w.-]*\w)")
_INSTITUTION = prefiltered(
    r"(?i)(?<![^\W_])inst(?:itution)?(?:[ _]?(?:no|num(?:ber|[ée]ro)?|n[o°º]|#))?\.?"
    r"[\"']?[ :#=]{1,4}[\"']?(?P<number>\d{3})(?!\w)"
)
_BESIDE_INSTITUTION = prefiltered(r"(?i)(?<![^\W_])(?:transit|acc(?:oun)?t|compte|folio)(?![^\W])")
_ROUTING = re.compile(BEFORE + r"\d{9}" + AFTER)
_SAYS_ROUTING = prefiltered(r"(?i)(?<![^\W_])(?:(?:bank )?routing|aba|acheminement)(?![^\W_])")
_SAYS_TRANSIT = prefiltered(
    r"(?i)(?<![^\W_])(?:transit|sort[ _-]?code|branch|succursale|routing|acheminement)(?![^\W_])"
)
_SAYS_ACCOUNT_ALONE = prefiltered(r"(?i)(?<![^\W_])(?:account|acct|compte)(?![^\W_])")


def find_bank_accounts(text: str) -> Iterator[Span]:
    """Canadian bank accounts: complete ones, and their parts beside words that name them.

    Transit has 5 digits, institution 3, account 5 to 12 (Payments Canada's rule for
    cheques). An institution alone names a
    bank and no person, and stays; beside a transit or an account it is a part of them.
    """
    for pattern in (_COMPLETE_ACCOUNT, _CHEQUE) if _MAY_BE_COMPLETE_ACCOUNT.search(text) else ():
        for match in pattern.finditer(text):
            yield Span(*match.span(), Label.BANK_ACCOUNT)
    yield from in_context(text, _ACCOUNT, _SAYS_ACCOUNT, Label.BANK_ACCOUNT, 40)
    patterns = (_ABBREVIATED, _STATED, _GROUPED, _IN_OFX, _IN_SWIFT)
    numbered = [match for pattern in patterns for match in pattern.finditer(text)]
    for match in (*numbered, *filter(_is_beside_an_account, _INSTITUTION.finditer(text))):
        yield Span(*match.span("number"), Label.BANK_ACCOUNT)
    yield from in_context(text, _ROUTING, _SAYS_ROUTING, Label.BANK_ACCOUNT, 24)
    if _SAYS_SORT_CODE.search(text):
        yield from in_context(text, _SORT_CODE, _SAYS_SORT_CODE, Label.BANK_ACCOUNT, 24)
    if not _SAYS_TRANSIT.search(text):
        return
    yield from in_context(text, _TRANSIT, _SAYS_TRANSIT, Label.BANK_ACCOUNT, 28)
    for span in in_context(text, _ACCOUNT, _SAYS_ACCOUNT_ALONE, Label.BANK_ACCOUNT, 24):
        if not re.search(r"\d", text[max(span.start - 8, 0) : span.start]):
            yield span


def _is_beside_an_account(match: re.Match[str]) -> bool:
    text = match.string
    around = text[max(match.start() - 64, 0) : match.end() + 48]
    return _BESIDE_INSTITUTION.search(around) is not None


CARD_NEEDS = re.compile(r"\d(?:[- ._\n]{0,3}\d){13}")
_GAP = "(?:[-._]| {1,2}| - )?"
_CARD = re.compile(
    BEGINS
    + rf"(?:\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?:{_GAP}\d{{3}})?|3\d{{3}}{_GAP}\d{{6}}{_GAP}\d{{4,5}}|"
    + r"(?<!\.)\d{14,19})"
    + ENDS
)
_BROKEN_CARD = re.compile(
    BEGINS
    + r"(?=\d{4}(?: ?\d{4}){0,2}\n)\d{4}(?: \d{4}| ?\n[ \t>|]{0,4}\d{4}){3}(?!\d)"
    + r"(?![ \n]\d)"
    + ENDS
)
_TRACK = re.compile(r"(?<=%B)\d{13,19}(?=\^)|(?<=;)\d{13,19}(?==\d{4})")
"""The first and second track of a card's stripe (ISO/IEC 7813)."""
_SAYS_CARD = prefiltered(
    r"(?i)(?<![^\W_])(?:cards?|cartes?|visa|mastercard|amex|pan|cc|cr[ée]dit|d[ée]bit|pay\w{0,5}|pai\w{0,6})(?![^\W_])"
)
_BRAND = re.compile(
    r"3[47]\d{13}$"  # American Express
    r"|4\d{12}(?:\d{3}){0,2}$"  # Visa
    r"|(?:5[1-5]\d{4}|222[1-9]\d\d|22[3-9]\d{3}|2[3-6]\d{4}|27[01]\d{3}|2720\d\d)\d{10}$"  # Mastercard
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}$"  # Discover
    r"|3(?:0[0-5]|[68]\d)\d{11}$"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12}$"  # JCB
    r"|62\d{14,17}$"  # UnionPay
)
"""First digits and lengths of the brands."""


def find_credit_cards(text: str) -> Iterator[Span]:
    """Payment cards: 13 to 19 digits of a known brand that pass the Luhn check (ISO/IEC 7812)."""
    for match in matches(text, _CARD, _is_card):
        yield Span(*match.span(), Label.CREDIT_CARD)
    for match in (*matches(text, _TRACK, _is_card), *matches(text, _BROKEN_CARD, _is_broken_card)):
        yield Span(*match.span(), Label.CREDIT_CARD)


def _is_broken_card(match: re.Match[str]) -> bool:
    """Whether digits on several lines are one card number.

    Columns of numbers pass the check by chance, so that a word must name a card or nothing else stand in the text.
    """
    text, (start, end) = match.string, match.span()
    alone = not text[:start].strip() and not text[end:].strip()
    return _is_card(match) and (alone or explained(text, start, _SAYS_CARD))


def is_called_card(text: str, at: int) -> bool:
    """Whether a word for a payment card stands shortly before the position."""
    return explained(text, at, _SAYS_CARD)


def _is_card(match: re.Match[str]) -> bool:
    number = digits(match[0])
    return _BRAND.match(number) is not None and luhn.is_valid(number) and len(set(number)) > 1
