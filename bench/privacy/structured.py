"""The sets of structures: people in records, patterned values in carriers, and texts of technology that name nobody.

`python -m bench.privacy --only structure` prints their tables; `tests/privacy/structure` holds floors under them.
Everything is drawn by a seed.
"""

import random
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.privacy.carriers import CARRIERS, KEYS, VALUES_SEED
from bench.privacy.structures import STRUCTURES, Someone, mark, shuffled, written
from ni.privacy.spans import Label, Span
from tools.privacy_training.evaluate import TOKEN, Detection, Tally, matched
from tools.privacy_training.values import MAKERS

FOLDER = Path(__file__).parent
SEED = 2027
PEOPLE_PER_TEXT = 4
CASES = (("as written", 0.7), ("upper", 0.15), ("lower", 0.15))
CITIES = ("Laval", "Moncton", "Red Deer", "Chicoutimi", "Kelowna", "Gatineau")
COMPANIES = ("Northwind Traders", "Plomberie Boréale", "Acme Tools Ltd", "Café Lumière inc.")
CHANGES: Mapping[str, Callable[[str], str]] = {"as written": str, "upper": str.upper, "lower": str.lower}
Rows = Sequence[dict[str, Any]]


def _people() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "records_people.toml").read_text("utf-8"))


def _ascii(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if c.isascii() and c.isalnum())


def _someone(rng: random.Random, table: Mapping[str, Any], number: int, case: str) -> tuple[str, Someone]:
    """A person of an origin, each as often as the others, and what stands beside the name."""
    origin = rng.choice(sorted(table))
    first, last = rng.choice(table[origin]["first"].split()), rng.choice(table[origin]["last"].split())
    change = CHANGES[case]
    local = (_ascii(first)[:1] + _ascii(last)) if rng.random() < 0.5 else f"{_ascii(first)}.{_ascii(last)}"
    local = local if len(local) > 2 and rng.random() < 0.7 else f"client{number}"
    mail = f"{local}@{rng.choice(('example.ca', 'acme-sante.ca', 'courriel.example.org'))}"
    phone = f"514-555-01{number % 100:02}"
    return origin, Someone(
        mark(change(first)),
        mark(change(last)),
        mail,
        phone,
        rng.choice(CITIES),
        rng.choice(COMPANIES),
        number,
    )


def people_rows(copies: int = 6) -> Iterator[dict[str, Any]]:
    """Records of people in every structure, in both languages and three cases."""
    rng, table = random.Random(SEED), _people()  # noqa: S311 - people who do not exist
    for name in STRUCTURES:
        for at in range(copies):
            language = ("en", "fr")[at % 2]
            [case] = rng.choices([case for case, _ in CASES], [weight for _, weight in CASES])
            numbers = shuffled(rng, PEOPLE_PER_TEXT)
            drawn = [_someone(rng, table, number, case) for number in numbers]
            text, spans = written(name, [one for _, one in drawn], language)
            origins = {text[start:end]: _origin(drawn, text[start:end]) for start, end in spans}
            yield {
                "text": text,
                "structure": name,
                "lang": language,
                "case": case,
                "spans": [
                    {"start": start, "end": end, "label": "PERSON", "origin": origins[text[start:end]]}
                    for start, end in spans
                ],
            }


def _origin(drawn: Sequence[tuple[str, Someone]], value: str) -> str | None:
    """The origin of the person whose name a value is."""
    return next((origin for origin, person in drawn if _holds(person, value)), None)


def _holds(person: Someone, value: str) -> bool:
    return any(
        value.strip("'\"") in named or named in value for named in (person.first[3:-1], person.last[3:-1])
    )


def value_rows(copies: int = 2) -> Iterator[dict[str, Any]]:
    """Values of every label in every carrier, under the keys that people write."""
    rng = random.Random(VALUES_SEED)  # noqa: S311 - values of nobody
    for label in MAKERS:
        for carrier, template in CARRIERS.items():
            for at in range(copies):
                language = ("en", "fr")[at % 2]
                value = MAKERS[label](rng, language)
                key = rng.choice(KEYS[label][language])
                text = template.replace("KEY", key).replace("Key", key[:1].upper() + key[1:])
                start = text.index("§")
                yield {
                    "text": text.replace("§", value), "structure": carrier, "lang": language, "case": "as written",
                    "spans": [{"start": start, "end": start + len(value), "label": label}],
                }  # fmt: skip


def quiet_rows() -> Iterator[dict[str, Any]]:
    """Technical prose that names methods and products, and code without people."""
    table = tomllib.loads((FOLDER / "technical.toml").read_text("utf-8"))
    for kind in ("prose_en", "prose_fr"):
        yield from ({"text": text, "structure": "technical prose", "spans": []} for text in table[kind])
    for language, text in table["code"].items():
        yield {"text": text, "structure": f"code, {language}", "spans": []}


def tallies(rows: Rows, results: Sequence[Sequence[Span]], by: Sequence[str]) -> dict[str, Tally]:
    """Hits and misses over all rows, and by the fields named; *hidden* counts any label."""
    counts: dict[str, Tally] = defaultdict(Tally)
    for row, spans in zip(rows, results, strict=True):
        labels = {wanted["label"] for wanted in row["spans"]}
        hits, left = matched(row["spans"], spans)
        false = sum(span.label in labels for span in left)
        for key in ("all", *(f"{name} {row[name]}" for name in by if name in row)):
            counts[key].false += false
        for wanted, hit in zip(row["spans"], hits, strict=True):
            own = {**row, **wanted}
            hidden = sum(
                max(0, min(wanted["end"], span.end) - max(wanted["start"], span.start)) for span in spans
            )
            for key in ("all", *(f"{name} {own[name]}" for name in by if own.get(name))):
                counts[key].hit += hit
                counts[key].missed += not hit
                counts[key].wanted_chars += wanted["end"] - wanted["start"]
                counts[key].hidden_chars += hidden
    return dict(counts)


def alarms(rows: Rows, results: Sequence[Sequence[Span]]) -> dict[str, tuple[int, int, int]]:
    """Tokens, false alarms and people among them, of prose, of code, and by language of the code."""
    counts: dict[str, tuple[int, int, int]] = {}
    for row, spans in zip(rows, results, strict=True):
        count = len(TOKEN.findall(row["text"]))
        people = sum(span.label is Label.PERSON for span in spans)
        for kind in {row["structure"], row["structure"].partition(",")[0]}:
            tokens, false, named = counts.get(kind, (0, 0, 0))
            counts[kind] = (tokens + count, false + len(spans), named + people)
    return counts


def _table(tallies_by_key: Mapping[str, Tally]) -> list[str]:
    lines = ["| what | n | precision | recall | hidden |", "| --- | --- | --- | --- | --- |"]
    for key, tally in sorted(tallies_by_key.items(), key=lambda item: (item[0] != "all", item[0])):
        precise = "" if key.startswith("origin") else f"{tally.precision:.3f}"
        lines.append(
            f"| {key} | {tally.hit + tally.missed} | {precise} | {tally.recall:.3f} | {tally.hidden:.3f} |"
        )
    return lines


def report(detect: Detection, every: int = 1) -> str:
    """The tables of the three sets."""
    sets = [list(rows)[::every] for rows in (people_rows(), value_rows(), quiet_rows())]
    people, values, quiet = sets
    results = [detect([row["text"] for row in rows]) for rows in sets]
    lines = [
        "\n## People in structures\n",
        *_table(tallies(people, results[0], ("structure", "origin", "lang", "case"))),
    ]
    lines += [
        "\n## Values in structures\n",
        *_table(tallies(values, results[1], ("label", "structure", "lang"))),
    ]
    lines += [
        "\n## Technology without people\n",
        "| text | tokens | false alarms per 1,000 tokens | people alone |",
        "| --- | --- | --- | --- |",
    ]
    for kind, (tokens, false, named) in sorted(alarms(quiet, results[2]).items()):
        lines.append(
            f"| {kind} | {tokens} | {1000 * false / max(1, tokens):.2f} | {1000 * named / max(1, tokens):.2f} |"
        )
    return "\n".join(lines) + "\n"


def misses(rows: Rows, results: Sequence[Sequence[Span]]) -> Iterator[str]:
    """What was missed and what was found beside it, for those who mend."""
    for row, spans in zip(rows, results, strict=True):
        hits, left = matched(row["spans"], spans)
        labels = {wanted["label"] for wanted in row["spans"]}
        for wanted, hit in zip(row["spans"], hits, strict=True):
            if not hit:
                yield _around("MISS", row, wanted["start"], wanted["end"])
        for span in left:
            if not labels or span.label in labels:
                yield _around("FALSE", row, span.start, span.end)


def _around(kind: str, row: Mapping[str, Any], start: int, end: int) -> str:
    text = row["text"]
    return f"{kind} {row['structure']}: {text[start:end]!r} in {text[max(0, start - 50) : end + 20]!r}"
