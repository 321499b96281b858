"""Reasons to doubt that a guess is a person: what stands around it, and how it is written beside the rest of its text.

A word that no list of names knows needs a reason to be taken for one: a sentence around it, or in a comment a word
that announces somebody. Things named after people (bridges, tests, sauces) are told by the noun beside them.
"""

import re
from collections.abc import Callable, Sequence

from ni.privacy.languages import ENGLISH, FRENCH

SENTENCE = 2
"""As many small words make a sentence of a text that is all in one case."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_COMMENT = re.compile(r"^\s*(?:#|//|/?\*|--|;|%|<!--|\"\"\")|\s(?:#|//|/\*|--)\s")
_ANNOUNCED = re.compile(
    r"(?i)(?:\b(?:by|ask|asks?|asked|tell|thanks?|thank you|cc|dear|hi|hello|hey|for|from|to|with|says?|per|suggested"
    r"|par|pour|merci|selon|demander?|demandez|avec|chez|cher|chère|bonjour|salut|auteur|author|owner|reviewer)\b"
    r"(?:\s+(?:à|to|a|de))?|[@:(«\"'])\s*$"
)
_ANNOUNCING = re.compile(
    r"(?i)^(?:['’]s\b|\s*(?:[:,]\s)?(?:says?|said|asked|wants?|wrote|thinks|dit|veut|demande|pense)\b)"
)
_CODE_LINE = re.compile(r"[={}<>]|;\s*$|\w\(|::|->|^\s*[#/]*\s*\w+ : ")
_PERSON_KEY = re.compile(
    r"(?i)(?:name|nom|user|usag|author|auteur|owner|client|customer|patient|assign|contact|employ|member|membre|student"
    r"|person|people|par|by|from|to|cc|de|respons|observ|watcher|assert|greet|bonjour|hello|title|equal|banner|render)"
    r"\w*[\"']?\s*[:=(,]\s*(?:\w+\()?[\[(]?(?:[\"'][^\"']*[\"'],\s*)*[\"'`]$"
)
LONGEST_ACRONYM = 4
INITIAL = re.compile(r"(?:[^\W\d_]\.?-?){1,2}")
QUOTES = ("'", '"', "`")
_DETERMINER = re.compile(
    r"^\s+(?:an?|the|all|any|each|every|this|these|its|their|un|une|le|la|les|des|ce|cette|ces|chaque|tous|son|sa)\b"
)
_NOUN = (
    "bridge|river|lake|street|avenue|road|parkway|highway|square|tower|arena|stadium|airport|station|park|bay|island"
    "|university|college|school|hospital|library|institute|foundation|test|statistic|distribution|theorem|lemma"
    "|equation|algorithm|transform|scale|disease|syndrome|sauce|salad|mustard|cup|trophy|prize|medal|award|licen[cs]e"
    "|framework|server|database|driver|plugin|module|package|protocol|format|engine|shell|browser|compiler|installer"
)
_THING_AFTER = re.compile(rf"(?i)^(?:['’]s)?[ -](?:{_NOUN})s?\b")
_NOM = (
    "pont|rivière|lac|rue|avenue|boulevard|chemin|place|parc|aréna|aéroport|gare|station|université|collège|cégep"
    "|école|hôpital|institut|fondation|test|loi|loi normale|théorème|lemme|équation|algorithme|méthode|maladie"
    "|syndrome|sauce|salade|moutarde|coupe|prix|médaille|trophée|serveur|cadriciel|pilote"
)
_THING_BEFORE = re.compile(
    rf"(?:(?i:\b(?:{_NOM}) (?:de |du |d['’])?)|\b(?:Lake|Mount|Fort|Port|Cape|Hotel|Chez) )$"
)


def is_sentence(text: str) -> bool:
    """Whether a text has the small words of which sentences are made."""
    count = 0
    for word in _WORD.finditer(text):
        lower = word[0].lower()
        count += lower in ENGLISH or lower in FRENCH
        if count >= SENTENCE:
            return True
    return False


def line_around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a place on its line."""
    return text[text.rfind("\n", 0, start) + 1 : start], text[end:].partition("\n")[0]


def one_case(text: str) -> bool:
    """Whether capitals tell nothing in a text, because it has no others or none."""
    return text.isupper() or text.islower()


def unannounced(text: str, start: int, end: int) -> bool:
    """Whether a word stands in a comment without anything that announces a person."""
    before, after = line_around(text, start, end)
    if not _COMMENT.search(before):
        return False
    return not (_ANNOUNCED.search(before) or _ANNOUNCING.match(after))


def in_code(text: str, start: int, end: int) -> bool:
    """Whether a word stands on a line of code, or alone in quotes that nothing says to hold somebody's name."""
    before, after = line_around(text, start, end)
    if _in_quotes(before, after) and not _PERSON_KEY.search(before):
        return True
    return _CODE_LINE.search(before + text[start:end] + after) is not None


def in_literal(text: str, start: int, end: int) -> bool:
    """Whether a word stands on a line of code, other than in quotes that something says to hold somebody's name."""
    before, after = line_around(text, start, end)
    if _in_quotes(before, after):
        return not _PERSON_KEY.search(before)
    return _CODE_LINE.search(before + text[start:end] + after) is not None


def _in_quotes(before: str, after: str) -> bool:
    return before[-1:] in QUOTES and after[:1] == before[-1:]


def echoes(text: str, start: int, end: int) -> bool:
    """Whether a capitalised word also stands in the text in small letters, as types do beside what is of them."""
    word = text[start:end]
    return word.lower() != word and re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", text) is not None


def joins_words(word: str, plain: Callable[[str], bool]) -> bool:
    """Whether a hyphen joins words and no names: `Built-in`, `Per-tool`, `non-NULL`.

    The second half of a name has a capital where the first has one, or is no word (`Ji-yeon`).
    """
    first, *others = word.split("-")
    if not others or word.islower() or word.isupper():
        return False
    if first.isupper() and len(first) > 1:
        return True
    return any(len(part) > 1 if part.isupper() else part.islower() and plain(part) for part in others)


def has_acronym(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    """Whether capitals stand beside words that are written with small letters, as in `Solaris GC`: no surname.

    An initial is no acronym (`Jean A. Tremblay`, `J.-P. Roy`).
    """
    if len(words) < 2 or all(word.isupper() for word in words):
        return False
    unknown = [word for word in words if word.isupper() and not INITIAL.fullmatch(word) and not known(word)]
    return any(len(word) <= LONGEST_ACRONYM for word in unknown) or (
        bool(unknown) and not any(map(known, words))
    )


def commands(text: str, start: int, end: int) -> bool:
    """Whether a word begins its line and an article follows it, as in `Deduplicate a sequence`: a verb."""
    before, after = line_around(text, start, end)
    return not before.strip(" \t#/*\"'>-") and _DETERMINER.match(after) is not None


def names_a_thing(text: str, start: int, end: int) -> bool:
    """Whether a bridge, a test or a sauce bears the name."""
    return _THING_AFTER.match(text[end : end + 20]) is not None or (
        _THING_BEFORE.search(text[max(0, start - 24) : start]) is not None
    )
