"""Reasons to doubt that a guess is a person: what stands around it, and how it is written beside the rest of its text.

A word that no list of names knows needs a reason to be taken for one: a sentence around it, or in a comment a word
that announces somebody. Things named after people (bridges, tests, sauces) are told by the noun beside them.
"""

import re

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


def unannounced(text: str, start: int, end: int) -> bool:
    """Whether a word stands in a comment without anything that announces a person."""
    before, after = line_around(text, start, end)
    if not _COMMENT.search(before):
        return False
    return not (_ANNOUNCED.search(before) or _ANNOUNCING.match(after))


def commands(text: str, start: int, end: int) -> bool:
    """Whether a word begins its line and an article follows it, as in `Deduplicate a sequence`: a verb."""
    before, after = line_around(text, start, end)
    return not before.strip(" \t#/*\"'>-") and _DETERMINER.match(after) is not None


def names_a_thing(text: str, start: int, end: int) -> bool:
    """Whether a bridge, a test or a sauce bears the name."""
    return _THING_AFTER.match(text[end : end + 20]) is not None or (
        _THING_BEFORE.search(text[max(0, start - 24) : start]) is not None
    )
