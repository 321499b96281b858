"""Rules that reject what the network took for a person: things, places, methods, dates, code.

What rules gain is in `docs/privacy-quality.md`.
"""

import itertools
import re
from collections.abc import Iterator

from ni.privacy.lexicon import Lexicon, WordKind
from ni.privacy.names.finding import NameFinding
from ni.privacy.names.model import LOWER, MIXED, case_of
from ni.privacy.names.not_names import NOT_NAMES
from ni.privacy.names.noted import NOTED_DOUBTS
from ni.privacy.names.people_names import gender
from ni.privacy.people.lists import PARTICLES
from ni.privacy.recognisers.dates import ENGLISH, FRENCH
from ni.privacy.spans import Label, Span
from ni.privacy.words import OTHERS, listed

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
_COMPANY = 12
_MANY_THINGS = 2
OF_PROGRAMS = re.compile(
    r"(?i)(?:builds?|(?:de)?seriali[sz]\w*|(?:dé)?sérialis\w+|compil\w+|pipelines?|deploys?|déploie\w*|chips?|gpus?|cluster"
    r"|librar(?:y|ies)|frameworks?|backend|frontend|parsers?|json|xml|yaml|ci|runtime|kernel|scheduler)\Z"
)
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
PAIR_AFTER = re.compile(
    r"(?:['’]s)? (?:distance|similarity|curves?|kinetics|estimat\w+|scheme|integrator|iterations?|decomposition"
    r"|factori[sz]ation"
    r"|sampl\w+|process(?:es)?|model|test|plot|index|score|filter|codes?|encoding|cipher|functions?|numbers?|constant|series"
    r"|integral|norm|loss|entropy|divergence|metric|interpolation|smoothing|spline|transformation|correction|relation"
    r"|logic|calculus|grammar|automat\w+|machine|tree|heap|hash|sort|search|protocol|scale|effect|syndrome|disease)(?!\w)"
)
PAIR_BEFORE = re.compile(
    r"(?i)(?<!\w)(?:celles?|ceux|distance|courbes?|méthode|test|modèle|schéma|estimateur|indice|score|relation|formule"
    r"|algorithme|échelle|effet|syndrome|maladie|logique|processus|factorisation|décomposition) (?:de |du |d['’])\Z"
)
_PAIRED = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]+-[A-ZÀ-Þ][a-zà-ÿ]+")
"""Words beside two surnames with a hyphen, which name a method rather than one person."""
FIRM_BEFORE = re.compile(
    r"(?i)(?<![\w.])(?:quincaillerie|pharmacie|boulangerie|pâtisserie|boucherie|épicerie|garage|librairie|imprimerie"
    r"|plomberie|toitures?|menuiserie|ébénisterie|fleuriste|bijouterie|fromagerie|érablière|pépinière|dépanneur"
    r"|déménagements?|transports?|entreprises|constructions?|rénovations?|meubles|matériaux|autobus|assurances|immeubles"
    r"|placements|gestion|groupe|fondation|famille[ ]?-?prix|salon funéraire|maison funéraire|centre dentaire) \Z"
)
FIRM_AFTER = re.compile(
    r"(?:['’]s)? (?:(?:&|et|and) "
    r"(?:[Ff]ils|[Ff]illes|[Ff]rères|[Ss]ons|[Dd]aughters|[Bb]ros\.?|[Aa]ssoci(?:és|ates)|Co\.?)"
    r"|Hardware|Plumbing|Electric|Motors|Bakery|Pharmacy|Realty|Roofing|Landscaping|Trucking|Farms|Foods|Furniture"
    r"|Insurance|Holdings|Capital|Partners|Consulting|Industries|Inc\.?|Ltd\.?|LLP|LLC|Corp\.?|GmbH|[Ii]nc\.|[Ll]tée|S\.?A\.?R\.?L)"
    r"(?!\w)"
)
"""What is called after somebody is nobody's: words of places, streets, prizes, methods and firms beside the name."""


def enumerated(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a language or an assistant in a list with another that nobody is called, or with two more."""
    at = start
    if end - start > 1 or finding.tokens[at].text.lower() not in CALLED_LIKE_PEOPLE:
        return False
    beside = _listed_before(finding, at) + _listed_after(finding, at)
    return (
        any(word in UNMISTAKEN for word in beside) or sum(word in CALLED_LIKE_PEOPLE for word in beside) > 1
    )


def among_things(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a product or method beside another, in no list with it, in words about programs; or beside two."""
    things = finding.lexicon.things
    if end - start > 1 or finding.tokens[start].text.lower() not in things:
        return False
    first, last = max(0, start - _COMPANY), end + _COMPANY
    listed = (*finding.tokens[max(0, start - 1) : start], *finding.tokens[end : end + 1])
    beside = (*finding.tokens[first:start], *finding.tokens[end:last])
    if any(token.text.lower() in ("and", "et", "or", "ou", "&") for token in listed):
        return False
    others = {token.text for token in beside if token.text[0].isupper() and token.text.lower() in things}
    programs = any(OF_PROGRAMS.match(token.text) for token in beside)
    return len(others) >= (1 if programs else _MANY_THINGS)


def is_thing(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is the name of a method, a product or a firm, alone or beside words that name nobody."""
    things = [_is_sure_thing(finding, token.text.lower()) for token in finding.tokens[start:end]]
    return any(things) and not any(
        word.kind.is_given or word.kind.is_only_name
        for word, thing in zip(finding.words[start:end], things, strict=True)
        if not thing
    )


def _is_sure_thing(finding: NameFinding, word: str) -> bool:
    """Whether a word in small letters names a thing and nobody."""
    lexicon = finding.lexicon
    if word not in lexicon.things or word in lexicon.family:
        return False
    return word not in lexicon.given or gender(word) is None


def gives_its_name(finding: NameFinding, start: int, end: int) -> bool:
    """Whether a place, a street or a method is called so: `lac Louise`, `the Gordie Howe bridge`, `a Sankey chart`."""
    first, last = finding.tokens[start].start, finding.tokens[end - 1].end

    def between(before: re.Pattern[str], after: re.Pattern[str]) -> bool:
        begins = before.search(finding.text, max(0, first - _REACH), first)
        return bool(begins or after.match(finding.text, last, last + _REACH))

    known = finding.tokens[start].text.lower() in finding.lexicon.things
    lone = end - start == 1 and (known or not finding.words[start].kind.is_given)
    surname = end - start == 1 and not finding.words[start].kind.is_given
    paired = surname and _PAIRED.fullmatch(finding.tokens[start].text) is not None
    return (
        between(PLACE_BEFORE, PLACE_AFTER)
        or (lone and between(METHOD_BEFORE, METHOD_AFTER))
        or (surname and between(FIRM_BEFORE, FIRM_AFTER))
        or (paired and between(PAIR_BEFORE, PAIR_AFTER))
    )


def _listed_before(finding: NameFinding, at: int) -> list[str]:
    words = []
    while at >= 2 and finding.tokens[at - 1].text in LISTING:
        at -= 3 if finding.tokens[at - 2].text == "," else 2
        words.append(finding.tokens[max(at, 0)].text.lower())
    return words


def _listed_after(finding: NameFinding, at: int) -> list[str]:
    words, last = [], len(finding.tokens)
    while at + 2 < last and finding.tokens[at + 1].text in LISTING:
        at += 3 if finding.tokens[at + 2].text in LISTING and at + 3 < last else 2
        words.append(finding.tokens[at].text.lower())
    return words


JOINED_BEFORE = re.compile(r"(?:[\w./\\$%&-]|->|::)\Z")
JOINED_AFTER = re.compile(r"(?:[\w/\\(\[@]|<[A-Z]|\.\w|::|->|-\w)")
NOT_IN_NAMES = (".", "_", "/", ":", "@", "=", "(", "[")
QUOTES = ("'", '"', "`")
PERSON_KEY = re.compile(
    r"(?i)(?:name|nom|user|usag|author|auteur|owner|client|customer|patient|assign|contact|employ|member|membre|student"
    r"|person|people|kid|child|enfant|friend|guest|invit|respons|observ|watcher|assert|greet|bonjour|hello|equal|banner|render"
    r"|(?<![^\W_])(?:par|by|from|to|cc|de)(?![^\W_]))\w*[\"']?\s*[:=(,]\s*(?:\w+\()?[\[(]?(?:[\"'][^\"']*[\"'],\s*)*[\"'`]$"
)
CAPITALS_BEFORE = re.compile(r"[A-Z]{2}:\Z")
MONTHS = frozenset(name.lower() for names in (*ENGLISH, *FRENCH) for name in names)
_DAYS = frozenset(listed("mon tue tues wed thu thur thurs fri sat sun lun mar mer jeu ven sam dim"))
_DATE_AFTER = re.compile(r"\.?,? \d")
_MOST_UNKNOWN = 6
_SHORTEST_WORD = 3
_LONG_PART = 8
ELSEWHERE = OTHERS - {"ella", "allen", "yang", "schon"}
_TOLD = frozenset(
    {"ping", "page", "text", "poke", "nudge", "copy", "call", "tag", "grant", "bill", "rappelle", "appelle"}
)
"""Verbs before the names of those whom they reach; some of them are given names too."""
_VERSUS = ("v.", "c.", "vs.")
_SHORTEST_VERB = 4
_IN_NAMES = PARTICLES | {"alias", "dite", "called", "junior", "senior"}
OWNED = ("'s", "’s", "'S", "’S")


def accepted(finding: NameFinding, without: frozenset[str] = frozenset()) -> Iterator[Span]:
    """The spans of people, as far as they may be some. `without` leaves out rules by name, for measurements."""
    for part in apart(finding):
        yield from _accepted_part(part, without)


def apart(finding: NameFinding) -> Iterator[NameFinding]:
    """The parts between which stands what is no token, as an emoji, or a verb or the `v.` of a case."""
    first = finding.first
    for at in range(first + 1, finding.end):
        gap = finding.text[finding.tokens[at - 1].end : finding.tokens[at].start]
        parted = _parts_people(finding, at)
        if parted or (gap and not gap.isspace()):
            if first < at:
                yield finding._replace(first=first, end=at)
            first = at + parted
    if first < finding.end:
        yield finding._replace(first=first)


def _parts_people(finding: NameFinding, at: int) -> bool:
    """Whether a token stands between two people: a word in small letters that is in no name (`Alice sends Bob`)."""
    text, kind = finding.tokens[at].text, finding.words[at].kind
    if text in _VERSUS:
        return finding.text[finding.tokens[at].start - 1] == " "
    word = text.islower() and len(text) >= _SHORTEST_VERB and kind is WordKind.WORD
    return word and text not in _IN_NAMES and case_of(finding.text) == MIXED


def _accepted_part(finding: NameFinding, without: frozenset[str]) -> Iterator[Span]:
    start, end = (finding.first, finding.end) if "edges" in without else trimmed(finding)
    tokens = finding.tokens[start:end]
    if tokens and not any(
        rule not in without and doubts(finding, start, end) for rule, doubts in DOUBTS.items()
    ):
        yield Span(tokens[0].start, tokens[-1].end, Label.PERSON, certain=False)


def trimmed(finding: NameFinding) -> tuple[int, int]:
    """Without signs, possessives and, in text of mixed case, words in small letters that are no names at either end."""
    start, end = finding.first, finding.end
    mixed = case_of(finding.text) == MIXED

    def foreign(at: int) -> bool:
        text, kind = finding.tokens[at].text, finding.words[at].kind
        signs = not any(map(str.isalnum, text)) or text in OWNED or text in ("im", *_VERSUS)
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
    told = end - start > 2 and finding.tokens[start].text.lower() in _TOLD
    return start + (told and finding.words[start + 1].kind.is_given), end


def identifier(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a part of an identifier, a command, a path or a host's name, or holds one."""
    tokens = finding.tokens[start:end]
    first, last = tokens[0].start, tokens[-1].end
    dotted = any(
        sign.text in NOT_IN_NAMES and sign.end == after.start for sign, after in itertools.pairwise(tokens)
    )
    command = any(
        "-" in token.text
        and token.text.islower()
        and (not word.kind.is_only_name or _joins_words(finding.lexicon, token.text))
        for token, word in zip(tokens, finding.words[start:end], strict=True)
    )
    before = JOINED_BEFORE.search(finding.text, max(0, first - 2), first)
    return bool(dotted or command or before or JOINED_AFTER.match(finding.text, last, last + 3))


def _joins_words(lexicon: Lexicon, text: str) -> bool:
    """Whether a word of a dictionary and a long one of no list are joined: `sessionstorage-clear`."""
    parts = text.split("-")
    return any(map(lexicon.is_word, parts)) and any(
        len(part) >= _LONG_PART and part not in lexicon.given and part not in lexicon.family for part in parts
    )


def literal(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in quotes, with another meaning or known to nobody, that nothing says to name somebody."""
    first, last = finding.tokens[start].start, finding.tokens[end - 1].end
    quoted = (
        finding.text[last : last + 1] in QUOTES
        and finding.text[first - 1 : first] == finding.text[last : last + 1]
    )
    if not quoted or end - start > 1 or finding.words[start].kind.is_only_name:
        return False
    return PERSON_KEY.search(finding.text[finding.text.rfind("\n", 0, first) + 1 : first]) is None


def in_small_letters(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in small letters and no given name, in a text that has capitals."""
    word = finding.words[start].kind
    small = finding.tokens[start].text.islower() and case_of(finding.text) == MIXED
    return end - start == 1 and small and word not in (WordKind.GIVEN, WordKind.EITHER)


def dated(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a month beside its day or year, in full or cut short, without a given name: `Mon Mar 4`.

    Or a day of the week before a date or an hour (`Sun 02:00`, `Tue, 14 Oct`), or what follows an hour (`4:02 PM`).
    """
    word, first = finding.tokens[end - 1].text.lower().rstrip("."), finding.tokens[end - 1].start
    if end - start == 1 and (
        (word in _DAYS and _DATE_AFTER.match(finding.text, finding.tokens[start].end))
        or (word in ("am", "pm") and finding.text[max(first - 2, 0) : first].strip().isdigit())
    ):
        return True
    if finding.words[start].kind.is_given and end - start > 1:
        return False
    start = end - 1
    if finding.tokens[start].text.lower().rstrip(".") not in MONTHS:
        return False
    beside = (*finding.tokens[max(start - 1, 0) : start], *finding.tokens[end : end + 1])
    return any(token.text.isdigit() for token in beside)


def heading(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a word in capitals that a colon after another one touches: `BEGIN:VCARD`."""
    return finding.tokens[start].text.isupper() and bool(
        CAPITALS_BEFORE.search(
            finding.text, max(0, finding.tokens[start].start - 3), finding.tokens[start].start
        )
    )


def of_characters(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in capitals among words in capitals, in a text that has small letters."""
    if end - start > 1 or finding.words[start].kind.is_only_name or case_of(finding.text) != MIXED:
        return False
    beside = [at for at in (start - 1, end) if 0 <= at < len(finding.tokens)]
    return finding.tokens[start].text.isupper() and any(
        finding.words[at].kind is WordKind.WORD
        and finding.tokens[at].text.isupper()
        and len(finding.tokens[at].text) >= _SHORTEST_WORD
        for at in beside
    )


def of_no_language(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is no listed name in a text in small letters of which most words are known to nobody."""
    if case_of(finding.text) != LOWER or all(word.kind.is_only_name for word in finding.words[start:end]):
        return False
    kinds = [word.kind for word in finding.words if word.kind not in (WordKind.OTHER, WordKind.LETTER)]
    unknown = sum(kind is WordKind.UNKNOWN for kind in kinds)
    return unknown > _MOST_UNKNOWN and unknown * 3 > len(kinds)


_ENTRY = re.compile(r"[ \t]*[\"']?(?P<word>\w+)[\"']?(?P<rest>[ \t]*(?:,|[:=].{1,60}))\s*\Z")
_ENTRIES_AROUND, _FEWEST_ENTRIES = 3, 4


def among_entries(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word of a list in code, an entry on each line, in which few others are names."""
    if end - start > 1 or finding.words[start].kind is WordKind.GIVEN:
        return False
    first = finding.text.rfind("\n", 0, finding.tokens[start].start) + 1
    lines = finding.text[first:].split("\n", _ENTRIES_AROUND + 1)
    above = finding.text[max(0, first - _ENTRIES_AROUND * 80) : first].split("\n")[-_ENTRIES_AROUND - 1 : -1]
    own = _ENTRY.match(lines[0])
    if own is None or own["word"] != finding.tokens[start].text:
        return False
    entries = [_ENTRY.match(line) for line in (*above, *lines[1 : _ENTRIES_AROUND + 1])]
    beside = [entry["word"] for entry in entries if entry is not None and entry["rest"] == own["rest"]]
    names = sum(finding.lexicon.kind(word).is_name for word in beside)
    return len(beside) >= _FEWEST_ENTRIES and names * 3 <= len(beside)


_MAKERS = frozenset(
    {"microsoft", "google", "apple", "amazon", "mozilla", "adobe", "oracle", "nvidia", "intel"}
)
_RELEASES = frozenset({"dev", "beta", "canary", "stable", "nightly"})


def made_by_a_firm(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a word behind the name of a firm that makes products (Microsoft Edge), or a release of one."""
    words = finding.words[start:end]
    last, first = finding.tokens[end - 1].text.lower(), finding.tokens[start].text.lower()
    if end - start > 1 and last in _RELEASES and first in finding.lexicon.things:
        return True
    before = finding.tokens[start - 1].text.lower() if start else ""
    return before in _MAKERS and not any(word.kind.is_only_name for word in words)


_COUNTRIES = frozenset(
    listed("""
    spain italy germany mexico china japan england scotland brazil argentina colombia peru austria belgium switzerland
    sweden norway finland denmark greece turkey egypt nigeria morocco algeria tunisia pakistan bangladesh vietnam
    thailand indonesia malaysia australia canada
    """)
)


_ABROAD = re.compile(
    r"(?i)(?:amerika|deutschland|österreich|schweiz|españa|italia|türkiye|polska|sverige|norge|danmark|suomi|brasil|rusya"
    r"|almanya|fransa|ispanya|kanada)(?:['’][^\W\d_]{1,5})?"
)
"""Countries as other languages call them, with the ending of a Turkish case."""


def country(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is a country that hardly anybody is called after, alone, or begins with one in another language."""
    word = finding.tokens[start].text
    return _ABROAD.fullmatch(word) is not None or (end - start == 1 and word.lower() in _COUNTRIES)


def constant(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is one word in capitals that stands without quotes among the arguments of a call: `to_array(ORTH)`."""
    word = finding.tokens[start].text
    if end - start > 1 or not word.isupper() or finding.words[start].kind.is_given:
        return False
    return re.search(rf"\w[(\[](?:\w+, ?){{0,4}}{re.escape(word)}[,)\]]", finding.text) is not None


_PHRASES = re.compile(
    r"(?i)(?:grace (?:periods?|notes?)|roger that|jack of all|dawn of (?:the|a)|april fools?|june bugs?"
    r"|ray trac(?:ing|er)s?|bill of (?:materials?|rights|lading|sale)|olive oil|ruby gems?|jade green"
    r"|grant agreements?|line (?:cooks?|items?|managers?)|rose gold"
    r"|mark of the|max out|stack(?=:)|grant (?:programs?|applications?|money|funding|proposals?)"
    r"|rose (?:et|ou) (?:blanc|noir|bleu|vert|jaune|rouge|gris)|mark the (?:tickets?|tasks?|issues?|rows?|items?)"
    r"|(?:april|june|may|august) (?:was|is|has been|will be) (?:good|bad|busy|quiet|warm|cold|wet|dry|slow|hot))(?!\w)"
)


def in_a_phrase(finding: NameFinding, start: int, end: int) -> bool:
    """Whether it is the first word of a phrase in which it is no name: a grace period, Roger that."""
    phrase = _PHRASES.match(finding.text, finding.tokens[start].start)
    return phrase is not None and (end - start == 1 or phrase.end() == finding.tokens[end - 1].end)


DOUBTS = {
    **NOT_NAMES,
    "phrases": in_a_phrase,
    "entries": among_entries,
    "products": made_by_a_firm,
    "countries": country,
    "constants": constant,
    "enumerated": enumerated,
    "things": is_thing,
    "company": among_things,
    "no language": of_no_language,
    "called after": gives_its_name,
    "capitals": of_characters,
    "dates": dated,
    "headings": heading,
    "identifier": identifier,
    "literal": literal,
    "small letters": in_small_letters,
    **NOTED_DOUBTS,
}
