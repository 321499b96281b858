"""Street addresses, English (number, name, type) and French (number, type, name), with unit, city, province and code.

The street is found first; then what belongs to it is added step by step on both sides, so that no pattern is long.
Post office boxes count as addresses.
"""

import re
from collections.abc import Iterator

from ni.privacy.names.people_names import gender
from ni.privacy.recognisers import streets
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

NEEDS = re.compile(r"\d")
_START = r"(?<![^\W_])(?<![.#$€£])(?<![A-Za-z]/)(?<![^\W_]-)(?<!\d/)"
_SIDES = rf"(?: (?:{streets.SIDE})(?![^\W_]|['’]\w))?"
_MORE = rf"(?:(?: (?:{streets.LITTLE}))? ?(?<![^\s'’])(?:{streets.WORD}))"
_STREETS = (
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?:(?:{streets.SIDE}) "
        rf")?(?P<name>(?:{streets.WORD}){_MORE}{{0,3}}) "
        rf"(?P<type>{streets.ENGLISH_TYPE})(?:\.(?![^\W_])|(?![^\W_])){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?P<type>(?i:{streets.FRENCH_PREFIX})?(?i:{streets.FRENCH_TYPE})) "
        r"(?!(?:Est|Ouest|Nord|Sud)(?![^\W_]))"
        rf"(?P<name>(?:(?:{streets.LITTLE}) ?){{0,2}}(?:{streets.WORD}){_MORE}{{0,3}})(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}),? (?P<type>rue|chemin|boulevard|avenue|"
        rf"rang) (?P<name>(?:(?:de la|des?|du|la) )?[a-zà-ÿ]{{4,20}})(?![\w-])"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}) (?P<name>[a-z]{{3,20}}(?: [a-z]{{3,20}})?) "
        rf"(?P<type>{streets.LOWER_TYPE})(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?P<name>{streets.ADJECTIVE})[ -](?P<type>{streets.AFTER_ADJECTIVE})"
        rf"(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?:{streets.KIND_OF_ROAD} )?(?P<type>{streets.NUMBERED_TYPE})\.? "
        rf"(?P<name>\d{{1,4}}[A-Z]?)(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{streets.NUMBER}),? (?:(?:{streets.SIDE}) )?(?P<name>{streets.UNTYPED})(?P<type>)"
        rf"(?![^\W_]){_SIDES}(?! (?:{streets.SHOWS})(?![^\W_]))"
    ),
)
_BOX = re.compile(
    r"(?i)(?<![\w.])(?P<type>p\.? ?o\.? box|post office box|c\.p\.|case postale|"
    r"bo[îi]te postale|r\.?r\.? ?#?)(?P<name>) (?P<number>\d{1,6})(?![^\W_])"
    r"(?:,? (?:succ(?:ursale|\.)|station|stn|site) ?[\w.\'’-]{1,24}(?: box \d{1,5})?(?![^\W_]))?"
)
_NUMBER = re.compile(r"(?<!\d)(?<!\d:\d\d:)\d{1,5}(?!\d)")
_STREET_FOLLOWS = re.compile(r"[A-Za-z]?(?:,? (?=[^\W_])| ?[-–])")
"""What stands behind the digits of every number of `_STREETS`."""
_BOXES = ("box", "c.p.", "case postale", "boîte", "boite", "rr", "r.r.")
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
_COUNTRY = re.compile(r", ?Canada(?![^\W_])")


def find(text: str) -> Iterator[Span]:
    """Addresses with all that belongs to them."""
    done = 0
    for number in _NUMBER.finditer(text):
        if number.start() < done or not _STREET_FOLLOWS.match(text, number.end()):
            continue
        found = [span for pattern in _STREETS if (span := _whole(text, pattern.match(text, number.start())))]
        if found:
            yield max(found, key=lambda span: span.end)
            done = max(span.end for span in found)
    lowered = text.lower()
    if any(word in lowered for word in _BOXES):
        for match in _BOX.finditer(text):
            if span := _whole(text, match):
                yield span


def _whole(text: str, match: re.Match[str] | None) -> Span | None:
    """The address around a street; None where it is a remark, or a word that counts something."""
    if match is None:
        return None
    end = _tail(text, match.end())
    weak = match["type"].lower() in streets.WEAK_TYPES and not re.search(
        r" |\d(?:st|nd|rd|th)$", match["name"].strip()
    )
    if (weak and end == match.end() and match["type"] not in {"St", "Dr"}) or _idle(match):
        return None
    return Span(_unit_before(text, match.start()), end, Label.ADDRESS)


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
    tail = next(
        (found for pattern in _TAILS if (found := pattern.match(text, end)) and _is_place(found)), None
    )
    end = tail.end() if tail else end
    country = _COUNTRY.match(text, end)
    return country.end() if country else end


def _is_place(tail: re.Match[str]) -> bool:
    """Whether a lone word after the street is a city and not somebody's name."""
    if tail.re is not _TAILS[-1]:
        return True
    word = tail[0].lstrip(", ").partition(" ")[0]
    return gender(word) is None or word in streets.CITIES_LIKE_NAMES
