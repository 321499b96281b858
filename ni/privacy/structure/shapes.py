"""What a name looks like where a header or a key announces one: words of letters, in any script and any case.

`guesses` and `name_at` give the names at a place, with what the lists of names and words say about them (`Facts`).
Titles before a name, degrees and asides after it are left out; *Surname, Given* is one name, `A and B` are two.
The lists are read when a text first has structure, and kept.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from ni.privacy.lexicon import is_family, is_given, is_in_dictionaries, read_family, read_named, read_words
from ni.privacy.people.lists import PARTICLES
from ni.privacy.words import MARK, fold, listed

_FIRST_HAN = "\u2e80"
_MOST_WORDS = 8
_MOST_NAMES = 60
_LONGEST_WORD = 40
_LONGEST_INITIAL = 2
_LONGEST_SURNAME = 2
_MOST_GIVEN = 3
_CODE_AFTER = "_/\\@=({[$^~+*#"
_WORD = re.compile(
    rf"[^\W\d_](?:[^\W\d_]|{MARK}|['’ʼ‘`.·‐‑-](?=[^\W\d_])|''(?=[^\W\d_])|:(?=[^\W\d_]{{2}}))*"
)
_GAP = re.compile(r"[ \u00a0\u202f\u3000]{1,2}")
_COMMA = re.compile(r"[ \u00a0]?[,،、，][ \u00a0]?")
_LEAD = re.compile(r"[\s\"'«“‹*_`(\[%]{0,6}")
_BETWEEN = re.compile(r"\s*(?:[,;/&+|،、，]|\b(?:and|et|y|und|avec|with|or|ou)\b)\s*", re.IGNORECASE)
_ASIDE = re.compile(r"\s*(?:<[^<>\n]{0,80}>|\([^()\n]{0,60}\)|\[[^\[\]\n]{0,60}\])")
_TITLES = frozenset(
    listed("""
    mr mrs ms miss mx dr dre drs prof professor sir madam lady lord rev reverend hon capt sgt lt col gen m
    mm mme mmes mlle me maître maitre docteur docteure professeur professeure monsieur madame mademoiselle
    doctor pr sr sra srta don doña herr frau cher chère dear доктор господин госпожа г-н г-жа السيد السيدة
    الدكتور الدكتورة سيد श्री श्रीमती डॉ κύριος κυρία δρ
    """)
)
_DEGREES = frozenset(
    listed("""
    phd md mba msc bsc ba ma bs ms cpa cfa rn np esq dds dvm jd llb llm ing p.eng peng eng ot pt lpn do bcom
    mph edd psyd ph.d m.d m.sc b.sc b.a m.a d.d.s r.n j.d m.b.a
    """)
)
_DEGREES_AFTER = re.compile(
    r"(?:,?[ ](?:Ph\.?D|M\.?D|MBA|M\.?Sc|B\.?Sc|M\.?A|B\.?A|CPA|CFA|RN|NP|Esq|D\.?D\.?S|DVM|JD|LL\.?[BM]|ing|P\.?Eng|OT"
    r"|PT|LPN|DO|MPH|EdD|PsyD|Jr|Sr|I{2,3}|IV)\.?(?!\w))+"
)
_PART = re.compile(
    r"[a-z]+|[A-ZÀ-Þ]+|(?:M[ac]c?|D[eiu]|L[aeu]|Fitz|Van|Von|St|Mac|Des|O|Bin|Al|El)?[A-ZÀ-Þ][^\W\d_A-Z]*|[^\x00-\u024f]+"
)
_JOINTS = frozenset({"and", "et", "und", "or", "ou", "with", "avec"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_ORGANISATION = frozenset(
    listed("""
    team teams inc ltd llc corp corporation company co limited gmbh sa sas sarl ltée ltee enr group groupe
    support department dept service services university université universite college collège hospital
    hôpital hopital clinic clinique school école ecole institute institut bank banque association foundation
    fondation society société societe committee comité council conseil bureau ministry ministère ministere
    agency agence office board club church église centre center solutions systems technologies software
    developers contributors maintainers authors engineering operations ops sales marketing finance platform
    infrastructure security helpdesk équipe equipe entreprises industries consulting holdings project projet
    bot app api server client manager admin administrator cie partners associates labs studio studios media ci
    """)
)
_NOBODY = frozenset(
    listed("""
    true false null none nil undefined nan n/a na n.a tbd tba unknown anonymous admin administrator user
    root system guest test default string str int integer float bool boolean number object array any
    optional required example sample name nom active inactive pending yes no oui non inconnu inconnue
    anonyme aucun aucune vide empty blank self me you us all everyone nobody staff other others autre autres
    various many see voir todo fixme xxx first last prénom prenom surname value text varchar char date
    datetime uuid email phone address title id key type void const let var func function new return this
    super public private static async await function class struct type interface enum char male female homme
    femme masculin féminin feminin m f canada québec quebec ontario montréal montreal toronto
    """)
)


class Facts(NamedTuple):
    """What the lists and the letters say about the words of a name."""

    core: tuple[str, ...]  # without particles and initials
    listed: int  # how many the lists of names have
    plain: int  # how many are words and no names
    certain: int  # how many are names and no words
    given: bool  # whether at least one is a given name by the lists
    foreign: bool  # whether they are written in other letters than the Latin ones
    capitalised: bool  # whether each has a capital, or is of letters that have none
    no_person: bool  # whether they stand for no person: `N/A`, `admin`, `Platform Team`


class Guess(NamedTuple):
    """`text[start:end]` may be a name of these words; `rest` is where what follows it begins."""

    start: int
    end: int
    words: tuple[str, ...]
    rest: int
    facts: Facts


@lru_cache(maxsize=4096)
def facts(words: tuple[str, ...]) -> Facts:
    """What the lists say about the words; remembered until `structure.forget`."""
    lower = [word.lower().strip(".") for word in words]
    core = tuple(
        word
        for word, small in zip(words, lower, strict=True)
        if (len(small) > 1 or word > _FIRST_HAN) and small not in PARTICLES
    )
    names, plain = [is_listed(word) for word in core], [_is_plain(word) for word in core]
    return Facts(
        core,
        sum(names),
        sum(word and not name for name, word in zip(names, plain, strict=True)),
        sum(name and not word for name, word in zip(names, plain, strict=True)),
        any(map(is_listed_given, core)),
        not words[0].isascii() and any(map(_is_foreign, words[0])),
        not any(word[0].islower() for word in core),
        not core or lower[0] in _NOBODY or not _ORGANISATION.isdisjoint(lower),
    )


def _is_plain(word: str) -> bool:
    """Whether it is a word; in small letters, a program (`jenkins`) is one too."""
    return is_word(word) or (word.islower() and is_of_things(word))


def _is_foreign(char: str) -> bool:
    return char > "\u036f" and char.isalpha() and not "\u1e00" <= char <= "\u1eff"


def guesses(text: str, start: int, end: int) -> Iterator[Guess]:
    """The names at the beginning of `text[start:end]`, as far as commas, *and* and the like join them."""
    for _ in range(_MOST_NAMES):
        guess = name_at(text, start, end)
        if guess is None:
            return
        yield guess
        between = _BETWEEN.match(text, guess.rest, end)
        if between is None or between.end() == guess.rest:
            return
        start = between.end()


def name_at(text: str, start: int, end: int) -> Guess | None:
    """The name that begins at `start`, after a title or a mark; None if the words there cannot be one."""
    lead = _LEAD.match(text, start, end)
    words = _untitled(text, list(_name_words(text, lead.end() if lead else start, end)))
    words = _undegreed(text, words)
    if not words:
        return None
    words = [*words, *_given_after(text, words, end)]
    names = tuple(text[first:last] for first, last in words)
    return Guess(words[0][0], words[-1][1], names, _rest(text, words[-1][1], end), facts(names))


def _name_words(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Words that go together: all with a capital or all without, joined by blanks, none of them part of code."""
    small: bool | None = None
    for _ in range(_MOST_WORDS):
        word = _WORD.match(text, at, end)
        if word is None or not _is_free(text, word, end) or not _is_built_like_a_name(word[0]):
            return
        lower = word[0].lower()
        if lower in _JOINTS:
            return
        if lower not in PARTICLES and lower not in _TITLES and not _elided(word[0]):
            if small is not None and word[0][0].islower() != small:
                return
            small = word[0][0].islower()
        stop = word.end()
        stop += text.startswith(".", stop, end) and _abbreviated(word[0])
        yield word.start(), stop
        gap = _GAP.match(text, stop, end)
        at = gap.end() if gap else end


def _is_free(text: str, word: re.Match[str], end: int) -> bool:
    """Whether the word is not part of an identifier, a path or a call."""
    after = text[word.end() : min(word.end() + 2, end)]
    if word.end() - word.start() > _LONGEST_WORD:
        return False
    if len(after) > 1 and after[0] == "-" and after[1].isdigit():
        return False
    return not after or not (after[0] in _CODE_AFTER or after[0].isdigit() or after == "::")


def _is_built_like_a_name(word: str) -> bool:
    """Whether capitals and dots stand where names have them: `McNeil`, `O'Neil`, `J.P.`, not `getUser`, `os.path`."""
    if "." in word and any(len(part) > _LONGEST_INITIAL for part in word.split(".")[:-1]):
        return False
    if word.islower() or word.isupper() or word[1:].islower():
        return True
    return all(_PART.fullmatch(part) for part in re.split("['’ʼ‘`.·‐‑-]", word) if part)


def _elided(word: str) -> bool:
    """`d'Amours`, `al-Hassan`: a small letter before a capital."""
    return any(char in "'’-" for char in word[:5]) and word[0].islower() and not word.islower()


def _abbreviated(word: str) -> bool:
    """Whether a full stop after the word belongs to it."""
    lower = word.lower()
    return len(word) == 1 or "." in word or lower in _TITLES or lower in _DEGREES or lower in _SUFFIXES


def _lower(text: str, word: tuple[int, int]) -> str:
    return text[word[0] : word[1]].lower().strip(".")


def _untitled(text: str, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words without titles before them."""
    while words and _lower(text, words[0]) in _TITLES:
        words = words[1:]
    return words


def _undegreed(text: str, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words without degrees after them; `Ma` is a surname, `MA` after small letters is none."""
    while len(words) > 1 and _lower(text, words[-1]) in _DEGREES:
        last = text[slice(*words[-1])]
        if last.istitle() or last.isupper() == text[slice(*words[0])].isupper():
            break
        words = words[:-1]
    return words


def _given_after(text: str, words: list[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    """The given names of *Surname, Given*, where they end the value or another comma follows."""
    comma = _COMMA.match(text, words[-1][1], end)
    if comma is None or sum(_lower(text, word) not in PARTICLES for word in words) > _LONGEST_SURNAME:
        return []
    after = _undegreed(text, _untitled(text, list(_name_words(text, comma.end(), end))))
    if not after or len(after) > _MOST_GIVEN or _lower(text, after[0]) in (_DEGREES | _SUFFIXES):
        return []
    return after if len(after) == 1 or len(words) == 1 else []


def _rest(text: str, at: int, end: int) -> int:
    """Where what follows a name begins, after its degrees and asides."""
    degrees = _DEGREES_AFTER.match(text, at, end)
    at = degrees.end() if degrees else at
    aside = _ASIDE.match(text, at, end)
    return aside.end() if aside else at


@cache
def _names() -> frozenset[str]:
    return _given() | _family()


@cache
def _given() -> frozenset[str]:
    return read_words("given")


@cache
def _family() -> frozenset[str]:
    return read_family()


@lru_cache(maxsize=8192)
def is_listed(word: str) -> bool:
    """Whether a word, in any case, is a given name or a surname by the lists or by its form."""
    lower = word.lower().replace("’", "'")
    parts = {lower, fold(lower), lower.partition("-")[0]}
    return not parts.isdisjoint(_names()) or is_given(lower) or is_family(lower)


@lru_cache(maxsize=8192)
def is_listed_given(word: str) -> bool:
    """Whether a word, in any case, is a given name by the list or by its form."""
    lower = word.lower().replace("’", "'")
    return not {lower, fold(lower), lower.partition("-")[0]}.isdisjoint(_given()) or is_given(lower)


@lru_cache(maxsize=8192)
def is_listed_family(word: str) -> bool:
    """Whether a word, in any case, is a surname by the list or by its form."""
    lower = word.lower()
    return lower in _family() or is_family(lower)


@lru_cache(maxsize=8192)
def is_word(word: str) -> bool:
    """Whether a word, in any case, is one of English or of programming, or a common one of French."""
    return is_in_dictionaries(word.lower())


def is_of_things(word: str) -> bool:
    """Whether a word, in any case, is part of the name of a method, a product, a place or a firm."""
    return word.lower() in _named()


@cache
def _named() -> frozenset[str]:
    return read_named()
