"""What is sent while speed is measured: short messages, files of source code, and a conversation as an editor sends it.

Everything is drawn from a seed and differs from one repeat to the next, so that nothing was seen before unless that is
what is measured.
"""

import random
from collections.abc import Iterator
from typing import Any

OPENINGS = (
    "Please write a short note to {name}, who fixed the heater in {place} on {day}, and thank them for the {n} visits.",
    "Can you ask {name} whether the invoice {n} for the kitchen in {place} was paid before {day}, or is it late?",
    "Peux-tu écrire à {name} que le rendez-vous {n} du bureau de {place} est remis à {day}, s'il te plaît ?",
)
NAMES = (
    "Harpreet Gill",
    "Marie-Ève Côté",
    "Chidi Okoye",
    "Margaret Thornton",
    "Nguyen Thi Lan",
    "Karim Haddad",
)
PLACES = ("Regina", "Gaspé", "Halifax", "Sudbury", "Laval")
DAYS = ("Monday", "mardi", "Thursday", "vendredi")
LINE = (
    "def step_{a}(rows, limit={b}):",
    "    # {name} asked for this in {day}: keep rows that changed since the last run",
    '    found = [row for row in rows if row["id"] % {b} == {c}]',
    "    total = sum(row.amount for row in found[:limit])",
    '    log.info("kept %d of %d rows for {place}", len(found), len(rows))',
    "    return total * {b} + {c}",
    "",
)


def short(rng: random.Random) -> str:
    """A message of about twenty words."""
    return rng.choice(OPENINGS).format(**_draws(rng))


def source(size: int, rng: random.Random) -> str:
    """Source code of so many characters, with comments and literals, some of which name somebody."""
    lines: list[str] = []
    length = 0
    while length < size:
        line = LINE[len(lines) % len(LINE)].format(
            a=rng.randrange(10**6), b=rng.randrange(2, 99), c=rng.randrange(9), **_draws(rng)
        )
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines)[:size]


def _draws(rng: random.Random) -> dict[str, Any]:
    return {
        "name": rng.choice(NAMES),
        "place": rng.choice(PLACES),
        "day": rng.choice(DAYS),
        "n": rng.randrange(10**6),
    }


def conversation(size: int, rng: random.Random) -> Iterator[list[dict[str, str]]]:
    """The turns of a conversation that resends its history and one open file: `size` characters from the first on.

    From turn to turn a line of the file changes, and a question and an answer come to the history.
    """
    system = {"role": "system", "content": "You are a careful assistant for programmers. " * 60}
    lines = source(size - len(system["content"]), rng).split("\n")
    history: list[dict[str, str]] = [system]
    while True:
        lines.insert(
            rng.randrange(len(lines)), f"    # changed {rng.randrange(10**6)} for {rng.choice(NAMES)}"
        )
        opened = "The open file:\n```python\n" + "\n".join(lines) + "\n```\n" + short(rng)
        yield [*history, {"role": "user", "content": opened}]
        answer = f"Here is what I would change.\n\n```python\n{source(900, rng)}\n```"
        history = [
            *history,
            {"role": "user", "content": short(rng)},
            {"role": "assistant", "content": answer},
        ]
