"""What is left to rules after the network. Each is here because leaving it out costs more than it is worth: the table
is in `docs/privacy-quality.md`.
"""

import itertools
import re
from collections.abc import Iterator

from ni.privacy.lexicon import WordKind
from ni.privacy.names.found import NameFinding
from ni.privacy.names.model import LOWER, MIXED, case_of
from ni.privacy.names.things import enumerated, gives_its_name, is_thing
from ni.privacy.recognisers.dates import ENGLISH, FRENCH
from ni.privacy.spans import Label, Span
from ni.privacy.words import OTHERS

JOINED_BEFORE = re.compile(r"(?:[\w./\\$%&-]|->|::)\Z")
JOINED_AFTER = re.compile(r"(?:[\w/\\(\[@]|<[A-Z]|\.\w|::|->|-\w)")
NOT_IN_NAMES = (".", "_", "/", ":", "@", "=", "(", "[")
QUOTES = ("'", '"', "`")
PERSON_KEY = re.compile(
    r"(?i)(?:name|nom|user|usag|author|auteur|owner|client|customer|patient|assign|contact|employ|member|membre|student"
    r"|person|people|par|by|from|to|cc|de|respons|observ|watcher|assert|greet|bonjour|hello|equal|banner|render)"
    r"\w*[\"']?\s*[:=(,]\s*(?:\w+\()?[\[(]?(?:[\"'][^\"']*[\"'],\s*)*[\"'`]$"
)
CAPITALS_BEFORE = re.compile(r"[A-Z]{2}:\Z")
MONTHS = frozenset(name.lower() for names in (*ENGLISH, *FRENCH) for name in names)
_MOST_UNKNOWN = 6
_SHORTEST_WORD = 3
ELSEWHERE = OTHERS - {"ella", "allen", "yang", "schon"}
OWNED = ("'s", "’s", "'S", "’S")


def kept(found: NameFinding, without: frozenset[str] = frozenset()) -> Iterator[Span]:
    """The spans of people, as far as they may be some. `without` leaves out rules by name, for measurements."""
    for part in apart(found):
        yield from _kept(part, without)


def apart(found: NameFinding) -> Iterator[NameFinding]:
    """The parts between which stands what is no token: an emoji is between two people, never within a name."""
    first = found.first
    for at in range(first + 1, found.end):
        gap = found.text[found.tokens[at - 1].end : found.tokens[at].start]
        if gap and not gap.isspace():
            yield found._replace(first=first, end=at)
            first = at
    yield found._replace(first=first)


def _kept(found: NameFinding, without: frozenset[str]) -> Iterator[Span]:
    start, end = (found.first, found.end) if "edges" in without else trimmed(found)
    tokens = found.tokens[start:end]
    if tokens and not any(
        rule not in without and doubts(found, start, end) for rule, doubts in DOUBTS.items()
    ):
        yield Span(tokens[0].start, tokens[-1].end, Label.PERSON, certain=False)


def trimmed(found: NameFinding) -> tuple[int, int]:
    """Without signs, possessives and, in text of mixed case, words in small letters that are no names at either end."""
    start, end = found.first, found.end
    mixed = case_of(found.text) == MIXED

    def foreign(at: int) -> bool:
        text, kind = found.tokens[at].text, found.words[at].kind
        signs = not any(map(str.isalnum, text)) or text in OWNED or text == "im"
        return signs or (
            mixed
            and text.islower()
            and (not kind.is_only_name or text in ELSEWHERE)
            and not text.endswith(("'", "’", "."))
        )

    while end > start and foreign(end - 1):
        end -= 1
    while start < end and foreign(start):
        start += 1
    return start, end


def identifier(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is a part of an identifier, a command, a path or a host's name, or holds one."""
    tokens = found.tokens[start:end]
    first, last = tokens[0].start, tokens[-1].end
    dotted = any(
        sign.text in NOT_IN_NAMES and sign.end == after.start for sign, after in itertools.pairwise(tokens)
    )
    command = any(
        "-" in token.text and token.text.islower() and not word.kind.is_only_name
        for token, word in zip(tokens, found.words[start:end], strict=True)
    )
    before = JOINED_BEFORE.search(found.text, max(0, first - 2), first)
    return bool(dotted or command or before or JOINED_AFTER.match(found.text, last, last + 3))


def literal(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in quotes, with another meaning or known to nobody, that nothing says to name somebody."""
    first, last = found.tokens[start].start, found.tokens[end - 1].end
    quoted = (
        found.text[last : last + 1] in QUOTES and found.text[first - 1 : first] == found.text[last : last + 1]
    )
    if not quoted or end - start > 1 or found.words[start].kind.is_only_name:
        return False
    return PERSON_KEY.search(found.text[found.text.rfind("\n", 0, first) + 1 : first]) is None


def in_small_letters(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in small letters and no given name, in a text that has capitals."""
    word = found.words[start].kind
    small = found.tokens[start].text.islower() and case_of(found.text) == MIXED
    return end - start == 1 and small and word not in (WordKind.GIVEN, WordKind.EITHER)


def dated(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is a month beside its day or year, in full or cut short: `Mon Mar 4`."""
    if end - start > 1 or found.tokens[start].text.lower().rstrip(".") not in MONTHS:
        return False
    beside = (*found.tokens[max(start - 1, 0) : start], *found.tokens[end : end + 1])
    return any(token.text.isdigit() for token in beside)


def heading(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is a word in capitals that a colon after another one touches: `BEGIN:VCARD`."""
    return found.tokens[start].text.isupper() and bool(
        CAPITALS_BEFORE.search(found.text, max(0, found.tokens[start].start - 3), found.tokens[start].start)
    )


def of_characters(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in capitals among words in capitals, in a text that has small letters."""
    if end - start > 1 or found.words[start].kind.is_only_name or case_of(found.text) != MIXED:
        return False
    beside = [at for at in (start - 1, end) if 0 <= at < len(found.tokens)]
    return found.tokens[start].text.isupper() and any(
        found.words[at].kind is WordKind.WORD
        and found.tokens[at].text.isupper()
        and len(found.tokens[at].text) >= _SHORTEST_WORD
        for at in beside
    )


def of_no_language(found: NameFinding, start: int, end: int) -> bool:
    """Whether it is no listed name in a text in small letters of which most words are known to nobody."""
    if case_of(found.text) != LOWER or all(word.kind.is_only_name for word in found.words[start:end]):
        return False
    told = [word.kind for word in found.words if word.kind not in (WordKind.OTHER, WordKind.LETTER)]
    unknown = sum(kind is WordKind.UNKNOWN for kind in told)
    return unknown > _MOST_UNKNOWN and unknown * 3 > len(told)


DOUBTS = {
    "enumerated": enumerated,
    "things": is_thing,
    "no language": of_no_language,
    "called after": gives_its_name,
    "capitals": of_characters,
    "dates": dated,
    "headings": heading,
    "identifier": identifier,
    "literal": literal,
    "small letters": in_small_letters,
}
