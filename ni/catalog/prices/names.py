"""Model names as words, so that a vendor's name for people can be set beside the id that its API takes.

`Claude Sonnet 4.6`, `claude-sonnet-4-6` and `us.anthropic.claude-sonnet-4-6` are the same words in some order. Nothing
is guessed: names that differ by one word are different models.
"""

import re

from ni.catalog.families import base_model

Words = tuple[str, ...]

_WORD = re.compile(r"[a-z]+|\d+")
_DATED = re.compile(r"-(?:\d{8}|\d{4})$")
_VERSIONED = re.compile(r"-v\d+(?::\d+)?$")
_TUNED = re.compile(r"-instruct(?=-|$)")


def words(name: str) -> Words:
    """The letters and numbers of a name, in a fixed order."""
    return tuple(sorted(_WORD.findall(name.lower())))


def words_of_model(upstream_model: str) -> Words:
    """Likewise of a model id, without its profile, vendor, version of the API and date."""
    name = _VERSIONED.sub("", base_model(upstream_model))
    return words(_TUNED.sub("", _DATED.sub("", name)))
