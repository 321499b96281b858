"""Codestral on Vertex AI fills in between a prompt and a suffix: Mistral's FIM body in `rawPredict`, answered as chat.

Sources: Mistral's reference of `POST /v1/fim/completions` and its page on Vertex AI (FIM completion): the path names
the model with its version, the body without it, and fields that it does not know are refused. So they are refused here,
by name, unless they say nothing.
"""

from typing import Any

from ni.domain.call import Json
from ni.domain.errors import BadRequest, UnsupportedParameter
from ni.domain.route import Route
from ni.providers.base import ProviderRequest

MAKER = "mistralai/"
_PASSED = ("temperature", "top_p", "stop", "suffix")
_READ = frozenset({*_PASSED, "prompt", "max_tokens", "seed", "user"})
_SAYS_NOTHING: tuple[Any, ...] = (None, 0, 1, False, "", [], {})
"""`n` and `best_of` are 1 by default, penalties 0, flags false."""


def fills_in(route: Route) -> bool:
    """Whether a route's model takes FIM bodies."""
    return route.upstream_model.startswith(f"{MAKER}codestral")


def fim_body(request: ProviderRequest) -> Json:
    """The body, bounded by what is reserved for. Raises `BadRequest` naming what the model cannot do."""
    given, route = request.body, request.route
    for name, value in given.items():
        if name not in _READ and (value is True or value not in _SAYS_NOTHING):
            raise UnsupportedParameter(
                "`%(route)s` cannot do what `%(field)s` asks for. Remove it, or choose another route.",
                param=name, route=route.id, field=name,
            )  # fmt: skip
    most = route.capabilities.max_output_tokens
    made = {name: given[name] for name in _PASSED if name in given}
    made |= {"random_seed": given["seed"]} if "seed" in given else {}
    name = route.upstream_model.removeprefix(MAKER).partition("@")[0]
    limit = min(given.get("max_tokens") or most, most)
    return {
        "model": name,
        "prompt": _prompt(given["prompt"]),
        "max_tokens": limit,
        "stream": request.stream,
        **made,
    }


def _prompt(given: Any) -> str:
    only = given[0] if isinstance(given, list) and len(given) == 1 else given
    if not isinstance(only, str):
        raise BadRequest(
            "`%(field)s` must be %(expected)s.",
            param="prompt",
            field="prompt",
            expected="one string on this route",
        )
    return only
