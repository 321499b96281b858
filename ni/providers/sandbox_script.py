"""What a prompt asks the sandbox to play, and what the sandbox says of itself, in English and in French.

A line of the last user message that begins with `sandbox` is a direction; several may be combined:

- `sandbox wait 3 s`: the answer begins that much later;
- `sandbox fail 503`: the call fails as it does when a provider answers with that status (400, 413, 429, 502, 503,
  504);
- `sandbox stream 200 words in 20 s`: the answer is the numbers from 1, spread over that time (20 a second if none is
  given);
- `sandbox break after 5 words`: the answer breaks off there, as if the provider had gone;
- `sandbox help`: the list of these.

Nothing here waits or fails: `sandbox.py` does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ni.domain.clock import paced
from ni.domain.route import Route

LONGEST_S = 60
"""The longest wait, and the longest stream."""
MOST_WORDS = 5_000
USUAL_PACE = 20
STATUSES = (400, 413, 429, 502, 503, 504)
_LINE = re.compile(r"^[ \t]*sandbox:?[ \t](?P<direction>[^\n]*)", re.IGNORECASE | re.MULTILINE)
_IDLE = " \t."
_LONGEST = 80
_S = r"(?:s|sec|seconds?)?"
_WAIT = re.compile(rf"wait (\d{{1,3}}) ?{_S}", re.IGNORECASE)
_FAIL = re.compile(r"fail (\d{3})", re.IGNORECASE)
_STREAM = re.compile(rf"stream (\d{{1,5}}) words?(?: in (\d{{1,3}}) ?{_S})?", re.IGNORECASE)
_BREAK = re.compile(r"break after (\d{1,5}) words?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Directions:
    """What is to be played; `words` of 0 is the usual answer, `status` of 0 none that fails.

    `over_s` is how long the words take, `break_after` the number of words that come before the answer breaks off.
    """

    wait_s: int = 0
    status: int = 0
    words: int = 0
    over_s: float = 0.0
    break_after: int | None = None
    help: bool = False


def directions_in(prompt: str) -> Directions:
    """The directions in a prompt; lines that are none of them are left to the echo."""
    directions = Directions()
    for line in paced(_LINE.finditer(prompt)):
        direction = line["direction"].strip(_IDLE)
        if len(direction) <= _LONGEST:
            directions = _with(directions, direction)
    return directions


def _with(directions: Directions, direction: str) -> Directions:
    if match := _WAIT.fullmatch(direction):
        return replace(directions, wait_s=min(LONGEST_S, int(match[1])))
    if (match := _FAIL.fullmatch(direction)) and int(match[1]) in STATUSES:
        return replace(directions, status=int(match[1]))
    if match := _STREAM.fullmatch(direction):
        words = min(MOST_WORDS, int(match[1]))
        over_s = float(match[2]) if match[2] else words / USUAL_PACE
        return replace(directions, words=words, over_s=min(LONGEST_S, over_s))
    if match := _BREAK.fullmatch(direction):
        return replace(directions, break_after=int(match[1]))
    return replace(directions, help=True) if direction.lower() == "help" else directions


def long_text(directions: Directions) -> str:
    """The numbers that a long stream consists of."""
    return " ".join(str(number) for number in range(1, directions.words + 1))


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the sandbox says in one language."""

    places: Mapping[str, str]
    elsewhere: str
    introduction: str
    free: str
    echo: str
    nothing: str
    help: str


_ENGLISH = Sentences(
    places=MappingProxyType({"CA": "in Canada", "US": "in the United States"}),
    elsewhere="in %s",
    introduction=(
        "%(model)s, answered %(place)s by this gateway. I am a test model: no provider was called%(cost)s.\n\n"
        "Next: write `ni-models` to see the models that your key can call, or `sandbox help` to rehearse a delay, a "
        "failure, a tool call or a long stream."
    ),
    free=", and this cost nothing",
    echo="You wrote:\n\n",
    nothing="(nothing to echo)",
    help=(
        "Write one of these on a line of its own; several can be combined:\n\n"
        "- `sandbox wait 3 s`: answer later, after 60 s at most\n"
        "- `sandbox fail 503`: fail as a provider does (%(statuses)s)\n"
        "- `sandbox stream 200 words in 20 s`: a long answer\n"
        "- `sandbox break after 5 words`: an answer that breaks off\n"
        '- `call get_weather with {"city": "Montréal"}`: a call of a tool that your client offers\n'
    ),
)
_FRENCH = Sentences(
    places=MappingProxyType({"CA": "au Canada", "US": "aux États-Unis"}),
    elsewhere="(territoire\u00a0: %s)",
    introduction=(
        "%(model)s, réponse donnée %(place)s par cette passerelle. Je suis un modèle d’essai\u00a0: aucun fournisseur "
        "n’a été appelé%(cost)s.\n\n"
        "Pour continuer\u00a0: écrivez `ni-models` pour voir les modèles que votre clé peut appeler, ou `sandbox help` "
        "pour simuler un délai, une erreur, un appel d’outil ou un long flux."
    ),
    free=", et rien n’est facturé",
    echo="Vous avez écrit\u00a0:\n\n",
    nothing="(rien à répéter)",
    help=(
        "Écrivez l’une de ces lignes, seule sur sa ligne; on peut en combiner plusieurs\u00a0:\n\n"
        "- `sandbox wait 3 s`\u00a0: répondre plus tard, après 60 s au plus\n"
        "- `sandbox fail 503`\u00a0: échouer comme le ferait un fournisseur (%(statuses)s)\n"
        "- `sandbox stream 200 words in 20 s`\u00a0: une longue réponse\n"
        "- `sandbox break after 5 words`\u00a0: une réponse qui s’interrompt\n"
        '- `call get_weather with {"city": "Montréal"}`\u00a0: un appel d’un outil que votre client offre\n'
    ),
)


def sentences(locale: str) -> Sentences:
    """The sentences in French where the account's language is French, else in English."""
    return _FRENCH if locale.startswith("fr") else _ENGLISH


def introduced(text: str, route: Route, locale: str) -> str:
    """Who answers, where, and what to do next, before the prompt repeated."""
    words = sentences(locale)
    place = words.places.get(route.jurisdiction) or words.elsewhere % route.jurisdiction
    cost = words.free if route.price is None or route.price.free else ""
    introduction = words.introduction % {"model": route.id, "place": place, "cost": cost}
    return f"{introduction}\n\n{words.echo}{text or words.nothing}"


def help_text(locale: str) -> str:
    """The list of directions."""
    return sentences(locale).help % {"statuses": ", ".join(map(str, STATUSES))}
