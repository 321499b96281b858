"""What a header or key means: `firstName`, `FIRST_NAME`, `Patient first name *`, `Prénom de l'élève` alike."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from ni.privacy.spans import Label
from ni.privacy.structure.meanings import FILLERS, PHRASES, THINGS_NAMED, Kind

LONGEST = 48
_SHORTEST = 2
_HUMPS = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASIDE = re.compile(r"\([^)]*\)")
_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0963\u0591-\u05c7\u064b-\u0652])*")
_EXACT = ("À", "cn", "CN")
"""Keys of mail in French and of LDAP that would be something else in another case or without their accent."""
_ASCII = re.compile(r"[a-z]+")
_FRENCH_HEADS = frozenset(
    [
        "nom",
        "prenom",
        "prenoms",
        "adresse",
        "telephone",
        "tel",
        "courriel",
        "numero",
        "date",
        "code",
        "carte",
        "compte",
        "permis",
        "passeport",
        "mot",
        "titre",
        "lieu",
        "etat",
    ]
)
_SETTERS = frozenset({"set", "with", "get", "put", "add"})


class Meaning(NamedTuple):
    """The kind of a key, and the label of the values under it; `strong` where the whole key is in the tables."""

    kind: Kind
    label: Label | None
    strong: bool


@lru_cache(maxsize=8192)
def normal(key: str) -> tuple[str, ...]:
    """The words of a key in small letters and without accents; fillers are left out unless there is nothing else."""
    if key.islower() and key.isascii():
        words = _ASCII.findall(key)
    else:
        plain = unicodedata.normalize("NFD", _HUMPS.sub(" ", key).lower())
        plain = "".join(char for char in plain if not "\u0300" <= char <= "\u036f")
        words = _WORDS.findall(unicodedata.normalize("NFC", plain).replace("_", " "))
    told = tuple(word for word in words if word not in FILLERS)
    return told or tuple(words)


@lru_cache(maxsize=8192)
def meaning(key: str) -> Meaning | None:
    """What a key means; None where nothing is known of it."""
    if not key or len(key) > LONGEST:
        return None
    if key in _EXACT:
        return Meaning(Kind.ROLE, Label.PERSON, strong=True)
    words = normal(_ASIDE.sub(" ", key) if "(" in key else key)
    if len(words) > 1 and words[0] in _SETTERS:
        words = words[1:]
    if not words or len(words) > 6:
        return None
    return _whole(words) or _from_end(words) or _from_start(words)


def _whole(words: tuple[str, ...]) -> Meaning | None:
    phrase = " ".join(words)
    found = PHRASES.get(phrase)
    if found is None and len(phrase) > 4 and phrase.endswith("s"):
        found = PHRASES.get(phrase[:-3] + "y" if phrase.endswith("ies") else phrase[:-1])
        found = None if found and found[1] is Label.SECRET else found
    return Meaning(*found, strong=True) if found else None


def _from_end(words: tuple[str, ...]) -> Meaning | None:
    """`billing phone`, `patient first name`, `product name`: English puts the head last."""
    if words[0] in _FRENCH_HEADS and (found := _from_start(words)):
        return found
    for at in range(1, len(words)):
        if len(words[at]) <= _SHORTEST and at == len(words) - 1:
            return None
        found = _whole(words[at:])
        if found and found.kind is Kind.BARE:
            return _named(words[:at])
        if found and found.kind is Kind.ORDINAL:
            return None
        if found:
            return found._replace(strong=False)
    return None


def _from_start(words: tuple[str, ...]) -> Meaning | None:
    """`nom du patient`, `téléphone de la mère`: French puts the head first."""
    for at in range(len(words) - 1, 0, -1):
        found = _whole(words[:at])
        if found and found.kind is Kind.BARE:
            return _named(words[at:])
        if found and words[0] in _FRENCH_HEADS:
            return found._replace(strong=False)
    return None


def _named(others: tuple[str, ...]) -> Meaning:
    """Whose name it is: that of a person where the other words are people, else that of a thing."""
    if not THINGS_NAMED.isdisjoint(others):
        return Meaning(Kind.THING, None, strong=False)
    about = PHRASES.get(" ".join(others)) or PHRASES.get(others[-1]) or PHRASES.get(others[0])
    if about and about[0] in (Kind.NAME, Kind.ROLE, Kind.GIVEN, Kind.FAMILY):
        return Meaning(Kind.NAME, Label.PERSON, strong=True)
    if about and about[0] in (Kind.THING, Kind.PERSONAL):
        return Meaning(Kind.THING, None, strong=False)
    return Meaning(Kind.BARE, Label.PERSON, strong=False)
