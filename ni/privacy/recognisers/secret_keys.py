"""Passwords made of words beside a key for passwords: `smtp_password = "kodiakIsland"`, `PGPASSWORD='oh canada 1867'`.

Humps (`kodiakIsland`) are how code writes names, so they count where none of their words is one that code is written
with (`newPassword`, `formData`), and only in quotes or as the whole value of `key=value`. A phrase with blanks needs a
digit and no word of a sentence about passwords; a plain word, quotes behind an assignment.
"""

import re
from collections.abc import Collection, Iterator
from itertools import chain

from ni.privacy.prefilter import prefiltered
from ni.privacy.recognisers.secret_values import SMALL_WORDS, is_random
from ni.privacy.recognisers.secret_words import is_placeholder, says_what_it_is_like
from ni.privacy.spans import Label, Span
from ni.privacy.words import listed

_KEY = (
    r"(?:(?<![^\W_])(?i:pass(?:word|wd|phrase|code)?|pwd|pw|mdp|mot_?de_?passe)"
    r"|(?<=[a-z0-9])(?:Pass(?:word|wd|phrase|code)?|Pwd)|(?<=[A-Z])(?:PASSWORD|PASSWD|PASS|PWD))"
)
_QUOTED = prefiltered(
    rf"(?P<key>{_KEY})[\"'`]?\]?\s?(?P<sign>=>|:=|:|=)\s?"
    r"(?P<quote>[\"'`])(?P<value>(?:(?!(?P=quote))[^\n<>{}$%\\]){5,48})(?P=quote)"
)
_WHOLE = prefiltered(
    rf"(?P<key>{_KEY})(?P<sign>=)(?P<value>[^\W\d_]{{6,32}})(?=[ \t]*$|[ \t]+[\w.-]{{1,32}}=|&[\w.-]{{1,32}}=)",
    re.MULTILINE,
)
_PHRASES = (
    prefiltered(
        r"(?m)^[ \t]{0,8}(?:export )?(?:[A-Z][A-Z0-9_]{0,32}_)?(?P<key>PASSPHRASE|PASSWORD|PASSWD|PASS|MDP)="
        r"(?P<quote>[\"']?)(?P<value>[^\W\d_][\w'’ -]{6,64}[^\W_])(?P=quote)[ \t]*$"
    ),
    prefiltered(
        r"(?i)(?<![^\W_])(?:user(?:name)?|login|usager)=[^\n=]{1,64}?[, ;]{1,2}(?P<key>password|passwd|pass|pwd|mdp)="
        r"(?P<quote>[\"'])(?P<value>[^\W\d_][\w'’ -]{6,64}[^\W_])(?P=quote)"
    ),
)
"""A pass phrase without a digit: the whole value of a variable of the environment, or beside a user's name."""
_HUMPS = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])")
_CODE = frozenset(
    listed("""
    get set is has to from of for with by on in at as my the new old current user username password pass pwd passwd
    hash hashed hasher form field input text string str value val param params arg args config conf settings setting
    option options env var variable data info key keys token secret auth authentication login logout sign signin
    signup register reset change changed update updated confirm confirmed confirmation verify verified check valid
    validate validation validator error message msg label placeholder hint title name names id type types model
    props state ref event events handler callback fn func function method class object obj json xml html css url uri
    path file db sql query request req response res body header headers client server service provider manager
    controller view component button icon toggle visible visibility show hide hidden encoder encrypt encrypted
    encryption decrypt decode encode generate generated generator random default empty required missing invalid
    incorrect wrong weak strong strength policy length min max too mismatch match repeat again plain raw clear test
    tests temp tmp admin root account app api bean dto entity column row table schema code credential credentials
    secure security salt salted digest result buffer bytes array list map item first last next prev start end read
    write load save store stored fetch send create created delete remove add build make parse render format convert
    prompt dialog modal page screen link email mail phone web http https local remote master group kind mode level
    flag enabled disabled on off enter shader depth shadow geometry render color colour
    """)
)
_RANDOM = prefiltered(
    r"(?<![A-Za-z0-9_])(?P<name>[A-Z][A-Z0-9]{0,24}(?:_[A-Z0-9]{1,24}){0,4}_(?:KEY|TOKEN|SECRET|PAT))"
    r"[\"'`]?\]? ?(?:=>|=|:)[ \t]{0,32}[\"'`]?(?P<value>[A-Za-z0-9+/_-]{24,128}={0,2})(?![\w.+/=-])"
)
"""A variable of the environment for a key."""
_KEY_OF_DATA = re.compile(
    r"CACHE|PUBLIC|PRIMARY|FOREIGN|PARTITION|SORT|ROW|HASH|INDEX|COMMIT|CHECKSUM|DIGEST"
)
_OF_RESOURCES = re.compile(
    r"(?i)(?:label|lbl|hint|text|title|msg|message|error|placeholder|field|input|type|column|render|grant)_?$"
)
_LONGEST_PREFIX = 16


def is_of_code(words: Collection[str]) -> bool:
    """Whether one of the words, in small letters, is one that code is written with."""
    return not _CODE.isdisjoint(words)


def find_keyed(text: str) -> Iterator[Span]:
    """The passwords made of words that a key announces."""
    for match in _QUOTED.finditer(text):
        if _is_password(match):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _RANDOM.finditer(text):
        if is_random(match["value"]) and not _KEY_OF_DATA.search(match["name"]):
            yield Span(*match.span("value"), Label.SECRET)
    for match in chain.from_iterable(pattern.finditer(text) for pattern in _PHRASES):
        if " " in match["value"] and _has_no_word_of_code(match["value"], match["key"] == "PASSPHRASE"):
            yield Span(*match.span("value"), Label.SECRET)
    for match in _WHOLE.finditer(text):
        if _has_humps(match["value"]):
            yield Span(*match.span("value"), Label.SECRET)


def _is_password(match: re.Match[str]) -> bool:
    value = match["value"]
    if " " in value:
        return _is_phrase(value)
    if not value.isalpha():
        return False
    return _has_humps(value) or _is_word(match)


def _has_humps(value: str) -> bool:
    """Whether it is written in humps, of words that code is not written with."""
    humps = _HUMPS.findall(value)
    return len(humps) > 1 and "".join(humps) == value and _CODE.isdisjoint(map(str.lower, humps))


def _is_phrase(value: str) -> bool:
    return (
        re.search(r"\d", value) is not None
        and len(value) >= 8
        and 1 <= value.count(" ") <= 5
        and value == value.strip()
        and _has_no_word_of_code(value, small_words=False)
    )


def _has_no_word_of_code(value: str, small_words: bool) -> bool:
    """Whether a phrase has neither words that code is written with nor such that say what a password is like."""
    words = [word for word in re.findall(r"[^\W\d_]+", value.lower()) if len(word) > 3 or not small_words]
    return (
        _CODE.isdisjoint(words)
        and not any(map(is_placeholder, words))
        and (small_words or SMALL_WORDS.isdisjoint(words))
    )


def _is_word(match: re.Match[str]) -> bool:
    """Whether a plain word is assigned to a password: no text of a form, no state, no pass of a renderer."""
    value = match["value"].lower()
    before = match.string[max(match.start() - _LONGEST_PREFIX, 0) : match.start()]
    return (
        match["sign"] != ":"
        and match["key"].lower() != "pass"
        and match["value"][1:].islower()
        and len(value) >= 6
        and value not in _CODE
        and not is_placeholder(value)
        and not says_what_it_is_like(value)
        and not _OF_RESOURCES.search(before)
    )
