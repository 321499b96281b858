"""The route that somebody most likely meant by a name that is not one; only ever a suggestion.

Names differ in case, in the provider's prefix or alias, in the suffix, in dots or dashes, and in versions. So a name is
taken apart into words and numbers; words weigh more, spelling decides among near misses, and the catalog's order
decides what is left. The same name and routes always give the same answer.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from ni.domain.route import Route

ALIASES = {
    "vertex": "vertex_ai",
    "google": "vertex_ai",
    "gemini": "vertex_ai",
    "googleai": "vertex_ai",
    "aws": "bedrock",
    "amazon": "bedrock",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "microsoft": "azure",
    "ollama": "local",
    "claude": "anthropic",
    "lmstudio": "local",
    "vllm": "local",
}
SUFFIXES = ("-local", "-ca", "-us", "-global")
LONGEST = 256

# Words that say who made or serves a model or where, not which model it is.
_NOISE = frozenset(
    {
        "anthropic",
        "meta",
        "mistralai",
        "openai",
        "google",
        "amazon",
        "models",
        "us",
        "global",
        "eu",
        "apac",
        "ca",
        "local",
        "latest",
        "preview",
        "v",
        "vertex_ai",
        "bedrock",
        "azure",
    }
)
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_WORD_WEIGHT, _NUMBER_WEIGHT = 3.0, 1.0


def closest(model: str, routes: Sequence[Route]) -> int | None:
    """The place in `routes` of the best match; None for no routes."""
    if not routes:
        return None
    asked = model[:LONGEST].lower()
    scores = [_score(asked, route) for route in routes]
    return max(range(len(routes)), key=lambda place: (scores[place], -place))


def suffix_of(name: str) -> str:
    """The residency suffix with which a name ends, or nothing."""
    lowered = name.lower()
    return next((suffix for suffix in SUFFIXES if lowered.endswith(suffix)), "")


def _score(asked: str, route: Route) -> float:
    """Words first, then spelling, then provider and suffix where the name says them; rounded, so that ties are ties."""
    offered = route.id.lower()
    name, upstream = _bare(asked), route.upstream_model.lower()
    score = 2 * _overlap(_tokens(name), _tokens(upstream))
    score += SequenceMatcher(None, name, upstream, autojunk=False).ratio()
    prefix = asked.split("/", 1)[0] if "/" in asked else ""
    if prefix and ALIASES.get(prefix, prefix) == route.provider:
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


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    everything = sum(map(_weight, one | other))
    return sum(map(_weight, one & other)) / everything if everything else 0.0


def _weight(token: str) -> float:
    return _NUMBER_WEIGHT if token.isdigit() else _WORD_WEIGHT
