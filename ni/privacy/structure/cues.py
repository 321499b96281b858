"""Labels in running text: `Passport no AB123456`, `her NAM is …`, `What is your surname? …`, speakers, `… DOB: …`."""

import re
from collections.abc import Iterator

from ni.privacy.structure.cell import Cell, Form
from ni.privacy.structure.keys import meaning
from ni.privacy.structure.mail import name_in

_NUMBER = re.compile(
    r"(?i)(?<!\w)(?P<key>(?P<sure>sin|nas|ssn|iban|ramq|nam|ohip)|passport|passeport|permis(?: de conduire)?"
    r"|(?:driver['’]?s?['’]? |driving )?licen[cs]e|health card|carte (?:soleil|santé|d['’]assurance maladie)"
    r"|(?:credit |debit )?card|carte(?: de crédit| de débit)?|phone|t[ée]l(?:[ée]phone)?|cell(?:ulaire|phone)?|mobile|fax"
    r"|(?:bank )?account|compte(?: bancaire)?)(?!\w)\.?"
    r"(?P<link>(?:[ ](?:no|nos|number|num|nbr|numéro|numero|n[°ºo])\.?)?(?:[ ]?#|[ ](?:is|est|was|était))?)[ ]{1,2}(?=[A-Z\d+(])"
)
_QUESTION = re.compile(
    r"(?i)\b(?:your|his|her|their|votre|ton|ta|son|sa|patient|client|customer|full|first|last|family|mother|maiden)\b[^\n?:]{0,24}?"
    r"\b(?P<key>first name|last name|family name|maiden name|surname|full name|name|nom de famille|prénom|nom)\b[^\n?]{0,24}\?"
    r"[\"”]?\s{0,4}(?:[-–—:>*]\s{0,3}|[AR] ?:\s{0,3})?(?P<value>[^\n?]{2,60})"
)
_SPEAKER = re.compile(
    r"^[ >*]{0,6}(?:[\[(]?\d{1,2}[:h]\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?[\])]?[ ,-]{0,3})?"
    r"(?P<value>[^\W\d_a-z][\w'’.-]{1,24}(?: [^\W\d_a-z][\w'’.-]{1,24}){0,2})\*{0,2} ?:\*{0,2}[ ](?=[^\W_\d{\[\"'][^\n]{6})",
    re.MULTILINE,
)
_PERSONAL = re.compile(
    r"(?i)(?:[ ,;(–—-]{1,3})(?:D\.?O\.?B\b|DDN\b|NAS\b|SIN\b|NAM\b|RAMQ\b|OHIP\b|née? (?:le|on|en)\b|born\b|tél\b|tel[.:]|cell[.:]|phone:)"
)
_REACH = 64
_STOP = re.compile(r"[\n<>@:;|=\t\"“”(){}\[\]\\*.!?]|,")


def cues(text: str, table: int) -> Iterator[Cell]:
    """What such labels announce."""
    for row, found in enumerate(_NUMBER.finditer(text)):
        if found["link"] or (found["sure"] and found["sure"].isupper()):
            end = text.find("\n", found.end(), found.end() + _REACH)
            yield Cell(
                found.end(),
                end if end >= 0 else min(len(text), found.end() + _REACH),
                found["key"],
                table,
                row,
                -1,
                Form.OPEN,
            )
    if "?" in text:
        for row, found in enumerate(_QUESTION.finditer(text)):
            key = found["key"] if found["key"].lower() not in ("name", "nom") else "full name"
            yield Cell(*found.span("value"), key, table + 1, row, -1, Form.DATA)
    yield from _speakers(text, table + 2)
    for row, found in enumerate(_PERSONAL.finditer(text)):
        window = text[max(0, found.start() - _REACH) : found.start()]
        words = _STOP.split(window)[-1].strip(" ")
        if " " in words:
            start = found.start() - len(window) + window.rfind(words)
            yield Cell(
                start + name_in(words), start + len(words), "", table + 3, row, -1, Form.TABLE, "patient"
            )


def _speakers(text: str, table: int) -> Iterator[Cell]:
    """Who says what: names at the beginning of a line, before a colon and a sentence."""
    for row, found in enumerate(_SPEAKER.finditer(text)):
        if meaning(found["value"]) is None:
            yield Cell(*found.span("value"), "speaker", table, row, -1, Form.ARGUMENT)
