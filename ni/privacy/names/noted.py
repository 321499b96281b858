"""Rules that reject names that are known for what they name: places, firms, products, works, people of note, cases.

They ask `people/noted.toml`. What stands beside a title, a cue for somebody known to the writer, a telephone number or
an e-mail address is a person all the same.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ni.privacy.lexicon import WordKind
from ni.privacy.names.finding import NameFinding
from ni.privacy.names.model import Token

_NEAR = 80
_CUES = (
    "clients?|clientes?|patiente?s?|customer|employee|employée?|tenant|locataire|student|étudiante?|élève|boss|patronne?"
    "|colleague|collègue|friend|amie?|wife|husband|mari|femme|conjointe?|son|daughters?|sons|kids?|children|twins|enfants?|fils|filles?|brother|sister|frère"
    "|sœur|mom|dad|mother|father|mère|père|uncle|aunt|oncle|tante|neighbou?r|voisine?|caller|attn|dear|cher|chère|hi"
    "|hello|hey|salut|bonjour|regards|cordialement|signed|signé|sincerely|sin|nas|dob|ddn|born|née?|phone|tel|tél|cell"
    "|mrs?|ms|mmes?|mlle|m|mme|madame|monsieur|dre?|prof|maître|nurse|infirmière?|my name is|je m'appelle|applicant"
    "|interviewed|candidate?|hired|embauché"
)
_PERSONAL_BEFORE = re.compile(rf"(?i)(?<![^\W_])(?:{_CUES})\b\.?[^\n.;!?]{{0,24}}\Z")
_PERSONAL = re.compile(
    r"(?i)@[\w-]+\.\w|\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}|\b(?:her|his) (?:phone|number|file|email|address)\b"
    r"|\b(?:called|phoned|emailed|texted|messaged|visited|paid|owes|told|asked) (?:me|us)\b"
    r"|\b(?:m['’]a|nous a) (?:appelée?s?|écrit|dit|répondu|payée?s?|demandé)\b"
)
_LONGEST_PHRASE = 6
_MOST_ITEMS, _LONGEST_ITEM, _READ_TOKENS = 6, 8, 40
_SEPARATORS = frozenset({",", "/", "&", "|", "•", "·", "and", "et", "or", "ou", "puis", "then"})
_ENDS = frozenset({".", ":", ";", "!", "?", "(", ")", "=", "✓", "✗"})
_BULLETS = frozenset({"-", "*", "–", "—", '"', "«", "»", "“", "”", "'", "`"})
_SHORT_LINE = 4
_SAINT = re.compile(r"(?i)(?:saint|sainte|st|ste)-")
_SAINT_APART = re.compile(r"(?:Saint|Sainte|St|Ste)\.?")
_BEGINS_PLACE = re.compile(r"(?:ville|mont|lac|rivière|cap|pointe|baie|val|île|port|côte|anse)-")
_LONG_PLACE = 3
_OF_SAINTS = frozenset({"places", "saints"})
_JOINED = frozenset({"de", "du", "des", "la", "le", "les", "d", "l", "sur", "en", "of", "the"})
_FEWEST = 2
_PLACE_CUE = re.compile(
    r"(?i)(?<![^\W_])(?:near|près de|m[ée]tro|stations?|rues?|streets?|avenues?|boul(?:evard|\.)?|ville|quartier"
    r"|arrondissement|paroisse|église|church|hôpital|hospital|école|school|CLSC|parc|park|pont|bridge|such as|comme) \Z"
)
_DAY_AFTER = re.compile(r"(?i)['’]s day\b| day\b| holiday\b| parade\b")
_VERSUS = re.compile(r"(?i) (?:v|c|vs)\.? ")
_CITED = re.compile(r",? (?:\(?\d{4}\)? (?:SCC|CSC)|\[\d{4}\] \d (?:S\.?C\.?R|R\.?C\.?S)|\d+ U\.?S\.? \d)")
_CAST = frozenset(
    {
        "alice",
        "bob",
        "eve",
        "mallory",
        "trent",
        "carol",
        "charlie",
        "dave",
        "oscar",
        "peggy",
        "victor",
        "trudy",
    }
)
_PROTOCOL = re.compile(
    r"(?i)\b(?:encrypt\w*|decrypt\w*|chiffr\w*|déchiffr\w*|ciphers?|eavesdrop\w*|tampers?|intercept\w*|nonce|handshake"
    r"|qubits?|(?:public|private|shared|secret|session) keys?|clés? (?:publique|privée|secrète)|key exchange|listens"
    r"|man-in-the-middle|diffie-hellman|blockchain|zero-knowledge|multisig)\b"
)
_ORCHESTRATED = re.compile(
    r"(?i)(?:pods?|kube[\w-]*|k8s|namespaces?|nodes?|containers?|charts?|npm|pip|cargo|repos?)\Z"
)
_AROUND = 24
_TITLED_THING = re.compile(
    r" (?:theme|typeface|font|skin|plugin|codec|webhook|middleware|linter|runtime|SDK|CLI|API|trie|framework)s?(?!\w)"
)
_SUFFIXES = frozenset({"ltée", "ltee", "ltd", "inc", "llc", "llp", "corp", "gmbh", "enr", "senc"})


def of_note(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is known for something or somebody of note: by itself, or in an enumeration of the like."""
    if not all(map(finding.lexicon.noted.has, _words(finding, start, end))):
        return False
    return all(
        _is_known(finding, first, last) or _is_among_known(finding, first, last)
        for first, last in _pieces(finding, start, end)
    ) and not _is_personal(finding, start, end)


def _pieces(finding: NameFinding, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between commas."""
    first = start
    for at in range(start, end + 1):
        if at == end or finding.tokens[at].text == ",":
            yield first, at
            first = at + 1


def _is_known(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is, with the words beside it, a phrase that names one thing or one person of note."""
    noted = finding.lexicon.noted
    for phrase in _phrases(finding.tokens, start, end):
        kinds = noted.kinds.get(phrase, frozenset())
        if phrase in noted.eminent:
            return True
        if not kinds or (" " not in phrase and phrase.count("-") <= bool(_SAINT.match(phrase))):
            continue
        place = kinds == {"places"} and not _is_no_name(phrase, end - start)
        common = phrase in noted.shared or place
        if not common or _others_of(finding, start, kinds):
            return True
    return False


def _is_no_name(place: str, words: int) -> bool:
    """Whether hardly anybody is called like a place: by its first part, or as it has more words than the name."""
    return _BEGINS_PLACE.match(place) is not None or len(place.split()) > max(words, _LONG_PLACE - 1)


def _phrases(tokens: Sequence[Token], start: int, end: int) -> Iterator[str]:
    """The words from `start` to `end`, with and without some words beside them, as `noted.toml` writes them."""
    first, last = max(0, end - _LONGEST_PHRASE), min(len(tokens), start + _LONGEST_PHRASE)
    words = [_phrase(tokens[at : at + 1]) for at in range(first, last)]
    for begin in range(start - first + 1):
        for stop in range(end - first, min(len(words), begin + _LONGEST_PHRASE) + 1):
            yield " ".join(filter(None, words[begin:stop])).replace(" 's", "'s")


def _words(finding: NameFinding, start: int, end: int) -> Iterator[str]:
    return (
        _phrase(finding.tokens[at : at + 1]) for at in range(start, end) if finding.tokens[at].text != ","
    )


def _phrase(tokens: Sequence[Token]) -> str:
    words = [token.text.lower().replace("’", "'").replace(".", "") for token in tokens]
    return " ".join(word for word in words if word).replace(" 's", "'s")


def _others_of(finding: NameFinding, start: int, kinds: frozenset[str]) -> bool:
    """Whether the enumeration around has two more of the same kind that are known for nothing else."""
    alike = [member for member in _members(finding, start) if not kinds.isdisjoint(member.kinds)]
    return sum(member.sure for member in alike) >= _FEWEST


class _Member(NamedTuple):
    """One item of an enumeration: its kinds, and whether it is no name by the lists."""

    kinds: frozenset[str]
    sure: bool


def _is_among_known(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one of the things of one kind that it stands in an enumeration with."""
    noted = finding.lexicon.noted
    if not _is_item(finding, start, end):
        return False
    own = frozenset(
        kind for phrase in _phrases(finding.tokens, start, end) for kind in noted.kinds.get(phrase, ())
    )
    saint = end - start == 1 and _SAINT.match(finding.tokens[start].text) is not None
    own |= _OF_SAINTS if saint else frozenset()
    if not own:
        return False
    alike = [member for member in _members(finding, start) if not own.isdisjoint(member.kinds)]
    return len(alike) >= _FEWEST and any(
        member.sure or (saint and not member.kinds >= _OF_SAINTS) for member in alike
    )


def _is_item(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is the end or the beginning of an item, but for other words with capitals."""
    tokens = finding.tokens
    while start and tokens[start - 1].text[0].isupper():
        start -= 1
    while end < len(tokens) and not tokens[end].text[0].islower() and tokens[end].text[0].isalnum():
        end += 1
    beside = {token.text for token in (*tokens[max(start - 1, 0) : start], *tokens[end : end + 1])}
    return not beside.isdisjoint(_SEPARATORS) or ("\n" in beside and _is_in_list_of_lines(finding, start))


def _members(finding: NameFinding, at: int) -> Iterator[_Member]:
    """The other items of the enumeration in which a token stands, a few to either side."""
    for first, last in (*_items(finding, at, -1), *_items(finding, at, 1)):
        yield _member(finding, first, last)


def _items(finding: NameFinding, at: int, step: int) -> Iterator[tuple[int, int]]:
    """The items before (-1) or after (1) the one in which a token stands, as ranges of tokens."""
    tokens, lines = finding.tokens, _is_in_list_of_lines(finding, at)
    edge, own, found = None, True, 0
    stop = max(-1, at - _READ_TOKENS) if step < 0 else min(len(tokens), at + _READ_TOKENS)
    for place in range(at, stop + step, step):
        text = tokens[place].text if 0 <= place < len(tokens) and place != stop else "."
        ended = text in _ENDS or (text == "\n" and not lines) or found >= _MOST_ITEMS
        if not ended and text not in _SEPARATORS and not (text == "\n" and lines):
            edge = place if edge is None else edge
            continue
        if edge is not None and not own:
            item = (place + 1, edge + 1) if step < 0 else (edge, place)
            found += 1
            yield item
        own, edge = False, None
        if ended:
            return


def _is_in_list_of_lines(finding: NameFinding, at: int) -> bool:
    """Whether the line of a token is an entry of a list: it has a few words."""
    first = finding.text.rfind("\n", 0, finding.tokens[at].start) + 1
    last = finding.text.find("\n", finding.tokens[at].end)
    line = finding.text[first : last if last >= 0 else len(finding.text)]
    return len(line.split()) <= _SHORT_LINE and "," not in line


def _member(finding: NameFinding, first: int, last: int) -> _Member:
    """What is known of the words with capitals of an item, those that touch the enumeration."""
    noted = finding.lexicon.noted
    named = _named(finding, first, last)
    if not named:
        return _Member(frozenset(), sure=False)
    first, last = named[0], named[-1] + 1
    kinds = noted.kinds.get(_phrase(finding.tokens[first:last]), frozenset())
    if not kinds:
        kinds = frozenset.intersection(
            *(noted.kinds.get(_phrase(finding.tokens[at : at + 1]), frozenset()) for at in named)
        )
    if not kinds and len(named) == 1 and _SAINT.match(finding.tokens[first].text):
        kinds = _OF_SAINTS
    words = [finding.words[at].kind for at in named]
    names = sum(kind.is_name for kind in words)
    joined = finding.tokens[first].text.count("-") > (_SAINT.match(finding.tokens[first].text) is not None)
    sure = bool(kinds) and (len(named) > 1 or joined or not names)
    return _Member(kinds, sure)


def _named(finding: NameFinding, first: int, last: int) -> Sequence[int]:
    """The places of the last words with capitals of an item, or of the first if small ones end it."""
    runs: list[list[int]] = [[]]
    for at in range(first, min(last, first + _LONGEST_ITEM)):
        text = finding.tokens[at].text
        if text[0].islower() and text not in _JOINED:
            runs.append([])
        elif text not in _BULLETS and (runs[-1] or not text[0].islower()):
            runs[-1].append(at)
    found = [run for run in runs if run]
    return (found[0] if not runs[-1] else found[-1]) if found else ()


def _is_personal(finding: NameFinding, start: int, end: int) -> bool:
    """Whether what stands around says that somebody is meant whom the writer knows."""
    text, first, last = finding.text, finding.tokens[start].start, finding.tokens[end - 1].end
    line = text.rfind("\n", 0, first) + 1
    stop = text.find("\n", last)
    after = text[last : min(stop if stop >= 0 else len(text), last + _NEAR)]
    before = text[max(line, first - _NEAR) : first]
    return bool(_PERSONAL_BEFORE.search(before) or _PERSONAL.search(before) or _PERSONAL.search(after))


def called_after_a_saint(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a place or a day that is called after a saint: `Saint-Maxime-du-Mont-Louis`, near Saint-Laurent."""
    word = finding.tokens[start].text
    if _is_apart(finding, start, end):
        return not _is_personal(finding, start, end)
    if end - start > 1 or not _SAINT.match(word) or _is_personal(finding, start, end):
        return False
    first, last = finding.tokens[start].start, finding.tokens[start].end
    return (
        not _JOINED.isdisjoint(word.lower().split("-")[1:])
        or _PLACE_CUE.search(finding.text, max(0, first - _NEAR), first) is not None
        or _DAY_AFTER.match(finding.text, last) is not None
    )


def _is_apart(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a saint's given name behind *Saint* (`Saint Helena`), before which no name stands."""
    start -= _SAINT_APART.fullmatch(finding.tokens[start].text) is None
    if start < 0 or end - start != len(("Saint", "Helena")):
        return False
    before = finding.words[start - 1].kind if start else WordKind.WORD
    return (
        _SAINT_APART.fullmatch(finding.tokens[start].text) is not None
        and finding.words[end - 1].kind.is_given
        and not before.is_name
    )


def of_a_case(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a party of a decision that is taught, the Crown's initial, or no name, beside a `v.`"""
    text, first, last = finding.text, finding.tokens[start].start, finding.tokens[end - 1].end
    noted, span = finding.lexicon.noted, text[first:last].lower()
    around = text[max(0, first - _NEAR) : last + _NEAR]
    if _CITED.match(text, last):
        return any(span in case.split(" v ") for case in noted.landmarks)
    if not _VERSUS.search(around):
        return False
    beside = _VERSUS.match(text, last) or _VERSUS.search(text[max(0, first - 5) : first])
    if beside and (span in ("r.", "r") or (finding.words[start].kind is WordKind.WORD and end - start == 1)):
        return True
    plain = _VERSUS.sub(" v ", around.lower()).replace("r. v ", "r v ")
    return any(case in plain for case in noted.landmarks if span in case.split(" v "))


def of_protocols(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one of those who exchange messages in texts on cryptography, beside another of them."""
    if end - start > 1 or finding.tokens[start].text.lower() not in _CAST:
        return False
    cast = {token.text.lower() for token in finding.tokens if token.text.istitle()} & _CAST
    return (
        len(cast) > 1 and _PROTOCOL.search(finding.text) is not None and not _is_personal(finding, start, end)
    )


def runs_on_machines(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a program, and no given name, beside words about programs; or gives its name to a theme or font."""
    if end - start > 1:
        return False
    kinds = finding.lexicon.noted.kinds.get(_phrase(finding.tokens[start:end]), frozenset())
    if _TITLED_THING.match(finding.text, finding.tokens[start].end):
        return not _is_personal(finding, start, end)
    if "programs" not in kinds or finding.words[start].kind.is_given:
        return False
    beside = finding.tokens[max(0, start - _AROUND) : end + _AROUND]
    return any(_ORCHESTRATED.match(token.text) for token in beside)


def of_a_firm(finding: NameFinding, start: int, end: int) -> bool:
    """Whether its last word says that it is a firm, and no given name stands before it: `VIDEOTRON LTEE`."""
    last = finding.tokens[end - 1].text.lower().rstrip(".")
    return last in _SUFFIXES and end - start > 1 and not finding.words[start].kind.is_given


NOTED_DOUBTS = {
    "of note": of_note,
    "saints": called_after_a_saint,
    "cases": of_a_case,
    "protocols": of_protocols,
    "programs": runs_on_machines,
    "suffixes": of_a_firm,
}
