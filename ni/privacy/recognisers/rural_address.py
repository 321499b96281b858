"""Addresses without a street: boxes, houses of a community, lots of a concession or plan, as the country writes them.

`Box 418`, `House 2214B`, `Lot 12, Concession 4`, `Lot 9, Plan 1422`. Only a lot with its concession or plan says what
it is; a box or a house counts where a place or a word for an address stands beside it, or another value of its record.
"""

from collections.abc import Iterator

from ni.privacy.prefilter import lines_with, prefiltered

_LOT = (
    r"(?:[Ll]ot|LOT)s? ?#?\d{1,4}[A-Z]?,? (?:[Cc]on(?:c(?:ession)?)?\.?|CON(?:C(?:ESSION)?)?\.?|[Pp]lan|PLAN)"
    r" #?(?:[\dA-Z]{1,3})?\d{1,5}(?![^\W_])"
)
_BEHIND = (
    r"(?:, ?(?:[A-ZÀ-Þ][\w.'’-]{1,24} ){1,3}(?:Township|Twp|Reserve|First Nation|County|Canton|Estates|Valley|Road)"
    r"(?![^\W_]))?"
)
_COUNTED = r"(?:Box|BOX|House|HOUSE|Hse|HSE|Maison|Lot|LOT|B[oî]îte|Bte)\.? ?(?:[Nn]o\.? ?|[Nn][o°º] ?|#)?\d{1,5}[A-Z]?"
_SIGNS = ("box", "lot", "house", "hse", "maison", "boite", "boîte", "bte")
_PLACE = prefiltered(rf"(?<![\w.$/-])(?:(?P<sure>{_LOT})|{_COUNTED})(?![^\W_])(?![-./:]\w){_BEHIND}")


def places(text: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of what may be such an address, and whether it says so itself."""
    for start, line in lines_with(_SIGNS, text):
        for match in _PLACE.finditer(line):
            yield start + match.start(), start + match.end(), match["sure"] is not None
