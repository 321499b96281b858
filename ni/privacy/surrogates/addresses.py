"""Surrogates of addresses and postal codes: other numbers, another street, another code; all else stays.

Type, direction, city and province stay, so that questions of tax or weather keep their answer. A street's name has
as many words as the original's, so that each part of the surrogate stands for a part of the original.
"""

import re
from collections.abc import Iterator

from ni.privacy.names.people_names import tokens
from ni.privacy.recognisers import address as streets
from ni.privacy.recognisers import foreign_address as foreign
from ni.privacy.recognisers import spoken
from ni.privacy.surrogates.draw import Draw, street_name
from ni.privacy.surrogates.said import said_number
from ni.privacy.words import fold

_FRENCH = re.compile(
    rf"(?i)(?<!\w)(?P<number>{streets.NUMBER}),? (?P<type>(?:{streets.FRENCH_PREFIX})?(?:{streets.FRENCH_TYPE})) "
    rf"(?!(?:est|ouest|nord|sud)(?!\w))(?P<name>(?!\d+[ ,])[^\s,;\n^][^,;\n^]{{0,60}}?)"
    rf"(?=(?: (?:{streets.SIDE}))?(?:[,;\n^]| - | \(|\s+{streets.UNIT}|$)|"
    rf" (?:{streets.SIDE})(?![\w'’]))"
)
_ENGLISH = re.compile(
    rf"(?i)(?<!\w)(?P<number>{streets.NUMBER}),? (?:(?:{streets.SIDE}) )?"
    rf"(?P<name>(?!\d+[ ,])[^\s,;]+(?: [^\s,;]+){{0,3}}) (?P<type>{streets.ENGLISH_TYPE})(?!\w)"
)
_ADJECTIVE = re.compile(
    rf"(?i)(?<!\w)(?P<number>{streets.NUMBER}),? (?P<name>{streets.ADJECTIVE})[ -]"
    rf"(?P<type>{streets.AFTER_ADJECTIVE})(?!\w)"
)
_NUMBERED = re.compile(
    rf"(?i)(?<!\w)(?P<number>{streets.NUMBER}),? (?:{streets.KIND_OF_ROAD} )?(?P<type>{streets.NUMBERED_TYPE})\.? "
    r"(?P<name>\d{1,4}[A-Z]?)(?!\w)"
)
_UNTYPED = re.compile(
    rf"(?i)(?<!\w)(?P<number>{streets.NUMBER}),? (?:(?:{streets.SIDE}) )?(?P<name>{streets.UNTYPED})(?P<type>)(?!\w)"
)
_BOX = re.compile(
    r"(?i)(?P<type>box|c\.p\.|case postale|bo[îi]te postale|r\.?r\.? ?#?)(?P<name>) (?P<number>\d{1,6})(?!\w)"
)
_SAID = re.compile(spoken.IN_WORDS)
_BARE = re.compile(
    rf"(?i)^(?P<number>{streets.NUMBER}),? (?P<type>)(?P<name>(?:(?:{streets.LITTLE}) )?[^\W\d_][\w.'’-]+"
    rf"(?: (?!(?:{streets.SIDE})(?!\w)|(?:{streets.UNIT}))[^\W\d_][\w.'’-]+)?)"
)
"""A street without its type, which ends before a direction or a unit."""
_GLUED = re.compile(
    rf"^(?P<name>[^\d\n]*?\w{{2}}[ -]?)(?P<type>(?i:{foreign.STREET_ENDS}|{foreign.MAY_END_STREET})) (?P<number>\d+)"
)
_AHEAD = re.compile(
    rf"^(?P<type>{foreign.STREET_BEGINS}|{foreign.MAY_BEGIN_STREET}) ?(?P<name>[^\n,]{{2,80}}?),? "
    r"(?:n[.º°]? ?|№ ?|д\. ?)?(?P<number>\d{1,4})(?! de )(?=\W|[A-Za-z]\b|$)"
)
"""Streets of other countries: the number stands behind the name."""
_ELEMENT = re.compile(r"[A-Z]{3}(?=\d)")
"""What runs into the street in the barcode of a licence: `DAG1450 PHARMACY AVE`."""
_CODE = re.compile(streets.CODE)
_NAME_WORD = re.compile(r"[^\W_]+")
_NUMERAL = re.compile(r"\d+[A-Za-z]?")
_STAYS = frozenset(
    [
        "de",
        "la",
        "des",
        "du",
        "d",
        "l",
        "le",
        "les",
        "the",
        "of",
        "and",
        "et",
        "à",
        "au",
        "aux",
        "sur",
        "st",
        "ste",
        "saint",
        "sainte",
        *(
            "da",
            "das",
            "do",
            "dos",
            "del",
            "dell",
            "della",
            "los",
            "las",
            "van",
            "von",
            "der",
            "den",
            "y",
            "e",
        ),
    ]
)
_SECOND = "ABCEGHJKLMNPRSTVWXYZ"


def street(original: str) -> re.Match[str] | None:
    """Number, name and type of the street of an address."""
    if original[:1].isalpha() and (match := _GLUED.match(original) or _AHEAD.match(original)):
        return match
    shapes = (_FRENCH, _ADJECTIVE, _ENGLISH, _NUMBERED, _UNTYPED, _BOX, _BARE)
    return next((match for shape in shapes if (match := shape.search(original))), None)


def address(original: str, draw: Draw) -> str:
    """The address with other numbers, another street and another postal code."""
    glued = _ELEMENT.match(original)
    if glued:
        return glued[0] + address(original[glued.end() :], draw)
    said = _SAID.match(original)
    if said and (number := said_number(said[0], _as_many, draw)):
        return number + address(f"1 {original[said.end() :]}", draw).partition(" ")[2]
    match = street(original)
    if not match:
        return _rest(original, draw)
    ends = sorted((match.span("number"), match.span("name")))
    pieces = [_digits(original[: ends[0][0]], draw)]
    for (start, end), following in zip(ends, (ends[1][0], len(original)), strict=True):
        piece = original[start:end]
        pieces.append(_digits(piece, draw) if (start, end) == match.span("number") else _street(piece, draw))
        pieces.append(_rest(original[end:following], draw))
    return "".join(pieces)


def _as_many(said: str, draw: Draw) -> str:
    """As many digits as are said."""
    return draw.digits(len(said))


def _street(name: str, draw: Draw) -> str:
    """Another street's name: each word that is not an article, in the case of the original."""

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if fold(word) in _STAYS:
            return word
        if _NUMERAL.fullmatch(word):
            return _digits(word, draw)
        if len(word) == 1:
            return draw.like(word)
        name = street_name(draw)
        return name.lower() if word.islower() and word.isalpha() else name.upper() if word.isupper() else name

    return _NAME_WORD.sub(renamed, name)


def _rest(text: str, draw: Draw) -> str:
    """What follows: codes and unit numbers are drawn, words stay."""
    pieces, at = [], 0
    for code in _CODE.finditer(text):
        pieces += [_digits(text[at : code.start()], draw), postal_code(code[0], draw)]
        at = code.end()
    return "".join(pieces) + _digits(text[at:], draw)


def _digits(text: str, draw: Draw) -> str:
    """Other digits, none of them a leading zero; ordinals of floors and streets stay."""
    return re.sub(
        r"(?<!~N)\d+(?!\w*(?:st|nd|rd|th)\b)",  # N4 is a segment of X12
        lambda match: str(1 + draw.below(9)) + draw.digits(len(match[0]) - 1),
        text,
    )


def postal_code(original: str, draw: Draw) -> str:
    """Another code of the same region, in the same format and case; rural ones (0) stay rural."""
    chars = list(original)
    letters = [at for at, char in enumerate(original) if char.isalpha()]
    for at, char in enumerate(original):
        if at in letters[1:]:
            chars[at] = draw.pick(_SECOND) if char.isupper() else draw.pick(_SECOND).lower()
        elif char.isdigit() and char != "0":
            chars[at] = str(1 + draw.below(9))
    return "".join(chars)


def slices(original: str, match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The parts of an address that are repeated alone: number and street, number and name, street, name."""
    spans = {name: match.span(name) for name in ("number", "name", "type") if match[name]}
    counted = {
        name: (len(tokens(original[:start])), len(tokens(original[:end])))
        for name, (start, end) in spans.items()
    }
    number, name, kind = (counted.get(each) for each in ("number", "name", "type"))
    if not number or not name:
        return
    everything = [each for each in (number, name, kind) if each]
    yield min(start for start, _ in everything), max(end for _, end in everything)
    yield name
    if kind:
        yield min(name[0], kind[0]), max(name[1], kind[1])
    if number[1] == name[0]:
        yield number[0], name[1]
