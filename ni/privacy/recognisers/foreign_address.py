"""Street addresses as other countries write them: the number after the name (`Hauptstraße 17`, `Calle Mayor 45`).

A word that only streets end with or begin with proves one. Where such a word has other uses (*Via*, *Ring*), a postal
code with a city has to follow, or a word such as *lives at* has to stand before it. British postal codes are here too.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import lowered, prefiltered, stands_in
from ni.privacy.recognisers.recogniser import BEGINS, ENDS, explained
from ni.privacy.spans import Label, Span

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĄĆČĐĘĞİŁŃŚŞŠŹŻŽА-ЯІЇЄ]"
_WORD = rf"(?:{_CAPITAL}[^\W_][\w.'’-]{{0,24}}|\d{{1,2}} (?:de )?{_CAPITAL}\w{{2,12}})"
_LITTLE = r"(?:d[aeio]s?|del|dell[ao]|dei|degli|de la|de las|de los|do|y|e|i|van|van de[nr]?|von|zu[mr]?|am|an de[rn])"
_NUMBER = r"\d{1,4}(?! ?[.:]\d)(?:[-–/]\d{1,4})? ?(?:bis|[A-Za-z](?![^\W_]))?"
_FLOOR = (
    r"(?:, ?(?:\d{1,2}\.?[ºª°o](?: ?[A-Z](?![^\W_])| ?(?:izq|dcha|dto|esq)\.?)?|piso \d{1,2}"
    r"|(?:apto?|bl|app|int)\.? ?\d{1,4}))?"
)
_CITY = rf"{_CAPITAL}[\w.'’-]{{1,24}}(?:[ -](?:{_CAPITAL}[\w.'’-]{{1,24}}|am|an|der|im|de|la|do)){{0,3}}"
_CODE = (
    r"(?:[A-Z]{1,2}-)?"
    r"(?:\d{5}|\d{4}(?: ?[A-Z]{2}(?![^\W_]))?|\d{3} \d\d|\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3})"
)
_TAIL = rf"(?:(?:, ?| ?\n| - | )(?P<place>{_CODE} (?:{_CITY})))?"
STREET_ENDS = (
    r"stra(?:ß|ss)e|str\.|gasse|allee|weg|platz|gatan|vägen|gränd|straat|gracht|singel|katu|veien|gaten"
    r"|stræde"
)
MAY_END_STREET = r"ring|damm|ufer|berg|hof|gade|vej|vei|gata|laan|plein|kade|dijk|tie|tori|torg|torget"
STREET_BEGINS = (
    r"Rua|Avenida|Av(?:da)?\.|Calle|C/|Carrer|Paseo|Praça|Travessa|Rodovia|Viale|Vicolo|Piazzale"
    r"|Lungo(?:mare|tevere)|ul\.|ulica|al\.|ул\.|улица|вул\.|пер\.|просп\.|проспект|Bulevardul|Calea"
    r"|[Šš]trada|Jalan|Jl\."
)
MAY_BEGIN_STREET = (
    r"Via|Piazza|Plaza|Largo|Corso|Strada|Camino|Carrera|Cra\.|Estrada|os\.|Plac|Straße|Am|An der|Auf der|Im"
    r"|Zum|Zur"
)
_BEFORE = r"(?<![^\W_])(?<![.#/])"
_STREETS = (
    re.compile(
        rf"{_BEFORE}(?:(?:{_CAPITAL}[\w.-]{{1,20}} ){{0,2}}?{_CAPITAL}[^\W\d_-]{{2,30}}(?:-[^\W\d_]{{2,20}}){{0,3}}?"
        rf"(?:(?P<alone>{STREET_ENDS})|{MAY_END_STREET})"
        rf"|{_CAPITAL}[\w.-]{{1,20}}[ -](?P<apart>Straße|Strasse|Allee|Platz|Weg)) "
        rf"{_NUMBER}(?![^\W_]){_TAIL}"
    ),
    re.compile(
        rf"{_BEFORE}(?:(?P<alone>{STREET_BEGINS})|{MAY_BEGIN_STREET}) ?(?:{_LITTLE} ){{0,2}}{_WORD}"
        rf"(?: (?:{_LITTLE} ){{0,2}}{_WORD}){{0,3}},? (?:n[.º°]? ?|№ ?|д\. ?)?"
        rf"{_NUMBER}(?![^\W_]){_FLOOR}(?P<apart>){_TAIL}"
    ),
)
_NEEDS = re.compile(r"[^\W\d_][.,]? (?:n[.º°]? ?|№ ?|д\\. ?)?\d")
_WORDS = "|".join((STREET_ENDS, MAY_END_STREET, STREET_BEGINS, MAY_BEGIN_STREET)).lower()
_SIGNS = tuple(
    sign
    for part in re.sub(r"\[..\]|\([^)]*\)\??", "|", _WORDS).split("|")
    if len(sign := part.replace("\\", "")) > 1
)
"""In small letters, one of these stands in every text with such a street."""
_SAYS_ADDRESS = prefiltered(
    r"(?i)(?<![^\W_])(?:address|adresse|anschrift|wohn(?:t|haft|ung)|direcci[óo]n|domicilio|vive en|resid\w+|morada"
    r"|mora n[ao]|endere[çc]o|indirizzo|abita|(?:lives?|living|lived)(?: \w+)? (?:at|on)|habite|demeure|адрес|adres\w*"
    r"|woont|bor p[åa])(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Streets with their number, floor, postal code and city."""
    if not _NEEDS.search(text) or not stands_in(_SIGNS, lowered(text)):
        return
    for pattern in _STREETS:
        for match in pattern.finditer(text):
            if (
                match["alone"]
                or match["apart"]
                or match["place"]
                or explained(text, match.start(), _SAYS_ADDRESS, 40)
            ):
                yield Span(*match.span(), Label.ADDRESS)


_BRITISH = re.compile(BEGINS + r"(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?) \d[ABD-HJLNP-UW-Z]{2}" + ENDS)
BRITISH_NEEDS = r"\d[A-Z]? \d[A-Z]{2}"
_SAYS_BRITISH = prefiltered(
    r"(?i)(?<![^\W_])(?:post ?code|united kingdom|england|scotland|wales|uk|gb|street|road|avenue|lane|terrace|close"
    r"|crescent|drive|gardens|court|london|leeds|bristol|glasgow|edinburgh|manchester|birmingham|liverpool"
    r"|sheffield|cardiff|address|flat \d{1,4})(?![^\W_])"
)


def find_british_codes(text: str) -> Iterator[Span]:
    """British postal codes (BS 7666) behind a word for a place or a street."""
    for match in _BRITISH.finditer(text):
        if explained(text, match.start(), _SAYS_BRITISH):
            yield Span(*match.span(), Label.POSTAL_CODE)
