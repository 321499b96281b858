"""Labels in running text: `Passport no AB123456`, `her NAM is …`, `What is your surname? …`, speakers, `… DOB: …`."""

import re
from collections.abc import Iterable, Iterator

from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.mail import name_in
from ni.privacy.structure.meanings import MeaningKind, meaning
from ni.privacy.words import fold, listed

_NUMBER = re.compile(
    r"(?i)(?P<key>(?P<sure>sin|nas|ssn|iban|ramq|nam|ohip)|passport|passeport|permis(?: de conduire)?|licen[cs]e"
    r"|health card|carte (?:soleil|santé|d['’]assurance maladie)"
    r"|(?P<drawn>card|carte(?: de crédit| de débit)?|visa|mastercard|amex)|phone"
    r"|t[ée]l(?:[ée]phone)?|cell(?:ulaire|phone)?|mobile|fax|account|compte(?: bancaire)?)(?!\w)\.?"
    r"(?P<link>(?:[ ](?:no|nos|number|num|nbr|numéro|numero|n[°ºo])\.?)?(?:[ ]?#|[ ](?:is|est|was|était))?)"
    r"[ ]{1,2}(?=[A-Z\d+(])"
)
_NUMBER_WORDS = listed("""
    sin nas ssn iban ramq nam ohip passport passeport permis licence license health carte card phone tel tél cell
    mobile fax account compte visa mastercard amex
""")
_PERSONAL = re.compile(
    r"(?i)(?:D\.?O\.?B|DDN|NAS|SIN|NAM|RAMQ|OHIP|née? (?:le|on|en)|born)(?!\w)|(?:tél|tel|cell)[.:]|phone:"
)
_PERSONAL_WORDS = listed("dob d.o.b ddn nas sin nam ramq ohip né née born tél tel cell phone")
_QUESTION = re.compile(
    r"(?i)\b(?:your|his|her|their|votre|ton|ta|son|sa|patient|client|customer|full|first|last|family|mother|maiden)\b"
    r"[^\n?:]{0,24}?\b(?P<key>first name|last name|family name|maiden name|surname|full name|name|nom de famille|prénom"
    r"|nom)\b[^\n?]{0,24}$"
)
_ANSWER = re.compile(r"\?[\"”]?\s{0,4}(?:[-–—:>*]\s{0,3}|[AR] ?:\s{0,3})?(?P<value>[^\n?]{2,60})")
_SPEAKER = re.compile(
    r"^[ >*]{0,6}(?:[\[(]?\d{1,2}[:h]\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?[\])]?[ ,-]{0,3})?"
    r"(?P<value>[^\W\d_a-z][\w'’.-]{1,24}(?: [^\W\d_a-z][\w'’.-]{1,24}){0,2})"
    r"\*{0,2} ?:\*{0,2}[ ](?=[^\W_\d{\[\"'][^\n]{6})",
    re.MULTILINE,
)
_REACH = 64
_JOINTS = " ,;(–—-"
_DECLARED = re.compile(
    r"(?:[@\\](?:author|auteur|maintainer|contact|owner)\b[ {]{1,3}|\buser\.name[ =]{1,3}[\"']?"
    r"|^\^?[0-9a-f]{7,40} (?:\S{1,80} {1,8})?\((?=[^()\n]{2,60}? {1,12}\d{4}-\d\d-\d\d))"
    r"(?P<value>[^\W\d_][^\n(){}<>\"'\d]{1,60})",
    re.MULTILINE,
)
_DASHED = re.compile(
    r"^[ >*+-]{0,6}(?P<key>[^\W\d_][\w'’ ]{1,30}\w)\*{0,2} [-–—] {1,2}(?P<value>[^\n]{2,80})", re.MULTILINE
)
_STOP = re.compile(r"[\n<>@:;|=\t\"“”(){}\[\]\\*.!?]|,")


def cues(text: str, table: int) -> Iterator[Cell]:
    """What such labels announce."""
    lowered = text.lower()
    lowered = lowered if len(lowered) == len(text) else fold(text)
    yield from _numbers(text, lowered, table)
    yield from _answers(text, table + 1)
    yield from _speakers(text, table + 2)
    yield from _before_labels(text, lowered, table + 3)
    if "@" in text or "\\" in text or "user.name" in text or " (" in text:
        for row, found in enumerate(_DECLARED.finditer(text)):
            yield Cell(*found.span("value"), "author", table + 4, row, -1, CellForm.DATA)
    if " - " in text or " – " in text or " — " in text:
        for found in _DASHED.finditer(text):
            said = meaning(found["key"])
            if said and said.strong and said.kind is not MeaningKind.ROLE:
                yield Cell(*found.span("value"), found["key"], table + 5, 0, -1, CellForm.OPEN)


def _places(lowered: str, words: Iterable[str]) -> Iterator[int]:
    """Where one of the words begins, each found by a plain search."""
    for word in words:
        at = lowered.find(word)
        while at >= 0:
            if not lowered[at - 1 : at].isalnum():
                yield at
            at = lowered.find(word, at + 1)


def _numbers(text: str, lowered: str, table: int) -> Iterator[Cell]:
    for row, at in enumerate(_places(lowered, _NUMBER_WORDS)):
        found = _NUMBER.match(text, at)
        if found and (found["link"] or found["drawn"] or (found["sure"] and found["sure"].isupper())):
            end = text.find("\n", found.end(), found.end() + _REACH)
            end = end if end >= 0 else min(len(text), found.end() + _REACH)
            yield Cell(found.end(), end, found["key"], table, row, -1, CellForm.OPEN)


def _answers(text: str, table: int) -> Iterator[Cell]:
    at = text.find("?")
    while at >= 0:
        question = _QUESTION.search(text[max(0, at - _REACH) : at])
        answer = _ANSWER.match(text, at) if question else None
        if question and answer:
            key = question["key"] if question["key"].lower() not in ("name", "nom") else "full name"
            yield Cell(*answer.span("value"), key, table, at, -1, CellForm.DATA)
        at = text.find("?", at + 1)


def _before_labels(text: str, lowered: str, table: int) -> Iterator[Cell]:
    """Names before the label of something personal: `Imre Szalai, DOB: …`."""
    for row, at in enumerate(_places(lowered, _PERSONAL_WORDS)):
        if text[at - 1 : at] not in _JOINTS or not _PERSONAL.match(text, at):
            continue
        window = text[max(0, at - _REACH) : at].rstrip(_JOINTS)
        words = _STOP.split(window)[-1].strip(" ")
        if " " in words:
            end = max(0, at - _REACH) + len(window)
            start = end - len(words)
            yield Cell(start + name_in(words), end, "", table, row, -1, CellForm.TABLE, "patient")


def _speakers(text: str, table: int) -> Iterator[Cell]:
    """Who says what: names at the beginning of a line, before a colon and a sentence."""
    for row, found in enumerate(_SPEAKER.finditer(text)):
        if meaning(found["value"]) is None:
            yield Cell(*found.span("value"), "speaker", table, row, -1, CellForm.ARGUMENT)
