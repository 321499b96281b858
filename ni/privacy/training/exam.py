"""Makes the evaluation set: `python -m ni.privacy.training.exam` writes `tests/privacy/ner/exam.jsonl`.

It shares nothing with training: sentences and people are written for it by hand, real code and documents come from
files that training leaves alone. Each line: id, text, lang, kind (person, negative, code), case, and spans with origin
and part.
"""

import json
import random
import re
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ni.privacy.training.corpus import NAMED, chunks, reserved

FOLDER = Path(__file__).parent
TARGET = FOLDER.parents[2] / "tests" / "privacy" / "ner" / "exam.jsonl"
SLOT = re.compile(r"\[([AB])(?:\.(first|last|index))?\]")
SIGNED = re.compile(
    r"(?i)copyright|©|\(c\)|author|@|contribut|written by|thanks|maintain|credit|\bby [A-Z]|et al|[A-Z]\. [A-Z]"
    r"|\(eds|upenn|Kuchling|Dina founded"
)
CASES = (("as written", 0.6), ("upper", 0.2), ("lower", 0.2))
COPIES = {"en": 6, "fr": 5}


@cache
def table(name: str) -> dict[str, Any]:
    """One of the two tables of the evaluation set."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def person(rng: random.Random) -> tuple[str, str, str]:
    """Origin (each as often as the others), first and last name."""
    origin = rng.choice(sorted(table("exam_people")))
    row = table("exam_people")[origin]
    return origin, rng.choice(row["first"].split()), rng.choice(row["last"].split())


def written(template: str, rng: random.Random) -> tuple[str, list[dict[str, Any]]]:
    """The sentence with people in it, and their spans."""
    cast, text, at = {"A": person(rng), "B": person(rng)}, "", 0
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


def positives(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Every sentence several times, with other people each time, in three cases."""
    change: dict[str, Callable[[str], str]] = {"as written": str, "upper": str.upper, "lower": str.lower}
    for language, copies in COPIES.items():
        for template in [line for line in table("exam_templates")[language] for _ in range(copies)]:
            text, spans = written(template, rng)
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


def negatives(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Sentences without anyone, documents and JSON of packages, and real code."""
    for language in COPIES:
        for text in table("exam_templates")[f"negative_{language}"]:
            yield {"text": text, "lang": language, "kind": "negative", "case": "as written", "spans": []}
    for pattern in ("*LICEN*", "*.rst", "*.md", "*.json", "METADATA"):
        for text in files(rng, "purelib", pattern, 22):
            yield {"text": text, "lang": "en", "kind": "negative", "case": "as written", "spans": []}
    for root, count in (("stdlib", 70), ("purelib", 70)):
        for text in files(rng, root, "*.py", count):
            yield {"text": text, "lang": "en", "kind": "code", "case": "as written", "spans": []}


def main() -> None:
    """Writes the set."""
    rng = random.Random(1867)  # noqa: S311 - sentences, nothing secret
    rows = [*positives(rng), *negatives(rng)]
    lines = [json.dumps({"id": f"{number:04}", **row}, ensure_ascii=False) for number, row in enumerate(rows)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"{len(rows)} documents, {sum(len(row['spans']) for row in rows)} people\n")


if __name__ == "__main__":
    main()
