"""The model behind the fakes of several wires: what it hears is what a wire's fake read, what it says the fake writes.

Words of the last user turn steer it: `LENGTH`, `FILTER`, `EMPTY`, `COUNTS` and six numbers; with tools and no results
yet, or with a result that says `AGAIN`, it calls all of them; other results are told back; otherwise it echoes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]
AGAIN = "AGAIN"
THOUGHT = "Réfléchissons 🤔"
_COUNTS = ("fresh", "read", "written", "hour", "out", "thought")
ARGUMENTS: Json = {"city": "Montréal", "note": "été 🍁"}
SCHEMA_ANSWER = '{"city":"Montréal"}'


@dataclass(frozen=True)
class Heard:
    """What the last turn said, the tools offered, the results shown, and what was asked for."""

    text: str
    tools: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    images: int = 0
    thinks: bool = False
    schema: bool = False
    stops: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScriptedReply:
    """`ending` is `stop`, `length`, `filter` or `calls`; `mark` makes its ids differ from those of other answers."""

    text: str = ""
    thought: str = ""
    calls: tuple[tuple[str, Json], ...] = ()
    ending: str = "stop"
    usage: Json = field(default_factory=lambda: dict(zip(_COUNTS, (20, 64, 16, 6, 12, 8), strict=True)))
    mark: str = ""


Speaker = Callable[[Heard], ScriptedReply]
"""A model: `say`, or one that a test scripts."""


def counts_in(text: str) -> Json | None:
    """The counts that a prompt asks for: `COUNTS fresh read written hour out thought`, where written includes hour."""
    found = re.search(r"COUNTS" + r" (-?\d+)" * len(_COUNTS), text)
    return dict(zip(_COUNTS, map(int, found.groups()), strict=True)) if found else None


def say(heard: Heard) -> ScriptedReply:
    """The answer, with the counts that were asked for."""
    said, counts = _say(heard), counts_in(heard.text)
    return replace(said, usage=counts) if counts else said


def _say(heard: Heard) -> ScriptedReply:
    thought = THOUGHT if heard.thinks else ""
    again = bool(heard.tools) and any(AGAIN in result for result in heard.results)
    if heard.results and not again:
        return ScriptedReply("Results: " + " | ".join(heard.results), thought)
    if heard.tools:
        return ScriptedReply("", thought, tuple((name, ARGUMENTS) for name in heard.tools), "calls")
    for word, said in (
        ("LENGTH", ScriptedReply("Il était une f", thought, ending="length")),
        ("FILTER", ScriptedReply("", thought, ending="filter")),
        ("EMPTY", ScriptedReply("", thought)),
    ):
        if word in heard.text:
            return said
    text = SCHEMA_ANSWER if heard.schema else heard.text + f" [{heard.images} images]" * bool(heard.images)
    for stop in heard.stops:
        text = text.partition(stop)[0]
    return ScriptedReply(text, thought)
