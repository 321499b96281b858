"""Finds the surrogates of one request in an answer, also where only the beginning of a text has come yet.

Whole values, names and numbers are found by a tree of their written forms. Parts that could be anything (`card ending
in 1234`, `born in 1984`, `Marc S.`) are found by the words beside them (`Cues`), and only if the request does not
contain them and they belong to one original.
"""

import heapq
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from typing import Any

from ni.privacy.prefilter import paced_matches
from ni.privacy.reading_stages import ESCAPE, SIGN, decoded, escaped_like, sign, unescaped
from ni.privacy.words import NUMERALS, RUNS_ON, PauseTimer, fold, is_letter, is_mark, runs_on
from ni.privacy.written_forms import GAP, CueKind, Entry, Forms

WINDOW = 72
"""Characters before a part in which its cue may stand."""
_AFTER = 40

Replacement = tuple[int, str]
"""Where a surrogate ends, and what is put in its place."""
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

    def at(self, text: str, start: int, last: bool) -> Replacement | bool | None:
        """Where the part ends that begins here and what replaces it; False for none, None where more must come."""
        if text[start].isdigit():
            return self._digits(text, start, last)
        return self._initial(text, start, last)

    def _digits(self, text: str, start: int, last: bool) -> Replacement | bool | None:
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

    def _both_initials(self, text: str, start: int, last: bool) -> Replacement | bool | None:
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

    def _initial(self, text: str, start: int, last: bool) -> Replacement | bool | None:
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


_CUT_ESCAPE = re.compile(r"\\{1,8}(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?$")
# What stands before a letter (the dot) and is no part of its word: escapes, percent-encoded octets, colour codes.
ESCAPED_BEFORE = (
    r"(?<=\\[nrtbfvs0].)|(?<=[0-9a-f]{2}.)(?:(?<=%[0-9a-f]{2}.)|(?<=\\x[0-9a-f]{2}.)|(?<=\\[0-3][0-7]{2}.)"
    r"|(?<=\\u[0-9a-f]{4}.))|(?<=[mk].)(?:(?<=\[[mk].)|(?<=\[[0-9][mk].)|(?<=[\[;][0-9]{2}m.)|(?<=;[0-9]m.)"
    r"|(?<=;[0-9]{3}m.))"
)
_ESCAPED_ONE = re.compile(r"\\u([0-9a-fA-F]{4})\Z")
_HAS_ESCAPES = re.compile(r"[\\%\x1b]|[\[;][0-9]{0,3}[mk]")
_DEPTHS = 4
_LEAF = ""  # the key of a tree's node under which its entry stands
_BETWEEN_WORDS = re.compile(
    r"(?:\\{1,8}(?:[nrt]|x20|[,;.\-*_`~/|>()+]|u00[aA]0|u20(?:2[fF]|09|1[0-5]))|</?[A-Za-z][^<>]{0,24}>|&nbsp;|['’](?=[0-9]{2}(?![0-9]))|[\s\u00ad\u200b,;.\-\u2010-\u2015*_`~/|>()+]){1,10}"
)
_BETWEEN_DIGITS = re.compile(r"(?:\\{0,8}[ \u00a0\u2009\u202f.\-\u2010-\u2015()/*_]){1,4}")
_CUT_BETWEEN = re.compile(r"(?:['’][0-9]{0,2}|\\{1,8}|<(?:/?[A-Za-z][^<>]{0,24}|/)?|&(?:n|nb|nbs|nbsp)?)$")
_PREFIXES = "وفبلكהובלמשכ"  # Arabic and Hebrew write "and", "to", "in" before a name without a space
_HUMP = re.compile(r"(?:(?<=[a-zß-öø-ÿ]{2})|(?<=\s-[a-z]))[A-ZÀ-ÖØ-Þ]")

LOOK_BACK = WINDOW + 8
"""Characters before a position that decide what it begins."""


_OFTEN = 16  # places at each of which the trees of forms are walked


class MatchVerdict(Enum):
    """The result at a position where no surrogate ends yet."""

    NOTHING = 0
    MORE = 1  # depends on text still to come


class Matcher:
    """Finds the surrogates of one request; the forms are built when the first answer comes, and do not change."""

    def __init__(self, forms: Callable[[PauseTimer], Forms], timer: PauseTimer | None = None) -> None:
        self._make: Callable[[PauseTimer], Forms] | None = forms
        self._timer = timer or PauseTimer()
        self._made: Forms | None = None

    @property
    def _forms(self) -> Forms:
        if self._made is None:
            assert self._make is not None
            self._made, self._make = self._make(self._timer), None  # the request is not needed any more
        return self._made

    @cached_property
    def _trees(self) -> tuple["_Tree", ...]:
        forms = self._forms
        kinds = ((forms.literal, None), (forms.words, _BETWEEN_WORDS), (forms.numbers, _BETWEEN_DIGITS))
        trees = (_Tree(between, self.whole_words) for _, between in kinds)
        return tuple(
            tree.grown(group, self._timer) for tree, (group, _) in zip(trees, kinds, strict=True) if group
        )

    @property
    def whole_words(self) -> bool:
        """Whether surrogates count only as whole words, never within an identifier."""
        return self._forms.whole_words

    @property
    def surrogates(self) -> tuple[str, ...]:
        """The surrogates that were issued, folded."""
        return self._forms.issued

    @cached_property
    def _cues(self) -> Cues:
        return Cues(self._forms.partial, self._forms.initials, self._forms.pairs)

    @cached_property
    def _firsts(self) -> frozenset[str]:
        return frozenset("".join(char for tree in self._trees for char in tree.root)) | self._cues.firsts

    @cached_property
    def beginnings(self) -> "re.Pattern[str] | None":
        """Where a surrogate may begin; None where nothing was issued."""
        return _beginnings(self._firsts, escaped=False) if self._firsts else None

    @cached_property
    def _escaped_beginnings(self) -> re.Pattern[str]:
        return _beginnings(self._firsts, escaped=True)

    def positions(self, text: str, folded: str, start: int) -> Iterator[int]:
        """The positions where a surrogate may begin, in order."""
        assert self.beginnings is not None
        pattern = self._escaped_beginnings if _HAS_ESCAPES.search(folded) else self.beginnings
        words = (match.start() for match in paced_matches(pattern, folded, start, _OFTEN))
        if self.whole_words or not _HUMP.search(text, start):
            return words
        humps = (
            match.start()
            for match in paced_matches(_HUMP, text, start)
            if folded[match.start()] in self._firsts
        )
        return heapq.merge(words, humps)

    def at(self, text: str, folded: str, start: int, last: bool) -> Replacement | MatchVerdict:
        """The longest surrogate that begins at `start`; `MORE` where it may still become one (never if `last`)."""
        best: list[tuple[int, Entry]] = []
        first = folded[start]
        for tree in self._trees:
            if first not in tree.root and first != "\\":
                continue
            matches = tree.walk(text, folded, start, last)
            if matches is None:
                return MatchVerdict.MORE
            best += matches
        for end, entry in sorted(best, key=lambda each: -each[0]):
            if text[start:end] not in entry.surfaces and (goes_on := _number_goes_on(text, end, last)):
                if goes_on is MatchVerdict.MORE:
                    return goes_on
                continue
            restored = _restored(entry, text[start:end])
            if restored is not None:
                return end, restored
        return self._by_cue(text, folded, start, last)

    def _by_cue(self, text: str, folded: str, start: int, last: bool) -> Replacement | MatchVerdict:
        if folded[start] not in self._cues.firsts:
            return MatchVerdict.NOTHING
        replacement = self._cues.at(text, start, last)
        if replacement is None:
            return MatchVerdict.MORE
        return replacement if isinstance(replacement, tuple) else MatchVerdict.NOTHING


class _Tree:
    """Some of the forms, by their characters; `between` is what may stand where a form has a gap."""

    def __init__(self, between: "re.Pattern[str] | None", whole_words: bool) -> None:
        self.root: dict[str, Any] = {}
        self._between = between
        self._anywhere = between is _BETWEEN_DIGITS
        self._whole_words = whole_words

    def grown(self, forms: Mapping[str, Entry], timer: PauseTimer) -> "_Tree":
        """The tree with these forms in it."""
        for form, entry in forms.items():
            timer.pause_if_due()
            node = self.root
            for char in form:
                node = node.setdefault(char, {})
            node[_LEAF] = entry
        return self

    def walk(self, text: str, folded: str, start: int, last: bool) -> list[tuple[int, Entry]] | None:
        """Every form that begins at `start`, with its end; None if it depends on text still to come."""
        node, at, matches = self.root, start, []
        while True:
            entry = node.get(_LEAF)
            if entry is not None:
                ends = self._ends(text, at, last)
                if ends is MatchVerdict.MORE:
                    return None
                matches += [(at, entry)] if ends else []
            if at >= len(text):
                return None if not last and self._goes_on(node) else matches
            gap = self._gap(node, text, at, last) if at > start else at
            if gap is None:
                return None
            if gap > at:
                node, at = (node if self._anywhere else node[GAP]), gap
                continue
            char, step = _char(text, folded, at, last)
            if char and char in node and (char != GAP or self._between is None):
                node = node[char]
            elif not is_mark(char):  # an accent combines with the letter before it
                return None if char == "" and self._goes_on(node) else matches
            at += step

    def _gap(self, node: dict[str, Any], text: str, at: int, last: bool) -> int | None:
        """Where the gap ends that the text has here, if the form may have one; None where it may go on."""
        if self._between is None or not (self._goes_on(node) if self._anywhere else GAP in node):
            return at
        match = self._between.match(text, at)
        end = match.end() if match else at
        if not last and (end == len(text) or (not self._anywhere and _CUT_BETWEEN.match(text, end))):
            return None
        return end

    @staticmethod
    def _goes_on(node: dict[str, Any]) -> bool:
        return len(node) > (_LEAF in node)

    def _ends(self, text: str, at: int, last: bool) -> bool | MatchVerdict:
        """Whether a word that reaches up to `at` ends there; it does before an escape."""
        if at == 0 or not is_letter(text[at - 1]) or runs_on(_before(text, at)):
            return True
        if at >= len(text):
            return last or MatchVerdict.MORE
        before, char = text[at - 1], text[at]
        if not is_letter(char) or runs_on(char):
            return True
        if before.isdigit():
            return _ends_before_time(text, at, last)
        return not self._whole_words and ((before.islower() and char.isupper()) or char.isdigit())


def _ends_before_time(text: str, at: int, last: bool) -> bool | MatchVerdict:
    """Whether a date ends here because its time follows, as in ISO 8601."""
    if text[at] != "T":
        return False
    if at + 1 >= len(text):
        return False if last else MatchVerdict.MORE
    return text[at + 1].isdigit()


def _number_goes_on(text: str, at: int, last: bool) -> bool | MatchVerdict:
    """Whether digits that end here are part of a longer number or version: `2.10.4`, `555-0123-9`."""
    if not text[at - 1].isdecimal() or text[at : at + 1] not in {".", "-"}:
        return False
    if at + 1 >= len(text):
        return False if last else MatchVerdict.MORE
    return text[at + 1].isdecimal()


def _beginnings(firsts: frozenset[str], escaped: bool) -> re.Pattern[str]:
    """Where a surrogate may begin: one of its first characters, and if that is a letter, no letter before it.

    The end of an escape, of a colour code or of a percent-encoded octet is no letter, nor is one of a script that
    writes no spaces.
    """
    anywhere = re.escape("".join(sorted(char for char in firsts if runs_on(char) or not is_letter(char))))
    letters = re.escape("".join(sorted(char for char in firsts if is_letter(char) and not runs_on(char))))
    digits = "".join(sorted(char for char in firsts if char.isdigit()))
    choices = []
    if letters:
        prefix = rf"|(?<=(?<![^\W_])[{_PREFIXES}].)" if any(char > "\u0590" for char in firsts) else ""
        before = f"|{ESCAPED_BEFORE}" if escaped else ""
        choices.append(rf"[{letters}](?:(?<![^\W_].)|(?<={RUNS_ON}.)|(?<={NUMERALS}.){prefix}{before})")
    if digits:
        choices.append(rf"(?<=x)[{digits}]")
    if anywhere:
        choices.append(f"[{anywhere}]")
    if escaped:
        signs = f"|[{anywhere}]" if anywhere else ""
        choices.append(
            rf"\\(?=\\{{0,7}}(?:u[0-9a-f]{{4}}|x[0-7][0-9a-f]{signs}|(?:u[0-9a-f]{{0,3}}|x[0-9a-f]?)?\Z))"
        )
    return re.compile("|".join(choices))


def _char(text: str, folded: str, at: int, last: bool) -> tuple[str, int]:
    """The folded character at a position and how much of the text it takes; empty where the text breaks off."""
    if text[at] != "\\":
        return folded[at], 1
    escape = ESCAPE.match(text, at)
    if escape and (last or not _is_half(escape, text)):
        return fold(decoded(escape)), len(escape[0])
    escaped = SIGN.match(text, at)
    if escaped:
        return fold(sign(escaped)), len(escaped[0])
    return ("", 0) if not last and (escape or _CUT_ESCAPE.match(text, at)) else ("\\", 1)


def _is_half(escape: re.Match[str], text: str) -> bool:
    """Whether the second half of a character beyond the first 65,536 may still come."""
    end = escape.end()
    first = escape[3] is None and "d8" <= escape[2][:2].lower() <= "db"
    return first and (end == len(text) or _CUT_ESCAPE.match(text, end) is not None)


def _before(text: str, at: int) -> str:
    """The character before a position, also where it is escaped."""
    escape = _ESCAPED_ONE.search(text, max(at - 6, 0), at)
    return chr(int(escape[1], 16)) if escape else text[at - 1]


def escaped_letter(text: str, at: int) -> str:
    """The letter whose escape begins here, of a script that writes spaces between words; else nothing."""
    escape = ESCAPE.match(text, at)
    char = decoded(escape) if escape else ""
    return char if char and is_letter(char) and not runs_on(char) else ""


def _restored(entry: Entry, written: str) -> str | None:
    spelled = _as_spelled(entry, written)
    if spelled is not None:
        return spelled
    original = entry.restored(unescaped(written))
    return None if original is None else escaped_like(written, original)


def _as_spelled(entry: Entry, written: str) -> str | None:
    """The original in the spelling that was replaced, also where JSON holds it, whose backslashes are doubled."""
    for depth in range(_DEPTHS):
        original = entry.surfaces.get(written)
        if original is not None:
            return original.replace("\\", "\\" * 2**depth)
        if "\\\\" not in written:
            break
        written = written.replace("\\\\", "\\")
    return None
