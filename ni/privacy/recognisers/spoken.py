"""Numbers, addresses and names as they are said: transcripts and dictation, in English and French.

`five one four, five five five…`: seven digits or more in words are a number that somebody reads out; how many there
are, and the word before them, say of what kind. Counting is none. `jean dot roy at example dot ca`; `T-R-E-M-B-L-A-Y`.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from ni.privacy.prefilter import lowered, paced_matches, prefiltered, stands_in
from ni.privacy.recognisers.recogniser import explained
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

ENGLISH = ("zero", *listed("one two three four five six seven eight nine"))
FRENCH = ("zéro", *listed("un deux trois quatre cinq six sept huit neuf"))
"""The words for the digits 0 to 9."""
DIGITS = {word: str(at) for words in (FRENCH, ENGLISH) for at, word in enumerate(words)} | {"oh": "0"}
_LARGER = listed("""
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
    seventy eighty ninety hundred double triple dix onze douze treize quatorze quinze seize vingt vingts trente quarante
    cinquante soixante septante huitante nonante cent cents et
""")
_WORDS = "|".join(sorted((*DIGITS, *_LARGER), key=len, reverse=True))
IN_WORDS = rf"(?:(?i:{_WORDS})(?:[ -](?:and )?|, ?)){{1,7}}"
"""A number of a house that is said, with the blank behind it, as a pattern."""
WORD = re.compile(rf"(?i)(?<![\w'’])(?:{_WORDS})(?![\w'’])")
"""One word of a number that is said."""
_BEGINS = re.compile(
    rf"(?i)(?<![\w'’])(?:{_WORDS})[\s,.;/…-]{{1,4}}(?:{_WORDS})[\s,.;/…-]{{1,4}}(?:{_WORDS})(?![\w'’])"
)
_TELLING = tuple(
    f" {word} " if len(word) <= len("one") else word for word in dict.fromkeys((*ENGLISH, *FRENCH))
)
_THRICE = tuple(f"{word} {word} {word}" for word in dict.fromkeys((*ENGLISH, *FRENCH)))
_DIGIT = rf"(?i:{'|'.join(DIGITS)})"
_AREA, _THREE = (
    rf"(?:\(?\d{{3}}\)?|{_DIGIT}(?:[ -]{_DIGIT}){{2}})",
    rf"(?:\d{{3}}|{_DIGIT}(?:[ -]{_DIGIT}){{2}})",
)
_IN_PART = re.compile(
    rf"(?<![\w-])(?=[^\n]{{0,48}}?\d{{3}})(?=[^\n]{{0,40}}?{_DIGIT}[ -]{_DIGIT}[ -]{_DIGIT})"
    rf"{_AREA}[ ,.-]{{1,3}}{_THREE}[ ,.-]{{1,3}}(?:\d{{4}}|\d\d \d\d|{_DIGIT}(?:[ -]{_DIGIT}){{3}})(?![\w-])"
)
"""A telephone number of which a part is said and a part is in figures: `four one six 555 0193`."""
_DIFFERENT = 2
"""So many of these words stand in every number that is said, next to all other texts have fewer."""
_GAP = re.compile(r"[ \t]?(?:[,.;/…-]|\.\.\.)?[ \t\n]{0,2}")
_FEWEST_DIGITS, _FEWEST_WORDS = 7, 6
_SIN, _CARD, _LONGEST = 9, 13, 20
_REACH = 72
_COUNTING, _LONGEST_COUNT = (1, 9), 4


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<![^\W_])(?:{words})(?![^\W_])")


_KINDS = (
    (Label.SIN, _cue("sin|nas|ssn|social insurance|assurance sociale|social security")),
    (Label.CREDIT_CARD, _cue("cards?|visa|mastercard|amex|cartes?")),
    (Label.HEALTH_CARD, _cue("health (?:card|number)|ohip|ramq|phn|assurance maladie|carte soleil")),
    (Label.BANK_ACCOUNT, _cue("account|transit|compte|folio")),
    (
        Label.PHONE,
        _cue(
            "phone|tel|cell|mobile|call|reach|text|number|t[ée]l[ée]phone|cellulaire|num[ée]ro|r?appel\\w*|(?:re)?joindre"
        ),
    ),
)


def find(text: str) -> Iterator[Span]:
    """All that is said in words instead of signs."""
    low = lowered(text)
    different = sum(word in low for word in _TELLING) >= _DIFFERENT
    begins = (different or stands_in(_THRICE, low)) and _BEGINS.search(text) is not None
    for words in _runs(text) if different and begins else ():
        yield from _number(text, words)
    for match in paced_matches(_IN_PART, text) if begins else ():
        yield Span(*match.span(), Label.PHONE)
    for match in _SAID_MAIL.finditer(text) if " dot " in low or " point " in low else ():
        plain = SIGN.search(match[0])
        lone = plain is not None and SIGNS[plain["sign"].lower()] == "@"
        if not lone or _PROVIDER.search(match[0]) or explained(text, match.start(), _SAYS_MAIL, _REACH):
            yield Span(*match.span(), Label.EMAIL)
    for match in _SPELLED.finditer(text) if _SAYS_SPELLED.among(low) else ():
        if explained(text, match.start(), _SAYS_SPELLED, _REACH):
            yield Span(*match.span(), Label.PERSON)


def digits_said(words: Sequence[str]) -> str | None:
    """The digits that these words say one by one; None where one of them says more or less than a digit."""
    lowered = [word.lower() for word in words]
    return "".join(DIGITS[word] for word in lowered) if all(word in DIGITS for word in lowered) else None


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """The words of numbers that follow each other."""
    run: list[re.Match[str]] = []
    for word in WORD.finditer(text):
        if run and (not _GAP.fullmatch(text, run[-1].end(), word.start()) or len(run) > _LONGEST):
            yield run
            run = []
        run.append(word)
    yield run


def _number(text: str, words: list[re.Match[str]]) -> Iterator[Span]:
    """The number that the words say; of one with tens and hundreds, a word before it has to say what it is."""
    while words and words[-1][0].lower() == "et":
        words = words[:-1]
    while words and words[0][0].lower() == "et":
        words = words[1:]
    if len(words) < _FEWEST_WORDS:
        return
    start, end = words[0].start(), words[-1].end()
    said = digits_said([word[0] for word in words])
    kind = next((label for label, cue in _KINDS if explained(text, start, cue, _REACH)), None)
    if said is None:
        if kind:
            yield Span(start, end, kind)
    elif len(said) >= _FEWEST_DIGITS and not _counts(said):
        sized = Label.CREDIT_CARD if len(said) >= _CARD else Label.SIN if len(said) == _SIN else Label.PHONE
        yield Span(start, end, kind or sized)


def _counts(said: str) -> bool:
    """Whether somebody counts up or down, says the same digit again and again, or bits."""
    steps = [(int(after) - int(before)) % 10 for before, after in pairwise(said)]
    runs = (len(list(run)) for step, run in groupby(steps) if step in _COUNTING)
    return set(said) <= {"0", "1"} or max(runs, default=0) >= _LONGEST_COUNT or len(set(steps)) == 1


_PART = r"[A-Za-zÀ-ÿ0-9]{1,40}(?:-[A-Za-z0-9]{1,40}){0,3}"
SIGNS = {
    "dot": ".",
    "point": ".",
    "underscore": "_",
    "tiret bas": "_",
    "dash": "-",
    "hyphen": "-",
    "tiret": "-",
    "at": "@",
    "arobase": "@",
    "arrobas": "@",
    "a commercial": "@",
}
"""What is said for the signs of an address."""
SIGN = re.compile(rf" (?P<sign>{'|'.join(sorted(SIGNS, key=len, reverse=True))}) ", re.IGNORECASE)
_JOINT = r" (?:dot|point|underscore|tiret bas|dash|hyphen|tiret) "
_SAID_MAIL = re.compile(
    rf"(?i)(?<![\w@.-]){_PART}(?:{_JOINT}{_PART}){{0,4}} (?:at|arobase|arrobas|a commercial) {_PART}"
    rf"(?:{_JOINT}{_PART}){{0,3}} (?:dot|point) (?:com|ca|org|net|fr|edu|gov|uk|io|co|info|be|ch|qc)(?![\w-])"
)
_PROVIDER = re.compile(
    r"(?i) (?:g ?mail|hot ?mail|outlook|yahoo|icloud|live|proton ?mail|videotron|sympatico|bell|rogers|shaw|telus)"
    r" (?:dot|point) "
)
_SAYS_MAIL = prefiltered(
    r"(?i)(?<![^\W_])(?:e-?mails?|mail|courriels?|address|adresse|write|écri\w+|reach|contact)(?![^\W_])"
)
"""One word before *at* is an address behind such a word or at a provider of mailboxes: one looks at websites too."""
_CAPITAL = "[A-ZÀ-ÖØ-ÞĀ-Ž]"
_SPELLED = re.compile(
    rf"(?<![\w.-]){_CAPITAL}(?:(?:-{_CAPITAL}){{1,24}}|(?: {_CAPITAL}){{2,24}}|(?:\. ?{_CAPITAL}){{3,24}}\.?)(?![\w-])"
)
_SAYS_SPELLED = prefiltered(
    r"(?i)(?<![^\W_])(?:spell(?:ed|ing|s)?|spelt|[ée]p[eè]l(?:e|er|é|ée|ez|ons|lation)|s['’][ée]crit|surname"
    r"|(?:last|first|family) name|nom(?: de famille)?|pr[ée]nom)(?![^\W_])"
)
