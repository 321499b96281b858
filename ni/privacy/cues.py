"""Parts of surrogates that only their surroundings tell: `card ending in 1234`, `born in 1984`, `Marc S.`

A few digits, or one letter, could be anything. They are put back where the words beside them say what they are, and
only if the request does not contain them and one original alone fits.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from ni.privacy.reading_stages import unescaped
from ni.privacy.words import NUMERALS, RUNS_ON, fold

WINDOW = 72
"""Characters before a part in which its cue may stand."""
_AFTER = 40

Found = tuple[int, str]


class CueKind(StrEnum):
    """Which part of a value it is."""

    END = "end"
    START = "start"
    AREA = "area"
    YEAR = "year"
    CIVIC = "civic"


_WITHIN = r"[^\n.!?;]{0,48}$"
_ENDING = r"end(?:s|ing|ed)?|finish(?:es|ing)|terminates?|termin(?:e|ent|ant|ée?s?)|finiss(?:ant|ent)|finit|suffixe?"
_NUMBERED = (
    r"cards?|cartes?|visa|mastercard|amex|express|discover|accounts?|acct|comptes?|phones?|t[ée]l(?:[ée]phone)?"
    r"|mobile|cell(?:ulaire)?|sin|nas|iban|ramq|nam|passe?port|digits?|chiffres?|numbers?|num[ée]ros?"
)
_BEFORE: Mapping[CueKind, re.Pattern[str]] = {
    CueKind.END: re.compile(
        rf"(?i)(?:(?<![^\W_])(?:{_ENDING})(?![^\W\d_]){_WITHIN}|last[ _-]?(?:four|4|three|3)[\s\"'«:=*_`(]{{1,6}}$"
        rf"|(?<![^\W_])(?:last|final|derniers?)(?![^\W_])[^\n.!?;]{{0,32}}(?<![^\W_])(?:{_NUMBERED})(?![^\W_]){_WITHIN}"
        r"|(?:[*•●·×…#xX]|\.\.\.)[\s*•●·×xX.\-‑_`]{0,24}$)"
    ),
    CueKind.START: re.compile(
        rf"(?i)(?:(?<![^\W_])(?:start(?:s|ing|ed)?|begin(?:s|ning)?|commen[cç](?:e|ent|ant)|d[ée]but(?:e|ent|ant)|prefix)"
        rf"(?![^\W\d_]){_WITHIN}"
        rf"|(?<![^\W_])(?:first|premiers?)(?![^\W_])[^\n.!?;]{{0,32}}(?<![^\W_])(?:{_NUMBERED})(?![^\W_]){_WITHIN})"
    ),
    CueKind.AREA: re.compile(
        r"(?i)(?<![^\W_])(?:area[ _]?codes?|indicatifs?(?: r[ée]gion(?:al|aux))?|code r[ée]gional)"
        r"(?: (?:is|are|of|est|sont)(?: (?:le|the))?)?[\s:=('\"*_`«]{1,4}$"
    ),
    CueKind.YEAR: re.compile(
        rf"(?i)(?<![^\W_])(?:(?:born|n[ée]e?s?|naissance|naquit|birth(?:day|date)?|d\.?o\.?b|ddn|anniversaire)"
        rf"(?![^\W_]){_WITHIN}|b\. ?$)"
    ),
    CueKind.CIVIC: re.compile(
        r"(?i)\b(?:(?:civic|house|street|building|egress) (?:number|no\.?|#)|num[ée]ro(?: civique)?|civique)\b"
        r"[^\n.!?;]{0,16}$"
    ),
}
_OF_A_NUMBER = re.compile(rf"(?i)(?<![^\W_])(?:{_NUMBERED}|codes? postal(?:aux)?)(?![^\W_])")
_NAMED = re.compile(
    rf"(?i)\b(?:{_NUMBERED})(?: (?:no\.?|n[o°º]|number|num[ée]ro|#))?[\s:#(\[*_`\"'«–—-]{{1,6}}$"
)
_FOLLOWED: Mapping[CueKind, re.Pattern[str]] = {
    CueKind.END: re.compile(
        r"(?i)[\s*_`)\"'»]{0,4}[(,–—-]? ?"
        r"(?:(?:are|is|as|being|sont|comme|pour|the|les|its|vos|your|ses|\()[ (]{1,2}){0,3}"
        r"(?:last|ending|final|(?:(?:4|3|quatre|trois) )?derniers)"
    ),
    CueKind.AREA: re.compile(
        r"(?i)[\s*_`)\"'»]{0,4}(?:(?:is|as|est|comme) (?:the |your |l['’])?)?(?:area code|\(?indicatif)"
    ),
    CueKind.YEAR: re.compile(
        r"(?i)[\s*_`)\"'»(]{0,4}(?:(?:is|as|est|comme) (?:the |your |l['’])?)?"
        r"(?:birth|year of birth|ann[ée]e de nais)"
    ),
}
_STRICT = 4  # an ending of so many digits may also follow the name of its kind; others need more
_DOUBTFUL = 2  # an ending of so few digits counts only where a number is spoken of
_INITIALS = re.compile(r"([^\W\d_])\.( ?)([^\W\d_])\.")
_MAY_BE_INITIALS = re.compile(r"[^\W\d_](?:\.(?: ?(?:[^\W\d_]\.?)?)?)?")
_INITIALS_GO_ON = re.compile(r"[ \u00a0]?[^\W\d_]\.|[^\W_]")
_ROOM = 4
_LIST_OF_INITIALS = re.compile(r"[^\W\d_]\.[ \u00a0]?$")
_SAYS_INITIALS = re.compile(r"(?i)(?:^|[\n(|–—-] ?|(?:initial(?:e?s)?|sign(?:ed|é)?|by|par)\W{1,4})$")
_SENTENCE_END = re.compile(r"[.!?;\n]")
_RUN = re.compile(r"[0-9]+")
_AFTER_RUN = re.compile(r"(?![^\W_])(?![.,]?[0-9])")
_NAME_BEFORE = re.compile(
    rf"(?:\\[nrtbfv]|\\u[0-9a-fA-F]{{4}})?((?:(?!{RUNS_ON}|{NUMERALS})[^\W\d_])+)(?:[*_]{{0,2}}[\s\u00a0,]{{1,2}}[*_]{{0,2}}|_)$"
)


def _says(kind: CueKind, digits: str, before: str) -> bool:
    """Whether the words before digits say that they are this part of a value."""
    if not _BEFORE[kind].search(before):
        return kind is CueKind.END and len(digits) == _STRICT and _NAMED.search(before) is not None
    few = kind is CueKind.START or (kind is CueKind.END and len(digits) <= _DOUBTFUL)
    return not few or _OF_A_NUMBER.search(_SENTENCE_END.split(before)[-1]) is not None


class Cues:
    """The parts of one request's surrogates, to be found by what stands beside them."""

    def __init__(
        self,
        partial: Mapping[tuple[CueKind, str], str],
        initials: Mapping[tuple[str, str], str],
        pairs: Mapping[tuple[str, str], tuple[str, str]],
    ) -> None:
        self._partial = partial
        self._initials = initials
        self._pairs = {**{(first, ""): ("", "") for first, _ in pairs}, **pairs}
        self._beginnings = {digits[:size] for _, digits in partial for size in range(1, len(digits) + 1)}
        self.firsts = frozenset(digits[0] for _, digits in partial) | {letter for _, letter in initials}
        self.firsts |= {fold(first) for first, _ in pairs}

    def at(self, text: str, start: int, last: bool) -> Found | bool | None:
        """Where the part ends that begins here and what replaces it; False for none, None where more must come."""
        if text[start].isdigit():
            return self._digits(text, start, last)
        return self._initial(text, start, last)

    def _digits(self, text: str, start: int, last: bool) -> Found | bool | None:
        run = _RUN.match(text, start)
        if not run or run[0] not in self._beginnings:
            return False
        end = run.end()
        if not last and end + 2 > len(text):
            return None
        kinds = [kind for kind in CueKind if (kind, run[0]) in self._partial]
        if (
            not kinds
            or not _AFTER_RUN.match(text, end)
            or (start and text[start - 1] in ".," and text[start - 2 : start - 1].isdigit())
        ):
            return False
        before = unescaped(text[max(start - WINDOW, 0) : start])
        for kind in kinds:
            if _says(kind, run[0], before):
                return end, self._partial[kind, run[0]]
        if not last and end + _AFTER > len(text) and any(kind in _FOLLOWED for kind in kinds):
            return None
        after = unescaped(text[end : end + _AFTER])
        for kind in kinds:
            if kind in _FOLLOWED and _FOLLOWED[kind].match(after):
                return end, self._partial[kind, run[0]]
        return False

    def _both_initials(self, text: str, start: int, last: bool) -> Found | bool | None:
        """`F.L.` alone, and `F. L.` where it is called so; not within a longer row of letters."""
        before = text[max(start - WINDOW, 0) : start]
        if (text[start], "") not in self._pairs or _LIST_OF_INITIALS.search(before):
            return False
        both = _INITIALS.match(text, start)
        known = self._pairs.get((both[1], both[3])) if both else None
        if not both or known is None:
            short = len(text) - start < _ROOM
            return None if short and not last and _MAY_BE_INITIALS.fullmatch(text, start) else False
        if not last and both.end() + _ROOM > len(text):
            return None
        if _INITIALS_GO_ON.match(text, both.end()) or (both[2] and not _SAYS_INITIALS.search(before)):
            return False
        return both.end(), f"{known[0]}.{both[2]}{known[1]}."

    def _initial(self, text: str, start: int, last: bool) -> Found | bool | None:
        letter = text[start]
        if not letter.isupper():
            return False
        both = self._both_initials(text, start, last)
        if both is not False:
            return both
        name = _NAME_BEFORE.search(text[max(start - WINDOW, 0) : start])
        known = self._initials.get((fold(name[1]), fold(letter))) if name else None
        if known is None:
            return False
        if start + 1 >= len(text):
            return None if not last else False
        follows = text[start + 1]
        return (
            (start + 1, known)
            if follows == "." or (follows in ",;)" and "," not in (name[0] if name else ""))
            else False
        )
