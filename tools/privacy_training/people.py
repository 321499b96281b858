"""Draw people for training text: names of the origins in `origins.toml`, whole or in parts, from Faker's lists.

Faker (MIT) is needed for training alone, never by the gateway. Everything is drawn from the generator that is passed
in, so that a seed gives the same people again.
"""

import importlib
import random
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’. -]*")
FIRST_LISTS = (
    "first_names", "first_names_female", "first_names_male", "first_names_unisex", "first_romanized_names",
)  # fmt: skip
LAST_LISTS = (
    "last_names", "last_names_female", "last_names_male", "last_names_unisex", "last_romanized_names",
    "unisex_last_names",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """The names of one origin; both lists are sorted and without repeats."""

    name: str
    weight: int
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who does not exist."""

    first: str
    last: str
    origin: str


def faker_names(locale: str, attributes: Iterable[str]) -> set[str]:
    """The names of these lists of a locale's provider that are written in Latin letters."""
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    latin_names: set[str] = set()
    for attribute in attributes:
        listed = getattr(provider, attribute, ())
        names = listed if isinstance(listed, Iterable) else ()
        texts = (name if isinstance(name, str) else name[0] for name in names)
        latin = (name for name in texts if len(name) > 1 and LATIN.fullmatch(name))
        latin_names.update(name.title() if name.isupper() else name for name in latin)
    return latin_names


def tables() -> dict[str, dict[str, Any]]:
    """The tables of `origins.toml` by origin."""
    return tomllib.loads(Path(__file__).with_name("origins.toml").read_text("utf-8"))


@cache
def origins() -> tuple[Origin, ...]:
    """Every origin with its names, from `origins.toml` and Faker."""
    built = []
    for name, row in tables().items():
        first, last = set(row.get("first", "").split()), set(row.get("last", "").split())
        for locale in row["locales"]:
            first |= faker_names(locale, FIRST_LISTS)
            last |= faker_names(locale, LAST_LISTS)
        built.append(Origin(name, row["weight"], tuple(sorted(first)), tuple(sorted(last))))
    return tuple(built)


PARTICLES = {
    "french": (
        "de ",
        "de la ",
        "du ",
        "des ",
        "Le ",
        "La ",
        "St-",
        "Saint-",
        "L'",
        "D'",
        "d'",
        "De ",
        "de l'",
    ),
    "anglo": ("Mc", "Mac", "O'", "Van ", "van der ", "von ", "Fitz", "St. ", "De ", "Di "),
    "arabic": ("al-", "Al-", "El ", "Ben ", "bin ", "Abu ", "Bou", "Al ", "el-", "ibn "),
    "latin": ("de ", "de la ", "dos ", "da ", "del ", "de los ", "do "),
    "eastern": ("von ", "van den ", "di ", "Della ", "D'", "de ", "zu "),
    "african": ("Van der ", "de ", "Ould ", "Nana ", "du ", "Ait "),
    "south_asian": ("de ", "Bin ", "Al-", "van "),
}
"""What surnames of an origin may begin with."""


def draw_person(rng: random.Random) -> Person:
    """A person of an origin drawn by weight; one in ten has a first name of another origin, as in real populations."""
    table = origins()
    weights = [origin.weight for origin in table]
    [home] = rng.choices(table, weights)
    [other] = rng.choices(table, weights) if rng.random() < 0.1 else [home]
    first, last = rng.choice(other.first), rng.choice(home.last)
    chance = rng.random()
    if chance < 0.06:
        first = f"{first} {rng.choice(other.first)}"
    elif chance < 0.12:
        last += ("-" if home.name in ("french", "anglo") else " ") + rng.choice(home.last)
    elif chance < 0.2 and home.name in PARTICLES and last[:1].isupper():
        particle = rng.choice(PARTICLES[home.name])
        last = last if last.startswith(particle[:2]) else particle + last
    elif chance < 0.26:
        first = f"{first}-{rng.choice(other.first)}"
    elif chance < 0.3:  # names that are words as well: Dawn West, Pierre Lapierre
        first, last = rng.choice(word_names())
    return Person(first, last, home.name)


@cache
def word_names() -> tuple[tuple[str, str], ...]:
    """Pairs of a given name and a surname that are words, months or products too."""
    table = tomllib.loads(Path(__file__).with_name("word_names.toml").read_text("utf-8"))
    given, family = table["given"].split(), table["family"].split()
    return tuple((first, last) for at, first in enumerate(given) for last in family[at % 7 :: 7])
