"""Passwords as people write them in sentences: *the admin password to X*, *le mot de passe du wifi est X*, *(pw X)*.

The word alone announces nothing, since sentences speak of passwords far more often than they tell one. What follows a
verb, *to*, a bracket or a quotation mark counts when it looks drawn; a pass phrase of small words, when it is
all that stands after a label.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import lowered, prefiltered
from ni.privacy.recognisers.secret_words import is_dummy, kinds
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

_NOUN = (
    r"(?<![^\W_])(?:passwords?|passwd|passphrase|passcode|p/?w|pwd|mdp|mots? de passe|"
    r"wifi key|cl[ée] (?:wpa2?|wifi|wep)|wpa2? key|credentials|creds)(?![^\W_])"
)
_SAYS_PASSWORD = prefiltered(rf"(?i){_NOUN}")
_OF = r"(?: (?:for|of|on|in|at|du|de|des|pour|dans|sur|au)(?: [\w'’.-]{1,24}){1,4}?)?"
_LEAD = (
    r"(?:,? (?:is|was|are|est|sont|était)(?: (?:now|currently|maintenant|set to|changed to|reset to))? ?:?"
    r"|(?: (?:was|has been|is|a été|est))? (?:changed|reset|set|updated|chang[ée]e?|remplac[ée]e?) (?:to|en|par|pour|à)"
    r"| ?[:=])"
)
_VALUE = (
    r"(?P<value>[^\s\"'`<>|»”;,\\]{6,128})"  # what follows a backslash may be an escape that was not read
)
_TOLD = prefiltered(rf"(?i){_NOUN}{_OF}{_LEAD} ?[(\[\"'`«“*]{{0,2}}(?<=[ (\[\"'`«“*:=]){_VALUE}")
_MARKED = prefiltered(rf"(?i){_NOUN} [(\[\"'`«“*]{{1,2}}{_VALUE}")
_BARE = prefiltered(rf"(?i){_NOUN}(?:{_OF} (?:to|from|as|à|en))? {_VALUE}")
_RENEWED = prefiltered(
    rf"(?i){_NOUN} (?:from|de) [\"'`]?[^\s\"'`]{{4,128}}[\"'`]? (?:to|into|à|vers|pour) [\"'`]?{_VALUE}"
)
_CALLED = prefiltered(
    rf"(?i)(?<![^\s(\"'`])(?P<value>[^\s\"'`<>|()\\]{{6,128}})[\"'`]? (?:as|for|comme|is|a|an)"
    rf"(?: (?:the|my|a|an|our|strong|good|weak|safe|new)){{0,3}} {_NOUN}"
)
_LOGIN = prefiltered(
    r"(?i)(?<![^\W_])(?:login|log-in|creds|credentials|wifi|identifiants|connexion)(?: (?:is|are|with|sont|avec))?"
    rf"[: ] ?[\w.@+-]{{2,64}} ?(?:/|and|et) ?{_VALUE}"
)
_USER_AND_PASS = prefiltered(
    r"(?im)(?:(?<![^\W_])(?:user(?:name)?|login|usager|utilisateur)[ :=]{1,3}[\w.@+\\-]{2,64}[ ,;/|]{1,3}"
    r"(?:and |et |with |avec )?"
    rf"|^[ \t>$]{{0,8}})pass(?:word|wd)?[ :=]{{1,3}}{_VALUE}$"
)
"""`pass` says so beside a user's name, and alone on a line (RFC 959, 4.1.1)."""
_CODE = prefiltered(
    r"(?<![^\W_])(?:PIN|NIP|CVV|CVC|OTP|(?i:verification|security|one[- ]time|confirmation) (?i:code|passcode)"
    r"|(?i:code) (?i:de) (?i:vérification|sécurité|confirmation))(?: (?:code|number))?"
    r"(?:,? (?:is|was|are|est|était)|:) ?"
    r"(?P<value>\d{3,8})(?![\w-])(?!\.\d)(?! (?:digits?|characters?|chiffres?|times|bits?))"
)
"""Codes of cards and of second factors, which a sentence tells."""
_OF_MAIL = prefiltered(
    r"(?<![^\s\"'(:,;|])(?:(?<=\([\"'])[\w.+-]{1,64}@[\w.-]{3,128}[\"'], ?[\"']|[\w.+-]{1,64}@[\w.-]{3,128}(?::| / ))"
    rf"{_VALUE}"
)
_PATTERNS = (
    (_LOGIN, True),
    (_OF_MAIL, True),
    (_USER_AND_PASS, False),
    (_TOLD, False),
    (_MARKED, False),
    (_BARE, True),
    (_RENEWED, True),
    (_CALLED, True),
)
"""The patterns, and whether a value has to be mixed there more than names of things with a number are."""
_WITHOUT_NOUN = 2
"""So many of them, the first, need no word for a password."""
_PHRASE = prefiltered(
    r"(?im)(?:pass ?phrase|phrase secr[èe]te|seed phrase|recovery phrase|password|mot de passe) ?[:=] ?[\"']?"
    r"(?P<value>(?-i:[a-z]{3,12}(?:[ -][a-z]{3,12}){3,23}))[\"']?[.]?\s*$"
)
_TALK = frozenset(
    listed("""
    the your must and for with not has from into are this that new enter least characters contain string required forgot
    change reset use should will can when may please same letters digits words our les vos votre doit des une pour avec
    dans par que qui est sur oublie entrez changer minimum longer shorter between only then was have been
    """)
)
_KNOWN = re.compile(
    r"(?i)(?:sha-?\d|md5|base64|bcrypt|argon2|pbkdf2|scrypt|utf-?8|oauth|2fa|mfa|rfc|iso|v?\d+(?:\.\d+)*$|\d+[-/]|"
    r"[^@]+@[\w-]+\.[\w.-]+$|[\w-]+://|[~./\\#$]|[\w.-]*\(|\w+\[|[\w-]+\.(?:com|ca|org|net|io|py|js|ts|txt|md|json|ya?ml)\b|"
    r"[\w.-]+[:=]|\w+(?:::|->)|[\w.-]+/[\w/.-]+$|[a-z]+['’-][a-z]+)"
)


def find(text: str) -> Iterator[Span]:
    """Passwords that a sentence tells."""
    low = lowered(text)
    for pattern, mixed in _PATTERNS if _SAYS_PASSWORD.among(low) else _PATTERNS[:_WITHOUT_NOUN]:
        for match in pattern.pattern.finditer(text) if pattern.among(low) else ():
            value = match["value"].rstrip(".,;:?!)]}*") + _kept(match["value"])
            if (not mixed or _is_mixed(value)) and _looks_drawn(value):
                yield Span(match.start("value"), match.start("value") + len(value), Label.SECRET)
    for match in _CODE.finditer(text):
        yield Span(*match.span("value"), Label.SECRET)
    for match in _PHRASE.finditer(text):
        if not _TALK.intersection(match["value"].split()):
            yield Span(*match.span("value"), Label.SECRET)


def _kept(value: str) -> str:
    """A single `!` at the end, which passwords have as often as sentences."""
    return "!" if value.endswith("!") and not value.endswith("!!") else ""


def _is_mixed(value: str) -> bool:
    """Whether it has three kinds of characters and two digits or signs."""
    return kinds(value) >= 3 and len(re.findall(r"\d|[^\w.-]", value)) >= 2


def _looks_drawn(value: str) -> bool:
    """Whether it is no word, count, address, algorithm or path: it has letters and digits, or letters and signs."""
    if len(value) < 6 or is_dummy(value) or _KNOWN.match(value):
        return False
    return re.search(r"[^\W\d_]", value) is not None and re.search(r"\d", value) is not None
