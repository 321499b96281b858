"""The lists of names and words, as far as structure needs them; read once, when a text first has structure."""

from functools import cache, lru_cache

from ni.privacy.forms import is_family, is_given
from ni.privacy.lexicon import CAPITALISED, read_family, read_named, read_words
from ni.privacy.people.words import COMMON
from ni.privacy.words import fold


@cache
def _names() -> frozenset[str]:
    return _given() | _family()


@cache
def _given() -> frozenset[str]:
    return read_words("given")


@cache
def _family() -> frozenset[str]:
    return read_family()


@cache
def _words() -> frozenset[str]:
    return read_words("english") | read_words("technical") | CAPITALISED


@lru_cache(maxsize=8192)
def is_listed(word: str) -> bool:
    """Whether a word, in any case, is a given name or a surname by the lists or by its form."""
    lower = word.lower().replace("’", "'")
    parts = {lower, fold(lower), lower.partition("-")[0]}
    return not parts.isdisjoint(_names()) or is_given(lower) or is_family(lower)


@lru_cache(maxsize=8192)
def is_listed_given(word: str) -> bool:
    """Whether a word, in any case, is a given name by the list or by its form."""
    lower = word.lower().replace("’", "'")
    return not {lower, fold(lower), lower.partition("-")[0]}.isdisjoint(_given()) or is_given(lower)


@lru_cache(maxsize=8192)
def is_listed_family(word: str) -> bool:
    """Whether a word, in any case, is a surname by the list or by its form."""
    lower = word.lower()
    return lower in _family() or is_family(lower)


@lru_cache(maxsize=8192)
def is_word(word: str) -> bool:
    """Whether a word, in any case, is one of English or of programming, or a common one of French."""
    lower = word.lower()
    return lower in _words() or lower in COMMON


def is_of_things(word: str) -> bool:
    """Whether a word, in any case, is part of the name of a method, a product, a place or a firm."""
    return word.lower() in _named()


@cache
def _named() -> frozenset[str]:
    return read_named()
