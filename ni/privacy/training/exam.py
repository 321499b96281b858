"""Makes the evaluation sets of people: `python -m ni.privacy.training.exam` writes `exam.jsonl` and `second.jsonl`.

They share no sentence and no file with training. The files hold the sentences and people written for them by hand;
real code and documents are other people's and stay where they are: they are drawn anew, by a seed, from files of the
installed libraries that training leaves alone. The rules were adjusted to errors on the first set; of the second one
only the figures were read. Each row: id, text, lang, kind (person, negative, code), case, spans with origin and part.
"""

import json
import random
import re
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ni.privacy.training.corpus import NAMED, chunks, reserved

FOLDER = Path(__file__).parent
TARGETS = FOLDER.parents[2] / "tests" / "privacy" / "ner"
SLOT = re.compile(r"\[([AB])(?:\.(first|last|index))?\]")
SIGNED = re.compile(
    r"(?i)copyright|©|\(c\)|author|@|contribut|written by|thanks|maintain|credit|\bby [A-Z]|et al|[A-Z]\. [A-Z]"
    r"|\(eds|upenn|Kuchling|Dina founded"
)
CASES = (("as written", 0.6), ("upper", 0.2), ("lower", 0.2))
COPIES = {"en": 6, "fr": 5}


@dataclass(frozen=True, slots=True)
class Plan:
    """What one set is made of: its tables, the documents and the code in it, and the seed."""

    name: str
    people: str
    templates: str
    documents: Sequence[tuple[str, int]]
    code: Sequence[tuple[str, str, int]]
    seed: int


PLANS = (
    Plan(
        "exam", "exam_people", "exam_templates",
        tuple((pattern, 22) for pattern in ("*LICEN*", "*.rst", "*.md", "*.json", "METADATA")),
        (("stdlib", "*.py", 70), ("purelib", "*.py", 70)), 1867,
    ),
    Plan(
        "second", "second_people", "second_templates",
        (("*.toml", 5), ("*.html", 6), ("*.md", 25), ("entry_points.txt", 15), ("*.json", 25)),
        (("purelib", "*.js", 30), ("purelib", "*.pyx", 45), ("purelib", "*.c", 25), ("purelib", "*.h", 30),
         ("purelib", "*.cpp", 8), ("purelib", "*.css", 10), ("purelib", "*.proto", 15), ("purelib", "*.sql", 15),
         ("purelib", "*.pyi", 20), ("purelib", "*.sh", 6)), 1982,
    ),
)  # fmt: skip


@cache
def table(name: str) -> dict[str, Any]:
    """One of the tables of the evaluation sets."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def person(people: str, rng: random.Random) -> tuple[str, str, str]:
    """Origin (each as often as the others), first and last name."""
    origin = rng.choice(sorted(table(people)))
    row = table(people)[origin]
    return origin, rng.choice(row["first"].split()), rng.choice(row["last"].split())


def written(template: str, people: str, rng: random.Random) -> tuple[str, list[dict[str, Any]]]:
    """The sentence with people in it, and their spans."""
    cast, text, at = {"A": person(people, rng), "B": person(people, rng)}, "", 0
    spans: list[dict[str, Any]] = []
    for match in SLOT.finditer(template):
        origin, first, last = cast[match[1]]
        part = match[2] or "full"
        value = {"full": f"{first} {last}", "first": first, "last": last, "index": f"{last}, {first}"}[part]
        text += template[at : match.start()]
        at = match.end()
        joined = part == "last" and spans and text[spans[-1]["end"] :] == " "
        start = spans.pop()["start"] if joined else len(text)
        text += value
        spans.append({"start": start, "end": len(text), "label": "PERSON", "origin": origin,
                      "part": "full" if joined else part})  # fmt: skip
    return text + template[at:], spans


def positives(plan: Plan, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Every sentence several times, with other people each time, in three cases."""
    change: dict[str, Callable[[str], str]] = {"as written": str, "upper": str.upper, "lower": str.lower}
    for language, copies in COPIES.items():
        for template in [line for line in table(plan.templates)[language] for _ in range(copies)]:
            text, spans = written(template, plan.people, rng)
            [case] = rng.choices([name for name, _ in CASES], [weight for _, weight in CASES])
            changed = change[case](text)
            if len(changed) == len(text):
                yield {"text": changed, "lang": language, "kind": "person", "case": case, "spans": spans}


def files(rng: random.Random, root: str, pattern: str, count: int) -> Iterator[str]:
    """Unsigned chunks of files that training leaves alone."""
    paths = Path(sysconfig.get_path(root)).rglob(pattern)
    found = sorted(path for path in paths if reserved(path) and not NAMED.search(str(path)))
    for path in rng.sample(found, min(count, len(found))):
        pieces = list(chunks(path.read_text("utf-8", "ignore")[:60_000], rng, 900))
        unsigned = [piece for piece in pieces if not SIGNED.search(piece) and piece.strip()]
        yield from rng.sample(unsigned, min(2, len(unsigned)))


def negatives(plan: Plan) -> Iterator[dict[str, Any]]:
    """Sentences without anyone."""
    for language in COPIES:
        for text in table(plan.templates)[f"negative_{language}"]:
            yield {"text": text, "lang": language, "kind": "negative", "case": "as written", "spans": []}


def drawn(plan: Plan) -> Iterator[dict[str, Any]]:
    """Documents and code of the installed libraries; the same as long as those are the same."""
    rng = random.Random(plan.seed)  # noqa: S311 - a choice of files, nothing secret
    places = [("negative", "purelib", *named) for named in plan.documents]
    places += [("code", *named) for named in plan.code]
    for kind, root, pattern, count in places:
        for text in files(rng, root, pattern, count):
            yield {"id": pattern, "text": text, "lang": "en", "kind": kind, "case": "as written", "spans": []}


def write(plan: Plan) -> None:
    """Writes one set."""
    rng = random.Random(plan.seed)  # noqa: S311 - sentences, nothing secret
    rows = [*positives(plan, rng), *negatives(plan)]
    lines = [json.dumps({"id": f"{number:04}", **row}, ensure_ascii=False) for number, row in enumerate(rows)]
    TARGETS.mkdir(parents=True, exist_ok=True)
    (TARGETS / f"{plan.name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    people = sum(len(row["spans"]) for row in rows)
    sys.stdout.write(f"{plan.name}: {len(rows)} documents, {people} people\n")


def main() -> None:
    """Writes the sets that were named, or both."""
    for plan in PLANS:
        if plan.name in (sys.argv[1:] or [plan.name]):
            write(plan)


if __name__ == "__main__":
    main()
