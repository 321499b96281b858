"""Values that a single line break goes through, in wrapped mail, quoted-printable text and folded YAML.

Around each line break that may stand within a value, the text is read a second time with the break folded: its
indentation, marks of quotation and soft break (RFC 2045, 6.7) read as nothing or as one blank. What is found there
counts only where it proves itself: a card, a social insurance number or a telephone number with its own separators, an
address of e-mail with a known ending, a date of birth beside its word, a JSON web token. Each line's part is a span.
"""

import re
from collections.abc import Iterator
from types import MappingProxyType

from ni.privacy.reading_stages import Edit, Stage
from ni.privacy.recognisers import dates, documents, email, payment, phone
from ni.privacy.spans import Label, Span

_BREAK = re.compile(
    r"(?P<soft>=?)[ \t]{0,2}\r?\n(?P<marks>[ \t]{0,16}(?:(?:[>|*#]|//)[ \t]{0,12}){0,4})(?=[\w(@.+-])"
)
_WORTH = re.compile(r"[\d@][-.)/,]?=?[ \t]{0,2}\r?\n|@[\w.=-]{1,80}\r?\n|\n[ \t>|*#/]{0,24}@\w|\w=\r?\n")
"""What stands beside a line break in every value that is looked for."""
_BEFORE, _AFTER, _NEAR = 72, 48, 16
_NUMBER_ENDS = re.compile(r"\(?\d[\d().-]{0,20}(?: [\d().-]{1,14}){0,3}$")
_NUMBER_GOES_ON = re.compile(r"[\d().-]{1,20}(?: [\d().-]{1,14}){0,3}")
_FEWEST_DIGITS, _FEWEST_OF_CARD = 9, 13
_GROUP_ENDS, _GROUP = re.compile(r"(?<!\d)\d{3}\)?$"), re.compile(r"\d{3,4}(?!\d)")
_SHORTEST_NUMBER, _SHORTEST_WORD = 3, 4
_DATE_ENDS = re.compile(r"(?i)(?:(?:19|20)\d\d|[a-zéû]{3,9}\.? \d{1,2},?|\d[-/.])$")
_MAIL_ENDS = re.compile(r"[\w+-]@(?:[\w-]{1,63}\.){0,3}$|@(?:[\w-]{1,63}\.){1,3}$")
_KNOWN_ENDING = re.compile(r"\.(?:com|net|org|ca|fr|edu|gov|info|uk|de|es|it|io|be|ch|dev|app|co)$")
_SEPARATED = re.compile(r"[-.()]")
_NUMBER_BEFORE, _NUMBER_AFTER = re.compile(r"\d[\s>|#*/,;]{0,16}$"), re.compile(r"[\s>|#*/,;]{0,16}\d")
"""A row or a column of numbers, of which a value would be a part by chance."""
_FOLD = r"=?\r?\n[ \t>|#*/]{0,16}"
_JWT = re.compile(
    r"(?<![\w.-])(?=eyJ[\w.-]{8,2000}=?\r?\n)"
    rf"eyJ[\w-]{{6,2000}}(?:{_FOLD}[\w-]{{4,2000}}){{0,8}}+(?:{_FOLD})?\.(?:{_FOLD})?"
    rf"eyJ[\w-]{{6,4000}}(?:{_FOLD}[\w-]{{4,4000}}){{0,16}}+"
    rf"(?:(?:{_FOLD})?\.(?:{_FOLD})?[\w-]{{16,1000}}(?:{_FOLD}[\w-]{{16,1000}}(?![^\s\"'<>]))*)?"
)
"""RFC 7519: header and claims are JSON objects, whose base64 begins with `eyJ`."""


def find(text: str) -> Iterator[Span]:
    """The parts on each line of values that prove themselves once a line break is folded."""
    if "\n" not in text or not ("eyJ" in text or _WORTH.search(text)):
        return
    for brk in _BREAK.finditer(text):
        for joint in _joints(text, brk):
            yield from _across(text, brk, joint)
    if "eyJ" in text:
        for match in _JWT.finditer(text):
            yield from _parts(text, match.start(), match.end(), Label.SECRET)


def _joints(text: str, brk: re.Match[str]) -> tuple[str, ...]:
    """How the break may read within a value: as nothing, as a blank, or neither."""
    before, after = text[max(brk.start() - _BEFORE, 0) : brk.start()], text[brk.end() : brk.end() + _AFTER]
    if _MAIL_ENDS.search(before) or after.startswith("@"):
        return ("",)
    if after[:1] not in "(" and not after[:1].isdigit():
        return ("",) if brk["soft"] and "@" in before[-40:] + after else ()
    ends, goes_on = _NUMBER_ENDS.search(before), _NUMBER_GOES_ON.match(after)
    count = sum(map(str.isdigit, ends[0] + goes_on[0])) if ends and goes_on else 0
    if brk["soft"] or before.endswith(("-", ".", "/", "(")):
        return ("",) if count >= _FEWEST_DIGITS or _DATE_ENDS.search(before) else ()
    blank = _DATE_ENDS.search(before) or (
        count >= _FEWEST_DIGITS and _GROUP_ENDS.search(before) and _GROUP.match(after)
    )
    return ("",) * (count >= _FEWEST_OF_CARD) + (" ",) * bool(blank)


def _across(text: str, brk: re.Match[str], joint: str) -> Iterator[Span]:
    """The parts of values that stand across the break, when it reads as `joint`."""
    start, end = max(text.rfind("\n", 0, brk.start()) + 1, brk.start() - _BEFORE), brk.end() + _AFTER
    line_end = text.find("\n", brk.end(), end)
    window = text[start : line_end if line_end >= 0 else end]
    edit: Edit = (brk.start() - start, brk.end() - start, joint)
    folded = Stage.of(window, [edit], lambda char, _held, _shown: char)
    at = edit[0]
    for span in _values(folded.text):
        if span.start < at and at + len(joint) < span.end:
            first, last = (place + start for place in folded.original(span.start, span.end))
            before = text[max(first - _NEAR, 0) : first]
            lonely = not (_NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(text, last))
            if _is_proven(folded.text, span, lonely, not joint or text[brk.start() - 1] == ")"):
                yield from _parts(text, first, last, span.label)


def _values(text: str) -> Iterator[Span]:
    yield from payment.find_credit_cards(text)
    yield from phone.find(text)
    yield from documents.find_grouped_sins(text)
    yield from dates.find(text)
    if "@" in text:
        yield from email.find(text)


_IS_CALLED = MappingProxyType(
    {
        Label.CREDIT_CARD: payment.is_called_card,
        Label.PHONE: phone.is_called_phone,
        Label.SIN: documents.is_called_sin,
    }
)


def _is_proven(text: str, span: Span, lonely: bool, goes_on: bool) -> bool:
    """Whether the value is more than digits that stand below each other by chance.

    `lonely` says that it stands in no row or column of numbers, `goes_on` that a separator before the break announces
    more of it.
    """
    value = text[span.start : span.end]
    if span.label is Label.DOB:
        return True
    if span.label is Label.EMAIL:
        return _KNOWN_ENDING.search(value) is not None
    if _IS_CALLED[span.label](text, span.start):
        return True
    return lonely and (span.label is Label.CREDIT_CARD or (goes_on and _SEPARATED.search(value) is not None))


def _parts(text: str, start: int, end: int, label: Label) -> Iterator[Span]:
    """The range on each line, without the line breaks in it and what is no part of the value beside them.

    A part too short to tell anything stays: a stand-in as short could stand in an answer by chance.
    """
    ends = [brk.span() for brk in _BREAK.finditer(text, start, end)]
    for first, last in zip(
        (start, *(after for _, after in ends)), (*(before for before, _ in ends), end), strict=True
    ):
        size = sum(map(str.isalnum, text[first:last]))
        if size >= (_SHORTEST_NUMBER if text[first:last].strip("-./()").isdigit() else _SHORTEST_WORD):
            yield Span(first, last, label)
