"""The route that an unknown model name most likely means; only ever a suggestion.

A name that is a route's id without its prefix or its suffix means that route, and so does one that stands in the id of
one route alone. Other names differ in case, in the provider's prefix or alias, in dots or dashes, and in versions. So a
name is taken apart into words and numbers; words weigh more, spelling decides among near misses, and the catalog's
order decides what is left. A name that is like no route has no closest one. The same name and routes always give the
same answer.
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from ni.domain.providers import PROVIDERS
from ni.domain.route import Route

_ALIASES = {alias: provider.name for provider in PROVIDERS.values() for alias in provider.aliases}
SUFFIXES = ("-local", "-ca", "-us", "-global")
_LOOKALIKES = str.maketrans(
    {
        "\N{CYRILLIC SMALL LETTER A}": "a",
        "\N{CYRILLIC SMALL LETTER ES}": "c",
        "\N{CYRILLIC SMALL LETTER O}": "o",
        "\N{CYRILLIC SMALL LETTER DZE}": "s",
        "\N{CYRILLIC CAPITAL LETTER A}": "a",
        "\N{CYRILLIC CAPITAL LETTER ES}": "c",
        "\N{GREEK SMALL LETTER ALPHA}": "a",
        "\N{MINUS SIGN}": "-",
        "_": "-",
    }
)
"""Cyrillic and Greek letters that look like those of the suffixes, and signs that look like a dash."""

_TAG = re.compile(r"[:@(\[{][^:@/]*$")
_BEHIND = re.compile(r"[^a-z0-9]+$")
LONGEST = 256
LEAST_LETTERS = 4
LEAST_LIKENESS = 0.6
"""A name that shares no word with a model must be spelled like it to three fifths."""

# Words that say who made or serves a model or where, not which model it is.
_NOISE = frozenset(PROVIDERS) | {
    *("meta", "mistralai", "google", "amazon", "models"),
    *("us", "global", "eu", "apac", "ca"),
    *("latest", "preview", "v"),
}
_MAKER = re.compile(r"^(?:(?:global|us|ca|eu|apac)\.)?[a-z]+(?:-ai)?[./]")
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_WORD_WEIGHT, _NUMBER_WEIGHT = 3.0, 1.0


def closest(model: str, routes: Sequence[Route]) -> int | None:
    """The place in `routes` of the best match; None where nothing is like the name. The sandbox is no match."""
    asked = model[:LONGEST].lower()
    places = [place for place, route in enumerate(routes) if route.is_model]
    named = [place for place in places if asked in _short_forms(routes[place])]
    if not named and len(asked) >= LEAST_LETTERS:
        held = [place for place in places if asked in routes[place].id.lower()]
        named = held if len(held) == 1 else []
    scores = {place: _score(asked, routes[place]) for place in named or places}
    best = max(scores, key=lambda place: (scores[place], -place), default=None)
    return best if named or best is None or scores[best] >= LEAST_LIKENESS else None


def _short_forms(route: Route) -> frozenset[str]:
    """A route's id without its provider, its suffix, or both, and its model's name alone."""
    whole = route.id.lower()
    bare = whole.removeprefix(f"{route.provider}/")
    suffix = suffix_of(whole)
    models = (route.upstream_model.lower(), _MAKER.sub("", route.upstream_model.lower()))
    return frozenset((whole, bare, whole.removesuffix(suffix), bare.removesuffix(suffix), *models))


def suffix_of(name: str) -> str:
    """The residency suffix that a person reads at the end of a name, or nothing.

    Wide letters, other dashes, blanks, characters without width, punctuation behind the suffix, and a tag such as
    `:latest` do not hide it.
    """
    folded = unicodedata.normalize("NFKC", name).translate(_LOOKALIKES).casefold()
    plain = "".join("-" if unicodedata.category(letter) == "Pd" else letter for letter in folded)
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] not in "CZ")
    for text in (plain, _TAG.sub("", plain)):
        ending = _BEHIND.sub("", text)
        for suffix in SUFFIXES:
            if ending.endswith(suffix):
                return suffix
    return ""


def _score(asked: str, route: Route) -> float:
    """Words first, then spelling, then provider and suffix where the name says them; rounded, so that ties are ties."""
    offered = route.id.lower()
    name, upstream = _bare(asked), route.upstream_model.lower()
    score = 2 * _overlap(_tokens(name), _tokens(upstream))
    score += SequenceMatcher(None, name, upstream, autojunk=False).ratio()
    prefix = asked.split("/", 1)[0] if "/" in asked else ""
    if prefix and _ALIASES.get(prefix, prefix) == route.provider:
        score += 0.25
    if suffix_of(asked) and suffix_of(asked) == suffix_of(offered):
        score += 0.25
    if asked == offered:
        score += 10
    return round(score, 6)


def _bare(asked: str) -> str:
    """The name without provider and suffix."""
    suffix = suffix_of(asked)
    return asked.rsplit("/", 1)[-1].removesuffix(suffix) or asked


def _tokens(name: str) -> frozenset[str]:
    """Words and numbers; dates such as 20251001 tell models of one version apart and say nothing here."""
    return frozenset(
        token
        for token in _TOKEN.findall(name)
        if token not in _NOISE and not (token.isdigit() and len(token) >= 6)
    )


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    everything = sum(map(_weight, left | right))
    return sum(map(_weight, left & right)) / everything if everything else 0.0


def _weight(token: str) -> float:
    return _NUMBER_WEIGHT if token.isdigit() else _WORD_WEIGHT
