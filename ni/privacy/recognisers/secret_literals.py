"""Secrets that are string literals of a program or a configuration.

They stand beside a key that names a secret (an argument, an element, a variable with a default, a field of a form, an
XML attribute) or where a call takes a password. It has to look drawn: `getenv("DB_PASSWORD", "hunter2")`
holds a secret, `("password", "required")` holds none.
"""

import re
from collections.abc import Iterator

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.secret_words import is_dummy, kinds
from ni.privacy.spans import Label, Span

_NAMES = (
    r"pass(?:word|wd|phrase|code)|pwd|(?<![^\W_])(?:pass|pw|mdp)(?![^\W_])|mot_?de_?passe|"
    r"contrase[ñn]a|passwort|kennwort"
)
_OTHER = (
    r"secret|credential|token|_salt|"
    r"(?:api|access|auth|private|account|signing|encryption|client|logged_in|nonce)[_-]?key"
)
_LITERAL = r"(?P<quote>[\"'`])(?P<value>[^\s\"'`<>]{4,200})(?P=quote)"
_KEYED = prefiltered(
    rf"(?i)(?:(?P<password>{_NAMES})|{_OTHER})[\w-]{{0,24}}"
    r"(?:[\"'`]\s{0,4},\s{0,16}"
    r"|[\"'`]?[\])]{0,2}\s{0,4}(?:\|\||\?\?|=>|(?<=\s)or(?=\s))\s{0,4}"
    r"|[\]\"'`)]{0,4}\.(?:set|type|fill|send_?keys|set_?value|equals|put|press_?sequentially)\(\s?"
    r"|[\"'`]\s{1,16}value\s?=\s?"
    r"|\s?[:=]\s?[\w:.]{0,40}(?:from|new|of|string|secretstr)\()" + _LITERAL
)
_ARGUMENT = r"(?:[\"'][^\n\"']{0,128}[\"']|\$?[\w.]{1,40})\s?,\s?"
_CALLED = prefiltered(
    rf"(?i)(?:(?<![^\W_])(?:login|authenticate|auth|HTTP(?:Basic|Digest)Auth|NetworkCredential|UsernamePasswordCredentials)"
    rf"\s?=?\s?\({_ARGUMENT}|(?<![^\W_])(?:mysqli?(?:_connect)?|PDO|getConnection)\({_ARGUMENT}{_ARGUMENT})"
    + _LITERAL
)
_RULE = re.compile(
    r"(?i)[a-z_]+(?:[:=|][\w:=|,.]*)$|\w+\([\d, ]*\)$|[.#]\w|[\[^]|.*[|]|[^@]+@[\w-]+\.[\w.-]+$|\w+\["
    r"|[A-Z]\d+$|[a-z]+-\d+$"
)
_LONG = 12


def find(text: str) -> Iterator[Span]:
    """Literals beside a key that names a secret, and the passwords of calls that log in."""
    for match in _KEYED.finditer(text):
        if _is_secret(match["value"], match["password"] is not None):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _CALLED.finditer(text):
        if _is_secret(match["value"], password=True):
            yield Span(*match.span("value"), Label.SECRET)


def _is_secret(value: str, password: bool) -> bool:
    """Whether a literal is drawn: no word, placeholder, rule of a form, selector, type or address."""
    if is_dummy(value) or _RULE.match(value) or kinds(value) < 2:
        return False
    if password:
        return re.search(r"\d|[^\w.-]", value) is not None
    return re.search(r"\d", value) is not None and len(value) >= (_LONG if value.islower() else _LONG - 2)
