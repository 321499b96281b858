"""Telephone numbers, validated by `phonenumbers` (the metadata of Google's libphonenumber).

North American numbers are found without a country code. A national number of another country is found behind a word
for telephone (`teléfono 611 482 907`, `Tel. 0171 4482913`, `電話番号：090-4482-9137`), or where it is grouped exactly
as that country's plan writes it (`(11) 98273-4410`, `090-4482-9137`).
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.dates import DATE
from ni.privacy.recognisers.recogniser import (
    AFTER,
    BEFORE,
    BEGINS,
    ENDS,
    explained,
    explained_after,
    in_a_row,
    matches,
)
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

if TYPE_CHECKING:  # imported when a text first contains a number: its metadata are large
    from phonenumbers import PhoneNumber

NEEDS = re.compile(r"\d(?:[-. ()/+]{0,3}\d){6}")
_TAIL = r"(?:,? {0,2}(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6})?"
_NANP = re.compile(
    BEGINS + r"(?<![$€£])(?<!\d-)(?:\+?1[-. ]{0,2})?"
    r"(?:\([2-9]\d\d\)[-. ]{0,2}[2-9]\d\d(?:[-. ]| - )?"
    + r"|[2-9]\d\d(?:[-. /]{1,2}| - )[2-9]\d\d(?:[-. ]| - ))\d{4}"
    + _TAIL
    + r"(?!-\d)"
    + ENDS
)
_INTERNATIONAL = re.compile(
    r"(?<![^\W_])(?<!\.)\+\d{1,3}(?:[-. ]{0,2}\(?\d{1,5}\)?){2,6}" + _TAIL + r"(?!-\d)" + ENDS
)
_IN_LINK = prefiltered(r"(?i)(?<=(?<![\w.-])wa\.me/)\+?(?P<number>[1-9]\d{7,14})(?!\w)")
"""WhatsApp's links contain a number with its country code and nothing else."""
_PLAIN = re.compile(BEGINS + r"(?<![.#$€£])(?<!\d-)(?:\+?1)?[2-9]\d\d[-. ]?[2-9]\d{6}(?![-.]\d)" + ENDS)
_FRENCH = re.compile(BEFORE + r"(?<!#)0[1-9](?:[-. ]?\d\d){4}" + AFTER)
_ALONE = re.compile(r"(?m)^[^\S\n]*(?P<number>[2-9]\d\d[-. ][2-9]\d{6})[^\S\n]*$")
"""An area code and seven digits: two numbers, or one with decimals, where anything else stands in the line."""
_LOCAL = re.compile(BEFORE + r"(?<!#)[2-9]\d\d-\d{4}" + AFTER)
_SAYS_PHONE = prefiltered(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?s?|(?:tele|cell|home|work|mobile)?phones?|mobile|cell(?:ulaire)?|telecoms?|"
    r"call(?:s|ed|ing|er)?|text(?:s|ed|ing)?|sms|fax|t[ée]l[ée]copieur|(?:re)?joindre|(?:re)?joign\w*|voice ?mail|"
    r"(?:left|laissé) (?:\w+ ){1,2}message|bo[iî]te vocale|"
    r"(?:my|his|her|our|your|their|whose|direct) (?:\w+ )?number|"
    r"r?appel\w*|reach(?:ed|able)?|contact\w*|num[ée]ro|num|no|poste|whatsapp|ring|rang|dial|portable|home|work|"
    r"domicile|bureau|at|au|or|ou)(?:(?![^\W_])|(?-i:(?=N[ou]|s?[:=\"'])))"
)
_SAYS_PHONE_AFTER = prefiltered(
    r"(?i)(?<![^\W_])(?:t[ée]l(?:[ée]phone)?|phone|mobile|cell(?:ulaire|phone)?|sms|fax|whatsapp|portable|domicile"
    r"|(?:call|reach|text|ring)(?:ed)? (?:me|us|him|her|them|back)|(?:me|nous|le|la|les) (?:re)?joindre"
    r"|r?appele[rz][ -](?:moi|nous|le|la|les)|(?:called|rang|phoned|texted|a (?:r?appelé|téléphoné)))(?![^\W_])"
)
_SHORT_LABEL = re.compile(
    r"(?i)(?:(?<![^\W_])(?:t[ée]l|ph|cell?|mob|cb|c/b|call ?back|bur|trav|r[ée]s|dom|fax|t[ée]l[ée]c|toll[- ]?free|"
    r"sans frais|dir|off|ofc|wk|txt|vm)\.?"
    r"(?: ?(?:no\.?|n[o°º]|#))?\s?[:=)]? ?[\"']?"
    r"|(?<![^\W_])(?:from|to|caller|callee|ani|dnis|src|dst)(?:=|[\"']?: ?[\"'])|\*(?:TE|CP|HP|WP|FX)\*|COM\+)$"
)
"""Directly before ten digits, these announce a telephone number; the last ones are X12's of a contact (PER03) and
UN/EDIFACT's (COM)."""
_LETTER_LABEL = re.compile(r"(?i)(?:^|[\s|,;/•·(])(?P<letter>[mtchofwdb])(?P<mark>[.:)]) ?$")
_LETTER_GOES_ON = re.compile(r"\s{0,3}(?:$|[|,;/•·\n]|\(?[mtchofwdbMTCHOFWDB][.:)])")
_HOUR = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])")
_LARGEST = frozenset({"2147483647", "2147483648", "4294967295", "4294967296"})
_GLUED = prefiltered(
    r"(?i)(?:(?<=[^\W_])(?:phone|tel|tél|fax|cell|mobile)[:. ]{1,2}|(?<![^\W_])(?:phone|tel|tél|fax|cell|mobile)(?=\d))"
    r"(?P<number>[2-9]\d\d[-. ]?[2-9]\d\d[-. ]?\d{4})(?!\d|[-.]\d)"
)
"""A label that runs into the value before it or into its own, as text taken from a PDF has it."""
_EXTENSION = re.compile(r"(?:,? {0,2})(?:x|ext\.?|extension|poste|p\.) {0,2}\d{1,6}$")


def find(text: str) -> Iterator[Span]:
    """Telephone numbers with separators or a plus sign, or beside a word that names them."""
    for match in matches(text, _NANP, _is_north_american):
        yield Span(*match.span(), Label.PHONE)
    for match in _IN_LINK.finditer(text):
        if _valid(f"+{match['number']}", None):
            yield Span(*match.span("number"), Label.PHONE)
    if "+" in text:
        for match in matches(text, _INTERNATIONAL, _is_international):
            yield Span(*match.span(), Label.PHONE)
    yield from _explained(text)
    for match in _BRITISH_MOBILE.finditer(text):
        if _is_assigned(match[0], "GB"):
            yield Span(*match.span(), Label.PHONE)


def weak(text: str) -> Iterator[Span]:
    """Ten digits that the North American plan has assigned, without groups or words."""
    for match in _PLAIN.finditer(text):
        if _valid(match[0], "CA"):
            yield Span(*match.span(), Label.PHONE)


def _is_north_american(match: re.Match[str]) -> bool:
    """Whether the plan has the number, and it is no row of numbers if only spaces part its groups."""
    if not _valid(match[0], "CA"):
        return False
    apart = re.search(r"[-.()/]", match[0]) is not None
    text, (start, end) = match.string, match.span()
    return apart or not in_a_row(text, start, end) or explained(text, start, _SAYS_PHONE, 32)


def _is_international(match: re.Match[str]) -> bool:
    """Whether some country's plan has the number, and the plus is not the mark of a diff."""
    text, start = match.string, match.start()
    marks = (start == 0 or text[start - 1] == "\n") and _NANP.match(text, start + 1)
    return not marks and _valid(match[0], None)


def _explained(text: str) -> Iterator[Span]:
    """Numbers that count because of words beside them, or alone in their line."""
    for start, end in (*_beside_words(text), *_labelled(text), *_unlabelled(text)):
        yield Span(start, end, Label.PHONE)


def _beside_words(text: str) -> Iterator[tuple[int, int]]:
    for pattern, region in ((_PLAIN, "CA"), (_FRENCH, "FR")):
        for match in pattern.finditer(text):
            if (_is_called_phone(match, 32) or _is_labelled_briefly(match)) and _valid(match[0], region):
                yield match.span()
    for match in (*_GLUED.finditer(text), *_ALONE.finditer(text)):
        if _valid(match["number"], "CA"):
            yield match.span("number")
    for match in _LOCAL.finditer(text):
        if _is_called_phone(match, 24):
            yield match.span()


def is_called_phone(text: str, at: int) -> bool:
    """Whether a word for a telephone stands shortly before the position."""
    return explained(text, at, _SAYS_PHONE, 32)


def _is_called_phone(match: re.Match[str], reach: int) -> bool:
    """Whether words on either side say that it is a telephone number."""
    text, (start, end) = match.string, match.span()
    return explained(text, start, _SAYS_PHONE, reach) or explained_after(text, end, _SAYS_PHONE_AFTER, 32)


def _is_labelled_briefly(match: re.Match[str]) -> bool:
    """Whether `ph`, `cel.`, `from=` or the like stands directly before the number, or one letter in a list of such."""
    text, (start, end) = match.string, match.span()
    before = text[max(start - 24, 0) : start]
    if match[0] in _LARGEST or _HOUR.match(match[0]):
        return False
    if _SHORT_LABEL.search(before):
        return True
    return _LETTER_LABEL.search(before) is not None and _LETTER_GOES_ON.match(text, end) is not None


def _valid(number: str, region: str | None) -> bool:
    """Whether a number without its extension is assigned, or fictional; `region` as for `_is_assigned`."""
    number_alone = _EXTENSION.sub("", number)
    return _is_assigned(number_alone, region) or (
        _is_fictional(number) and _parsed(number_alone, region) is not None
    )


def _is_assigned(number: str, region: str | None) -> bool:
    """Whether the numbering plan of `region` has the number; without a region, the plan of its country code."""
    import phonenumbers

    parsed = _parsed(number, region)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def _parsed(number: str, region: str | None) -> "PhoneNumber | None":
    import phonenumbers

    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def _is_fictional(number: str) -> bool:
    """Whether the number is reserved for films and examples (555-01xx; Arcep 06 39 98); these count as personal too."""
    digits = re.sub(r"\D", "", number).removeprefix("00")
    return re.search("55501..$", digits) is not None or digits.startswith(("063998", "3363998"))


_PHONE_WORDS = (
    r"t[ée]l(?:s|ef|[ée]fonos?|[ée]phones?|efones?|efono|efoon|efon|efoni|efonszám)?(?:n(?:um(?:mer|ber)?|r))?"
    r"|(?:tele|cell|home|work|mobile)?[ -]?phones?|mobil(?:e|nr|nummer)?|m[óo]vil|celular|cellulare|cell(?:ulaire)?"
    r"|handy(?:nummer)?|portable|gsm|whatsapp|sms|fax|rufnummer|komórka|тел(?:ефон)?|моб(?:ильный)?|sđt"
)
_PHONE_WORDS_OF_SCRIPTS = (
    "電話|电话|手机|手機|携帯|전화|휴대폰|연락처|핸드폰|هاتف|موبايل|جوال|رقمها|رقمه|رقمي|फ़ोन|फोन|मोबाइल|โทร"
)
_FILLER = (
    r"[\s:.=#\"'*_]{0,4}(?:(?:(?:is|est|es|é|ist|are|number|num|no|n[o°º]|nr|num[ée]ro|n[úu]mero|nummer|номер)(?![^\W_])"
    r"|番号|号码|號碼|번호|号|是|は|:)[\s:.=#\"'*_]{0,3}){0,2}"
)
_LABELLED = prefiltered(
    rf"(?i)(?:(?<![^\W_])(?:{_PHONE_WORDS})(?![^\W\d_])|{_PHONE_WORDS_OF_SCRIPTS}){_FILLER}"
    r"(?P<number>(?:\(|\+)?\d(?:[-./ ()]{0,2}\d){6,14})(?![A-Za-z0-9])(?![-./]\d)"
)
_AFTER_VERB = re.compile(
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
_WITH_00 = re.compile(
    r"(?<![\w.])(?<!\d[-/ ])00[1-9]\d{0,2}(?:[- ]\(?\d{1,5}\)?){2,5}(?![\w])(?![-./]\d)(?! \d)"
)
_BRITISH_MOBILE = re.compile(r"(?<![\w.:#/-])07[1-9]\d\d \d{3} ?\d{3}(?![\w:/-])(?![ .]\d)")
_FRENCH_MOBILE = re.compile(
    r"(?<![\w.:#/-])(?<!\b[\da-fA-F]{2} )0[67](?P<gap>[ .])\d\d(?:(?P=gap)\d\d){3}(?![\w:/-])(?![ .][\da-fA-F]{2}\b)"
)


def _labelled(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of numbers that some country's plan has, behind a word for telephone or a verb of calling."""
    for match in (*_LABELLED.finditer(text), *_AFTER_VERB.finditer(text)):
        number = match["number"]
        while number and not _is_dialled_somewhere(number):
            cut = _LAST_GROUP.search(number)
            number = number[: cut.start()] if cut else ""
        if number and not _VERSION.search(number) and not DATE.match(text, match.start("number")):
            yield match.start("number"), match.start("number") + len(number)


def _unlabelled(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of grouped numbers that begin with 00 and a country code, or are grouped as their plan does it."""
    for pattern, region in ((_WITH_00, None), (_FRENCH_MOBILE, "FR")):
        for match in pattern.finditer(text):
            if _is_assigned(match[0] if region else f"+{match[0][2:]}", region):
                yield match.span()
    for match in _NATIONAL.finditer(text):
        if sum(map(str.isdigit, match[0])) >= _FEWEST_DIGITS and _is_national(match[0]):
            yield match.span()


def _is_national(number: str) -> bool:
    """Whether some country's plan has the number and writes it in exactly these groups."""
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat.NATIONAL
    return any(
        _is_assigned(number, region)
        and phonenumbers.format_number(phonenumbers.parse(number, region), form) == number
        for region in _REGIONS
    )


def _is_dialled_somewhere(number: str) -> bool:
    """Whether some country's plan has the number, as it is dialled there or from abroad."""
    if sum(map(str.isdigit, number)) < 8:
        return False
    if number.startswith(("+", "00")):
        return _valid(f"+{number.lstrip('+0 ')}", None)
    return any(_is_assigned(number, region) for region in _REGIONS)
