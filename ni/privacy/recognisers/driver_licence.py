"""Driver's licences: Ontario's and Québec's shapes stand for themselves, the other provinces' need words beside them.

Ontario: a letter and fourteen digits; Québec: a letter and twelve. The rest are seven to fourteen digits or letters.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.recogniser import AFTER, BEFORE, BEGINS, ENDS, before_words, in_context
from ni.privacy.spans import Label, Span

NEEDS = re.compile(r"\d(?:[- ]?\d){4}|\d{3}[A-Za-z]{2}")
_MAY_BE_SHAPED = re.compile(r"\d{4}[- ]\d{5}")
_SHAPED = re.compile(BEGINS + r"(?:[A-Z]\d{4}[- ]\d{5}[- ]\d{5}|[A-Z]\d{4}[- ]\d{6}[- ]\d\d)(?!-\w)" + ENDS)
_SOLID = re.compile("(?i)" + BEGINS + r"[A-Z]\d{4}[- ]?(?:\d{5}[- ]?\d{5}|\d{6}[- ]?\d\d)(?!-\w)" + ENDS)
_NUMBER = re.compile(
    "(?i)" + BEFORE + r"(?:[A-Z]{0,2}-?\d{5,9}(?:-\d{2,4})?|[A-Z]\d{4}[- ]?\d{5}[- ]?\d{5}|"
    r"[A-Z]\d{4}[- ]?\d{6}[- ]?\d\d|\d{3,6}[ -]\d{3}(?:[ -]\d{3})?|"
    r"[A-Z]{5}\d{9}|[A-Z]\d{9}|[A-Z]{2}-?[A-Z]{2}-?[A-Z]{2}-?[A-Z]\d{3}[A-Z]{2}|"
    r"[A-Z]{5}[A-Z*]\d{3}[A-Z]{2})" + AFTER
)
_SAYS_LICENCE = prefiltered(
    r"(?i)(?<![^\W_])(?:driv(?:er'?s?|er’s|ing)[ _-]?(?:licen[cs]e|lic)|licen[cs]e (?:no|num|"
    r"#)|permis(?: de)? conduire|"
    r"(?:num[ée]ro|n[o°º]) (?:de |du )?permis|permis|d\.?l\.?(?: ?(?:no|#|num))?)(?![^\W_])"
)
_SAYS_ONLY_LICENCE = prefiltered(
    r"(?i)(?<![^\W_])(?:licen[cs]e[sd]?|permis|conduire|driv(?:er|ing)s?|dl|dln)(?:(?![^\W_])|(?=N[ou]))"
)


def find(text: str) -> Iterator[Span]:
    """The shapes of Ontario and Québec, and any licence number that words announce."""
    for match in _SHAPED.finditer(text) if _MAY_BE_SHAPED.search(text) else ():
        yield Span(*match.span(), Label.DRIVER_LICENCE)
    if _SAYS_ONLY_LICENCE.search(text):
        yield from in_context(text, _SOLID, _SAYS_ONLY_LICENCE, Label.DRIVER_LICENCE)
        yield from before_words(text, _SOLID, _SAYS_ONLY_LICENCE, Label.DRIVER_LICENCE)
    if _SAYS_LICENCE.search(text):
        yield from in_context(text, _NUMBER, _SAYS_LICENCE, Label.DRIVER_LICENCE)
