"""Telephone numbers of any country, in the scripts and forms of that country.

`teléfono 611 482 907`, `Tel. 0171 4482913`, `電話番号：090-4482-9137`: without a country code, a number is told by the
word before it and by the numbering plan of some country (metadata of Google's libphonenumber). Without a word, it is
told where it is grouped exactly as that country's plan writes it: `(11) 98273-4410`, `090-4482-9137`.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.dates import DATE
from ni.privacy.words import listed

_WORDS = (
    r"t[ée]l(?:s|ef|[ée]fonos?|[ée]phones?|efones?|efono|efoon|efon|efoni|efonszám)?(?:n(?:um(?:mer|ber)?|r))?"
    r"|(?:tele|cell|home|work|mobile)?[ -]?phones?|mobil(?:e|nr|nummer)?|m[óo]vil|celular|cellulare|cell(?:ulaire)?"
    r"|handy(?:nummer)?|portable|gsm|whatsapp|sms|fax|rufnummer|komórka|тел(?:ефон)?|моб(?:ильный)?|sđt"
)
_SCRIPTS = (
    "電話|电话|手机|手機|携帯|전화|휴대폰|연락처|핸드폰|هاتف|موبايل|جوال|رقمها|رقمه|رقمي|फ़ोन|फोन|मोबाइल|โทร"
)
_FILLER = (
    r"[\s:.=#\"'*_]{0,4}(?:(?:(?:is|est|es|é|ist|are|number|num|no|n[o°º]|nr|num[ée]ro|n[úu]mero|nummer|номер)(?![^\W_])"
    r"|番号|号码|號碼|번호|号|是|は|:)[\s:.=#\"'*_]{0,3}){0,2}"
)
_LABELLED = prefiltered(
    rf"(?i)(?:(?<![^\W_])(?:{_WORDS})(?![^\W\d_])|{_SCRIPTS}){_FILLER}"
    r"(?P<number>(?:\(|\+)?\d(?:[-./ ()]{0,2}\d){6,14})(?![A-Za-z0-9])(?![-./]\d)"
)
_CALLED = re.compile(
    r"(?i)(?<![^\W_])(?:call|ring|text|dial|phone|reach|r?appel\w*|(?:re)?joindre|(?:re)?joign\w*|ll[aá]m\w*|(?:an)?rufen"
    r"|ligue|ligar|chiam\w*|bel)(?![^\W_])[^\d\n.!?;]{0,24}(?<![\w.+-])"
    r"(?P<number>(?:\(0?|0)\d(?:[-./ ()]{1,2}\d|\d){7,13})(?<!\d{12})(?![A-Za-z0-9])(?![-./]\d)"
)
"""A verb of calling announces a number that begins as one that is dialled does."""
_NATIONAL = re.compile(
    r"(?<![\w.+/:-])(?<!\d )(?:\(0?[1-9]\d{0,3}\) ?|0\d{1,4}-)\d{2,5}-\d{3,5}(?:-\d{2,4})?(?![\w/])(?![-. ]\d)"
)
_FEWEST_DIGITS = 10
_LAST_GROUP = re.compile(r"[-./ ()]+\d+$")
_VERSION = re.compile(r"(?:^|\.)\d(?:\.|$)")
_REGIONS = listed("""
    CA GB FR DE ES IT BR JP CN RU IN MX PT NL BE CH AT PL SE DK NO FI IE AU KR TW HK SG PH VN TH ID TR SA AE EG MA DZ TN
    HT LB IR PK BD LK NG GH KE ZA CO PE AR CL VE EC UA RO GR IL CZ HU
""")
_INTERNATIONAL = re.compile(
    r"(?<![\w.])(?<!\d[-/ ])00[1-9]\d{0,2}(?:[- ]\(?\d{1,5}\)?){2,5}(?![\w])(?![-./]\d)(?! \d)"
)
_FRENCH_MOBILE = re.compile(
    r"(?<![\w.:#/-])(?<!\b[\da-fA-F]{2} )0[67](?P<gap>[ .])\d\d(?:(?P=gap)\d\d){3}(?![\w:/-])(?![ .][\da-fA-F]{2}\b)"
)


def labelled(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand that a word for telephone or a verb of calling announces and the plan of some country has."""
    for match in (*_LABELLED.finditer(text), *_CALLED.finditer(text)):
        number = match["number"]
        while number and not _known(number):
            cut = _LAST_GROUP.search(number)
            number = number[: cut.start()] if cut else ""
        if number and not _VERSION.search(number) and not DATE.match(text, match.start("number")):
            yield match.start("number"), match.start("number") + len(number)


def unlabelled(text: str) -> Iterator[tuple[int, int]]:
    """Numbers in groups that begin with 00 and the code of a country, and those grouped as their plan groups them."""
    for pattern, region in ((_INTERNATIONAL, None), (_FRENCH_MOBILE, "FR")):
        for match in pattern.finditer(text):
            if _is_valid(match[0] if region else f"+{match[0][2:]}", region):
                yield match.span()
    for match in _NATIONAL.finditer(text):
        if sum(map(str.isdigit, match[0])) >= _FEWEST_DIGITS and _is_national(match[0]):
            yield match.span()


def _is_national(number: str) -> bool:
    """Whether some country's plan has the number and writes it in exactly these groups."""
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat.NATIONAL
    return any(
        _is_valid(number, region)
        and phonenumbers.format_number(phonenumbers.parse(number, region), form) == number
        for region in _REGIONS
    )


def _known(number: str) -> bool:
    """Whether some country's plan has the number, as it is dialled there or from abroad."""
    if sum(map(str.isdigit, number)) < 8:
        return False
    if number.startswith(("+", "00")):
        return _is_valid(f"+{number.lstrip('+0')}", None)
    return any(_is_valid(number, region) for region in _REGIONS)


def _is_valid(number: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
