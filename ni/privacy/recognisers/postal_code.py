"""Canadian postal codes (letters D F I O Q U are never used). Surrogates keep the first letter, the region.

Written without a space and outside an address they look like identifiers; then a place or a word must stand before.
"""

import re
from collections.abc import Iterator

from ni.privacy.recognisers.recogniser import explained
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d[A-Za-z][ -]?\d")
_CODE = re.compile(
    r"(?<![\w-])(?<!\w[./])[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]"
    r"([ \u00a0-]?)\d[ABCEGHJ-NPRSTV-Z]\d(?!\w)(?!-\w)(?![/=])",
    re.IGNORECASE,
)
_SAYS_POSTAL = re.compile(
    r"(?i)(?<![^\W_])(?:postal|code|zip|cp|c\.p\.|address|adresse|AB|BC|MB|NB|NL|NS|NT|NU|ON|"
    r"PE|QC|SK|YT|canada|ontario|qu[ée]bec|alberta|"
    r"manitoba|saskatchewan|brunswick|scotia|[ée]cosse|columbia|colombie|toronto|montr[ée]al|"
    r"ottawa|vancouver|calgary|edmonton|winnipeg|"
    r"halifax|laval|gatineau|street|st|rue|ave|avenue|blvd|boul|chemin|road|rd|drive)(?![^\W_])"
)
_SECOND = "ABCEGHJKLMNPRSTVWXYZ"


def find(text: str) -> Iterator[Span]:
    """Codes in capitals with their space; others where a place or a word announces them."""
    for match in _CODE.finditer(text):
        plain = match[0].isupper() and match[1] in {" ", "\u00a0"}
        if plain or explained(text, match.start(), _SAYS_POSTAL, 48):
            yield Span(*match.span(), Label.POSTAL_CODE)
