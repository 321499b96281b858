"""Makes the evaluation sets: `python -m tools.privacy_training.exam` writes `exam`, `second` and `third.jsonl`.

They share no sentence and no file with training. The files contain the sentences and people written for them by hand.
Real code and documents belong to others and are not stored: they are drawn again, with a fixed seed, from files of the
installed libraries that training does not use. The rules were adjusted to errors on the first set; of the second one
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
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from tools.privacy_training.corpus import chunks, lists_names, reserved

FOLDER = Path(__file__).parent
TARGETS = FOLDER.parents[1] / "tests" / "privacy" / "names"
SLOT = re.compile(r"\[([AB])(?:\.([a-z_]+))?\]")
PARTICLES = ("de la", "van der", "von", "bin", "al-", "de", "Van", "Mac", "O'", "L'", "St-", "dos", "El")
VOWELS = tuple("AEÉIOUYHÂÊÎ")
WORDS = (
    ("April", "Dawn", "Rose", "Grace", "Mark", "Will", "Pierre", "Olive", "Violet", "Jade", "Jack", "Grant"),
    (
        "West",
        "Gill",
        "Winter",
        "Page",
        "Rivers",
        "Lebel",
        "Boucher",
        "King",
        "Marchand",
        "Stone",
        "Fontaine",
        "Day",
    ),
)
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
    sources: str = ""


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
    Plan(
        "third", "third_people", "third_templates", (("*.rst", 40), ("*.md", 40)),
        (("stdlib", "*.py", 60), ("purelib", "*.py", 60), ("purelib", "*.js", 30), ("purelib", "*.c", 20)),
        2027, "third_code",
    ),
)  # fmt: skip


@cache
def table(name: str) -> dict[str, Any]:
    """One of the tables of the evaluation sets."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class ExamPerson:
    """A person of a set; `seen` says whether training may know the names."""

    origin: str
    first: str
    last: str
    seen: bool

    def written(self, part: str, rng: random.Random) -> str:
        """The name as a slot asks for it."""
        if part == "particle":
            particle = rng.choice(PARTICLES)
            return f"{self.first} {particle}{'' if particle[-1] in QUOTES else ' '}{self.last}"
        if part == "word":
            return f"{rng.choice(WORDS[0])} {rng.choice(WORDS[1])}"
        return {
            "full": f"{self.first} {self.last}", "vowel": f"{self.first} {self.last}",
            "first": self.first, "last": self.last,
            "index": f"{self.last}, {self.first}", "index_upper": f"{self.last.upper()}, {self.first}",
            "initial": f"{self.first} {rng.choice('ABCDEGJLMPRT')}. {self.last}",
            "short": f"{self.first[0]}. {self.last}",
        }[part]  # fmt: skip


QUOTES = ("'", "-")


def person(people: str, rng: random.Random, vowel: bool = False) -> ExamPerson:
    """A person of a random origin; origins are equally frequent."""
    origin = rng.choice(sorted(table(people)))
    row = table(people)[origin]
    seen = "common_first" in row and rng.random() < 0.5
    common = "common_" if seen else ""
    first, last = (rng.choice(row[f"{common}{name}"].split()).replace("~", " ") for name in ("first", "last"))
    if vowel and not first.startswith(VOWELS):
        return person(people, rng, vowel)
    return ExamPerson(origin, first, last, seen)


def written(template: str, people: str, rng: random.Random) -> tuple[str, list[dict[str, Any]]]:
    """The sentence with people in it, and their spans."""
    vowel = ".vowel]" in template
    cast, text, at = {"A": person(people, rng, vowel), "B": person(people, rng)}, "", 0
    spans: list[dict[str, Any]] = []
    for match in SLOT.finditer(template):
        who, part = cast[match[1]], match[2] or "full"
        value = who.written(part, rng)
        text += template[at : match.start()]
        at = match.end()
        joined = part == "last" and spans and text[spans[-1]["end"] :] == " "
        start = spans.pop()["start"] if joined else len(text)
        text += value
        spans.append({"start": start, "end": len(text), "label": "PERSON", "origin": who.origin,
                      "part": "full" if joined else part})  # fmt: skip
        if people == "third_people":
            spans[-1]["seen"] = who.seen
    return text + template[at:], spans


def sentences(plan: Plan, language: str) -> Iterator[tuple[dict[str, str], str]]:
    """The sentences with people of a set, with their form where the set tells forms apart."""
    listed = table(plan.templates)[language]
    forms = listed if isinstance(listed, dict) else {"": listed}
    for form, lines in forms.items():
        yield from (({"form": form} if form else {}, line) for line in lines)


def positives(plan: Plan, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Every sentence several times, with other people each time, in three cases."""
    change: dict[str, Callable[[str], str]] = {"as written": str, "upper": str.upper, "lower": str.lower}
    for language, copies in COPIES.items():
        for form, template in [line for line in sentences(plan, language) for _ in range(copies)]:
            text, spans = written(template, plan.people, rng)
            [case] = rng.choices([name for name, _ in CASES], [weight for _, weight in CASES])
            changed = change[case](text)
            if len(changed) == len(text):
                yield {
                    "text": changed,
                    "lang": language,
                    "kind": "person",
                    **form,
                    "case": case,
                    "spans": spans,
                }


_PINNED = re.compile(r"(?m)^([A-Za-z0-9_.-]+)==([^\s;\\]+)")


@cache
def locked(folder: Path) -> frozenset[Path]:
    """The files of the packages that the lock files of this project pin, where they have the version that is pinned.

    What else somebody has installed beside them is not drawn, so that one lock gives one set.
    """
    sources = [FOLDER.parents[1] / name for name in ("requirements.txt", "requirements-dev.txt")]
    pins = {
        (_name(name), version)
        for source in sources
        for name, version in _PINNED.findall(source.read_text("utf-8"))
    }
    packages = (
        package for package in distributions() if (_name(package.metadata["Name"]), package.version) in pins
    )
    return frozenset(folder / file for package in packages for file in package.files or ())


def _name(package: str) -> str:
    """The name of a package as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", package).lower()


def files(rng: random.Random, root: str, pattern: str, count: int) -> Iterator[str]:
    """Unsigned chunks of files that training leaves alone."""
    folder = Path(sysconfig.get_path(root))
    paths = sorted(
        path
        for path in folder.rglob(pattern)
        if reserved(path) and not lists_names(path, folder) and (root == "stdlib" or path in locked(folder))
    )
    for path in rng.sample(paths, min(count, len(paths))):
        pieces = list(chunks(path.read_text("utf-8", "ignore")[:60_000], rng, 900))
        unsigned = [piece for piece in pieces if not SIGNED.search(piece) and piece.strip()]
        yield from rng.sample(unsigned, min(2, len(unsigned)))


def negatives(plan: Plan) -> Iterator[dict[str, Any]]:
    """Sentences and code without people."""
    for form, lines in table(plan.templates).get("negative", {}).items():
        for text in lines:
            yield {
                "text": text,
                "lang": "en",
                "kind": "negative",
                "form": form,
                "case": "as written",
                "spans": [],
            }
    for language in COPIES:
        for text in table(plan.templates).get(f"negative_{language}", ()):
            yield {"text": text, "lang": language, "kind": "negative", "case": "as written", "spans": []}
    for path in sorted((FOLDER / plan.sources).iterdir()) if plan.sources else ():
        yield {"text": path.read_text("utf-8"), "lang": "en", "kind": "code", "form": path.stem, "case": "as written",
               "spans": []}  # fmt: skip


def drawn(plan: Plan) -> Iterator[dict[str, Any]]:
    """Documents and code of the installed libraries; the same as long as those are the same."""
    rng = random.Random(plan.seed)  # noqa: S311 - a choice of files, nothing secret
    places = [("negative", "purelib", *named) for named in plan.documents]
    places += [("code", *named) for named in plan.code]
    for kind, root, pattern, count in places:
        for text in files(rng, root, pattern, count):
            yield {"id": pattern, "text": text, "lang": "en", "kind": kind, "case": "as written", "spans": []}


def write(plan: Plan) -> None:
    """Write the rows of one set to its file and print how many they are."""
    rng = random.Random(plan.seed)  # noqa: S311 - sentences, nothing secret
    rows = [*positives(plan, rng), *negatives(plan)]
    lines = [json.dumps({"id": f"{number:04}", **row}, ensure_ascii=False) for number, row in enumerate(rows)]
    TARGETS.mkdir(parents=True, exist_ok=True)
    (TARGETS / f"{plan.name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    people = sum(len(row["spans"]) for row in rows)
    sys.stdout.write(f"{plan.name}: {len(rows)} documents, {people} people\n")


def main() -> None:
    """Write the sets that are named on the command line, or all."""
    for plan in PLANS:
        if plan.name in (sys.argv[1:] or [plan.name]):
            write(plan)


if __name__ == "__main__":
    main()
