"""Sentences in the account's language where there is no page: in-chat replies, errors inside a stream."""

import gettext
from functools import cache

from ni.resources import PACKAGE

FOLDER = PACKAGE / "web" / "translations"
LOCALES = {"fr": "fr_CA"}


def translate(language: str, sentence: str) -> str:
    """The sentence in the language; English where there is no translation."""
    locale = LOCALES.get(language)
    return _catalogue(locale).gettext(sentence) if locale else sentence


@cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    return gettext.translation("messages", FOLDER, [locale], fallback=True)
