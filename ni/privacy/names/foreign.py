"""People in lines that the network was not trained on.

`Foreign` judges Latin languages other than English and French: a line's small words tell its language, and a name there
needs a listed given name, a title, an introduction or capitals within a sentence. `find_other_scripts` finds names in
other letters (Cyrillic, Greek, Hebrew, Arabic, Indian, Han, Hangul and so on) by the lists of `other_scripts.toml`:
a listed given name with another name beside it or that is no word, or one or two words behind a cue ("name:", "Dr.").
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from ni.privacy.lexicon import FOLDER, Lexicon, WordKind
from ni.privacy.names.model import LOWER, Token, Word, case_of
from ni.privacy.names.people_names import gender
from ni.privacy.spans import Label, Span
from ni.privacy.words import ENGLISH, FRENCH, GERMAN, OTHERS, SHARED

HOME = (ENGLISH | FRENCH) - SHARED
_ACCENTED = re.compile(r"[áíóúñãõìòäößåøłęąśćżźńčšžřěůőűășțğışý]")
_SIGNS = ("¿", "¡")
_JOINING = "de la del las los von van der den zu y da do dos das di af ter ten"
_PARTICLES = frozenset(_JOINING.split())
_ADDRESSED = (
    "herr herrn frau fräulein señor señora señorita sr sra srta don doña senhor senhora dona signor signora signore "
    "sig dott dr prof ing pan pani pana panu panią panem meneer mevrouw mevr dhr ông bà chị cô chú"
)
_DEAR = (
    "lieber liebe liebes sehr geehrter geehrte estimado estimada querido querida caro cara gentile egregio beste "
    "geachte drogi droga szanowny szanowna hola hallo ciao olá ola oi cześć hej"
)
_NOUNS = (
    "damen herren kollegen kolleginnen kunden kunde kundin freunde team eltern mitarbeiter cliente clientes cliënt "
    "señores señoras amigos amici colleghi collega państwo gast gäste tag morgen abend welt mundo mondo allemaal "
    "der die den el patient patientin"
)
_INTRODUCED = (
    "me llamo|mi nombre es|se llama|soy|ich heiße|ich heisse|heißt|mein name ist|mi chiamo|si chiama|il mio nome è"
    "|meu nome é|me chamo|chamo-me|sou|nazywam się|mam na imię|jestem|ik heet|mijn naam is|ik ben"
    "|non m(?:wen)? se|mwen rele|m rele|li rele|ang pangalan ko ay|ako si|ako po si|asawa ko si"
    "|tôi tên là|tên (?:của )?tôi là|tên em là|benim adım|jina langu ni|magacaygu waa"
)
_NEVER = OTHERS | SHARED | ENGLISH | FRENCH | frozenset(f"{_ADDRESSED} {_DEAR} {_NOUNS}".split())
_CUE = re.compile(
    rf"(?i)(?<![^\W_])(?:(?:{'|'.join(sorted(_ADDRESSED.split(), key=len, reverse=True))})\.?"
    rf"|{'|'.join(_DEAR.split())}|{_INTRODUCED})[ \t]+$"
)
_LABEL = re.compile(r"^[ \t>*-]*[^\W\d_]+(?: [^\W\d_]+)?[ \t]*[:：][ \t]*$")
_AFTER_LABEL = re.compile(r"[ \t]*(?:[,;|(\n]|$)")
_BEGINS = re.compile(r"(?:^|[.!?:\n¿¡«\"“(*•-])[ \t]*$")
_LONGEST = 4
_TWICE = re.compile(r"([A-Z][a-z]{1,8})-\1")
"""A short name that is said twice: Jun-Jun, Ling-Ling."""


class TextLine(NamedTuple):
    """Tokens `first` to `end` of a text, which are one line."""

    first: int
    end: int
    german: bool


def foreign_lines(tokens: Sequence[Token]) -> list[TextLine]:
    """The lines in another language; in a text that is mostly in one, lines without small words count too."""
    counted = []
    first = 0
    for at in (*(at for at, token in enumerate(tokens) if token.text == "\n"), len(tokens)):
        counted.append((first, at, *_votes([token.text for token in tokens[first:at]])))
        first = at + 1
    whole = sum(other - home for _, _, other, home, _ in counted) > 0
    german = any(is_german for *_, is_german in counted)
    return [
        TextLine(first, end, german)
        for first, end, other, home, _ in counted
        if other > home or (whole and other == home)
    ]


def _votes(words: list[str]) -> tuple[int, int, bool]:
    """How many words are of other languages, how many of English or French, and whether some are German."""
    small = [word.lower() for word in words]
    mixed = any(word != low for word, low in zip(words, small, strict=True))
    small_words = [
        low
        for before, word, low in zip(("", *words), words, small, strict=False)
        if word == low or not before[-1:].isalnum()
    ]
    other = sum(word in OTHERS or word in _SIGNS for word in small_words)
    other += mixed and sum(
        word == low and low not in OTHERS and _ACCENTED.search(low) is not None
        for word, low in zip(words, small, strict=True)
    )
    return other, sum(word in HOME for word in small), not GERMAN.isdisjoint(small_words)


class Foreign:
    """What is left of the people that the network found in a text, and those that a cue announces."""

    def __init__(self, text: str, tokens: Sequence[Token], words: Sequence[Word], lexicon: Lexicon) -> None:
        self._text, self._tokens, self._words, self._lexicon = text, tokens, words, lexicon
        self._lines = foreign_lines(tokens)
        self._small = case_of(text) == LOWER

    def judged(self, spans: list[Span]) -> list[Span]:
        """The spans, those in lines of other languages cut to what has evidence, in order and apart."""
        if not self._lines:
            return spans
        accepted = set(spans)
        for line in self._lines:
            if line.first == line.end:
                continue
            start, end = self._tokens[line.first].start, self._tokens[line.end - 1].end
            here = [span for span in spans if start <= span.start < end]
            accepted.difference_update(here)
            accepted.update(self._of_line(line, here))
        return sorted(accepted)

    def _of_line(self, line: TextLine, spans: list[Span]) -> Iterator[Span]:
        ranges = [(span.start, span.end) for span in spans]
        for first, end in self._runs(line):
            start, stop = self._tokens[first].start, self._tokens[end - 1].end
            before = self._text[self._text.rfind("\n", 0, start) + 1 : start]
            seen = any(low < stop and start < high for low, high in ranges)
            if _CUE.search(before) or (seen and self._evident(line, first, end, before)):
                yield Span(start, stop, Label.PERSON, certain=False)

    def _runs(self, line: TextLine) -> Iterator[tuple[int, int]]:
        """Words written like names, one beside the other, with particles between them."""
        at = line.first
        while at < line.end:
            end = at
            while end < min(line.end, at + _LONGEST + 2) and self._is_part(end, at):
                end += 1
            last = end
            while last > at and self._tokens[last - 1].text in _PARTICLES:
                last -= 1
            if last > at:
                yield at, last
            at = max(end, at + 1)

    def _is_part(self, at: int, first: int) -> bool:
        token, word = self._tokens[at], self._words[at].kind
        if at > first and self._text[self._tokens[at - 1].end : token.start] != " ":
            return False
        if token.text in _PARTICLES:
            return at > first
        if token.text.lower() in _NEVER or not token.text[0].isalpha():
            return False
        return token.text[0].isupper() or (
            self._small and word.is_only_name and token.text in self._lexicon.given
        )

    def _evident(self, line: TextLine, first: int, end: int, before: str) -> bool:
        """Whether more than the network says that a run of words is somebody."""
        parts = [at for at in range(first, end) if self._tokens[at].text not in _PARTICLES]
        if any(self._is_given(at) or _TWICE.fullmatch(self._tokens[at].text) for at in parts):
            return True
        if _LABEL.match(before) and _AFTER_LABEL.match(self._text, self._tokens[end - 1].end):
            return True
        if line.german or _BEGINS.search(before):
            return False
        return len(parts) > 1 or self._words[first].kind is WordKind.FAMILY

    def _is_given(self, at: int) -> bool:
        """Whether a word is listed as a given name and has no other meaning, or is one of the best known."""
        text, kind = self._tokens[at].text.lower(), self._words[at].kind
        return (
            kind.is_given and text in self._lexicon.given and (kind.is_only_name or gender(text) is not None)
        )


Range = tuple[int, int]
SEPARATOR = re.compile(r"[ \t\u00a0]*[:：]?[ \t\u00a0.״\"'’]*")
SCRIPTS = {
    "cyrillic": re.compile(r"[\u0400-\u052f][\u0400-\u052f'’-]*"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    "hebrew": re.compile(r"[\u05d0-\u05ea][\u05d0-\u05ea\u0591-\u05c7'\"״׳-]*"),
    "arabic": re.compile(r"[\u0620-\u064a\u066e-\u06d3][\u0620-\u0652\u066e-\u06d3\u200c]*"),
    "devanagari": re.compile(r"[\u0904-\u0939\u0958-\u0961][\u0900-\u0963\u200c\u200d]*"),
    "gurmukhi": re.compile(r"[\u0a05-\u0a39\u0a59-\u0a5e\u0a72-\u0a74][\u0a01-\u0a75\u200c\u200d]*"),
    "bengali": re.compile(r"[\u0985-\u09b9\u09dc-\u09e1][\u0981-\u09e3\u200c\u200d]*"),
    "gujarati": re.compile(r"[\u0a85-\u0ab9\u0ae0\u0ae1][\u0a81-\u0ae3\u200c\u200d]*"),
    "tamil": re.compile(r"[\u0b83-\u0bb9][\u0b82-\u0bcd\u200c\u200d]*"),
    "telugu": re.compile(r"[\u0c05-\u0c39][\u0c01-\u0c63\u200c\u200d]*"),
    "kannada": re.compile(r"[\u0c85-\u0cb9][\u0c81-\u0ce3\u200c\u200d]*"),
    "malayalam": re.compile(r"[\u0d05-\u0d39\u0d7a-\u0d7f][\u0d01-\u0d63\u0d7a-\u0d7f\u200c\u200d]*"),
    "armenian": re.compile(r"[\u0531-\u0587]+"),
    "georgian": re.compile(r"[\u10d0-\u10fa]+"),
    "ethiopic": re.compile(r"[\u1200-\u135a]+"),
    "syllabics": re.compile(r"[\u1400-\u167f]+"),
}
CASED = ("cyrillic", "greek", "armenian")
_CYRILLIC_ENDINGS = (
    "",
    "а",
    "у",
    "ом",
    "ем",
    "е",
    "ы",
    "и",
    "ой",
    "ою",
    "ей",
    "ю",
    "я",
    "єм",
    "ові",
    "і",
    "ию",
    "ии",
    "ией",
)


@dataclass(frozen=True, slots=True)
class Script:
    """The lists of names, cues and words of one script."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]
    cues: frozenset[str]
    endings: tuple[str, ...]
    particles: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    """Words that follow a title and are no names: "Mister President"."""

    def is_given(self, word: str) -> bool:
        """Whether the word is a listed given name, in Hebrew and Arabic behind an attached particle too."""
        return word in self.given or (word[:1] in "לבמושהכوبل" and len(word) > 3 and word[1:] in self.given)

    def is_family(self, word: str) -> bool:
        """Whether the word is a listed surname, or ends as surnames do."""
        return word in self.family or (len(word) > 4 and word.endswith(self.endings))


@cache
def tables() -> dict[str, dict[str, str]]:
    """`other_scripts.toml`."""
    return tomllib.loads((FOLDER / "other_scripts.toml").read_text("utf-8"))


@cache
def script(name: str) -> Script:
    """The lists of one script; Cyrillic given names with their case endings."""
    row = {key: value.split() for key, value in tables()[name].items()}
    given = set(row["given"])
    if name == "cyrillic":
        stems = {word[:-1] if word[-1] in "аяйь" else word for word in given if len(word) > 3}
        given |= {stem + ending for stem in stems for ending in _CYRILLIC_ENDINGS}
    endings = tuple(row.get("endings", ())) or ("\0",)
    return Script(
        frozenset(given),
        frozenset(row.get("family", ())),
        frozenset(row["words"]),
        frozenset(row["cues"]),
        endings,
        frozenset(row.get("particles", ())),
        frozenset(row.get("roles", ())),
    )


def find_other_scripts(text: str) -> Iterator[Range]:
    """The ranges of names, in order within each script, without overlaps."""
    if text.isascii():
        return
    for name, pattern in SCRIPTS.items():
        if pattern.search(text):
            yield from _words_of(text, name, pattern)
    if _THAI.search(text):
        yield from _patterned(text, _thai())
    if _HAN.search(text):
        yield from _patterned(text, _han())
    if _HANGUL.search(text):
        yield from _patterned(text, _hangul())


def _words_of(text: str, name: str, pattern: re.Pattern[str]) -> Iterator[Range]:
    """Names in a script whose words stand apart."""
    lists, words = script(name), list(pattern.finditer(text))
    is_named: Callable[[str], bool] = str.istitle if name in CASED else bool
    at = 0
    while at < len(words):
        run = _run(words, at, is_named, lists.roles)
        cued = at > 0 and _cue(text, lists, words[at - 1], words[at])
        length = _length([word[0] for word in run], lists, cued, name in CASED)
        if length:
            yield run[0].start(), run[length - 1].end()
        at += max(length, 1)


def _run(
    words: list[re.Match[str]], at: int, is_named: Callable[[str], bool], stops: frozenset[str]
) -> list[re.Match[str]]:
    """Up to three words from `at` on that are written like names, one space apart, none of them in `stops`."""
    text = words[at].string
    run: list[re.Match[str]] = []
    for word in words[at : at + 3]:
        if not is_named(word[0].replace("'", "").replace("’", "")) or (
            run and (text[run[-1].end() : word.start()] != " " or word[0] in stops)
        ):
            break
        run.append(word)
    return run


def _cue(text: str, lists: Script, before: re.Match[str], word: re.Match[str]) -> bool:
    return _is_cue(before[0], lists) and SEPARATOR.fullmatch(text, before.end(), word.start()) is not None


def _is_cue(word: str, lists: Script) -> bool:
    """Whether a word announces a name, in Arabic and Hebrew behind an attached particle too (`بالسيد`)."""
    bare = word.strip("'\"״׳").lower()
    forms = {bare, bare[1:] if bare[:1] in "وبفلהוללב" else bare}
    forms |= {"ال" + bare[2:]} if bare.startswith("لل") else set()
    return not forms.isdisjoint(lists.cues)


def _length(run: list[str], lists: Script, cued: bool, cased: bool) -> int:
    """How many words of the run are one name; 0 if none."""
    if not run:
        return 0
    given, family = [lists.is_given(word) for word in run], [lists.is_family(word) for word in run]
    if _is_cue(run[0], lists) or run[0] in lists.roles or not (cued or given[0] or family[0]):
        return 0
    length = 1
    while length < len(run) and (
        given[length] or family[length] or (cued and cased) or (given[0] and _is_nisba(run[length]))
    ):
        length += 1
    if cued:
        unlisted = length == 1 and len(run) > 1 and not (given[0] and cased)
        length = min(2, len(run)) if unlisted else length
        return min(3, len(run)) if run[length - 1] in lists.particles else length
    if length > 1 and (any(given[:length]) or (cased and all(family[:length]))):
        return length
    if cased and len(run) > 1 and given[0]:
        return 2
    return int(given[0] and run[0] not in lists.words and cased)


_NISBA = re.compile(r"ال[\u0620-\u064a]{2,10}ي")


def _is_nisba(word: str) -> bool:
    """Whether an Arabic word behind a given name says where its bearer's family is from: `الحسيني`, `البغدادي`."""
    return _NISBA.fullmatch(word) is not None


_THAI = re.compile(r"[\u0e01-\u0e2e]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


def _patterned(text: str, pattern: re.Pattern[str]) -> Iterator[Range]:
    for match in pattern.finditer(text):
        yield match.span(match.lastgroup or 0)


@cache
def _thai() -> re.Pattern[str]:
    """One or two words behind a cue or a title, which they may touch: Thai has no blanks between its words."""
    row = tables()["thai"]
    cues, titles, words = (
        "|".join(sorted(map(re.escape, row[name].split()), key=len, reverse=True))
        for name in ("cues", "titles", "words")
    )
    word = rf"(?!{words})[\u0e01-\u0e2e\u0e40-\u0e44][\u0e01-\u0e4e]{{1,15}}(?![\u0e01-\u0e4e])"
    return re.compile(
        rf"(?:{cues})[ ]?[:：]?[ ]?(?:(?:{titles})[ ]?)?(?P<cued>{word}(?:[ ]{word})?)"
        rf"|(?<![\u0e01-\u0e4e])(?:{titles})[ ]?(?P<titled>{word}[ ]{word})"
    )


@cache
def _han() -> re.Pattern[str]:
    """A surname with one or two characters behind a cue, before a title, or alone between signs.

    A surname of one character is taken with its title: a stand-in of one character would be met within other words.
    """
    row = tables()["han"]
    single = re.sub(r"\s", "", row["family"])
    compound = "|".join(row["compound"].split())
    surname = f"(?:{compound}|[{single}])"
    cues, titles, after = (
        "|".join(sorted(map(re.escape, row[name].split()), key=len, reverse=True))
        for name in ("cues", "titles", "after")
    )
    edge = r"[^\u4e00-\u9fff\u3040-\u30ff]"
    stop = f"(?:{edge}|{titles}|{after}|$)"
    before = r"(?:(?<![\u4e00-\u9fff])|(?<=[和与跟给找请是向由对把被同及、]))"
    name = rf"{surname}(?!{titles})[ ·]?[\u4e00-\u9fff]{{1,2}}"
    return re.compile(
        rf"(?:(?<=\n)|(?<![^\n])|{edge})(?P<alone>{name})(?=[,，、;；:：。.!?！？)）\n|]|$)"
        rf"|(?:{cues})[ ]?(?:是|为|：|:)?[ ]?(?P<cued>{name}?)(?={stop})"
        rf"|{before}(?P<titled>(?:{surname}(?!{titles})[\u4e00-\u9fff]{{1,2}}?|{compound})(?={titles}))"
        rf"|{before}(?P<lone>[{single}](?:{titles}))"
    )


@cache
def _hangul() -> re.Pattern[str]:
    """A surname with two syllables behind a cue, before a title, or of syllables of which names are made."""
    row = tables()["hangul"]
    surname, given = f"(?:{'|'.join(row['family'].split())})", f"[{''.join(row['given'].split())}]"
    words = "|".join(row["words"].split())
    cues, titles = ("|".join(sorted(row[name].split(), key=len, reverse=True)) for name in ("cues", "titles"))
    particle = (
        r"(?:은|는|이|가|을|를|에게|께|와|과|의|도|으로|로|입니다|이다|라고|이라고|아|야)?(?![\uac00-\ud7a3])"
    )
    return re.compile(
        rf"(?:{cues})(?:은|는|이|가)?\s?[:：]?\s?(?P<cued>{surname}[\uac00-\ud7a3]{{2}})(?=\s?(?:{titles})|{particle})"
        rf"|(?<![\uac00-\ud7a3])(?!{titles})(?P<titled>{surname}[\uac00-\ud7a3]{{1,2}})(?=\s?(?:{titles})(?![\uac00-\ud7a3]{{2}}))"
        rf"|(?<![\uac00-\ud7a3])(?!{words})(?P<alone>{surname}{given}{{2}})(?={particle})"
    )
