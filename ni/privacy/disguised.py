"""Names that are not written as they read: letter by letter (`T-R-E-M-B-L-A-Y`), or as an encoded word of a header.

A stand-in is disguised in the same way, and stands for nothing but what it replaced.
"""

import re

from ni.privacy import encoded_words

_SPELLED = re.compile(r"[^\W\d_](?:(?P<joint>-|\. ?| )[^\W\d_])(?:(?P=joint)[^\W\d_])*\.?")


def plain(name: str) -> str | None:
    """The name that a disguised one reads as; None for any other."""
    if _is_spelled(name):
        return "".join(filter(str.isalpha, name)).capitalize()
    return encoded_words.decoded(name)


def disguised_like(original: str, name: str) -> str:
    """The name in the disguise of the original."""
    spelled = _SPELLED.fullmatch(original)
    if spelled is None:
        return encoded_words.encoded_like(original, name)
    return spelled["joint"].join(filter(str.isalpha, name.upper())) + "." * original.endswith(".")


def _is_spelled(name: str) -> bool:
    """Whether it is a name letter by letter; two letters with full stops are initials."""
    match = _SPELLED.fullmatch(name)
    return match is not None and (match["joint"] == "-" or sum(map(str.isalpha, name)) > 2)
