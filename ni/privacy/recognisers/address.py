"""Street addresses of Canada with unit, city, province and postal code, and postal codes alone.

The fragments of patterns at the top follow Canada Post's addressing guidelines; `ni.privacy.surrogates` uses them too.
A street is English (number, name, type) or French (number, type, name). It is found first; then what belongs to it is
added step by step on both sides, so that no pattern is long. Post office boxes count as addresses.

Words in capitals, in small letters or without a type of street (`44 MAPLE ST`, `33 harbour sq`, `77 JARRY E`) are an
address only where their neighbours say so: a unit, a province, a postal code, a word such as *lives at*, or a line or
cell that holds nothing else.
"""

import re
from collections.abc import Iterator

from ni.privacy.names.people_names import gender
from ni.privacy.prefilter import lines_with, prefiltered
from ni.privacy.recognisers import foreign_address, rural_address, spoken
from ni.privacy.recognisers.recogniser import BEGINS, ENDS, explained, explained_after
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ]"
NUMBER = r"\d{1,5}(?: 1/2| (?:bis|ter)(?=,? )| [A-F](?=, ))?[A-Za-z]?(?: ?[-–] ?\d{1,5}[A-Za-z]?)?"
WORD = (
    rf"(?:{CAPITAL}|[dDlLO]['’])[^\W_](?:[\w.-]|['’](?=[^\W_])){{0,24}}|{CAPITAL}\.?"
    r"|\d{1,3}(?:st|nd|rd|th|e|re|er|ère|ième)?"
)
LITTLE = r"de la|de l['’]|de|des|du|d['’]|la|le|les|l['’]|the|of|and|et|à|au|aux|sur|sainte?"
ENGLISH_TYPE = (
    r"Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Crescent|Cres|Cr|Court|"
    r"Crt|Ct|Place|Pl|Way|Circle|Cir|Terrace|Terr|"
    r"Parkway|Pkwy|Highway|Hwy|Trail|Square|Sq|Gate|Grove|Heights|Hts|Close|Mews|Gardens|Gdns|"
    r"Sideroad|Quay|Line|Hill|Row|Path|Walk|Landing|"
    r"Manor|Ridge|View|Common|Cove|Park|Green|Point|Rise|Bay|Townline|Pathway|Wynd|"
    r"Circuit|Link|Bend|Estates|Glen|Hollow|Loop|Mount|Private|Run|Vista|Villas|Trace|Crossing|Passage|"
    r"Village|Harbour|Meadows?"
)
# Words that also count things: an address only where more of it follows.
WEAK_TYPES = frozenset(
    listed("""
    line hill row path walk view common park green point rise bay place gate way close st dr circuit link bend estates
    glen hollow loop mount private run vista villas trace crossing passage village harbour meadow meadows
""")
)
LOWER_TYPE = r"street|avenue|ave|road|rd|boulevard|blvd|crescent"
FRENCH_TYPE = (
    r"rue|avenue|av\.?|ave\.?|boulevard|boul\.?|blvd\.?|bd|chemin|ch\.|(?-i:CH)|chem\.|rang|route|rte|"
    r"place|pl\.|all[ée]e|mont[ée]e|c[ôo]te|croissant|crois\.|"
    r"cercle|impasse|terrasse|ruelle|promenade|prom\.|carré|quai|cours|passage|square|voie|"
    r"sentier|parc|autoroute"
)
ADJECTIVE = (
    r"Grande?s?|Petite?s?|Vieux|Vieille|Hautes?|Basses?|Belle|Longue|Premi[èe]re?|"
    r"Deuxi[èe]me|Troisi[èe]me|Quatri[èe]me|"
    r"\d{1,2}(?:e|er|re|ère|ième)"
)
AFTER_ADJECTIVE = r"All[ée]e|Rue|C[ôo]te|Rang|Place|Ligne|Mont[ée]e|Avenue|Route|Chemin|Boulevard"
KIND_OF_ROAD = (
    r"(?:Concession|Conc|County|Regional|Region|Township|Twp|Range|Rural|Side|Provincial|Forest|"
    r"Municipal|Old|Line)\.?"
)
NUMBERED_TYPE = r"Road|Rd|Highway|Hwy|Sideroad|Concession|Conc|Line|Route|Rte|Rang|Rg|Autoroute"
SHOWS = r"shows?|musicals?|plays?|theat\w+|hits?|productions?|tickets?|stars?|actors?|songs?|tunes?|runs?"
UNTYPED = (
    r"Broadway|Kingsway|Queensway|Danforth|Lakeshore|"
    r"The (?:Esplanade|Queensway|Kingsway|Strand|Bridle Path|Parkway)"
)
CITIES_LIKE_NAMES = frozenset(listed("Victoria Regina Sydney Florence Kimberley Nelson Vernon Kent Melville"))
FRENCH_PREFIX = r"(?:grande?|petite?|vieux|vieille|haut|bas) "
SIDE = (
    r"North|South|East|West|Nord|Sud|Est|Ouest|NORTH|SOUTH|EAST|WEST|NORD|SUD|EST|OUEST|"
    r"N\.?[EWO]?\.?|S\.?[EWO]?\.?|E\.?|W\.?|O\.?"
)
UNIT_WORD = (
    r"(?:apt|apto|apartment|flat|unit|unité|suite|ste|app|appt|appartement|bureau|bur|porte|local|room|"
    r"rm|condo|logement|log)\.? ?(?:#|no\.? ?)?"
)
UNIT = (
    rf"{UNIT_WORD}(?:[A-Za-z]?-?\d{{1,5}}[A-Za-z]?(?:\.\d{{1,3}})?|(?<=[ #.])[A-Za-z])(?![^\W_])|"
    r"# ?\d{1,5}[A-Za-z]?(?![^\W_])|fl\.? ?\d{1,2}(?![^\W_])|"
    r"(?:\d{1,2}(?:st|nd|rd|th|e|er|ième) (?:floor|étage))(?![^\W_])"
)
_PROVINCES = (
    r"Ontario|Qu[eé]bec|British Columbia|Colombie-Britannique|Alberta|Manitoba|Saskatchewan|Nova Scotia|"
    r"Nouvelle-[ÉE]cosse|New Brunswick|Nouveau-Brunswick|Newfoundland(?: and Labrador)?|"
    r"Terre-Neuve(?:-et-Labrador)?|Prince Edward Island|Île-du-Prince-Édouard|Yukon|Nunavut|"
    r"Northwest Territories|Territoires du Nord-Ouest"
)
PROVINCE = (
    rf"(?:ON|QC|PQ|BC|AB|MB|SK|NS|NB|NL|PE|PEI|YT|NT|NU|Ont\.?|Qu[eé]\.|{_PROVINCES}|"
    rf"{_PROVINCES.upper()})(?![^\W_])"
)
CODE = r"[A-Za-z]\d[A-Za-z][ \u00a0-]?\d[A-Za-z]\d(?![^\W_])"
CITY = (
    rf"(?:{CAPITAL}[\w.'’-]{{1,24}})(?:[ -](?:{CAPITAL}[\w.'’-]{{1,24}}|de|la|le|du|des|sur|of|the)){{0,3}}"
)


ADDRESS_NEEDS = re.compile(r"\d")
_START = r"(?:(?<![^\W_])|(?<=[\u4e00-\u9fff]))(?<![.#$€£])(?<![A-Za-z]/)(?<![^\W_]-)(?<!\d/)"
_SIDES = rf"(?: (?:{SIDE})(?![^\W_]|['’]\w))?"
_MORE = rf"(?:(?: (?:{LITTLE}))? ?(?<![^\s'’])(?:{WORD}))"
_STREETS = (
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?:(?:{SIDE}) "
        rf")?(?P<name>(?:{WORD}){_MORE}{{0,3}}) "
        rf"(?P<type>{ENGLISH_TYPE})(?:\.(?![^\W_])|(?![^\W_])){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?P<type>(?i:{FRENCH_PREFIX})?(?i:{FRENCH_TYPE})) "
        r"(?!(?:Est|Ouest|Nord|Sud)(?![^\W_]))"
        rf"(?P<name>(?:(?:{LITTLE}) ?){{0,2}}(?:{WORD}){_MORE}{{0,3}})(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}),? (?P<type>rue|chemin|boulevard|avenue|"
        rf"rang) (?P<name>(?:(?:de la|des?|du|la) )?[a-zà-ÿ]{{4,20}})(?![\w-])"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}) (?P<name>[a-z]{{3,20}}(?: [a-z]{{3,20}})?) "
        rf"(?P<type>{LOWER_TYPE})(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?P<name>{ADJECTIVE})[ -](?P<type>{AFTER_ADJECTIVE})"
        rf"(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?:{KIND_OF_ROAD} )?(?P<type>{NUMBERED_TYPE})\.? "
        rf"(?P<name>\d{{1,4}}[A-Z]?)(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?:(?:{SIDE}) )?(?P<name>{UNTYPED})(?P<type>)"
        rf"(?![^\W_]){_SIDES}(?! (?:{SHOWS})(?![^\W_]))"
    ),
)
_BOX = re.compile(
    r"(?i)(?<![\w.])(?P<type>p\.? ?o\.? box|post office box|c\.p\.|case postale|"
    r"bo[îi]te postale|r\.?r\.? ?#?)(?P<name>)(?: |(?<=#))(?P<number>\d{1,6})(?![^\W_]|\.\d)"
    r"(?:,? (?:succ(?:ursale|\.)|station|stn|site|comp|box) ?[\w.\'’-]{1,24}(?![^\W_])){0,3}"
)
_STREET_NUMBER = re.compile(r"(?<!\d)(?<!\d:\d\d:)\d{1,5}(?!\d)")
_STREET_FOLLOWS = re.compile(r"[A-Za-z]?(?:,? (?=[^\W_])| ?[-–])")
"""What stands behind the digits of every street number in `_STREETS`."""
_BOXES = ("box", "c.p.", "case postale", "boîte", "boite", "rr", "r.r.")
_LOWER = _STREETS[3]
_CAPITALS = r"(?:[A-ZÀ-ÖØ-Þ](?:[A-ZÀ-ÖØ-Þ.-]|['’](?=[A-ZÀ-ÖØ-Þ])){0,24}|\d{1,3}(?:ST|ND|RD|TH|E)?)"
_TYPE_IN_CAPITALS = rf"{ENGLISH_TYPE.upper()}|LN|TR"
_PROVEN_IN_CAPITALS = frozenset(
    listed("STREET AVENUE AVE ROAD RD BOULEVARD BLVD CRESCENT CRES CRT PKWY PARKWAY HWY")
)
_IN_CAPITALS = re.compile(
    rf"{_START}(?P<number>{NUMBER}),? (?:(?:{SIDE}) )?(?P<name>{_CAPITALS}(?: {_CAPITALS}){{0,3}}?) "
    rf"(?P<type>{_TYPE_IN_CAPITALS})(?:\.(?![^\W_])|(?![^\W_'’-]))(?! (?:{_TYPE_IN_CAPITALS})(?![^\W_'’-])){_SIDES}"
)
_ON_NEIGHBOURS = (
    _IN_CAPITALS,
    re.compile(
        rf"{_START}(?P<number>{NUMBER}),? (?P<name>\d{{1,3}}E) (?P<type>{AFTER_ADJECTIVE.upper()})"
        rf"(?![^\W_]){_SIDES}"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{1,5}}) (?P<name>[a-z]{{3,20}}(?: [a-z]{{3,20}})?) "
        rf"(?P<type>st|dr|cres|crt|ct|ln|sq|pl|pkwy|hwy|terr|blvd|ave|rd)(?:\.(?![^\W_])|(?![^\W_]))"
    ),
    re.compile(
        rf"{_START}(?P<number>\d{{2,5}}),? (?P<name>\d{{1,3}}(?:st|nd|rd|th)?) "
        r"(?P<type>st|ave?|street|avenue)(?:\.(?![^\W_])|(?![^\W_]))"
    ),
)
"""Streets that count where a neighbour proves them, or the type of a street in capitals that is no other word."""
_UNTYPED_NAME = re.compile(
    rf"{_START}(?P<number>{NUMBER}),? (?P<name>(?:(?:{LITTLE}) ){{0,2}}{CAPITAL}[\w.'’-]{{2,24}}"
    rf"(?: {CAPITAL}[\w.'’-]{{2,24}})?)(?P<type>)(?![^\W_]){_SIDES}"
)
_UNTYPED_SMALL = re.compile(
    rf"{_START}(?P<number>\d{{2,5}}),? (?P<name>(?:(?:des|de la|du) )?[a-zà-ÿ-]{{4,20}})(?P<type>)(?![^\W_])"
)
_SAYS_STREET = prefiltered(
    r"(?i)(?<![^\W_])(?:address|adresse|ship(?:ped|ping)?|deliver\w*|livr\w+|(?:lives?|living|lived)(?: \w+)? (?:at|on)"
    r"|lives alone|resid\w+|demeur\w+|habit\w+|domicili\w+|located|pick ?-?up|drop ?-?off|moved to|mailing|bill to"
    r"|demenag\w+|déménag\w+)(?![^\W_])"
)
_LIVES_AT = re.compile(
    r"(?i)(?<![^\W_])(?:address(?: is|:)|adresse(?: est| :|:)|(?:lives?|living|lived|resid(?:es?|ing)) at"
    r"|demeure(?: au)?|habite(?: au)?|(?:reste|domicilié|domiciliée) au) $"
)
_CELL_BEFORE = re.compile(r"(?:^|[\n|;,\t*~\"'>:^(])[ \t]*$")
_CELL_AFTER = re.compile(r"[ \t]*(?:$|[\n|;,\t*~\"'<^)])")
_COMMON = frozenset(
    listed("""
    the this that same each every next one other long busy side main-road across down per and off for
    any via with cross
""")
)
_UNIT_BEFORE = re.compile(
    rf"(?i)(?<![\w])(?:(?:{UNIT})(?:, ?| - | )|{UNIT_WORD})$|(?<![\w./-])\d{{1,5}}[A-Za-z]? ?- ?$"
)
_UNIT_AFTER = re.compile(rf"(?i)(?:, ?| ?\n| - | )(?:{UNIT})")
_APARTMENT_AFTER = re.compile(
    r"(?i)(?:\.?, ?| )(?:apt|apartment|appt?|appartement|suite|condo|logement)\.? ?"
    r"(?:#|no\.? ?)?\d{1,5}(?![^\W_])(?!\.\d)"
)
_SUITE_BEFORE = re.compile(
    r"(?i)(?<![^\W_])(?:suite|ste|apt|apartment|appt?|appartement|bureau)\.? ?#?\d{1,5}, ?$"
)
_TAILS = (
    re.compile(
        rf"(?:, ?| ?\n| - | )(?:{CITY})(?:, ?| | ?\n)\(?{PROVINCE}\)?(?:(?:, ?|"
        rf" {{1,2}}| ?\n){CODE})?"
    ),
    re.compile(rf"(?:, ?| ?\n| )(?:{CITY})(?:, ?| {{1,2}}){CODE}"),
    re.compile(rf"(?:, ?| {{1,2}}| ?\n){CODE}"),
    re.compile(rf", ?(?:[a-zà-ÿ][a-zà-ÿ'’.-]{{1,20}}(?:, ?| )){{1,4}}{CODE}"),
    re.compile(
        rf"(?:, ?| ?\n)(?:(?:{CITY})(?:, ?| |\n))?[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}(?![^\W_])"
    ),  # BS 7666
    re.compile(rf"(?:, ?| ?\n)(?:[A-Z]{{1,2}}-)?\d{{5}} (?:{CITY})"),
    re.compile(rf", ?{PROVINCE}(?:,? {{1,2}}{CODE})?"),
    re.compile(
        rf"(?:\^[\w .#-]{{0,24}}\^|~N4\*){CITY}[*^]{PROVINCE}(?:[*^]{CODE})?"
    ),  # HL7 2.5 XAD; X12 N3 and N4
    re.compile(rf", ?(?!{PROVINCE}){CITY}(?= ?(?:[.;)\n]|$))"),
)
_SAID = prefiltered(
    rf"(?<![\w'’-])(?P<number>{spoken.IN_WORDS})(?:(?P<name>(?:{WORD}){_MORE}{{0,2}}) (?P<type>{ENGLISH_TYPE})"
    rf"(?![^\W_])|(?P<french>(?i:{FRENCH_TYPE}) (?:(?:{LITTLE}) ?){{0,2}}(?:{WORD}){_MORE}{{0,2}})(?![^\W_])){_SIDES}"
)
_SAID_SIGNS = (
    *listed("street avenue road boulevard drive crescent lane court place terrace"), " ave", " rd", "rue ", "chemin ",
    "boul. ", "rang ",
)  # fmt: skip
_STREET_ENDS = re.compile(r" ?(?:[,.;)\n]|$)")
_CODE_IN = re.compile(CODE)
_COUNTRY = re.compile(r", ?Canada(?![^\W_])")


def find_addresses(text: str) -> Iterator[Span]:
    """Street addresses and post office boxes, with unit, city, province, postal code and country."""
    done = 0
    for number in _STREET_NUMBER.finditer(text):
        if number.start() < done or not _STREET_FOLLOWS.match(text, number.end()):
            continue
        spans = [
            span
            for pattern in _STREETS
            if (span := _whole_address(text, pattern.match(text, number.start())))
        ] or list(_by_neighbours(text, number.start()))
        if spans:
            yield max(spans, key=lambda span: span.end)
            done = max(span.end for span in spans)
    lowered = text.lower()
    if any(word in lowered for word in _BOXES):
        for match in _BOX.finditer(text):
            if span := _whole_address(text, match):
                yield span
    for start, end, sure in rural_address.places(text):
        if sure or _has_place(text, end) or explained(text, start, _SAYS_STREET, 32):
            yield Span(start, _tail(text, end), Label.ADDRESS)
    yield from foreign_address.find(text)


def find_said_addresses(text: str) -> Iterator[Span]:
    """Streets whose number is said in words: `twelve forty Central Avenue North`."""
    for start, line in lines_with(_SAID_SIGNS, text):
        for match in _SAID.finditer(line):
            if _is_said(match):
                yield Span(start + match.start(), start + _tail(line, match.end()), Label.ADDRESS)


def _is_said(match: re.Match[str]) -> bool:
    """Whether a number in words is that of a house: behind a word for an address, or several before a street's end."""
    if match["type"] and match["type"].lower() in WEAK_TYPES:
        return False
    ended = _STREET_ENDS.match(match.string, match.end()) is not None
    several = len(spoken.WORD.findall(match["number"])) > 1
    return (several and ended) or explained(match.string, match.start(), _SAYS_STREET, 32)


def find_weak_addresses(text: str) -> Iterator[Span]:
    """Boxes and houses that fill a line or cell; they count beside another value."""
    for start, end, _ in rural_address.places(text):
        if _is_alone(text, start, end):
            yield Span(start, end, Label.ADDRESS)


def _whole_address(text: str, match: re.Match[str] | None) -> Span | None:
    """The address around a street; None if the words are a remark or count something."""
    if match is None:
        return None
    end = _tail(text, match.end())
    weak = match["type"].lower() in WEAK_TYPES and not re.search(
        r" |\d(?:st|nd|rd|th)$", match["name"].strip()
    )
    says = weak and explained(text, match.start(), _SAYS_STREET, 32)
    if (weak and not says and end == match.end() and match["type"] not in {"St", "Dr"}) or _is_remark(match):
        return None
    return Span(_unit_before(text, match.start()), end, Label.ADDRESS)


def _by_neighbours(text: str, at: int) -> Iterator[Span]:
    """The address that begins at a number and counts only because of what stands beside it."""
    for pattern in _ON_NEIGHBOURS:
        match = pattern.match(text, at)
        if match and not _COMMON.intersection(match["name"].lower().split()) and _is_proven(match):
            yield Span(_unit_before(text, at), _tail(text, match.end()), Label.ADDRESS)
            return
    match = _UNTYPED_NAME.match(text, at)
    if match and _APARTMENT_AFTER.match(text, match.end()):
        yield Span(at, _tail(text, match.end()), Label.ADDRESS)
        return
    lives_there = _LIVES_AT.search(text[max(at - 24, 0) : at]) is not None
    in_suite = match is not None and _SUITE_BEFORE.search(text[max(at - 24, 0) : at]) is not None
    if match and (lives_there or in_suite or _is_in_label(match)):
        yield Span(_unit_before(text, at), _tail(text, match.end()), Label.ADDRESS)
        return
    match = _UNTYPED_SMALL.match(text, at) if lives_there else None
    if match and (" " in match["name"] or _UNIT_AFTER.match(text, match.end())):
        yield Span(at, _tail(text, match.end()), Label.ADDRESS)


def _is_proven(match: re.Match[str]) -> bool:
    """Whether a unit, a province, a code or a word beside a street proves it, or it is all of a line or cell."""
    text, (start, end) = match.string, match.span()
    if match.re is _IN_CAPITALS and match["type"] in _PROVEN_IN_CAPITALS:
        return True
    alone = match.re not in _ON_NEIGHBOURS[-2:] and _is_alone(text, start, end)
    return (
        alone
        or _unit_before(text, start) < start
        or _UNIT_AFTER.match(text, end) is not None
        or _has_place(text, end)
        or explained(text, start, _SAYS_STREET, 32)
    )


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing else stands in the line or cell."""
    return (
        _CELL_BEFORE.search(text[max(start - 8, 0) : start]) is not None
        and _CELL_AFTER.match(text, end) is not None
    )


def _has_place(text: str, end: int) -> bool:
    """Whether a city and province, or a postal code follow, possibly behind a unit."""
    unit = _UNIT_AFTER.match(text, end)
    end = unit.end() if unit else end
    return any(pattern.match(text, end) for pattern in _TAILS[:-1])


def _is_in_label(match: re.Match[str]) -> bool:
    """Whether a number and a name without a type begin a line or cell and a place with a postal code follows."""
    text, (start, end) = match.string, match.span()
    if not _CELL_BEFORE.search(text[max(start - 8, 0) : start]):
        return False
    unit = _UNIT_AFTER.match(text, end)
    tail = next(
        (tail for pattern in _TAILS[:-1] if (tail := pattern.match(text, unit.end() if unit else end))), None
    )
    return tail is not None and (_CODE_IN.search(tail[0]) is not None)


def _is_remark(match: re.Match[str]) -> bool:
    """Whether small letters make it a remark (`3 days on the road`), not a street."""
    return match.re is _LOWER and any(word in _COMMON for word in match["name"].split())


def _unit_before(text: str, start: int) -> int:
    match = _UNIT_BEFORE.search(text[max(start - 24, 0) : start])
    return start - len(match[0]) if match else start


def _tail(text: str, end: int) -> int:
    """The end of the address whose street ends at `end`."""
    unit = _UNIT_AFTER.match(text, end)
    end = unit.end() if unit else end
    tail = next(
        (match for pattern in _TAILS if (match := pattern.match(text, end)) and _is_place(match)), None
    )
    end = tail.end() if tail else end
    country = _COUNTRY.match(text, end)
    return country.end() if country else end


def _is_place(tail: re.Match[str]) -> bool:
    """Whether a single word after the street is a city and no given name."""
    if tail.re is not _TAILS[-1]:
        return True
    word = tail[0].lstrip(", ").partition(" ")[0]
    return gender(word) is None or word in CITIES_LIKE_NAMES


POSTAL_CODE_NEEDS = re.compile(rf"\d[A-Za-z][ -]?\d|{foreign_address.BRITISH_NEEDS}")
_POSTAL_CODE = re.compile(
    BEGINS + r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]([ -]?)\d[ABCEGHJ-NPRSTV-Z]\d(?!-\w)" + ENDS,
    re.IGNORECASE,
)
_SAYS_POSTAL = prefiltered(
    r"(?i)(?<![^\W_])(?:postal(?:_?code)?|code|zip|cp|c\.p\.|address|adresse|ship|deliver\w*|mail|livr\w+|exp[ée]di\w+|"
    r"AB|BC|MB|NB|NL|NS|NT|NU|ON|"
    r"PE|QC|SK|YT|canada|ontario|qu[ée]bec|alberta|"
    r"manitoba|saskatchewan|brunswick|scotia|[ée]cosse|columbia|colombie|toronto|montr[ée]al|"
    r"ottawa|vancouver|calgary|edmonton|winnipeg|"
    r"halifax|laval|gatineau|street|st|rue|ave|avenue|blvd|boul|chemin|road|rd|drive)(?:(?![^\W_])|(?-i:(?=C)))"
)
_SAYS_POSTAL_AFTER = prefiltered(r"(?i)(?<![^\W_])(?:postal|zip)(?![^\W_])")
_CELL = ",;|\t\n\"'<>"


def find_postal_codes(text: str) -> Iterator[Span]:
    """Canadian postal codes in capitals with a space; others beside a place or a word, or alone in a cell.

    The letters D, F, I, O, Q and U are never used. Without a space, a code looks like an identifier.
    """
    for match in _POSTAL_CODE.finditer(text):
        start, end = match.span()
        spaced = match[1] == " " and (match[0].isupper() or _in_cell(text, start, end))
        if spaced or _is_called_postal_code(text, start, end):
            yield Span(start, end, Label.POSTAL_CODE)
    yield from foreign_address.find_british_codes(text)


def find_weak_postal_codes(text: str) -> Iterator[Span]:
    """Codes in capitals, or in small letters with a space; they count beside another value."""
    for match in _POSTAL_CODE.finditer(text):
        if match[0].isupper() or (match[1] == " " and match[0].islower()):
            yield Span(*match.span(), Label.POSTAL_CODE)


def _is_called_postal_code(text: str, start: int, end: int) -> bool:
    if text[max(start - 1, 0) : start] == "-" or text[end : end + 1] in {"/", "="}:
        return False
    return explained(text, start, _SAYS_POSTAL, 48) or explained_after(text, end, _SAYS_POSTAL_AFTER, 24)


def _in_cell(text: str, start: int, end: int) -> bool:
    """Whether nothing else stands between two separators of a table."""
    before, after = text[max(start - 4, 0) : start].rstrip(" ")[-1:], text[end : end + 2].lstrip(" ")[:1]
    return (before == "" or before in _CELL) and (after == "" or after in _CELL)
