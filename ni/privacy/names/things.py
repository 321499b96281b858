"""Methods, products, places and streets that bear a name: what the network takes there for a person is none."""

import re

from ni.privacy.names.found import NameFinding
from ni.privacy.names.people_names import gender

_LANGUAGES = (
    "julia haskell ruby perl ada crystal dart elm swift pascal scala claude alexa gemini cassandra luigi"
)
CALLED_LIKE_PEOPLE = frozenset(_LANGUAGES.split())
_SURE = (
    "python java javascript typescript rust go golang kotlin php lua erlang elixir clojure fortran cobol matlab ocaml "
    "sql bash siri cortana chatgpt copilot gpt llama mistral kafka mongodb postgres airflow dagster"
)
UNMISTAKEN = frozenset(_SURE.split())
LISTING = (",", "/", "and", "or", "et", "ou", "vs", "&")
_REACH = 40
PLACE_AFTER = re.compile(
    r"(?: [A-ZÀ-Þ][\w'’-]*)? (?:Bridge|Tunnel|Parkway|Pkwy|Blvd|Boulevard|Avenue|Ave|Highway|Hwy|Expressway|Airport"
    r"|School|Hospital|Stadium|Arena|Station|Centre|Center|Building|Library|Award|Prize|Cup|Trophy|Foundation"
    r"|bridge|tunnel|parkway|boulevard|highway|airport)(?!\w)"
)
PLACE_BEFORE = re.compile(
    r"(?<![\w.])(?:[Ll]ac|[Pp]ont|[Tt]unnel|[Pp]arc|[Bb]oulevard|[Bb]oul\.|[Aa]venue|[Aa]utoroute|[Aa]éroport|[Cc]hâteau"
    r"|[Rr]ivière|Lake|Mount|Fort|Port|Chateau)(?: de | d['’]| )\Z"
)
METHOD_AFTER = re.compile(
    r"(?:['’]s)? (?:shortest path|[Gg]ame of [Ll]ife|law(?! \w)|paradox|razor|algorithm|theorem|lemma|equation"
    r"|inequality|transform|conjecture|distribution|chart|diagram|coefficient|matrix|matrices|polynomial|criterion|estimator|kernel|heuristic)s?(?!\w)"
)
METHOD_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:algorithme|théorème|méthode|formule|critère|transformée|équation|inégalité|constante|noyau|conjecture"
    r"|distribution|loi) (?:de |du |d['’])\Z"
)
"""What is called after somebody is nobody's: common words of places, streets, prizes and methods beside the name."""


def enumerated(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is a language or an assistant in a list with another that nobody is called, or with two more."""
    at = start
    if end - start > 1 or found.tokens[at].text.lower() not in CALLED_LIKE_PEOPLE:
        return False
    beside = _listed_before(found, at) + _listed_after(found, at)
    return (
        any(word in UNMISTAKEN for word in beside) or sum(word in CALLED_LIKE_PEOPLE for word in beside) > 1
    )


def is_thing(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is the name of a method, a product or a firm, alone or beside words that name nobody."""
    things = [_is_sure_thing(found, token.text.lower()) for token in found.tokens[start:end]]
    return any(things) and not any(
        word.kind.is_given or word.kind.is_only_name
        for word, thing in zip(found.words[start:end], things, strict=True)
        if not thing
    )


def _is_sure_thing(found: NameFinding, word: str) -> bool:
    """Whether a word in small letters names a thing and nobody."""
    lexicon = found.lexicon
    if word not in lexicon.things or word in lexicon.family:
        return False
    return word not in lexicon.given or gender(word) is None


def gives_its_name(found: NameFinding, start: int, end: int) -> bool:
    """Whether a place, a street or a method is called so: `lac Louise`, `the Gordie Howe bridge`, `a Sankey chart`."""
    first, last = found.tokens[start].start, found.tokens[end - 1].end

    def between(before: re.Pattern[str], after: re.Pattern[str]) -> bool:
        begins = before.search(found.text, max(0, first - _REACH), first)
        return bool(begins or after.match(found.text, last, last + _REACH))

    known = found.tokens[start].text.lower() in found.lexicon.things
    lone = end - start == 1 and (known or not found.words[start].kind.is_given)
    return between(PLACE_BEFORE, PLACE_AFTER) or (lone and between(METHOD_BEFORE, METHOD_AFTER))


def _listed_before(found: NameFinding, at: int) -> list[str]:
    words = []
    while at >= 2 and found.tokens[at - 1].text in LISTING:
        at -= 3 if found.tokens[at - 2].text == "," else 2
        words.append(found.tokens[max(at, 0)].text.lower())
    return words


def _listed_after(found: NameFinding, at: int) -> list[str]:
    words, last = [], len(found.tokens)
    while at + 2 < last and found.tokens[at + 1].text in LISTING:
        at += 3 if found.tokens[at + 2].text in LISTING and at + 3 < last else 2
        words.append(found.tokens[at].text.lower())
    return words
