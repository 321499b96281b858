"""How packages that write to people without a page get a sentence in the account's language."""

from collections.abc import Callable

Translate = Callable[[str, str], str]
"""From a language (`en`, `fr`, or empty where nobody chose) and an English sentence with its places unfilled."""


def in_english(language: str, sentence: str) -> str:
    """The sentence itself."""
    return sentence
