"""Dates as people write them in English and French (`DATE`, `ENGLISH`, `FRENCH`), and dates of birth (`find`).

A date is a date of birth where words beside it say so, in English, French or another usual language. Other dates are
no personal data and stay.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.months import OTHER
from ni.privacy.recognisers.recogniser import REACH, before_words, explained, explained_after, in_context
from ni.privacy.spans import Label, Span
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
    rf"{_YEAR}([-/. ]| [-/.] )(?:1[0-2]|0?[1-9])\1(?:3[01]|[12]\d|0?[1-9])",
    rf"(?:3[01]|[12]\d|0?[1-9])([-/. ]| [-/.] )(?:3[01]|[12]\d|0?[1-9])\2(?:{_YEAR}|\d\d)",
    rf"(?:{_MONTH})\.?[ -](?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,? {{0,2}}{_YEAR}",
    rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er|ère)?)[ -](?:of |de )?(?:{_MONTH})\.?[ ,-]{{1,2}}{_YEAR}",
    rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
)
_BEGINS = r"(?i)(?:(?<![^\W_])|(?<=[\u2e80-\u9fff\uac00-\ud7af]))(?<!\.)(?<!\d[-/])(?:"
DATE = re.compile(
    _BEGINS
    + "|".join(_SHAPES)
    + r")(?:(?![^\W_])(?![-/.]\d)|(?P<time>T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)(?![^\W_]))"
)


_OTHER_MONTH = "|".join(sorted({name for names in OTHER for name in names}, key=len, reverse=True))
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_OTHER_DATE = re.compile(
    _BEGINS
    + rf"{_DAY}(?:\.|[ºª])?[ -](?:d[aei]l? )?(?:{_OTHER_MONTH})\.?[,-]?(?: de[l]?)?[ -]{{1,2}}(?:{_YEAR})"
    rf"|(?:{_OTHER_MONTH}) {_DAY},? {{1,2}}(?:{_YEAR})"
    rf"|{_DAY} (?:tháng|thang) (?:1[0-2]|0?[1-9]),? (?:năm |nam )?(?:{_YEAR})"
    rf"|{_YEAR}[년年] ?(?:1[0-2]|0?[1-9])[월月] ?{_DAY}[일日])(?![^\W_])(?![-/.]\d)"
)
"""Dates in other languages: they count beside words for a birth."""
_MONTH_OF_YEAR = re.compile(
    rf"(?i)(?<![^\W_])(?:{_MONTH}|{_OTHER_MONTH})\.?,? (?:of |del? )?(?:{_YEAR})(?![^\W_])(?!-\d)"
)
NEEDS = re.compile(r"\d{4}|\d[-/. ]\d{1,2}[-/. ]\d\d|\d(?:/|-|, ?['’]?)\d\d|[A-Za-z]{3}[-. ]\d\d")
_SAYS_BIRTH = prefiltered(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b\.?|birth[ _-]?(?:date|day|dt|time)?s?|dmg|date[ _-]?(?:of|"
    r"de)[ _-]?(?:birth|naiss\w*)|born(?: on| in)?|naissance|"
    r"n[ée]e?s?(?:\(e\))?(?: le)?|ddn|d\.d\.n\.?|anniversaire|bday|b\.\s?date|naiss|dt_?nais\w{0,6}|"
    r"geboren(?: am)?|geburts(?:datum|tag)|geb\.|fecha de nac(?:imiento|\.)|nacid[oa](?: el)?|nac[íi][óo]?(?: el)?|"
    r"f\. ?nac\.|nacimiento|data di nascita|nat[oa](?: a [\w'’ -]{2,24})? il|nascid[oa](?: em)?|nasc(?:eu|i) em|"
    r"data de nasc(?:imento|\.)|geboortedatum|geb(?:oren)? op|urodzon[ya]|urodził[ea]?[mś]? się|ur\.|data urodzenia|"
    r"narozen[áý]?|datum narození|nar\.|született|syntynyt|syntymäaika|n[ăa]scut[ăa]?(?: la| pe)?|data na[șs]terii|"
    r"født|fødselsdato|född|födelsedatum|do[ğg]um tarihi|do[ğg]umlu|fèt(?: le| nan)?|dat nesans|tanggal lahir|lahir|"
    r"ng[àa]y sinh|sinh ng[àa]y|(?:petsa ng )?kapanganakan|kaarawan|ipinanganak(?: noong)?|"
    r"дата рождения|родил(?:ся|ась)|рожд\.|"
    r"дата народження|народи(?:вся|лася|вшись|лась)|γεννήθηκ\w{1,3}|ημερομηνία γέννησης)(?![^\W_])"
    r"|生年月日|出生|生於|生于|誕生日|출생|생년월일|생일|태어|ولد|وُلد|ميلاد|مواليد|تاريخ الميلاد|تاريخ الولادة"
    r"|تاریخ (?:تولد|پیدائش)|जन्म|ਜਨਮ|জন্ম|பிறந்த|נולד|תאריך לידה"
)
_ABBREVIATED = prefiltered(r"(?<![^\W_.])b\.")
_SAYS_CHILD = prefiltered(
    r"(?i)(?<![^\W_])(?:child(?:ren)?|kids?|sons?|daughters?|enfants?|fils|filles?|dependants?|bébés?|bab(?:y|ies)|twins?"
    r"|jumeaux|jumelles)(?![^\W_])"
)
_DATE_OF_CHILD = rf"{_YEAR}[-/.](?:1[0-2]|0?[1-9])[-/.]{_DAY}|{_DAY}[-/.]{_DAY}[-/.](?:{_YEAR}|\d\d)"
_OF_CHILD = re.compile(rf"(?<![^\W_])[A-ZÀ-Þ][\w'’-]{{1,24}} \((?P<day>{_DATE_OF_CHILD})(?=[,;)])")
"""The date in brackets behind a name."""
_IN_LINE = re.compile(
    r"(?m)^(?:\d BIRT(?: Y)?\r?\n(?:\d [A-Z]{3,4} [^\n]{1,60}\n){0,3}?\d DATE (?P<date>[^\n]{4,24}?)"
    r"|DBB(?P<day>\d{8}))\s*$"
)
"""Lines that GEDCOM 5.5.1 (BIRT) and AAMVA's barcode of licences (DBB) have for a birth."""
_GLUED = prefiltered(
    r"(?i)(?<![^\W_])(?:dob|ddn|birth(?:date)?|naiss(?:ance)?)(?P<day>(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d)(?!\w)"
)
"""A label that runs into its date."""
_CALL = prefiltered(
    r"(?i)\b(?:date(?:time|only)?|date\.new|localdate(?:time)?\.of)"
    r"\(\s{0,2}(?P<day>(?:1[89]|20)\d\d, ?(?:1[0-2]|0?[1-9]), ?(?:3[01]|[12]\d|0?[1-9]))\s?\)"
)
_SHORT = re.compile(
    rf"(?i)(?<![^\W_])(?:(?:3[01]|[12]\d|0?[1-9])[-. /]?(?:{_MONTH})(?: ?/ ?(?:{_MONTH}) |[-. /]?)(?:{_YEAR}|\d\d)"
    rf"|(?:{_MONTH})\.? (?:3[01]|[12]\d|0?[1-9])(?:/|-|,? ?['’]?)\d\d"
    rf"|{_YEAR}[-/. ](?:{_MONTH})\.?[-/. ](?:3[01]|[12]\d|0?[1-9])"
    r"|\d\d([-/.])(?:1[0-2]|0[1-9])\1(?:3[01]|[12]\d|0[1-9])"
    r"|(?<=[:= ])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?![^\W_])(?![-/.:]\d)"
)
"""Shapes that are dates beside a label alone: `04MAY1990`, `4-May-90`, `May 4/90`, `1990-May-04`, `90/05/04`,
`21 SEPT /SEPT 89` (the passport of Canada)."""
_IN_CELL = re.compile(
    r"(?:(?<=[,;|\t\"'(\[])|(?<=, ))(?P<day>(?:19[2-9]\d|200\d)([-/.])(?:1[0-2]|0[1-9])\2(?:3[01]|[12]\d|0[1-9])"
    r"|(?:3[01]|[12]\d|0[1-9])([-/.])(?:3[01]|[12]\d|0[1-9])\3(?:19[2-9]\d|200\d))(?=[,;|\t\"')\]]|\s*$)",
    re.MULTILINE,
)
_IN_HL7 = re.compile(
    r"\|(?P<day>(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:\d{4,6})?\|[FMOUAN](?=\||\s|$)"
)
"""The seventh and eighth field of a patient's segment: date of birth and sex (HL7 2.5, PID)."""
_SAYS_BIRTH_AFTER = prefiltered(
    r"(?i)(?<![^\W_])(?:d\.?o\.?b|birth ?(?:date|day)|date of birth|"
    r"date de naissance|ddn|anniversaire|b-?day)(?![^\W_])"
)


def find(text: str) -> Iterator[Span]:
    """Dates of birth: dates that words on either side call one, and the field of an HL7 patient segment."""
    if _SAYS_BIRTH.search(text):
        yield from in_context(text, DATE, _SAYS_BIRTH, Label.DOB)
        yield from (
            Span(*match.span(), Label.DOB)
            for match in _SHORT.finditer(text)
            if explained(text, match.start(), _SAYS_BIRTH, REACH if _answers(match) else 20)
        )
        yield from (
            Span(*match.span("day"), Label.DOB)
            for match in _CALL.finditer(text)
            if explained(text, match.start(), _SAYS_BIRTH, 28)
            or explained_after(text, match.end(), _SAYS_BIRTH_AFTER, 28)
        )
        yield from before_words(text, DATE, _SAYS_BIRTH_AFTER, Label.DOB, 32)
        yield from in_context(text, _OTHER_DATE, _SAYS_BIRTH, Label.DOB)
        yield from in_context(text, _MONTH_OF_YEAR, _SAYS_BIRTH, Label.DOB, 24)
    yield from in_context(text, DATE, _ABBREVIATED, Label.DOB, 3)
    for match in _GLUED.finditer(text):
        yield Span(*match.span("day"), Label.DOB)
    for match in _OF_CHILD.finditer(text) if _SAYS_CHILD.search(text) else ():
        if explained(text, match.start(), _SAYS_CHILD, 96):
            yield Span(*match.span("day"), Label.DOB)
    for match in _IN_LINE.finditer(text) if "BIRT" in text or "DBB" in text else ():
        yield Span(*match.span("date" if match["date"] else "day"), Label.DOB)
    for match in _IN_HL7.finditer(text):
        yield Span(*match.span("day"), Label.DOB)


def _answers(match: re.Match[str]) -> bool:
    """Whether a question stands shortly before it."""
    return match.string.rfind("?", max(match.start() - 24, 0), match.start()) >= 0


def weak(text: str) -> Iterator[Span]:
    """Dates of the years 1920 to 2009 that fill a cell or are the argument of a constructor, without words."""
    for pattern in (_IN_CELL, _CALL):
        for match in pattern.finditer(text):
            if "1920" <= re.search(_YEAR, match["day"])[0] < "2010":  # type: ignore[index]
                yield Span(*match.span("day"), Label.DOB)
