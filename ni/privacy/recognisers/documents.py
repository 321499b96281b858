"""Government documents: passports, driver's licences, social insurance numbers and health cards.

Each kind has a `find_*` function from text to spans and a `*_NEEDS` pattern that the text must match before it is
worth a search. A number that passes a check digit is found wherever it stands; other shapes need a word beside them.
"""

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.ca import bc_phn
from stdnum.cn import ric
from stdnum.it import codicefiscale
from stdnum.mx import curp

from ni.privacy.prefilter import Prefiltered, lowered, prefiltered
from ni.privacy.recognisers.recogniser import (
    AFTER,
    BEFORE,
    BEGINS,
    ENDS,
    before_words,
    digits,
    explained,
    explained_after,
    in_a_row,
    in_context,
    matches,
)
from ni.privacy.spans import Label, Span

PASSPORT_NEEDS = re.compile(
    r"(?i)pass[aep]|(?-i:(?<![^\W_])PP:? ?[A-Z])"
    r"|reisep|pasap|pasz|pp ?#|ppt|travel doc|паспорт|护照|護照|جواز|여권|パスポート"
    r"|<\d[A-Z]{3}\d{7}|\d{2}[A-Z]{3}\d{7}[MF<]"
)
_PASSPORT = re.compile(
    "(?i)"
    + BEFORE
    + r"(?:[A-Z]{2}[ -]?\d{6,7}|[A-Z][ -]?\d{6}[ -]?[A-Z]{2}|[A-Z]\d{7}[A-Z]|[A-Z]\d{7,8}|\d{9}|"
    r"\d\d[A-Z]{2}\d{5})" + AFTER
)
_FOREIGN_PASSPORT = re.compile(
    BEFORE + r"(?:[A-Z]{3}\d{6}|(?=[A-Z]*\d[A-Z]*\d)[CFGHJK][CFGHJ-NPRTV-Z\d]{8})" + AFTER
)
_SAYS_PASSPORT = prefiltered(
    r"(?i)(?<![^\W_])(?:passports?|passeports?|ppt|pp ?#|(?-i:PP)(?=:? ?$)"
    r"|travel doc(?:ument)?)(?:(?![^\W_])|(?=N[ou]))"
)
_SAYS_FOREIGN_PASSPORT = prefiltered(
    r"(?i)(?<![^\W_])(?:pasaportes?|passaport[eo]|reisepa(?:ss|ß)|paszportu?|паспорта?)(?![^\W_])"
    r"|护照|護照|جواز السفر|여권|パスポート"
)
_MACHINE_READ = re.compile(
    r"(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z]{3}\d{7}[MF<]\d{7}[A-Z0-9<]{14}[\d<]\d(?![A-Z0-9<])"
)
"""The second line that machines read (ICAO 9303-4, 4.2.2)."""


def find_passports(text: str) -> Iterator[Span]:
    """Passport numbers beside the word *passport* or *passeport*.

    Canadian: two letters and six digits, or the newer letter, six digits and two letters. Part numbers and tickets
    have the same shape.
    """
    yield from in_context(text, _PASSPORT, _SAYS_PASSPORT, Label.PASSPORT)
    yield from before_words(text, _PASSPORT, _SAYS_PASSPORT, Label.PASSPORT)
    for shape in (_PASSPORT, _FOREIGN_PASSPORT):
        yield from in_context(text, shape, _SAYS_FOREIGN_PASSPORT, Label.PASSPORT, _FOREIGN_REACH)
    for match in _MACHINE_READ.finditer(text):
        yield Span(*match.span(), Label.PASSPORT)


LICENCE_NEEDS = re.compile(r"\d(?:[- ]{0,3}\d){4}|\d{3}[A-Za-z]{2}")
_JOIN = r"(?:[- ]| - )"
"""Between the groups of a number; cards print a hyphen between blanks."""
_MAY_BE_GROUPED_LICENCE = re.compile(rf"\d{{4}}{_JOIN}\d{{5}}")
_GROUPED_LICENCE = re.compile(
    BEGINS
    + rf"(?:[A-Z]\d{{4}}{_JOIN}\d{{5}}{_JOIN}\d{{5}}|[A-Z]\d{{4}}{_JOIN}\d{{6}}{_JOIN}\d\d)(?!-\w)"
    + ENDS
)
_EASTERN_LICENCE = re.compile(
    "(?i)" + BEGINS + r"[A-Z]\d{4}[- ]?(?:\d{5}[- ]?\d{5}|\d{6}[- ]?\d\d)(?!-\w)" + ENDS
)
_LICENCE = re.compile(
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
_SAYS_LICENCE_OR_PERMIT = prefiltered(
    r"(?i)(?<![^\W_])(?:licen[cs]e[sd]?|permis|conduire|driv(?:er|ing)s?|dl|dln)(?:(?![^\W_])|(?=N[ou]))"
)


def find_driver_licences(text: str) -> Iterator[Span]:
    """Grouped licences of Ontario and Québec, and licences of every province beside words that name them.

    Ontario: a letter and fourteen digits. Québec: a letter and twelve. Others: seven to fourteen digits or letters.
    """
    for match in _GROUPED_LICENCE.finditer(text) if _MAY_BE_GROUPED_LICENCE.search(text) else ():
        yield Span(*match.span(), Label.DRIVER_LICENCE)
    if _SAYS_LICENCE_OR_PERMIT.search(text):
        yield from in_context(text, _EASTERN_LICENCE, _SAYS_LICENCE_OR_PERMIT, Label.DRIVER_LICENCE)
        yield from before_words(text, _EASTERN_LICENCE, _SAYS_LICENCE_OR_PERMIT, Label.DRIVER_LICENCE)
    if _SAYS_LICENCE.search(text):
        yield from in_context(text, _LICENCE, _SAYS_LICENCE, Label.DRIVER_LICENCE)


SIN_NEEDS = re.compile(r"\d(?:[- .]?\d){5}|[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z]|[A-Za-z]\d{4}[A-Za-z]")
_SIN = re.compile(BEGINS + r"(?<![$€£])(?<!\d-)\d{3}([- .]?)\d{3}\1\d{3}(?!-\d)" + ENDS)
_SSN = re.compile(BEGINS + r"(?<!\d-)(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}" + AFTER)
_SOLID_SSN = re.compile(BEGINS + r"(?!000|666)\d{9}" + AFTER)
_NINE_DIGITS = re.compile(r"\d(?:[- .]?\d){8}")
_SAYS_SSN = prefiltered(r"(?i)(?<![^\W_])(?:ssn|itin|social[ _-]?security)(?![^\W_])")
_SAYS_SIN = prefiltered(
    r"(?i)(?<![^\W_])(?:s\.?i\.?n\.?s?|n\.?a\.?s\.?|social[ _-]?insurance|ass(?:urance)?\.?[ _-]?soc(?:iale)?|"
    r"(?:my|his|her|your|their) social|social (?:number|no|is)|t4 box 12|relev[ée] 1 case b|uq_sin|"
    r"insurance[ _-]?number|socialInsurance\w{0,12}|seguro social|"
    r"seguran[çc]a social|asirans sosyal|sin(?:Number|_?no|_?num))(?![^\W_])"
)


def find_sins(text: str) -> Iterator[Span]:
    """Canadian social insurance numbers and the national numbers of other countries.

    A Canadian one has nine digits in groups of three and passes the Luhn check, or stands beside a word such as SIN or
    NAS. American SSN and ITIN are recognised by their groups of three, two and four digits.
    """
    if _NINE_DIGITS.search(text):
        for match in (*matches(text, _SIN, _is_sin), *_SSN.finditer(text), *_solid_ssns(text)):
            yield Span(*match.span(), Label.SIN)
    for start, end in _foreign_numbers(text):
        yield Span(start, end, Label.SIN)


def find_grouped_sins(text: str) -> Iterator[Span]:
    """Canadian numbers in groups of three that pass the check, or that words name."""
    for match in matches(text, _SIN, _is_sin) if _NINE_DIGITS.search(text) else ():
        yield Span(*match.span(), Label.SIN)


def is_called_sin(text: str, at: int) -> bool:
    """Whether a word for a social insurance number stands shortly before the position."""
    return explained(text, at, _SAYS_SIN)


def _is_sin(match: re.Match[str]) -> bool:
    """Whether a grouped number passes the Luhn check, or words on either side name it."""
    number, (start, end) = digits(match[0]), match.span()
    if match[1] in {"-", " "} and number != "000000000" and luhn.is_valid(number):
        return match[1] == "-" or not in_a_row(match.string, start, end)
    return explained(match.string, start, _SAYS_SIN) or explained_after(match.string, end, _SAYS_SIN)


def _solid_ssns(text: str) -> Iterator[re.Match[str]]:
    """Nine digits that the text also writes as an SSN with hyphens, or that follow a word such as SSN."""
    known = {digits(match[0]) for match in _SSN.finditer(text)}
    return (match for match in _SOLID_SSN.finditer(text) if match[0] in known or _is_called_ssn(match))


def _is_called_ssn(match: re.Match[str]) -> bool:
    return explained(match.string, match.start(), _SAYS_SSN, 24)


def find_weak_sins(text: str) -> Iterator[Span]:
    """Nine digits that pass the check, without groups or words; they count beside another value."""
    for match in _SIN.finditer(text) if _NINE_DIGITS.search(text) else ():
        if match[1] == "" and match[0][0] not in "08" and luhn.is_valid(match[0]):
            yield Span(*match.span(), Label.SIN)


_FOREIGN_BEGINS, _FOREIGN_ENDS = r"(?<![A-Za-z0-9])(?<!\d[.-])", r"(?![A-Za-z0-9])(?![.-]\d)"


def _words(words: str) -> Prefiltered:
    return prefiltered(rf"(?i)(?<![^\W_])(?:{words})(?:(?![^\W_])|(?=[\u2e80-\u9fff]))")


def _shape(shape: str) -> re.Pattern[str]:
    return re.compile(rf"(?i){_FOREIGN_BEGINS}(?:{shape}){_FOREIGN_ENDS}")


_FOREIGN_KINDS = (
    (  # France: NIR
        _words(r"nir|n[o°º] ?ss|(?:num[ée]ro |n[o°º] )?(?:de )?(?:s[ée]cu(?:rit[ée] sociale)?|ins[ée]e)"),
        _shape(r"[1-478] ?\d\d ?(?:0[1-9]|[1-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3}(?:[ -]?\d\d)?"),
    ),
    (_words("cpf"), _shape(r"\d{3}\.?\d{3}\.?\d{3}[-/ ]?\d\d")),
    (_words("dni|nie|nif"), _shape(r"[XYZ]?[- ]?\d{7,8}[- ]?[A-Z]|\d{9}")),
    (_words(r"aadh?aa?r|uidai"), _shape(r"\d{4}([ -]?)\d{4}\1\d{4}")),
    (_words("pan(?: (?:card|no|number))?"), _shape(r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]")),
    (
        _words(r"nino|ni (?:number|no)|national insurance(?: (?:number|no))?"),
        _shape(r"(?:[A-CEGHJ-PR-TW-Z]{2}|QQ) ?\d\d ?\d\d ?\d\d ?[A-D]"),
    ),
    (_words(r"nhs(?: (?:number|no))?"), _shape(r"\d{3}([ -]?)\d{3}\1\d{4}")),
    (_words(r"codice ?_?fiscale|cod\. ?fisc|c\.?f\.?"), _shape(r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]")),
    (_words("pesel"), _shape(r"\d{11}")),
    (
        _words(r"person(?:nummer|nr)|samordningsnummer|cpr(?:-(?:nummer|nr))?|f[øo]dselsnummer"),
        _shape(r"\d{6}(?:\d\d)?[-+ ]?\d{4,5}"),
    ),
    (_words(r"hetu|henkil[öo]tunnus"), _shape(r"\d{6}[-+A]\d{3}[0-9A-Y]")),
    (_words(r"bsn|burgerservicenummer|sofinummer"), _shape(r"\d{4}\.?\d{2}\.?\d{3}|\d{8,9}")),
    (_words(r"rijksregisternummer|num[ée]ro national|niss|insz"), _shape(r"\d\d\.?\d\d\.?\d\d[- ]?\d{3}[. ]?\d\d")),
    (_words("curp"), _shape(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d")),
    (_words("rfc"), _shape(r"[A-ZÑ&]{4}\d{6}[0-9A-Z]{2,3}")),
    (_words("ahv(?:-nummer)?|avs"), _shape(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d")),
    (_words(r"steuer-?id(?:nr)?|idnr|steueridentifikationsnummer"), _shape(r"\d\d ?\d{3} ?\d{3} ?\d{3}")),
    (_words(r"tc ?kimlik(?: no)?"), _shape(r"[1-9]\d{10}")),
    (_words("주민등록번호|주민번호"), _shape(r"\d{6}-?[1-8]\d{6}")),
    (_words(r"身份证号?码?|身分證字號|id card"), _shape(r"\d{17}[\dX]|[A-Z][12]\d{8}")),
    (_words("マイナンバー|個人番号|my number"), _shape(r"\d{4}([ -]?)\d{4}\1\d{4}")),
    (  # immigration: client, permit, card of a permanent resident, application
        _words(r"uci|iuc|unique client id(?:entifier)?|identi(?:fiant|ficateur) unique(?: de client)?"),
        _shape(r"(?:\d\d-?)?(?!(?:19|20)\d\d-(?:19|20)\d\d)\d{4}-?\d{4}|\d{4}-\d{4}-\d\d"),
    ),
    (
        _words(
            r"(?:work|study) permit|permis (?:de travail|d['’][ée]tudes)|permiso de (?:trabajo|estudios?)"
            r"|application(?: (?:no|num(?:ber)?|#)\.?|(?=:))"
            r"|(?:n[o°º]|num[ée]ro) de demande|ircc(?: file)?|file(?: (?:no|num(?:ber)?|#)\.?)?|dossier"
            r"|(?:n[úu]mero|n\.?[ºo°]) d[eo] (?:solicitud|pedido|processo|expediente)"
        ),
        _shape(r"[BEFGHLMSUVW]\d{3}( ?)\d{3}\1\d{3}"),
    ),
    (
        _words(r"(?:pr|permanent resident) card|carte (?:de )?(?:rp|r[ée]sident(?:e)? permanent(?:e)?)"),
        _shape(r"[A-Z]{2}\d{7,10}|[A-Z]{2}\d{4}-\d{4}"),
    ),
    (_words(r"(?:indian )?status card|treaty card|carte de statut"), _shape(r"\d{10}")),
    (  # pupils of a province
        _words(r"oen|ontario education (?:no|number|#)|(?:n[o°º]|num[ée]ro) (?:de )?fiche|fiche(?=:| [:#n])"
            r"|code[ _]?perm(?:anent)?|alberta student (?:no|number|#)"),
        _shape(r"\d{3}([- ]?)\d{3}\1\d{3}|[A-Z]{4}[ -]?\d{4}[ -]?\d{4}|\d{7}"),
    ),
    (_words(r"alien (?:registration )?(?:number|no)|a-number"), _shape(r"A?-?\d{8,9}")),
)  # fmt: skip
_CHECKED = (
    (_shape(r"[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]"), codicefiscale.is_valid),
    (_shape(r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d"), curp.is_valid),
    (_shape(r"[1-9]\d{5}(?:19|20)\d{9}[\dX]"), ric.is_valid),
)
_MAY_BE_CHECKED = re.compile(r"\d(?:\d[A-Za-z]\d{3}[A-Za-z]|\d{5}[HMhm]|\d{16})")
"""A part of every number in `_CHECKED`; it begins with digits, which `re` finds quickly."""
_FOREIGN_REACH = 36


def _foreign_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the national numbers of other countries than Canada and the United States.

    Behind the word that names it, the shape of a number is enough, since a mistyped number is still personal. Italian,
    Mexican and Chinese numbers pass a check so strict (python-stdnum) that they need no word.
    """
    low = lowered(text)
    for words, shape in _FOREIGN_KINDS:
        named = shape.finditer(text) if words.among(low) and words.pattern.search(text) else ()
        for match in named:
            if explained(text, match.start(), words, _FOREIGN_REACH):
                yield match.span()
    for shape, is_valid in _CHECKED if _MAY_BE_CHECKED.search(text) else ():
        for match in shape.finditer(text):
            if is_valid(match[0]):
                yield match.span()


_MEMBER = re.compile(
    r"(?<![^\W_])NM1\*[^~\n]{0,120}\*(?:MI|HN|II)\*(?P<number>[A-Za-z0-9-]{5,20})(?![^~*\s])"
)
"""Identifiers of members: X12 837, NM109."""
_RECORD = re.compile("(?i)" + BEFORE + r"[A-Z]{0,2}-?\d{5,10}" + AFTER)
_SAYS_RECORD = prefiltered(
    r"(?i)(?<![^\W_])(?:mrn|medical record(?: (?:no|num(?:ber)?|#)\.?)?|(?:hospital|patient|chart) "
    r"(?:no|num(?:ber)?|#)\.?|(?:n[o°º]|num[ée]ro) de dossier m[ée]dical|dossier m[ée]dical)(?![^\W_])"
)
_CALLED_HC = prefiltered(
    r"(?i)(?<![^\W_])h(?:ealth)?_?c(?:ard)?(?:_?n(?:o|um|umber))?(?:: ?str(?:ing)?)? ?[:=] ?[\"']?"
    r"(?P<number>\d{10})(?!\w)"
    r"|(?<![^\W_])(?-i:HCN?|HIN|OHIP|PHN)(?P<glued>\d{10})(?:[A-Z]{2})?(?!\w)"
)

HEALTH_CARD_NEEDS = re.compile(r"\d(?:[- ]{0,3}\d){5}")
_EIGHT_DIGITS = re.compile(r"\d(?:[- ]{0,3}\d){7}")
_TEN_DIGITS = re.compile(
    BEGINS + r"(?<!\d-)\d{4}([- ]?| - )\d{3}\1\d{3}(?:(?:[- ]?| - )[A-Z]{2}(?![A-Za-z]))?(?!-\d)" + ENDS
)
_RAMQ = re.compile(BEGINS + r"[A-Za-z]{4}([- ]?)\d{4}\1\d{4}(?!-\w)" + ENDS)
_OTHER_HEALTH_CARD = re.compile(
    BEFORE + r"(?:[A-Z]{1,2}[- ]?)?(?:\d{3}[- ]\d{3}[- ]\d{3}(?:\d|[- ]\d{3})?|\d{5}[- ]\d{4}|"
    r"\d{4}[- ]\d{4}(?:[- ]\d{4})?|\d{4}([- ]| - )\d{3}\1\d{3}|\d{6,12})"
    r"(?:(?:[- ]?| - )[A-Z]{1,2}(?![A-Za-z])|[a-z]{2})?(?!-\d)" + ENDS
)
_SAYS_HEALTH = prefiltered(
    r"(?i)(?<![^\W_])(?:health ?[·./-]? ?santé|health[ -]?(?:card|care|insurance|services?|number|n(?:o|um)\b|id)"
    r"|(?:personal|provincial) health|medicare|medical (?:card|number)|"
    r"assurance[ -]?maladie|carte (?:de )?(?:sant[ée]|soleil)|num[ée]ro (?:de )?sant[ée]|"
    r"(?:nam|ramq|ohip|phn|phin|msp|mcp|msi|ahc|ahcip|yhcip|hcn|"
    r"hsn|uli|care ?card)(?![^\W_])|tarjeta (?:sanitaria|de salud)|cart[ãa]o de sa[úu]de|kat sante"
    r"|thẻ (?:y tế|bảo hiểm)"
    r"|медичн\w{2,4} картк\w|健康卡|医疗卡|醫療卡|البطاقة الصحية|ਸਿਹਤ ਕਾਰਡ)"
)


def find_health_cards(text: str) -> Iterator[Span]:
    """Health card numbers whose check proves them, and those of every province beside words that name them.

    Ontario: ten digits, Luhn. Québec (RAMQ): four letters and eight digits with a birth date. British Columbia: ten
    digits that begin with 9, modulus 11.
    """
    if _EIGHT_DIGITS.search(text):
        for match in (*matches(text, _TEN_DIGITS, _is_health_number), *matches(text, _RAMQ, _is_ramq)):
            yield Span(*match.span(), Label.HEALTH_CARD)
    if _SAYS_HEALTH.search(text):
        yield from in_context(text, _OTHER_HEALTH_CARD, _SAYS_HEALTH, Label.HEALTH_CARD)
        yield from before_words(text, _OTHER_HEALTH_CARD, _SAYS_HEALTH, Label.HEALTH_CARD)
    yield from in_context(text, _RECORD, _SAYS_RECORD, Label.HEALTH_CARD, 24)
    for match in _CALLED_HC.finditer(text):
        group = "number" if match["number"] else "glued"
        if luhn.is_valid(match[group]) or bc_phn.is_valid(match[group]):
            yield Span(*match.span(group), Label.HEALTH_CARD)
    for match in _MEMBER.finditer(text) if "NM1*" in text else ():
        yield Span(*match.span("number"), Label.HEALTH_CARD)


def _is_health_number(match: re.Match[str]) -> bool:
    number = digits(match[0])
    if match[0][-1].isalpha():
        return luhn.is_valid(number)
    if not match[1] or not (luhn.is_valid(number) or bc_phn.is_valid(number)):
        return False
    return "-" in match[1] or not in_a_row(match.string, *match.span())


def _is_ramq(match: re.Match[str]) -> bool:
    """Whether the number contains a birth date, or words on either side name it."""
    text = match.string
    return (
        _has_birth_date(match[0])
        or explained(text, match.start(), _SAYS_HEALTH)
        or explained_after(text, match.end(), _SAYS_HEALTH)
    )


def _has_birth_date(value: str) -> bool:
    """Whether the digits begin with a birth date as RAMQ writes it: women's months are 51 to 62."""
    number = digits(value)
    month, day = int(number[2:4]), int(number[4:6])
    return value[:4].isupper() and (1 <= month <= 12 or 51 <= month <= 62) and 1 <= day <= 31
