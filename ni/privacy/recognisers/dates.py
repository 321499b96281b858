"""Dates as people write them in English and French: the shapes, and how to write another date in the same shape.

Used for dates of birth; other dates are no personal data and stay.
"""

import re

from ni.privacy.words import listed

ENGLISH = (
    listed("""
    January February March April May June July August September October November December
"""),
    listed("""
    Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
"""),
)
FRENCH = (
    listed("""
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
"""),
    listed("""
    janv févr mars avr mai juin juil août sept oct nov déc
"""),
)
_MONTH = "|".join(
    sorted(
        {
            *ENGLISH[0],
            *ENGLISH[1],
            *FRENCH[0],
            *FRENCH[1],
            "Sept",
            "fevrier",
            "aout",
            "decembre",
            "fev",
            "dec",
            "fév",
        },
        key=len,
        reverse=True,
    )
)
_YEAR = r"(?:1[89]|20)\d\d"
_SHAPES = (
    rf"{_YEAR}年(?:1[0-2]|0?[1-9])月(?:3[01]|[12]\d|0?[1-9])日",
    rf"{_YEAR}([-/. ])(?:1[0-2]|0?[1-9])\1(?:3[01]|[12]\d|0?[1-9])",
    rf"(?:3[01]|[12]\d|0?[1-9])([-/. ])(?:3[01]|[12]\d|0?[1-9])\2(?:{_YEAR}|\d\d)",
    rf"(?:{_MONTH})\.?[ -](?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,? {{0,2}}{_YEAR}",
    rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er|ère)?)[ -](?:of |de )?(?:{_MONTH})\.?[ ,-]{{1,2}}{_YEAR}",
    rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
)
DATE = re.compile(
    r"(?i)(?<![^\W_])(?<!\.)(?<!\d[-/])(?:"
    + "|".join(_SHAPES)
    + r")(?:(?![^\W_])(?![-/.]\d)|(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)(?![^\W_]))"
)
