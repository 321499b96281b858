"""Rows, records, logs and code in ten languages with people in them, or with names that are only variables."""

import json
import random
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.privacy_training.people import Person, draw_person
from tools.privacy_training.templates import Example, fill, fillers

HEADERS = (
    ("first", "last"), ("first_name", "last_name"), ("firstName", "lastName"), ("given", "family"), ("prenom", "nom"),
    ("prénom", "nom de famille"), ("First Name", "Surname"), ("FNAME", "LNAME"),
)  # fmt: skip
WHOLE = ("name", "Name", "nom", "full_name", "fullName", "patient", "customer", "author", "client", "contact",
         "employee",
         "auteur", "responsable", "owner", "assignee", "student")  # fmt: skip
EXTRA = ("city", "job", "amount", "date", "num", "phone", "email", "ref", "product")


class Writer:
    """Puts text together and remembers where people stand."""

    def __init__(self) -> None:
        self.text = ""
        self.people: list[tuple[int, int]] = []

    def add(self, text: str) -> "Writer":
        """Append text that contains no person."""
        self.text += text
        return self

    def name(self, text: str) -> "Writer":
        """Append the name of a person."""
        self.people.append((len(self.text), len(self.text) + len(text)))
        return self.add(text)

    def example(self) -> Example:
        """What was put together."""
        return Example(self.text, tuple(self.people))


def _extra(rng: random.Random) -> tuple[str, Callable[[], str]]:
    kind = rng.choice(EXTRA)
    return kind, lambda: fill("{" + kind + "}", rng).text


def table(rng: random.Random) -> Example:
    """Rows with a separator, a header or none, people whole or in two cells."""
    rows = [draw_person(rng) for _ in range(rng.randrange(1, 6))]
    separator = rng.choice((",", ",", ";", "\t", "|", " | ", ", "))
    split, extra = rng.random() < 0.5, [_extra(rng) for _ in range(rng.randrange(0, 4))]
    header = [*(rng.choice(HEADERS) if split else (rng.choice(WHOLE),)), *(name for name, _ in extra)]
    edge = "| " if separator == " | " else ""
    writer = Writer()
    if rng.random() < 0.75:
        writer.add(edge + separator.join(header) + edge[::-1] + "\n")
        if edge:
            writer.add("|" + " --- |" * len(header) + "\n")
    quote = rng.choice(("", "", "", '"', "'"))
    index = rng.random() < 0.2
    for row in rows:
        writer.add(edge)
        if index:
            writer.add(f"{rng.randrange(1, 9999)}{separator}")
        _cells(writer, row, Layout(split, quote, separator), rng)
        writer.add("".join(separator + value() for _, value in extra) + edge[::-1] + "\n")
    return writer.example()


class Layout(NamedTuple):
    """How the cells of a person are written: first and last name apart, quotes, what stands between cells."""

    split: bool
    quote: str
    separator: str


def _cells(writer: Writer, row: Person, layout: Layout, rng: random.Random) -> None:
    quote = layout.quote
    if layout.split:
        writer.add(quote).name(row.first).add(quote + layout.separator + quote).name(row.last).add(quote)
    elif rng.random() < 0.2 and "," not in layout.separator:
        writer.add(quote).name(f"{row.last}, {row.first}").add(quote)
    else:
        writer.add(quote).name(f"{row.first} {row.last}").add(quote)


@cache
def lines() -> Mapping[str, tuple[str, ...]]:
    """The templates of `records.toml`."""
    table = tomllib.loads(Path(__file__).with_name("records.toml").read_text("utf-8"))
    return {name: tuple(map(_unescaped, text.rstrip("\n").split("\n"))) for name, text in table.items()}


def _unescaped(line: str) -> str:
    return re.sub(r"\\([nt\\])", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), line)


def pair(rng: random.Random) -> Example:
    """A record in one of many syntaxes."""
    first, last = rng.choice(HEADERS)
    return _filled(rng.choice(lines()["pairs"]).replace("{a}", first).replace("{b}", last), rng)


def _filled(template: str, rng: random.Random) -> Example:
    """The template filled; doubled braces are braces."""
    example = fill(template.replace("{{", "\x01").replace("}}", "\x02"), rng)
    return Example(example.text.replace("\x01", "{").replace("\x02", "}"), example.people)


def log(rng: random.Random) -> Example:
    """A line of a log, or of git."""
    return _filled("\n".join(rng.choice(lines()["logs"]) for _ in range(rng.choice((1, 1, 2)))), rng)


def code(rng: random.Random) -> Example:
    """A comment or literal that names a person, among lines that name none."""
    nobody = [_variables(rng).text for _ in range(rng.randrange(0, 3))]
    parts = [_filled(rng.choice(lines()["code"]), rng), *(Example(line) for line in nobody)]
    rng.shuffle(parts)
    writer = Writer()
    for part in parts:
        offset = len(writer.text)
        writer.people += [(start + offset, end + offset) for start, end in part.people]
        writer.add(part.text + "\n")
    return writer.example()


def _variables(rng: random.Random) -> Example:
    """Code in which names are identifiers."""
    text = rng.choice(lines()["nobody"])
    words: Sequence[str] = [
        draw_person(rng).first if rng.random() < 0.6 else rng.choice(fillers()["slug"]) for _ in range(3)
    ]
    plain = ["".join(letter for letter in word if letter.isalnum() or letter == "_") for word in words]
    for slot, word in zip("vwx", plain, strict=True):
        text = text.replace(f"{{{slot}}}", word.lower()).replace(
            f"{{{slot.upper()}}}", word[:1].upper() + word[1:]
        )
    return Example(
        fill(text.replace("{{", "\x01").replace("}}", "\x02"), rng)
        .text.replace("\x01", "{")
        .replace("\x02", "}")
    )


def variables(rng: random.Random) -> Example:
    """Code without anybody, one to three lines."""
    return Example("\n".join(_variables(rng).text for _ in range(rng.randrange(1, 4))))


def as_json(rng: random.Random) -> Example:
    """A JSON object with people as values, compact or indented."""
    first, last = rng.choice(HEADERS)
    value = rng.choice((
        {first: "{F}", last: "{L}", "id": 7},
        {rng.choice(WHOLE): "{P}", "city": "{city}"}, {"to": ["{P}", "{P2}"], "ok": True},
    ))  # fmt: skip
    spaced = rng.choice(((",", ":"), (", ", ": ")))
    return fill(json.dumps(value, ensure_ascii=False, indent=rng.choice((None, 2)), separators=spaced), rng)
