"""Fills the sentence templates of this folder: text in English or French with the spans of the people in it.

`templates_<language>.txt` and `fillers.toml` say what can be written; this file only draws and counts offsets.
"""

import random
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tools.privacy_training.people import Person, draw_person

SLOT = re.compile(r"\{(d'|qu'|P[23]?|F[23]?|L[23]?|RL|I|N[FLP]|[a-z]+2?)\}")
VOWELS = frozenset("aeiouyhéèêëàâîïôûœAEIOUYHÉÈÊËÀÂÎÏÔÛ")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and where people stand in it; `unsure` spans may or may not be people and teach nothing."""

    text: str
    people: tuple[tuple[int, int], ...] = ()
    unsure: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class Sheet:
    """The draws of one filling: the same slot gives the same person."""

    rng: random.Random
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, number: str) -> Person:
        """The person with this number ("", "2" or "3")."""
        if number not in self.people:
            self.people[number] = draw_person(self.rng)
        return self.people[number]


@cache
def templates(language: str) -> tuple[str, ...]:
    """The templates of a language, with `\\n` as a line break."""
    lines = Path(__file__).with_name(f"templates_{language}.txt").read_text("utf-8").splitlines()
    return tuple(line.replace("\\n", "\n") for line in lines[1:] if line)


@cache
def fillers() -> dict[str, tuple[str, ...]]:
    """The lists of `fillers.toml`; `negative` is by line, the others by bar."""
    table = tomllib.loads(Path(__file__).with_name("fillers.toml").read_text("utf-8"))
    split = {
        name: re.split(r"\n" if name == "negative" else r"\|", text.strip()) for name, text in table.items()
    }
    return {name: tuple(part.replace("\\n", "\n") for part in parts) for name, parts in split.items()}


def _number(rng: random.Random) -> str:
    return str(rng.choice((rng.randrange(2, 99), rng.randrange(100, 99999))))


NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "num": _number,
    "year": lambda rng: str(rng.randrange(1950, 2026)),
    "time": lambda rng: rng.choice(("{}:{:02}", "{} h {:02}", "{}:{:02}:07")).format(
        rng.randrange(1, 24), rng.randrange(60)
    ),
    "date": lambda rng: f"{rng.randrange(1990, 2027)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
    "amount": lambda rng: rng.choice(("${}", "{} $", "{} CAD")).format(rng.randrange(10, 9000)),
    "phone": lambda rng: f"{rng.randrange(204, 906)}-555-{rng.randrange(100, 200):04}",
    "ref": lambda rng: f"{rng.choice('ABCDFKQRX')}{rng.choice('ABLMT')}-{rng.randrange(100, 99999)}",
    "ip": lambda rng: f"192.0.2.{rng.randrange(1, 255)}",
}


def _filler(slot: str, sheet: Sheet) -> str:
    name = slot.rstrip("2")
    if name in NUMBERS:
        return NUMBERS[name](sheet.rng)
    if name in ("email", "user"):
        person = draw_person(sheet.rng)
        user = re.sub(r"\W", "", f"{person.first[:1]}{person.last}".lower())
        return user if name == "user" else f"{user}@example.ca"
    return sheet.rng.choice(fillers()[name])


def _named(slot: str, sheet: Sheet) -> str:
    person = sheet.person(slot[1:] if slot[0] in "PFL" else "")
    chance = sheet.rng.random()
    if slot == "RL":
        last = person.last.upper() if chance > 0.7 else person.last
        middle = f" {_initial(sheet.rng)}" if chance < 0.15 else ""
        return f"{last}, {person.first}{middle}"
    if slot == "I":
        more = _initial(sheet.rng) if chance < 0.3 else ""
        joint = sheet.rng.choice((" ", "", "-")) if more else ""
        return f"{person.first[0]}.{joint}{more} {person.last}"
    if slot[0] == "P":
        if chance > 0.86:  # people are often called by one name only
            return person.first if chance > 0.92 else person.last
        middle = f" {_initial(sheet.rng)}" if chance < 0.12 else ""
        last = person.last.upper() if chance > 0.81 else person.last
        if 0.12 <= chance < 0.15:
            return f"{person.first[0]}. {person.last}"
        if 0.15 <= chance < 0.17:
            return f"{person.first} {person.last[0]}."
        return f"{person.first}{middle} {last}"
    return person.first if slot[0] == "F" else person.last


def _initial(rng: random.Random) -> str:
    """The initial of a middle name, seldom without its full stop."""
    return rng.choice("ABCDEFGHJKLMNPRSTVW") + ("." if rng.random() < 0.9 else "")


def _namesake(slot: str, rng: random.Random) -> str:
    """What a thing is called after: {NL} a surname, {NF} a given name, {NP} both. Nobody is meant."""
    person = draw_person(rng)
    if slot == "NF":
        return person.first
    return person.last if slot == "NL" else f"{person.first} {person.last}"


def _elided(slot: str, following: str) -> str:
    return slot if following[:1] in VOWELS else slot[:-1] + "e "


def fill(template: str, rng: random.Random) -> Example:
    """The template with every slot filled; `{F} {L}` of one person is one span; `{NL}`, `{NF}`, `{NP}` name things."""
    sheet, text, at, elision = Sheet(rng), "", 0, ""
    people: list[tuple[int, int]] = []
    for match in SLOT.finditer(template):
        slot, text = match[1], text + template[at : match.start()]
        at = match.end()
        if slot.endswith("'"):
            elision = slot
            continue
        if slot[0] == "N":
            value = _namesake(slot, rng)
        else:
            value = _named(slot, sheet) if slot[0] in "PFLRI" else _filler(slot, sheet)
        text, elision = text + (_elided(elision, value) if elision else ""), ""
        if slot[0] in "PFLRI":
            joined = slot[0] == "L" and template[: match.start()].endswith(("{F} ", "{F2} "))
            people.append((people.pop()[0] if joined else len(text), len(text) + len(value)))
        text += value
    return Example(text + template[at:], tuple(people))


def join(parts: list[Example], separators: list[str]) -> Example:
    """The parts one after another; there is one separator fewer than parts."""
    text, people, unsure = "", [], []
    for part, separator in zip(parts, [*separators, ""], strict=True):
        people += [(start + len(text), end + len(text)) for start, end in part.people]
        unsure += [(start + len(text), end + len(text)) for start, end in part.unsure]
        text += part.text + separator
    return Example(text, tuple(people), tuple(unsure))
