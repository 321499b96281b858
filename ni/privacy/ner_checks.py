"""Checks what a model takes for a name: trims what does not belong to it, drops what no name looks like.

Only the text and the lexicon decide, so that the same text always gives the same spans.
"""

import re
from collections.abc import Iterable, Iterator

from ni.privacy.code import OPENERS
from ni.privacy.forms import is_given
from ni.privacy.languages import ENGLISH, FRENCH
from ni.privacy.lexicon import CAPITALISED, Lexicon
from ni.privacy.ner_doubts import (
    commands,
    echoes,
    has_acronym,
    in_code,
    in_literal,
    is_sentence,
    joins_words,
    names_a_thing,
    one_case,
    unannounced,
)
from ni.privacy.spans import Label, Span

TITLES = re.compile(
    r"(?i)(?:(?:mr|mrs|ms|miss|mx|dr|dre|drs|prof|professor|sgt|const|constable|rev|hon|sir|madam|m|mme|mlle|mm|me"
    r"|maître"
    r"|monsieur|madame|docteur|docteure|professeur|professeure|dear|hi|hello|hey|bonjour|allô|salut|cher|chère"
    r"|grandpa|grandma|grand-papa|grand-maman"
    r"|uncle|aunt|auntie|oncle|tante|cousin|cousine|elder|chief|coach|judge|agent|agente)\b\.?\s+)+"
)
TITLED = re.compile(TITLES.pattern + "$")
TAIL = re.compile(r"(?:['’][sS]|['’]|[\s,.;:!?)\]}>\"»*_-])+$")
HEAD = re.compile(r"^[\s,.;:!?(\[{<\"«*'’@#_-]+")
CODED = re.compile(r"[\d_/\\=<>{}()\[\]|;@#$%^*+~`\"]|\w\.\w{2,}|: |::")
CONTRACTED = re.compile(r"(?i)\w['’](?:t|ve|re|ll|m)$|^(?:c|qu|j|n|s|t|m)['’]\w+$")
SAINTS = ("st-", "ste-", "saint-", "sainte-")
CAMEL = re.compile(
    r"\b(?:[A-Z]{2,}[a-z]|\w*[a-z][A-Z]{2})"
    r"|\b(?!Ma?c[A-Z]|D[eiu][A-Z]|L[ae][A-Z]|Fitz[A-Z]|Van[A-Z]|St[A-Z])\w*[a-z][A-Z]"
)
OTHER_SCRIPT = re.compile(r"[^\W\d_a-zA-ZÀ-ɏḀ-ỿ]")
BESIDE_BEFORE = re.compile(r"[\w./\\$%&=-]$|->$|::$")
BESIDE_AFTER = re.compile(r"^(?:[\w/\\(=\[]|\.\w|::|->|@|-\w)")
SMALL_WORDS = ENGLISH | FRENCH
LETTERS = re.compile(r"[^\W\d_]")


def checked(text: str, guesses: Iterable[Span], lexicon: Lexicon) -> list[Span]:
    """The guesses, trimmed; people that look like code or like ordinary words are left out."""
    lines = ((guess, _trimmed(text, *line)) for guess in guesses for line in _lines(text, guess))
    kept = ((guess.label, _person(text, span, lexicon) if guess.label is Label.PERSON else span)
            for guess, span in lines)  # fmt: skip
    return [Span(*span, label, certain=False) for label, span in kept if span and span[0] < span[1]]


def _person(text: str, span: tuple[int, int], lexicon: Lexicon) -> tuple[int, int] | None:
    """The part of a guess that may be a person, if any."""
    span = _without_words(text, *span, lexicon)
    return span if _believable(text, *span, lexicon) else None


def _lines(text: str, guess: Span) -> Iterator[tuple[int, int]]:
    """A guess line by line: no name runs over the end of a line."""
    start = guess.start
    for line in text[guess.start : guess.end].split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    for pattern in (HEAD, TITLES, HEAD):
        if match := pattern.match(text[start:end]):
            start += match.end()
    tail = TAIL.search(text[start:end])
    return start, (start + tail.start() if tail else end)


def _plain(word: str, lexicon: Lexicon) -> bool:
    """Whether the word has a meaning and is nobody's name that we know."""
    lower = word.lower().strip(".,'’")
    if lower in CAPITALISED:
        return True
    parts = (lower, *lower.split("-")) if not lower.startswith(SAINTS) else (lower,)
    return not _known(lower, lexicon) and any(lexicon.is_word(part) for part in parts)


def _known(word: str, lexicon: Lexicon) -> bool:
    """Whether the word, or a part of it, is a name that we know."""
    return any(lexicon.roles(word.lower().strip(".,'’")))


def _without_words(text: str, start: int, end: int, lexicon: Lexicon) -> tuple[int, int]:
    """Without ordinary words at either end, where capitals tell nothing: in text all of one case, or written small."""
    flat = one_case(text)
    words = [(match.start() + start, match.end() + start) for match in re.finditer(r"\S+", text[start:end])]

    def foreign(place: tuple[int, int]) -> bool:
        word = text[slice(*place)]
        return (flat or word.islower()) and _plain(word, lexicon)

    while words and foreign(words[0]):
        del words[0]
    while words and foreign(words[-1]):
        del words[-1]
    return _trimmed(text, words[0][0], words[-1][1]) if words else (start, start)


def _believable(text: str, start: int, end: int, lexicon: Lexicon) -> bool:
    name = text[start:end]
    if len(name) < 2 or not LETTERS.search(name) or CODED.search(name):
        return False
    if CAMEL.search(name) or OTHER_SCRIPT.search(name) or CONTRACTED.search(name):
        return False
    if BESIDE_BEFORE.search(text[max(0, start - 2) : start]) or BESIDE_AFTER.match(text[end : end + 3]):
        return False
    words = name.split()
    if len(words) > 6 or all(_plain(word, lexicon) for word in words) or names_a_thing(text, start, end):
        return False
    if has_acronym(words, lambda word: _known(word, lexicon)) or (
        len(words) == 1 and _doubtful(text, start, end, lexicon)
    ):
        return False
    known = [_known(word, lexicon) for word in words]
    if not any(known) and (_plain(words[-1], lexicon) or _listed(text, start, end)):
        return False
    # Small letters or an acronym, in text that does use capitals otherwise: only a name that we know.
    if (name.islower() and not text.islower()) or (name.isupper() and len(name) < 5 and not text.isupper()):
        return all(known)
    return any(known) or not name.isupper() or text.isupper()


def _listed(text: str, start: int, end: int) -> bool:
    """Whether words stand alone in text all of one case that is no sentence: a list of options, say."""
    name = text[start:end]
    if not one_case(text) or is_sentence(text) or (" " in name and "," not in name):
        return False
    return not TITLED.search(text[max(0, start - 16) : start])


def _doubtful(text: str, start: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a lone word has a meaning where capitals tell nothing or in code, or is known to nobody, in code."""
    word = text[start:end]
    lower, known = word.lower(), _known(word, lexicon)
    joins = joins_words(word, lambda part: part in SMALL_WORDS or lexicon.is_word(part)) and not is_given(
        lower
    )
    if joins or lower in OPENERS:
        return True
    if one_case(text):
        titled = TITLED.search(text[max(0, start - 16) : start])
        if lexicon.is_word(lower) and lower not in lexicon.given and not titled:
            return True
    elif word.islower() and lexicon.is_word(word):
        return True
    if known:
        return lexicon.is_word(lower) and (in_literal(text, start, end) or unannounced(text, start, end))
    if len(word) < 3 or in_code(text, start, end) or unannounced(text, start, end):
        return True
    return commands(text, start, end) or (not one_case(text) and echoes(text, start, end))
