"""Secrets that are recognised because a value looks random, in sentences and in string literals; and the tests for it.

A value looks random when it mixes kinds of characters and is no placeholder, word, variable or call.

In sentences (*the admin password is X*, *le mot de passe du wifi est X*, *(pw X)*) the word alone announces nothing,
since sentences speak of passwords far more often than they contain one. A value counts behind a verb, *to*, a bracket
or a quotation mark if it looks random.

A string literal counts beside a key that names a secret (an argument, an element, a variable with a default, a field
of a form, an XML attribute) or where a call takes a password. It has to look random: `getenv("DB_PASSWORD", "hunter2")`
contains a secret, `("password", "required")` contains none.
"""

import re
from collections.abc import Iterator

from ni.privacy.lexicon import is_in_dictionaries
from ni.privacy.prefilter import lowered, paced_matches, prefiltered
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

_DUMMY = re.compile(
    r"(?i)(?:your|example|changeme|placeholder|xxx|\*\*\*|\.\.\.|todo|dummy|sample|redacted|"
    r"none$|null$|true$|false$|undefined$|required$|optional$|"
    r"string$|process\.|os\.|env\.|self\.|this\.|config\.|settings\.|request\.|\$|%|https?:|/|"
    r"\w+\.\w+\(|[a-z_]\w*(?:::|->)[a-z_]|\.{1,2}/|[a-z_]+$|[A-Z_]+$|[a-z]+[A-Z][A-Za-z]*$|"
    r"[A-Z][a-z]+$|[a-z_]+(?:\.[a-z_]+)+$|[a-z]+(?:-[a-z]+)+$|[a-z_]+\d?(?:\.[a-z_]{2,}\d?)+$)"
)
_PADDED = re.compile(r"/(?=[^\d]{0,40}\d)(?=[^A-Z]{0,40}[A-Z])[A-Za-z0-9+/]{30,128}={1,2}")
"""Base64 that begins with a stroke, like a path, but ends as none does."""
FIELD = re.compile(r"&[\w.-]{1,64}=")
"""Where the next field of a form begins."""
_ELEMENT = re.compile(
    r"[A-Z]\w*(?:Controller|Handler|Action|Middleware|Listener)@\w+"
    r"|(?:[a-z]+[-_])*(?:input|field|button|btn|label|form|page|box|item|element|row|col|step|test|tab|link|view|modal"
    r"|hint|icon|section)[-_]?\d+[a-z]?"
)
_CHARACTER_KINDS = tuple(map(re.compile, ("[a-z]", "[A-Z]", r"\d", r"[^\w.-]")))


_RESULT = re.compile(r"X?PASS: +\S+(?: +\S|\n(?:X?PASS|X?FAIL|SKIP|UNSUPPORTED|UNTESTED|UNRESOLVED|ERROR): )")


_GO_RESULT = re.compile(r"[ \t]*--- PASS: ")


def is_test_result(text: str, at: int) -> bool:
    """Whether a value is the name of a test that passed (DejaGnu, Automake, Go): `PASS: gdb.base/a.exp: show`."""
    start = text.rfind("\n", 0, at) + 1
    if _GO_RESULT.match(text, start, at):
        return True
    if not text.startswith(("PASS: ", "XPASS: "), start):
        return False
    before = text.rfind("\n", 0, max(start - 1, 0)) + 1
    return (before < start and text.startswith("PASS: ", before)) or _RESULT.match(text, start) is not None


def is_dummy(value: str) -> bool:
    """Whether it is a placeholder, a word, a variable or a call."""
    named = _DUMMY.match(value) is not None and not is_scrambled(value) and not _PADDED.fullmatch(value)
    return named or is_element(value)


_SHORTEST_SCRAMBLED = 8
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_scrambled(value: str) -> bool:
    """Whether it is made of small letters and capitals, and hardly any part of it is a word: no name in code is so."""
    if len(value) < _SHORTEST_SCRAMBLED or not (value.isascii() and value.isalpha()):
        return False
    parts = _HUMPS.findall(value)
    known = sum(len(part) for part in parts if len(part) > 2 and is_in_dictionaries(part.lower()))
    return len(parts) > 2 and known * 3 < len(value)


def is_element(value: str) -> bool:
    """Whether it is the method of a route (`UserController@show2`) or a numbered element of a page (`input1`)."""
    return _ELEMENT.fullmatch(value) is not None


def kinds(value: str) -> int:
    """How many kinds of characters it has: small letters, capitals, digits, other signs."""
    return sum(kind.search(value) is not None for kind in _CHARACTER_KINDS)


def is_random(value: str, shortest: int = 16) -> bool:
    """Whether it has at least `shortest` characters of two kinds, a digit among them, and is no placeholder."""
    return (
        len(value) >= shortest
        and not is_dummy(value)
        and kinds(value) >= 2
        and re.search(r"\d", value) is not None
    )


_NOUN = (
    r"(?<![^\W_])(?:passwords?|passwd|passphrase|passcode|p/?w|pwd|mdp|mots? de passe|"
    r"wifi key|(?:cl[ée]|code) (?:du )?(?:wpa2?|wi-?fi|wep)|wpa2? key|credentials|creds)(?![^\W_])"
    r"(?: (?:temporaire|provisoire|initial|actuel|par défaut))?"
)
_SAYS_PASSWORD = prefiltered(rf"(?i){_NOUN}")
_OF = r"(?: (?:for|of|on|in|at|du|de|des|pour|dans|sur|au)(?: [\w'’.-]{1,24}){1,4}?| [a-z]{2,12}(?= ?[:=]))?"
_LEAD = (
    r"(?:,? (?:is|was|are|est|sont|était|c['’](?:est|était))"
    r"(?: (?:now|currently|maintenant|set to|changed to|reset to))? ?:?"
    r"|(?: (?:was|has been|is|a été|est))? (?:changed|reset|set|updated|chang[ée]e?|remplac[ée]e?)"
    r" (?:to|from|en|par|pour|à|de)"
    r"| ?[:=])"
)
_VALUE = (
    r"(?P<value>[^\s\"'`<>|»”;,\\]{6,128})"  # what follows a backslash may be an escape that was not read
)
_AFTER_VERB = prefiltered(rf"(?i){_NOUN}{_OF}{_LEAD} ?[(\[\"'`«“*]{{0,2}}(?<=[ (\[\"'`«“*:=]){_VALUE}")
_IN_QUOTES = prefiltered(rf"(?i){_NOUN} [(\[\"'`«“*]{{1,2}}{_VALUE}")
_AFTER_NOUN = prefiltered(rf"(?i){_NOUN}(?:{_OF} (?:to|from|as|à|en))? {_VALUE}")
_BESIDE_NOUN = prefiltered(
    r"(?i)(?<![^\W_])(?:p/?w|pwd|mdp|(?:wi-?fi|wpa[23]?) (?:key|pass(?:word|phrase)?)"
    rf"|cl[ée] (?:du )?(?:wpa[23]?|wi-?fi)) {_VALUE}"
)
"""Words that announce nothing but a password, not even what a program should pass on."""
_CHANGED = prefiltered(
    rf"(?i){_NOUN}(?: (?:was |has been |a été |est )?(?:changed|reset|rotated|updated|chang[ée]e?))? (?:from|de) "
    rf"[\"'`]?[^\s\"'`]{{4,128}}[\"'`]? (?:to|into|à|vers|pour) [\"'`]?{_VALUE}"
)
_BEFORE_NOUN = prefiltered(
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
"""`pass` announces a password behind a user's name, and alone on a line (RFC 959, 4.1.1)."""
_OF_MAIL = prefiltered(
    r"(?<![^\s\"'(:,;|])(?:(?<=\([\"'])[\w.+-]{1,64}@[\w.-]{3,128}[\"'], ?[\"']|[\w.+-]{1,64}@[\w.-]{3,128}(?::| / ))"
    rf"{_VALUE}"
)
_ANSWER = prefiltered(
    r"(?i)(?:(?:interac|e-?transfer|virement|security question|question de s[ée]curit[ée])"
    r"[^\n]{0,80}?(?:\n[^\n]{0,40}?)?(?<![^\W_])"
    r"(?:answer|r[ée]ponse)(?: de s[ée]curit[ée])?(?: is| est)? ?[:=]?"
    r"|(?<![^\W_])(?:(?:security|secret) answer|r[ée]ponse (?:de s[ée]curit[ée]|secr[eè]te))(?: ?[:=]| is| est))"
    rf" ?(?<=[ :=]){_VALUE}"
)
"""The word by which a transfer of money is claimed."""
_OTHER_ONE = prefiltered(
    r"(?i)(?<![^\W_])(?:the (?:new|other|second|current|next|guest) one|(?:et|puis) (?:celui|celle)"
    r"|l['’]autre|(?:le|la) nouve(?:au|lle))(?: (?:for|of|on|du|de|des|pour|sur) (?:[\w'’.-]{1,24} ?){1,4}?)?"
    rf"(?: ?(?:is|est|c['’]est|:))? ?(?:[\"'`«“*]{{1,2}} ?)?(?<=[ \"'`«“*])(?=[^\s\"'`]{{0,64}}[\d!#$%^&*+?~]){_VALUE}"
)
"""A second password of the same sentence: `and the new one is Kettle#Drum78`, `et celui du bureau Orignal!Boiteux`."""
_ANSWERED = re.compile(rf"(?m)\?[ \t]*\r?\n[ \t>*-]{{0,4}}(?:[^\W\d_][\w ().'’-]{{0,32}}: ?)?{_VALUE}[ \t]*$")
_ASKED = re.compile(rf"(?i){_NOUN}[^\n?:]{{0,32}}$")
_QUESTION = 72
"""A question, and the answer that is alone on the line below it."""
_ADMIN = prefiltered(
    rf"(?i)(?<![^\W_/])(?:admin|administrator|administrateur|root|superuser)"
    rf"(?: / |/(?=[^\s/]{{6,64}}(?:[\s,;)]|$))){_VALUE}"
)
"""A usual user and a password behind a stroke."""
_GIVEN = prefiltered(
    r"(?i)(?<![^\W_])(?:temp(?:orary)?|reset|unlock|activation|one[- ]time|provisoire|temporaire)"
    r" (?:code|passcode|login|pw|pass)(?: (?:given|is|was|set to|sent|issued|read out))?[: ]{1,2}[\"'`(]{0,2}"
    rf"{_VALUE}"
)
_KEY_SAID = prefiltered(
    r"(?i)(?<![^\W_])(?:key|token|secret|cl[ée]|jeton)(?: (?:for|of|to|du|de|des|pour) (?:[\w'’.-]{1,24} ?){1,4}?)?"
    r" (?:is|was|are|est|était|c['’]est) ?:? ?[\"'`(*]{0,2}"
    r"(?P<value>[^\s\"'`<>|»”;,\\]{20,128})"
)
_WITHOUT_NOUN = (
    (_ANSWER, False),
    (_LOGIN, True),
    (_ADMIN, True),
    (_GIVEN, True),
    (_KEY_SAID, True),
    (_OF_MAIL, True),
    (_USER_AND_PASS, False),
)
_WITH_NOUN = (
    (_AFTER_VERB, False),
    (_IN_QUOTES, False),
    (_AFTER_NOUN, True),
    (_BESIDE_NOUN, False),
    (_CHANGED, True),
    (_BEFORE_NOUN, True),
    (_OTHER_ONE, True),
)
"""Patterns that need no word for a password in the text, and those that do; with each, whether a value has to mix more
kinds of characters there than names of things with a number do."""
_SIGNED = re.compile(r"[A-Za-zÀ-ÿ]{3,32}[!#$%^&*+?~][A-ZÀ-Þ0-9][A-Za-zÀ-ÿ0-9]{2,32}[!#$%*+?]?")
"""Two words that a sign joins, the second with a capital: `Orignal!Boiteux`."""
SMALL_WORDS = frozenset(
    listed("""
    the your must and for with not has from into are this that new enter least characters contain string required forgot
    change reset use should will can when may please same letters digits words our les vos votre doit des une pour avec
    dans par que qui est sur oublie entrez changer minimum longer shorter between only then was have been
    """)
)
_NOT_SECRET = re.compile(
    r"(?i)(?:sha-?\d|md5|base64|bcrypt|argon2|pbkdf2|scrypt|utf-?8|oauth|2fa|mfa|rfc|iso|v?\d+(?:\.\d+)*$|\d+[-/]|"
    r"[^@]+@[\w-]+\.[\w.-]+$|[\w-]+://|[~./\\#$]|[\w.-]*\(|\w+\[|[\w-]+\.(?:com|ca|org|net|io|py|js|ts|txt|md|json|ya?ml)\b|"
    r"[\w.-]+[:=]|\w+(?:::|->)|[\w.-]+/[\w/.-]+$|[a-z]+['’-][a-z]+(?!\w*(?:-[a-z]+){0,4}-?\d{1,6}!?$))"
)


def find_in_sentences(text: str) -> Iterator[Span]:
    """Passwords and pass phrases in sentences and after labels."""
    low = lowered(text)
    patterns = (*_WITHOUT_NOUN, *_WITH_NOUN) if _SAYS_PASSWORD.among(low) else _WITHOUT_NOUN
    for pattern, mixed in patterns:
        for match in pattern.pattern.finditer(text) if pattern.among(low) else ():
            value = FIELD.split(match["value"], maxsplit=1)[0]
            value = value.rstrip(".,;:?!)]}*") + _exclamation(value)
            if (not mixed or _is_mixed(value)) and _looks_random(value):
                yield Span(match.start("value"), match.start("value") + len(value), Label.SECRET)
    for match in paced_matches(_ANSWERED, text) if "?" in text else ():
        asked = text[max(match.start() - _QUESTION, 0) : match.start()]
        if _looks_random(match["value"]) and _ASKED.search(asked):
            yield Span(*match.span("value"), Label.SECRET)


def _exclamation(value: str) -> str:
    """A single `!` at the end of the value, which may belong to the password; otherwise nothing."""
    return "!" if value.endswith("!") and not value.endswith("!!") else ""


def _is_mixed(value: str) -> bool:
    """Whether it has three kinds of characters and two digits or signs, or a sign that joins two words."""
    return (kinds(value) >= 3 and len(re.findall(r"\d|[^\w.-]", value)) >= 2) or _SIGNED.fullmatch(
        value
    ) is not None


def _looks_random(value: str) -> bool:
    """Whether it is no word, count, address, algorithm or path: it has letters and digits, or letters and signs."""
    if len(value) < 6 or is_dummy(value) or _NOT_SECRET.match(value):
        return False
    if is_scrambled(value) or _SIGNED.fullmatch(value):
        return True
    return re.search(r"[^\W\d_]", value) is not None and re.search(r"\d", value) is not None


_NAMES_OF_PASSWORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|(?<![^\W_])(?:pass|pw|mdp)(?![^\W_])|mot_?de_?passe|"
    r"contrase[ñn]a|passwort|kennwort"
)
_NAMES_OF_KEYS = (
    r"secret|credential|token|_salt|"
    r"(?:api|access|auth|private|account|signing|encryption|client|logged_in|nonce)[_-]?key"
)
_LITERAL = r"(?P<quote>[\"'`])(?P<value>[^\s\"'`<>]{4,200})(?P=quote)"
_KEYED_LITERAL = prefiltered(
    rf"(?i)(?:(?P<password>{_NAMES_OF_PASSWORDS})|{_NAMES_OF_KEYS})[\w-]{{0,24}}"
    r"(?:[\"'`]\s{0,4},\s{0,16}"
    r"|[\"'`]?[\])]{0,2}\s{0,4}(?:\|\||\?\?|=>|(?<=\s)or(?=\s))\s{0,4}"
    r"|[\]\"'`)]{0,4}\.(?:set|type|fill|send_?keys|set_?value|equals|put|press_?sequentially)\(\s?"
    r"|[\"'`]\s{1,16}value\s?=\s?"
    r"|\s?[:=]\s?[\"'][^\n\"']{0,128}[\"']\s?[-=]>\s?"
    r"|\s?[:=]\s?[\w:.]{0,40}(?:from|new|of|string|secretstr)\()" + _LITERAL
)
_CALL_ARGUMENT = r"(?:[\"'][^\n\"']{0,128}[\"']|\$?[\w.]{1,40})\s?,\s?"
_CALL = prefiltered(
    rf"(?i)(?:(?<![^\W_])(?:login|authenticate|auth|HTTP(?:Basic|Digest)Auth|NetworkCredential|UsernamePasswordCredentials)"
    rf"\s?=?\s?\({_CALL_ARGUMENT}|(?<![^\W_])(?:mysqli?(?:_connect)?|PDO|getConnection)\({_CALL_ARGUMENT}{_CALL_ARGUMENT})"
    + _LITERAL
)
_CODE_LITERAL = re.compile(
    r"(?i)[a-z_]+(?:[:=|][\w:=|,.]*)$|\w+\([\d, ]*\)$|[.#]\w|[\[^]|.*[|]|[^@]+@[\w-]+\.[\w.-]+$|\w+\["
    r"|[A-Z]\d+$|[a-z]+-\d+$"
)
_LONG_LITERAL = 12


def find_in_literals(text: str) -> Iterator[Span]:
    """Literals beside a key that names a secret, and the passwords of calls that log in."""
    for match in _KEYED_LITERAL.finditer(text):
        if _is_random_literal(match["value"], match["password"] is not None):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _CALL.finditer(text):
        if _is_random_literal(match["value"], password=True):
            yield Span(*match.span("value"), Label.SECRET)


def _is_random_literal(value: str, password: bool) -> bool:
    """Whether a literal looks random: no word, placeholder, rule of a form, selector, type or address."""
    if is_scrambled(value) and (password or len(value) >= _LONG_LITERAL):
        return True
    if is_dummy(value) or _CODE_LITERAL.match(value) or kinds(value) < 2:
        return False
    if password:
        return re.search(r"\d|[^\w.-]", value) is not None
    return re.search(r"\d", value) is not None and len(value) >= (
        _LONG_LITERAL if value.islower() else _LONG_LITERAL - 2
    )
