"""Parts of surrogates that only their surroundings tell: `card ending in 1234`, `born in 1984`, `Marc S.`

A few digits, or one letter, could be anything. They are put back where the words beside them say what they are, and
only if the request does not contain them and one original alone fits.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from ni.privacy.words import fold

WINDOW = 72
"""Characters before a part in which its cue may stand."""
_AFTER = 40

Found = tuple[int, str]


class Kind(StrEnum):
    """Which part of a value it is."""

    END = "end"
    START = "start"
    AREA = "area"
    YEAR = "year"
    CIVIC = "civic"


_WITHIN = r"[^\n.!?;]{0,48}$"
_ENDING = (
    r"end(?:s|ing|ed)?|finish(?:es|ing)|terminates?|last|final|termin(?:e|ent|ant|ée?s?)|finiss(?:ant|ent)|finit"
    r"|derni(?:er|ère)s?|suffixe?"
)
_NUMBERED = (
    r"cards?|cartes?|visa|mastercard|amex|express|discover|accounts?|acct|comptes?|phones?|t[ée]l(?:[ée]phone)?"
    r"|mobile|cell(?:ulaire)?|sin|nas|iban|ramq|nam|passe?port|digits|chiffres"
)
_BEFORE: Mapping[Kind, re.Pattern[str]] = {
    Kind.END: re.compile(
        rf"(?i)(?:(?<![^\W_])(?:{_ENDING})(?![^\W\d_]){_WITHIN}|last[ _-]?(?:four|4){_WITHIN}"
        r"|(?:[*•●·×…#xX]|\.\.\.)[\s*•●·×xX.\-‑_`]{0,24}$)"
    ),
    Kind.START: re.compile(
        rf"(?i)(?<![^\W_])(?:start(?:s|ing|ed)?|begin(?:s|ning)?|commen[cç](?:e|ent|ant)|d[ée]but(?:e|ent|ant)?|first"
        rf"|premiers?|prefixe?|préfixe)(?![^\W\d_]){_WITHIN}"
    ),
    Kind.AREA: re.compile(
        rf"(?i)(?<![^\W_])(?:area[ _]?codes?|indicatifs?|code r[ée]gional)(?![^\W_]){_WITHIN}"
    ),
    Kind.YEAR: re.compile(
        rf"(?i)(?<![^\W_])(?:(?:born|n[ée]e?s?|naissance|naquit|birth(?:day|date)?|d\.?o\.?b|ddn|anniversaire)"
        rf"(?![^\W_]){_WITHIN}|b\. ?$)"
    ),
    Kind.CIVIC: re.compile(
        r"(?i)\b(?:(?:civic|house|street|building|door) (?:number|no\.?|#)|num[ée]ro(?: civique)?|civique)\b"
        r"[^\n.!?;]{0,16}$"
    ),
}
_NAMED = re.compile(
    rf"(?i)\b(?:{_NUMBERED})(?: (?:no\.?|n[o°º]|number|num[ée]ro|#))?[\s:#(\[*_`\"'«–—-]{{1,6}}$"
)
_FOLLOWED: Mapping[Kind, re.Pattern[str]] = {
    Kind.END: re.compile(
        r"(?i)[\s*_`)\"'»]{0,4}[(,–—-]? ?"
        r"(?:(?:are|is|as|being|sont|comme|pour|the|les|its|vos|your|ses|\()[ (]{1,2}){0,3}"
        r"(?:last|ending|final|(?:(?:4|3|quatre|trois) )?derniers)"
    ),
    Kind.AREA: re.compile(
        r"(?i)[\s*_`)\"'»]{0,4}(?:(?:is|as|est|comme) (?:the |your |l['’])?)?(?:area code|\(?indicatif)"
    ),
    Kind.YEAR: re.compile(
        r"(?i)[\s*_`)\"'»(]{0,4}(?:(?:is|as|est|comme) (?:the |your |l['’])?)?"
        r"(?:birth|year of birth|ann[ée]e de nais)"
    ),
}
_STRICT = 4  # an ending of so many digits may also follow the name of its kind; others need more
_RUN = re.compile(r"[0-9]+")
_AFTER_RUN = re.compile(r"(?![^\W_])(?![.,]?[0-9])")
_NAME_BEFORE = re.compile(r"([^\W\d_]+)(?:[*_]{0,2}[\s\u00a0,]{1,2}[*_]{0,2}|_)$")


class Cues:
    """The parts of one request's surrogates, to be found by what stands beside them."""

    def __init__(
        self, partial: Mapping[tuple[Kind, str], str], initials: Mapping[tuple[str, str], str]
    ) -> None:
        self._partial = partial
        self._initials = initials
        self._beginnings = {digits[:size] for _, digits in partial for size in range(1, len(digits) + 1)}
        self.firsts = frozenset(digits[0] for _, digits in partial) | {letter for _, letter in initials}

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
        kinds = [kind for kind in Kind if (kind, run[0]) in self._partial]
        if (
            not kinds
            or not _AFTER_RUN.match(text, end)
            or (start and text[start - 1] in ".," and text[start - 2 : start - 1].isdigit())
        ):
            return False
        before = text[max(start - WINDOW, 0) : start]
        for kind in kinds:
            if _BEFORE[kind].search(before) or (
                kind is Kind.END and len(run[0]) == _STRICT and _NAMED.search(before)
            ):
                return end, self._partial[kind, run[0]]
        if not last and end + _AFTER > len(text) and any(kind in _FOLLOWED for kind in kinds):
            return None
        after = text[end : end + _AFTER]
        for kind in kinds:
            if kind in _FOLLOWED and _FOLLOWED[kind].match(after):
                return end, self._partial[kind, run[0]]
        return False

    def _initial(self, text: str, start: int, last: bool) -> Found | bool | None:
        letter = text[start]
        if not letter.isupper():
            return False
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
