"""Names that nobody has on purpose: built of syllables, pronounceable in English and French, and never a common word.

They name streets, and people when the curated lists are exhausted. Each attempt adds room: the third syllable makes
tens of thousands, numbers of further syllables as many as are asked for.
"""

from ni.privacy.draw import Draw
from ni.privacy.words import listed

_FIRST = listed("""
    Alder Ambre Arden Auber Avel Balder Barde Belan Bereg Birke Bran Brevo Cade Calver Carde Chante
    Clarve Corbe Daln Darve Delor Dorne Eber Elver Ember Falco Farne Feren Galen Garde Glen Halver Harde
    Iver Jarve Kelme Kerve Lander Larde Lorme Maren Melde Merle Narve Nelde Norre Olver Orne Parve Perre
    Quille Rande Renve Rosel Salve Sarne Selde Solve Tarne Telme Torve Ulver Valde Verne Wende
""")
_LAST = listed("""
    beck bray by cour court cy dale den din don dy ford gan gard gny grave ham hurst ieux ion ley lieu
    lin loy lyn mont mor nay nel ner nois quet ray rel ret ric ron sault set son ston tal ter thorpe
    tier tin ton val vel ven ville vin wick wyn
""")
_MIDDLE = listed("""
    ba be bo da de do fa fe ga go la le li lo ma me mi mo na ne no ra re ri ro sa se ta te ti to va ve
    vi
""")
_VOWELS = "AEIOU"


def invented(draw: Draw, vowel: bool | None = None) -> str:
    """A name of two syllables or more; beginning with a vowel or not, where that is asked for."""
    first = draw.pick([name for name in _FIRST if vowel is None or (name[0] in _VOWELS) == vowel])
    middle = "".join(draw.pick(_MIDDLE) for _ in range(min(draw.attempt // 12, 12)))
    return first + middle + draw.pick(_LAST)


def street_name(draw: Draw) -> str:
    """The name of a street that exists nowhere we know of."""
    return invented(draw)
