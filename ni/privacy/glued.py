"""Labels and values that run into each other, as text taken from a PDF or a form has them: `breaks` sets them apart.

`Name:Ana RoyDOB:1990-05-04`, `NomRoyPrénomAnaDate de naissance1990-05-04`, `SIN046-454-286EmployeeAna Roy`. A line is
read so if two labels of it touch a value, and nothing in it is written as in code: `customerPhone` is one word.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import paced_matches
from ni.privacy.reading_stages import Edit

_LABELS = (
    r"(?:(?:Full|First|Last|Given|Family|Patient|Client) ?[Nn]ame|Surname|Name|Nom(?: de famille)?|Pr[ée]nom|Patiente?"
    r"|Cliente?|Customer|Employee|Employ[ée]e?|Assur[ée]e?|D\.?O\.?B\.?|DDN|Date of [Bb]irth|Birth ?[Dd]ate"
    r"|Date de naissance|N[ée]e? le|Born|Phone(?: ?[Nn]umber)?|T[ée]l[ée]phone|T[ée]l|Cell(?:ulaire|phone)?|Mobile|Fax"
    r"|E-?[Mm]ail|Courriel|Address|Adresse|Postal [Cc]ode|Code [Pp]ostal|S\.?I\.?N|N\.?A\.?S|SSN|RAMQ|NAM|OHIP"
    r"|Health [Cc]ard|Passport|Passeport|Card|Carte|IBAN|Contact|Exp(?:iry)?|Date|MRN|Dossier|Sexe?|Gender|City|Ville"
    r"|Province|Invoice|Facture)"
)
_VALUE = r"(?:[A-ZÀ-ÖØ-Þ\d(+]|[a-z][\w.+-]{0,63}@)"
_LABELLED = re.compile(
    rf"(?:(?P<glued>(?<=[^\W_A-ZÀ-ÖØ-Þ]))|(?<![^\W_])(?<![-_.@/]))(?P<label>{_LABELS})\.?(?P<colon>:?)"
    rf"(?!{_LABELS})(?={_VALUE})"
)
_TOUCHES = re.compile(
    r"[A-Z](?<=[^\W_A-ZÀ-ÖØ-Þ].)(?:hone|[ée]l|OB|\.O|ate|IN|AS|SN|-?[Mm]ail|ourriel|ddr|dr|r[ée]nom|om[A-ZÀ-Þ:]|ame|ode|ost"
    r"|mplo|lient|usto|atient|xp|arte|ard|AMQ|AM|RN|[ée]e? le|ell|ax|ontact|ex|ity|ille)"
)
"""Where a label may touch what stands before it. Its sign comes first: `re` finds such places at once."""
_CODE = re.compile(r"[{}<>=;\"\\\[\]`$]|\w\((?!\d)|://")
_WORD_BEFORE = re.compile(r"(?:^|[^\w.])[a-zà-öø-ÿ][^\W_]*$")
_LONGEST_LINE = 2_000
_FEWEST = 2


def breaks(text: str) -> Iterator[Edit]:
    """Where a line break is read before a label, and a colon after one that has none."""
    yield from sorted((*_fill_ins(text), *_run_together(text)))


_FILLED = re.compile(
    r"(?<![^\s:.])(?P<open>_{3,80})(?P<value>[^\W_][^_\n]{0,80})(?P<shut>_{3,80})(?=\s|[.,;]|$)"
)


def _fill_ins(text: str) -> Iterator[Edit]:
    """The lines of underscores around what somebody filled in: `Last name ___Roy___`."""
    if "___" not in text:
        return
    for match in paced_matches(_FILLED, text):
        said = text[max(0, match.start() - 8) : match.start()].rstrip(" \t").endswith(":")
        yield *match.span("open"), " " if said else ":"
        yield *match.span("shut"), "\n"


def _run_together(text: str) -> Iterator[Edit]:
    done = -1
    for touch in paced_matches(_TOUCHES, text):
        if touch.start() < done:
            continue
        start = text.rfind("\n", 0, touch.start()) + 1
        done = text.find("\n", touch.start())
        done = done if done >= 0 else len(text)
        if done - start <= _LONGEST_LINE and not _CODE.search(text, start, done):
            yield from _of_line(text, start, done)


def _of_line(text: str, start: int, end: int) -> Iterator[Edit]:
    labels = [match for match in _LABELLED.finditer(text, start, end) if not _in_a_word(text, start, match)]
    if len(labels) < _FEWEST or not any(match["glued"] is not None for match in labels):
        return
    for match in labels:
        at, after = match.start("label"), match.end("colon")
        if match["glued"] is not None:
            yield at, at, "\n"
        if not match["colon"]:
            yield after, after, ":"


def _in_a_word(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the label is the last part of a word that begins with a small letter: `customerPhone`."""
    if match["glued"] is None:
        return False
    return _WORD_BEFORE.search(text[max(start, match.start("label") - 48) : match.start("label")]) is not None
