"""Canadian bank accounts: transit (5 digits), institution (3) and account (5 to 12), together or each beside its word.

Lengths are those of Payments Canada's rule for cheques. An institution alone is a bank, not a person, and stays.
Surrogates name an institution that does not exist.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import AFTER, BEFORE, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[- ]?\d){4}")
_MAY_BE_COMPLETE = re.compile(r"\d{5}[-⑈ ]\d{3}[-⑆: ]")
_TOGETHER = re.compile(BEFORE + r"\d{5}[- ]\d{3}[- ]\d{7,12}" + AFTER)
_CHEQUE = re.compile(r"[⑆:]?(?<![^\W_])\d{5}[-⑈]\d{3}[⑆:] ?\d[\d-]{5,13}(?:⑈|(?![^\W_]))")
_ACCOUNT = re.compile(
    BEFORE + r"(?:\d{3}[- ]\d{5}[- ]\d{7,12}|\d{5}[- ]\d{3}|"
    r"\d{3}[- ]\d{3}[- ]\d{1,6}|\d{4}[- ]\d{3,7}|\d{5,12}|\d{2,6}-\d{3,7}(?:-\d{1,3})?)" + AFTER
)
_TRANSIT = re.compile(BEFORE + r"\d{5}(?:[- ]\d{3})?" + AFTER)
_SAYS_ACCOUNT = prefiltered(
    r"(?i)(?<![^\W_])(?:(?:bank|chequing|checking|savings|deposit|direct deposit|bancaire|ch[èe]que|"
    r"[ée]pargne)[ -]?(?:account|acct|compte)?|"
    r"(?:account|acct|a/c|compte|folio)(?: (?:bancaire|ch[èe]ques?|[ée]pargne))?(?: ?(?:no|"
    r"num(?:ber|[ée]ro)?|n[o°º]|#))\.?|"
    r"compte bancaire|num[ée]ro de (?:compte|folio)|eft|virement|d[ée]p[ôo]t direct)(?![^\W_])"
)
_SORT_CODE = re.compile(BEFORE + r"\d\d([- ]?)\d\d\1\d\d" + AFTER)
_SAYS_SORT_CODE = prefiltered(r"(?i)(?<![^\W_])sort[ _-]?code(?![^\W_])")
_FOLLOWS = prefiltered(
    r"(?i)(?<![^\W_])(?:acct|a/c|folio)\.?[ :#=]{1,3}(?P<number>\d[\d-]{5,13}\d)(?![\w.-]*\w)"
)
_SAYS_TRANSIT = prefiltered(
    r"(?i)(?<![^\W_])(?:transit|sort[ _-]?code|branch|succursale|routing|acheminement)(?![^\W_])"
)
_SAYS_NUMBER = prefiltered(r"(?i)(?<![^\W_])(?:account|acct|compte)(?![^\W_])")


def find(text: str) -> Iterator[Span]:
    """Accounts that are complete, and their parts where words name them."""
    for pattern in (_TOGETHER, _CHEQUE) if _MAY_BE_COMPLETE.search(text) else ():
        for match in pattern.finditer(text):
            yield Span(*match.span(), Label.BANK_ACCOUNT)
    yield from in_context(text, _ACCOUNT, _SAYS_ACCOUNT, Label.BANK_ACCOUNT, 40)
    for match in _FOLLOWS.finditer(text):
        yield Span(*match.span("number"), Label.BANK_ACCOUNT)
    if _SAYS_SORT_CODE.search(text):
        yield from in_context(text, _SORT_CODE, _SAYS_SORT_CODE, Label.BANK_ACCOUNT, 24)
    if not _SAYS_TRANSIT.search(text):
        return
    yield from in_context(text, _TRANSIT, _SAYS_TRANSIT, Label.BANK_ACCOUNT, 28)
    for span in in_context(text, _ACCOUNT, _SAYS_NUMBER, Label.BANK_ACCOUNT, 24):
        if not re.search(r"\d", text[max(span.start - 8, 0) : span.start]):
            yield span
