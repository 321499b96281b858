"""User names where logs, commands and settings have them, if they are made of names: `jtremblay`, `marie.josee`.

`user=jtremblay`, `Accepted publickey for fgauthier from …`, `scp f jlavoie@host:`, the third field of a web server's
log, the owner in `ls -l`. Such a place alone proves nothing, since accounts are mostly those of programs: initials
before a listed surname, or a given name and a surname, have to stand in it.
"""

import re
from collections.abc import Iterator

from ni.privacy.spans import Label, Span
from ni.privacy.structure.mail import is_listed_family, is_listed_given, is_of_things, is_word

_NAME = r"(?P<name>[A-Za-z][A-Za-z]{0,24}(?:[._-][A-Za-z]{1,24}){0,2}\d{0,4})(?![\w@/\\(-])(?!\.\w)"
_SAID = (
    r"(?:user(?:[ _-]?(?:name|id))?|login|log[ _-]?name|account|acct|owner|uid"
    r"|identifiant|utilisateur|usager|compte)"
)
_PLACES = (
    re.compile(
        rf"(?i)(?<![^\W_])(?:[a-z]{{1,16}}_)?{_SAID}(?:\\?[\"'])?\s?(?:=>|[:=]=?)\s?(?:\\?[\"'])?{_NAME}"
    ),
    re.compile(
        rf"(?i)(?<![^\W_])(?:(?:invalid|unknown|new|for) )?(?:user|utilisateur|usager) [\"'(]?{_NAME}"
    ),
    re.compile(
        rf"(?<![^\W_])(?:for|by|as|from|par) {_NAME}(?= from \d|[ (]+uid=| on pts/| port \d|:.{{0,8}}TTY=)"
    ),
    re.compile(rf"(?m)^\S{{3,64}} \S{{1,64}} {_NAME}(?= \[\d\d/)"),
    re.compile(rf"(?m)^[-dlbcps](?:[-r][-w][-xsStT]){{3}}[.+@]? +\d+ {_NAME}(?= )"),
    re.compile(rf"(?m)^[ \t]*User[ \t=]+{_NAME}[ \t]*$"),
    re.compile(
        r"(?<![\w.+/@-])(?P<name>[a-z]{1,24}(?:[._-][a-z]{1,24}){0,2}\d{0,4})@"
        r"(?=\d{1,3}(?:\.\d{1,3}){3}(?!\d)|[\w-]{1,40}(?:\s|$|:[~/]))"
    ),
)
"""Settings and logs; `user x`; OpenSSH, sudo and PAM; the Common Log Format; `ls -l`; ssh_config(5); ssh, scp."""
_WORDS = "user login account acct owner uid ident utilis usager compte @ rw"
_SIGNS = (*_WORDS.split(), "for ", " [")
_SHORTEST = 4  # letters of a surname behind initials
_SHORTEST_PART = 3
_MOST_INITIALS = 2
_PARTS = re.compile(r"[A-Za-z]+")


def accounts(text: str) -> Iterator[Span]:
    """The user names of people in such places."""
    low = text.lower()
    if not any(sign in low for sign in _SIGNS):
        return
    for place in _PLACES:
        for found in place.finditer(text):
            if is_made_of_names(found["name"]):
                yield Span(*found.span("name"), Label.PERSON)


def is_made_of_names(name: str) -> bool:
    """Whether a user name is made of what lists of names have, and is no word itself."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    if len(parts) > 1:
        return _in_parts(parts)
    word = parts[0]
    if is_word(word) or is_of_things(word):
        return False
    initials = range(1, _MOST_INITIALS + 1)
    return any(_is_surname(word[size:]) for size in initials) or _of_two(word) or _is_surname(word[:-1])


def _in_parts(parts: list[str]) -> bool:
    """`first.last`, `f-last`, `last_first`: one part is a name and no word, the others are no words."""
    names = [part for part in parts if len(part) >= _SHORTEST_PART and _is_name(part)]
    return bool(names) and all(len(part) == 1 or part in names or not is_word(part) for part in parts)


def _is_name(part: str) -> bool:
    return (is_listed_given(part) or is_listed_family(part)) and not is_word(part) and not is_of_things(part)


def _is_surname(part: str) -> bool:
    return len(part) >= _SHORTEST and is_listed_family(part)


def _of_two(word: str) -> bool:
    """Whether a given name and a surname, or the other way round, make up the word."""
    return any(
        (is_listed_given(word[:at]) and is_listed_family(word[at:]))
        or (is_listed_family(word[:at]) and is_listed_given(word[at:]))
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    )
