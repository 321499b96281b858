"""Labels in running text, and user names in logs, commands and settings.

Labels (`cues`): `Passport no AB123456`, `her NAM is …`, `What is your surname? …`, speakers, `… DOB: …`.

User names (`accounts`): `user=jtremblay`, `Accepted publickey for fgauthier from …`, `scp f jlavoie@host:`, the third
field of a web server's log, the owner in `ls -l`. Most accounts are those of programs, so that such a place proves
nothing: the user name has to be made of initials and a listed surname, or of a given name and a surname.
"""

import re
from collections.abc import Iterable, Iterator

from ni.domain.clock import give_way
from ni.privacy.names.people_names import gender
from ni.privacy.prefilter import Prefiltered, lines_with, paced_matches, prefiltered, stands_in
from ni.privacy.spans import Label, Span
from ni.privacy.structure.layout import Cell, CellForm
from ni.privacy.structure.mail import name_in
from ni.privacy.structure.meanings import MeaningKind, meaning
from ni.privacy.structure.shapes import is_listed_family, is_listed_given, is_of_things, is_word
from ni.privacy.words import fold, listed

_NUMBER_LABEL = re.compile(
    r"(?i)(?P<key>(?P<sure>sin|nas|ssn|iban|ramq|nam|ohip)|passport|passeport|permis(?: de conduire)?|licen[cs]e"
    r"|health card|carte (?:soleil|santé|d['’]assurance maladie)"
    r"|(?P<drawn>card|carte(?: de crédit| de débit)?|visa|mastercard|amex)|phone"
    r"|t[ée]l(?:[ée]phone)?|cell(?:ulaire|phone)?|mobile|fax|account|compte(?: bancaire)?)(?!\w)\.?"
    r"(?P<link>(?:[ ](?:no|nos|number|num|nbr|numéro|numero|n[°ºo])\.?)?(?:[ ]?#|[ ](?:is|est|was|était))?)"
    r"[ ]{1,2}(?=[A-Z\d+(])"
)
_NUMBER_WORDS = listed("""
    sin nas ssn iban ramq nam ohip passport passeport permis licence license health carte card phone tel tél cell
    mobile fax account compte visa mastercard amex
""")
_PERSONAL_LABEL = re.compile(
    r"(?i)(?:D\.?O\.?B|DDN|NAS|SIN|NAM|RAMQ|OHIP|née? (?:le|on|en)|born)(?!\w)|(?:tél|tel|cell)[.:]|phone:"
)
_PERSONAL_WORDS = listed("dob d.o.b ddn nas sin nam ramq ohip né née born tél tel cell phone")
_QUESTION = re.compile(
    r"(?i)\b(?:your|his|her|their|votre|ton|ta|son|sa|patient|client|customer|full|first|last|family|mother|maiden)\b"
    r"[^\n?:]{0,24}?\b(?P<key>first name|last name|family name|maiden name|surname|full name|name|nom de famille|prénom"
    r"|nom)\b[^\n?]{0,24}$"
)
_ANSWER = re.compile(
    r"\?[\"”]?\s{0,4}(?:[-–—:>*]\s{0,3}|[AR] ?:\s{0,3}|(?:customer|client|cliente|caller|visitor|me|moi|user)"
    r" ?: ?)?"
    r"(?:(?:sure|yes|yeah|yep|ok(?:ay)?|of course|oui|bien sûr|certainly|hi|hello|bonjour|"
    r"my name is|it['’]?s|it is|c['’]est"
    r"|je m['’]appelle|mon nom est|i['’]?m|i am|this is)(?:[,.!] ?| )){0,3}(?P<value>[^\n?]{2,60})",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"^[ >*]{0,6}(?:[\[(]?\d{1,2}[:h]\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?[\])]?[ ,-]{0,3})?"
    r"(?P<value>[^\W\d_a-z][\w'’.-]{1,24}(?: [^\W\d_a-z][\w'’.-]{1,24}){0,2})"
    r"\*{0,2} ?:\*{0,2}[ ](?=[^\W_\d{\[\"'][^\n]{6})",
    re.MULTILINE,
)
_LAST_LATIN = "\u036f"
_PART_OF_TALK = re.compile(
    r"(?i)(?:moi|me|you|vous|toi|agente?|advisor|adviser|conseill(?:er|ère)|client(?:e)?|customer|caller|patiente?|visitor"
    r"|visiteu(?:r|se)|host|h[ôo]te|operator|rep|representative|support|bot|assistante?|nurse|infirmi(?:er|ère)|clerk"
    r"|commise?|préposée?|system|user|utilisateur|usager)(?![\w'’.-])[ ]?"
)
"""What somebody is in a talk, before or instead of a name."""
_REACH = 64
_JOINTS = " ,;(–—-"
_DECLARED = re.compile(
    r"(?:[@\\](?:author|auteur|maintainer|contact|owner)\b[ {]{1,3}|\buser\.name[ =]{1,3}[\"']?"
    r"|^\^?[0-9a-f]{7,40} (?:\S{1,80} {1,8})?\((?=[^()\n]{2,60}? {1,12}\d{4}-\d\d-\d\d))"
    r"(?P<value>[^\W\d_][^\n(){}<>\"'\d]{1,60})",
    re.MULTILINE,
)
_PARTICLE = "(?:de|du|des|d['’]|van|von|der|den|la|le|los|las|del|della|di|da|dos|al|el|bin|ben|ter)"
_NAMES = r"[^\W\d_a-zà-öø-ÿ][\w'’-]{1,30}(?: [^\W\d_a-zà-öø-ÿ][\w'’.-]{0,30}){0,3}"
_ANNOUNCED = (
    (
        re.compile(
            r"[DMP](?<![^\W_].)(?:rs?|s|mes?|lle|e|iss|adame|onsieur|octeure?|rof)?\.? "
            rf"(?P<value>(?:{_PARTICLE} ){{1,3}}[A-ZÀ-Þ][\w'’-]{{1,30}})(?!\w)"
        ),
        "family name",
    ),
    (
        re.compile(rf"^[ \t>]*(?:[-*•]|\d{{1,2}}[.)])[ ](?P<value>{_NAMES}) \({{1,2}}\+?\d{{3}}", re.M),
        "full name",
    ),
    (
        re.compile(
            rf"(?P<value>{_NAMES}) \((?:the|hereinafter(?: the)?|ci-après(?: désignée?)?(?: le| la)?) "
            r"[\"“«'] ?[A-Z][^\W\d_]{3,14} ?[\"”»']\)"
        ),
        "tenant",
    ),
    (
        re.compile(
            r"(?i:(?:feedback|message|note|call|voice ?mail|comments?|request|reply|letter|réponse|courriel|appel|mot"
            rf"|lettre|commentaires?|demande) (?:from|by|de|par)) (?P<value>{_NAMES})(?=:|,? [(\"“«]|[ ]?$)",
            re.MULTILINE,
        ),
        "sender",
    ),
    (
        re.compile(
            r"[?&](?:q|query|search|term|recherche)=(?P<value>[^\W\d_][^&#=\s/]{1,40}(?: [^&#=\s/]{1,40}){1,3}?)"
            r"(?=[&#\"'\n]| HTTP/|$)"
        ),
        "name",
    ),
    (re.compile(r"<v(?:\.\w{1,20})? (?P<value>[^<>\n]{2,60})>"), "full name"),
    (
        re.compile(
            r"(?i)(?:pay to the order of|payez à l['’]ordre de)[ :.]{1,4}"
            r"(?P<value>[^\W\d_][^\n$\d_]{2,60}?)(?=  |\t|\n|\$|$)"
        ),
        "payee",
    ),
    (
        re.compile(
            r"(?i)\bfrom\s+[\"`]?(?:\w{1,30}\.)?(?:people|persons?|users?|customers?|clients?|patients?|employees?|contacts?"
            r"|members?|students?|staff)\b[^;'\n]{0,120}?\bname[\"`]?\s*(?:=|i?like|in)\s*\(?\s*'%?(?P<value>[^'%\n]{2,40})%?'"
        ),
        "full name",
    ),
)
"""Names behind a title and a particle, in lists with numbers, contracts, searches, WebVTT, on cheques and in
queries to tables of people; with each its key."""
_PAYEE = re.compile(
    r"(?:(?<!\w)(?:INTERAC|VIREMENT|VIR\.?|VRMT|E-?TRANSFER|E-?TFR|E-?TRF)"
    r"(?: (?:INTERAC|E-?TRANSFER|E-?TRF|E-?TFR|RE[CÇ]U|ENVOY[EÉ]|SENT|RECEIVED|\*{1,3}\w{1,4})){0,3}"
    r"(?: (?:A|À|DE|FROM|TO|PAR):?)?|(?<!\w)CH(?:Q|[EÈ]QUE)\.? ?#? ?\d{1,6}) "
    r"(?!(?:(?:DE|A|À|FROM|TO|DU|AU) |PURCHASE|ACHAT|RE[CÇ]U|ENVOY|SENT|FEE|FRAIS|D[EÉ]BIT|PAIEMENT"
    r"|PAYMENT|D[EÉ]P[OÔ]T|RETRAIT|INTERAC|RETOUR|CANCEL|ANNUL|MINIST|GOUV|REVENU|CANADA"
    r"|BELL|HYDRO|VIDEOTRON|ROGERS|TELUS|FIDO|E-?T|COMPTE|ACCOUNT|SAVINGS|CHEQU))"
    r"(?P<value>[A-ZÀ-Þ][A-ZÀ-Þ'’-]{1,24}(?: [A-ZÀ-Þ][A-ZÀ-Þ'’.-]{0,24}){1,3}?)(?=\s{2,}|\t| REF| #| ?\d|$)",
    re.MULTILINE,
)
_PAYEE_SIGNS = (
    "interac",
    "virement",
    "vir ",
    "vir. ",
    "vrmt",
    "transfer",
    "tfr",
    "trf",
    "chq",
    "cheque",
    "chèque",
)
"""Payees in statements of banks, in capitals."""
_KIN_WORDS = "kids?|children|daughters?|sons?|twins|enfants?|filles?|fils|jumeaux|jumelles|grandchildren|petits-enfants"
_KIN = re.compile(
    rf"(?i)(?<!\w)(?:(?:{_KIN_WORDS})(?!\w)[^\n.;:]{{0,24}}:"
    rf"|(?:my|our|his|her|their|mes|nos|ses|leurs|vos|deux|trois|two|three|\d) (?:{_KIN_WORDS})[ ,])"
)
_CHILD = re.compile(
    r"(?<![\w-])(?P<value>[A-ZÀ-Þ][\w'’-]{1,24}) \((?:(?:age|aged|âgée?(?: de)?|née?|born)[ :]{1,2})?"
    r"(?:\d{1,2}(?: ?(?:ans?|yrs?|years?|y/?o|mois|months?))?|[\d/.-]{8,10})[,)]"
)
"""A child with its age or birth date in brackets, behind a word for children."""
_OF_KIN = 160
_DASHED = re.compile(
    r"^[ >*+-]{0,6}(?P<key>[^\W\d_][\w'’ ]{1,30}\w)\*{0,2} [-–—] {1,2}(?P<value>[^\n]{2,80})", re.MULTILINE
)
_STOP = re.compile(r"[\n<>@:;|=\t\"“”(){}\[\]\\*.!?]|,")


def cues(text: str, table: int) -> Iterator[Cell]:
    """The values that labels announce; `table` and the eight numbers after it number the cells."""
    lowered = text.lower()
    lowered = lowered if len(lowered) == len(text) else fold(text)
    yield from _numbers(text, lowered, table)
    yield from _answers(text, table + 1)
    yield from _speakers(text, table + 2)
    yield from _before_labels(text, lowered, table + 3)
    if "@" in text or "\\" in text or "user.name" in text or " (" in text:
        for row, match in enumerate(paced_matches(_DECLARED, text)):
            yield Cell(*match.span("value"), "author", table + 4, row, -1, CellForm.DATA)
    for pattern, key in _ANNOUNCED:
        for row, match in enumerate(paced_matches(pattern, text)):
            yield Cell(*match.span("value"), key, table + 6, row, -1, CellForm.DATA)
    for row, (start, line) in enumerate(lines_with(_PAYEE_SIGNS, text)):
        for payee in paced_matches(_PAYEE, line):
            first, last = payee.span("value")
            yield Cell(start + first, start + last, "account holder", table + 8, row, -1, CellForm.DATA)
    yield from _children(text, table + 7)
    if " - " in text or " – " in text or " — " in text:
        for match in paced_matches(_DASHED, text):
            key_meaning = meaning(match["key"])
            if key_meaning and key_meaning.strong and key_meaning.kind is not MeaningKind.ROLE:
                yield Cell(*match.span("value"), match["key"], table + 5, 0, -1, CellForm.OPEN)


def _children(text: str, table: int) -> Iterator[Cell]:
    """Children with their age or birth in brackets, behind a word for children in their line."""
    for row, child in enumerate(paced_matches(_CHILD, text)):
        line = max(text.rfind("\n", 0, child.start()) + 1, child.start() - _OF_KIN)
        if _KIN.search(text, line, child.start()):
            yield Cell(*child.span("value"), "given name", table, row, -1, CellForm.QUOTED)


def _places(lowered: str, words: Iterable[str]) -> Iterator[int]:
    """Where one of the words begins, word by word; no letter or digit stands before it."""
    for word in words:
        give_way()
        at = lowered.find(word)
        while at >= 0:
            give_way()
            if not lowered[at - 1 : at].isalnum():
                yield at
            at = lowered.find(word, at + 1)


def _numbers(text: str, lowered: str, table: int) -> Iterator[Cell]:
    for row, at in enumerate(_places(lowered, _NUMBER_WORDS)):
        match = _NUMBER_LABEL.match(text, at)
        if match and (match["link"] or match["drawn"] or (match["sure"] and match["sure"].isupper())):
            end = text.find("\n", match.end(), match.end() + _REACH)
            end = end if end >= 0 else min(len(text), match.end() + _REACH)
            yield Cell(match.end(), end, match["key"], table, row, -1, CellForm.OPEN)


def _answers(text: str, table: int) -> Iterator[Cell]:
    at = text.find("?")
    while at >= 0:
        question = _QUESTION.search(text[max(0, at - _REACH) : at])
        answer = _ANSWER.match(text, at) if question else None
        if question and answer:
            key = question["key"] if question["key"].lower() not in ("name", "nom") else "full name"
            yield Cell(*answer.span("value"), key, table, at, -1, CellForm.DATA)
        at = text.find("?", at + 1)


def _before_labels(text: str, lowered: str, table: int) -> Iterator[Cell]:
    """Names before the label of something personal: `Imre Szalai, DOB: …`."""
    for row, at in enumerate(_places(lowered, _PERSONAL_WORDS)):
        if text[at - 1 : at] not in _JOINTS or not _PERSONAL_LABEL.match(text, at):
            continue
        window = text[max(0, at - _REACH) : at].rstrip(_JOINTS)
        words = _STOP.split(window)[-1].strip(" ")
        if " " in words:
            end = max(0, at - _REACH) + len(window)
            start = end - len(words)
            yield Cell(start + name_in(words), end, "", table, row, -1, CellForm.TABLE, "patient")


def _speakers(text: str, table: int) -> Iterator[Cell]:
    """Speakers: names at the beginning of a line, before a colon and a sentence."""
    for row, match in enumerate(paced_matches(_SPEAKER, text)):
        part = _PART_OF_TALK.match(match["value"])
        start = match.start("value") + (part.end() if part else 0)
        if match["value"][0] > _LAST_LATIN and text[match.end()].isascii():
            continue  # a label of a form before a number or a code
        if part:
            yield Cell(match.start("value"), start, "job title", table, -1 - row, -1, CellForm.ARGUMENT)
        if start < match.end("value") and meaning(match["value"]) is None:
            yield Cell(start, match.end("value"), "speaker", table, row, -1, CellForm.ARGUMENT)


_ACCOUNT_NAME = r"(?P<name>[A-Za-z][A-Za-z]{0,24}(?:[._-][A-Za-z]{1,24}){0,2}\d{0,4})(?![\w@/\\(-])(?!\.\w)"
_ACCOUNT_KEY = (
    r"(?:user(?:[ _-]?(?:name|id))?|login|log[ _-]?name|account|acct|owner|uid"
    r"|identifiant|utilisateur|usager|compte)"
)
_ACCOUNT_PLACES = (
    re.compile(
        rf"(?i)(?<![^\W_])(?:[a-z]{{1,16}}_)?{_ACCOUNT_KEY}(?:\\?[\"'])?\s?(?:=>|[:=]=?)\s?(?:\\?[\"'])?{_ACCOUNT_NAME}"
    ),
    re.compile(
        rf"(?i)(?<![^\W_])(?:(?:invalid|unknown|new|for) )?(?:user|utilisateur|usager) [\"'(]?{_ACCOUNT_NAME}"
    ),
    re.compile(
        rf"(?<![^\W_])(?:for|by|as|from|par) {_ACCOUNT_NAME}(?= from \d|[ (]+uid=| on pts/| port \d|:.{{0,8}}TTY=)"
    ),
    re.compile(rf"(?m)^\S{{3,64}} \S{{1,64}} {_ACCOUNT_NAME}(?= \[\d\d/)"),
    re.compile(rf"(?m)^[-dlbcps](?:[-r][-w][-xsStT]){{3}}[.+@]? +\d+ {_ACCOUNT_NAME}(?= )"),
    re.compile(rf"(?m)^[ \t]*User[ \t=]+{_ACCOUNT_NAME}[ \t]*$"),
    re.compile(
        rf"(?i)(?<![^\W_])(?:(?:\w{{1,16}}_by|\w{{1,16}}edBy|actor|author|assignee|assigned[_ ]?to|reviewer|approver"
        rf"|requester|reporter|nick(?:name)?|handle|maintainer|secondary|sub|samaccountname|account name)"
        rf"(?:\\?[\"'])?\s{{0,3}}(?:=>|[:=]=?)\s{{0,9}}(?:\\?[\"'])?"
        rf"|(?:report|creat|open|merg|approv|review|assign|updat|clos)ed (?:by|to) @?"
        rf"|(?:log(?:in|on)|password|access|session|reset|mfa)(?: \w{{1,10}}){{0,2}} (?:for|by) "
        rf"|user\.name[ =]{{1,3}}[\"']?"
        rf"|(?:TODO|FIXME|XXX|HACK)\(|chown (?:-\w+ )?){_ACCOUNT_NAME}"
    ),
    re.compile(
        r"(?:(?<![\w.:/\\-])(?:/home|/Users|/export/home|~)/|[Uu]sers\\{1,2}|(?<![\w\\:.])[A-Z][A-Z0-9-]{1,14}\\{1,2})"
        r"(?P<name>[A-Za-z]{1,24}(?:[._-][A-Za-z]{1,24}){0,2}\d{0,4})(?![\w@.-])"
    ),
    re.compile(
        r"(?m)^[ >]{0,4}(?:\[?\d{1,2}:\d\d(?::\d\d)?\]? ?)?<[ @+]?"
        r"(?P<name>[A-Za-z]{1,24}(?:[._-][A-Za-z]{1,24}){0,2}\d{0,4})(?=> )"
    ),
    re.compile(rf"(?m)^[ >]{{0,4}}(?:\[?\d{{1,2}}:\d\d(?::\d\d)?\]?,? ){_ACCOUNT_NAME}(?=: )"),
    re.compile(
        r"(?<![\w.@/`<+-])<?@(?P<name>[a-z]{1,24}(?:[._-][a-z]{1,24}){0,3}(?:[_.]?\d{1,4})?)(?![\w@/\\(:-])(?!\.\w)"
    ),
    prefiltered(rf"(?<=\s)(?:-U|-l|--user|--username|--login)[ =]{_ACCOUNT_NAME}"),
    prefiltered(rf"\b(?:branch ['\"]?|origin/){_ACCOUNT_NAME.replace('@/', '@')}"),
    re.compile(
        rf"(?m)^[ \t]*{_ACCOUNT_NAME}(?=[ \t]+(?:pts/\d|tty\w?\d|console|:0|\d{{1,7}}[ \t]+\d{{1,3}}\.\d)(?!\w))"
    ),
    re.compile(
        rf"(?m)^[ >]{{0,4}}{_ACCOUNT_NAME}(?=(?: —| –| -|:) (?:(?:Today|Yesterday|Hier|Aujourd['’]hui),? (?:at|à) "
        r"|\d{1,2}[:h]\d\d))"
    ),
    re.compile(
        r"(?<![\w.+/@-])(?P<name>[a-z]{1,24}(?:[._-][a-z]{1,24}){0,2}\d{0,4})@"
        r"(?=\d{1,3}(?:\.\d{1,3}){3}(?!\d)|[\w-]{1,40}(?:\s|$|:[~/]))"
    ),
)
"""Settings and logs; `user x`; OpenSSH, sudo and PAM; the Common Log Format; `ls -l`; ssh_config(5); ssh, scp."""
_ACCOUNT_WORDS = (
    "user login account acct owner uid ident utilis usager compte @ rw by assign actor author reviewer approver reque"
    " reporter nick handle maintainer /home/ todo( fixme( chown < ]"
)
_ACCOUNT_SIGNS = (*_ACCOUNT_WORDS.split(), "for ", " [", "\\", " -", " pts/", " — ", "branch ", "origin/")
_SHORTEST_SURNAME = 4  # letters of a surname behind initials
_SHORTEST_PART = 3
_MOST_INITIALS = 2
_FIRST_AND_LAST = 2
_PARTS = re.compile(r"[A-Za-z]+")


def accounts(text: str) -> Iterator[Span]:
    """The user names that are made of names, in the places of `_ACCOUNT_PLACES`."""
    low = text.lower()
    if not stands_in(_ACCOUNT_SIGNS, low):
        return
    for place in _ACCOUNT_PLACES:
        if isinstance(place, Prefiltered) and not place.among(low):
            continue
        for match in paced_matches(place.pattern if isinstance(place, Prefiltered) else place, text):
            if is_made_of_names(match["name"]):
                yield Span(*match.span("name"), Label.PERSON)


def is_made_of_names(name: str) -> bool:
    """Whether a user name is made of listed names or of initials and one, and is no word itself."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if len(parts) > 1:
        return _has_name_among_parts(parts)
    word = parts[0]
    if is_word(word) or is_of_things(word):
        return False
    initials = range(1, _MOST_INITIALS + 1)
    return (
        any(_is_surname(word[size:]) for size in initials)
        or _is_given_and_surname(word)
        or _is_surname(word[:-1])
        or (len(word) > _SHORTEST_SURNAME and is_listed_given(word[:-1]) and not is_word(word[:-1]))
    )


def _has_name_among_parts(parts: list[str]) -> bool:
    """`first.last`, `f-last`, `last_first`: one part is a name and no word, the others are no words."""
    if len(parts) == _FIRST_AND_LAST and any(
        gender(first) is not None and is_listed_given(first) and is_listed_family(last)
        for first, last in (parts, parts[::-1])
    ):
        return True  # john.smith: both are words too
    names = [part for part in parts if len(part) >= _SHORTEST_PART and _is_name(part)]
    return bool(names) and all(len(part) == 1 or _may_be_name(part) or not is_word(part) for part in parts)


def _may_be_name(part: str) -> bool:
    return len(part) >= _SHORTEST_PART and (is_listed_given(part) or is_listed_family(part))


def _is_name(part: str) -> bool:
    return (is_listed_given(part) or is_listed_family(part)) and not is_word(part) and not is_of_things(part)


def _is_surname(part: str) -> bool:
    return len(part) >= _SHORTEST_SURNAME and is_listed_family(part)


def _is_given_and_surname(word: str) -> bool:
    """Whether a given name and a surname, or the other way round, make up the word."""
    return any(
        (is_listed_given(word[:at]) and is_listed_family(word[at:]))
        or (is_listed_family(word[:at]) and is_listed_given(word[at:]))
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    )
