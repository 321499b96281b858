"""No step of masking holds the event loop for long, however a text is repeated, and however many texts there are.

Measured is the processor time between two moments at which others may run, with the names worker left out, so that
what other programs do on the machine is not in it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

from ni.domain.call import Json
from ni.privacy.masking import Substitution, derived
from ni.privacy.spans import Span
from tests.faults.watchdog import have_memory_supplied
from tests.held import LONGEST_S, Held, collector_of_a_server
from tests.privacy.cast import call, caller, says

SIZE = 1_000_000
TRIES = 12
PIECES = (
    *"<&@\"\\-[{=|", "\u200b", "\u00a0", "\u2014", "\u0661", "\u0301\u0323", "e\u0301", "\\u", "\\n", "\\\"", "\\x41",
    "\\303\\251", "A:\\a", "\x1b[", "&amp;", "%C3%A9", "<b>", "a: ", "http://",
)  # fmt: skip


class NoNames:
    """Finds no names."""

    version = ""

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        return [[] for _ in texts]


@pytest.fixture(autouse=True, scope="module")
def calm_collector() -> Iterator[None]:
    with collector_of_a_server():
        yield


def held_s(body: Json, patch: pytest.MonkeyPatch) -> float:
    """The most processor time for which masking the body lets nobody else run."""
    have_memory_supplied()
    with Held(patch) as held:
        Substitution(NoNames(), derived(b"secret"), pause=held.rest).substitute(caller(), call(body))
    return held.longest_s


def least_held_s(body: Json, patch: pytest.MonkeyPatch) -> float:
    """The same, of several tries: what holds the loop does so each time."""
    least_s = held_s(body, patch)
    for _ in range(TRIES - 1):
        if least_s > LONGEST_S:
            least_s = min(least_s, held_s(body, patch))
    return least_s


@pytest.mark.parametrize("piece", PIECES, ids=ascii)
def test_no_repeated_text_holds_the_loop(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    assert least_held_s(says(piece * (SIZE // len(piece))), monkeypatch) <= LONGEST_S


MANY = 8_000


def _offering(parameters: Json) -> Json:
    function = {"name": "f", "description": "Looks.", "parameters": {"type": "object", **parameters}}
    return {**says("Hello"), "tools": [{"type": "function", "function": function}]}


def _called(arguments: str) -> Json:
    asked = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return {"messages": [{"role": "assistant", "content": None, "tool_calls": [asked]}]}


def _parts(texts: Iterable[str]) -> Json:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": text} for text in texts]}]}


SHAPES: dict[str, Callable[[list[str]], Json]] = {
    "listed values": lambda texts: _offering({"properties": {"a": {"type": "string", "enum": texts}}}),
    "descriptions": lambda texts: _offering({"properties": {text: {"description": text} for text in texts}}),
    "arguments": lambda texts: _called(json.dumps(texts)),
    "parts": _parts,
    "messages": lambda texts: {"messages": [{"role": "user", "content": text} for text in texts]},
    "values": lambda texts: _parts(f"{text.replace(' ', '')}@acme.ca" for text in texts),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_number_of_texts_holds_the_loop(monkeypatch: pytest.MonkeyPatch, shape: str) -> None:
    body = SHAPES[shape]([f"item {number}" for number in range(MANY)])
    assert least_held_s(body, monkeypatch) <= LONGEST_S
