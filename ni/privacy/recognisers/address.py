"""Street addresses, English (number, name, type) and French (number, type, name), with unit, city, province and code.

The street is found first; then what belongs to it is added step by step on both sides, so that no pattern is long.
A surrogate has another number, street name and postal code; type, direction, city and province stay, so that
questions of tax or weather keep their answer. Post office boxes count as addresses.
"""

import re
from collections.abc import Iterator

from ni.privacy.recognisers import streets
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

NEEDS = re.compile(r"\d")
_START = r"(?<![\w.#$€£/-])(?<!\d[ ,:/])"
_SIDES = rf"(?: (?:{streets.SIDE})(?![\w']))?"
_MORE = rf"(?:(?: (?:{streets.LITTLE}))? ?(?<![^\s'’])(?:{streets.WORD}))"
_STREETS = (
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?:(?:{streets.SIDE}) "
        rf")?(?P<name>(?:{streets.WORD}){_MORE}{{0,3}}) "
        rf"(?P<type>{streets.ENGLISH_TYPE})(?:\.(?!\w)|(?!\w)){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?P<type>(?i:{streets.FRENCH_TYPE})) "
        rf"(?P<name>(?:(?:{streets.LITTLE}) ?){{0,2}}(?:{streets.WORD}){_MORE}{{0,3}})(?!\w){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}),? (?P<type>rue|chemin|boulevard|avenue|"
        rf"rang) (?P<name>(?:(?:de la|des?|du|la) )?[a-zà-ÿ]{{4,20}})(?![\w-])"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}) (?P<name>[a-z]{{3,20}}(?: [a-z]{{3,20}})?) "
        rf"(?P<type>{streets.LOWER_TYPE})(?!\w){_SIDES}"
    ),
    re.compile(
        r"(?i)(?<![\w.])(?P<type>p\.? ?o\.? box|post office box|c\.p\.|case postale|"
        r"bo[îi]te postale|r\.?r\.? ?#?)(?P<name>) (?P<number>\d{1,6})(?!\w)"
        r"(?:,? (?:succ(?:ursale|\.)|station|stn|site) ?[\w.\'’-]{1,24}(?: box \d{1,5})?(?!\w))?"
    ),
)
_LOWER = _STREETS[3]
_COMMON = frozenset(
    listed("""
    the this that same each every next one other long busy side main-road across down per and off for
    any via with cross
""")
)
_UNIT_BEFORE = re.compile(
    rf"(?i)(?<![\w])(?:{streets.UNIT})(?:, ?| - | )$|(?<![\w./-])\d{{1,5}}[A-Za-z]? ?- ?$"
)
_UNIT = re.compile(rf"(?i)(?:, ?| ?\n| - | )(?:{streets.UNIT})")
_CODE = re.compile(streets.CODE)
_TAILS = (
    re.compile(
        rf"(?:, ?| ?\n| - | )(?:{streets.CITY})(?:, ?| | ?\n)\(?{streets.PROVINCE}\)?(?:(?:, ?|"
        rf" {{1,2}}| ?\n){streets.CODE})?"
    ),
    re.compile(rf"(?:, ?| ?\n| )(?:{streets.CITY})(?:, ?| {{1,2}}){streets.CODE}"),
    re.compile(rf"(?:, ?| {{1,2}}| ?\n){streets.CODE}"),
    re.compile(rf", ?{streets.PROVINCE}(?:,? {{1,2}}{streets.CODE})?"),
    re.compile(rf", ?(?!{streets.PROVINCE}){streets.CITY}(?= ?(?:[.;)\n]|$))"),
)
_COUNTRY = re.compile(r", ?Canada(?!\w)")


def find(text: str) -> Iterator[Span]:
    """Addresses with all that belongs to them."""
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            start, end = _unit_before(text, match.start()), _tail(text, match.end())
            weak = match["type"].lower() in streets.WEAK_TYPES and " " not in match["name"].strip()
            if (weak and end == match.end() and match["type"] not in {"St", "Dr"}) or _idle(match):
                continue
            yield Span(start, end, Label.ADDRESS)


def _idle(match: re.Match[str]) -> bool:
    """Whether small letters make it a remark (`3 days on the road`), not a street."""
    return match.re is _LOWER and any(word in _COMMON for word in match["name"].split())


def _unit_before(text: str, start: int) -> int:
    found = _UNIT_BEFORE.search(text[max(start - 24, 0) : start])
    return start - len(found[0]) if found else start


def _tail(text: str, end: int) -> int:
    """Where the address ends that has its street end here."""
    unit = _UNIT.match(text, end)
    end = unit.end() if unit else end
    tail = next((found for pattern in _TAILS if (found := pattern.match(text, end))), None)
    end = tail.end() if tail else end
    country = _COUNTRY.match(text, end)
    return country.end() if country else end


def street_line(original: str) -> tuple[int, int] | None:
    """Where number and street stand within an address: the part of it that people repeat alone."""
    found = next((match for pattern in _STREETS if (match := pattern.search(original))), None)
    return found.span() if found else None
