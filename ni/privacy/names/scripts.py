"""People in Cyrillic, Greek, Hebrew, Arabic, Devanagari, Han and Hangul letters, by lists, endings and cues.

No network reads these scripts. A name is taken where two things agree: a listed given name with another name beside
it, a listed given name alone that is no word, or one or two words behind a cue ("name:", "Dr.").
`people/other_scripts.toml` holds the lists.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from ni.privacy.lexicon import FOLDER

Range = tuple[int, int]
SEPARATOR = re.compile(r"[ \t\u00a0]*[:：]?[ \t\u00a0.״\"'’]*")
SCRIPTS = {
    "cyrillic": re.compile(r"[\u0400-\u052f][\u0400-\u052f'’-]*"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    "hebrew": re.compile(r"[\u05d0-\u05ea][\u05d0-\u05ea\u0591-\u05c7'\"״׳-]*"),
    "arabic": re.compile(r"[\u0620-\u064a\u066e-\u06d3][\u0620-\u0652\u066e-\u06d3\u200c]*"),
    "devanagari": re.compile(r"[\u0904-\u0939\u0958-\u0961][\u0900-\u0963\u200c\u200d]*"),
}
CASED = ("cyrillic", "greek")
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
    """The words of one script."""

    given: frozenset[str]
    family: frozenset[str]
    words: frozenset[str]
    cues: frozenset[str]
    endings: tuple[str, ...]
    particles: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    """Words that stand behind a title and are nobody's name: "Mister President"."""

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
    for name, pattern in SCRIPTS.items():
        if pattern.search(text):
            yield from _words_of(text, name, pattern)
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
        run = _run(text, words, at, is_named)
        cued = at > 0 and _cue(text, lists, words[at - 1], words[at])
        length = _length([word[0] for word in run], lists, cued, name in CASED)
        if length:
            yield run[0].start(), run[length - 1].end()
        at += max(length, 1)


def _run(
    text: str, words: list[re.Match[str]], at: int, is_named: Callable[[str], bool]
) -> list[re.Match[str]]:
    """Up to three words from `at` on that are written like names, one space apart."""
    run: list[re.Match[str]] = []
    for word in words[at : at + 3]:
        if not is_named(word[0].replace("'", "").replace("’", "")) or (
            run and text[run[-1].end() : word.start()] != " "
        ):
            break
        run.append(word)
    return run


def _cue(text: str, lists: Script, before: re.Match[str], word: re.Match[str]) -> bool:
    return _is_cue(before[0], lists) and SEPARATOR.fullmatch(text, before.end(), word.start()) is not None


def _is_cue(word: str, lists: Script) -> bool:
    """Whether a word announces a name, in Arabic and Hebrew behind an attached particle too (`بالسيد`)."""
    said = word.strip("'\"״׳").lower()
    forms = {said, said[1:] if said[:1] in "وبفلהוללב" else said}
    forms |= {"ال" + said[2:]} if said.startswith("لل") else set()
    return not forms.isdisjoint(lists.cues)


def _length(run: list[str], lists: Script, cued: bool, cased: bool) -> int:
    """How many words of the run are one name; 0 if none."""
    if not run:
        return 0
    given, family = [lists.is_given(word) for word in run], [lists.is_family(word) for word in run]
    if _is_cue(run[0], lists) or run[0] in lists.roles or not (cued or given[0] or family[0]):
        return 0
    length = 1
    while length < len(run) and (given[length] or family[length] or (cued and cased)):
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


_HAN = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


def _patterned(text: str, pattern: re.Pattern[str]) -> Iterator[Range]:
    for match in pattern.finditer(text):
        yield match.span(match.lastgroup or 0)


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
