"""How well names are found: `python -m ni.privacy.training.evaluate` prints a table in Markdown.

A hit is a span of the same label that overlaps the wanted one by half or more of their union; F2 counts recall four
times as much as precision. False positives are counted per 1,000 tokens of text that names nobody.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ni.privacy.spans import Label, Span

Detector = Callable[[Sequence[str]], list[list[Span]]]
EXAM = Path(__file__).parents[3] / "tests" / "privacy" / "ner" / "exam.jsonl"
TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(slots=True)
class Tally:
    """Hits, misses and false alarms of one row of the table."""

    hit: int = 0
    missed: int = 0
    false: int = 0

    @property
    def precision(self) -> float:
        """Share of what was reported that is right."""
        return self.hit / max(1, self.hit + self.false)

    @property
    def recall(self) -> float:
        """Share of what is there that was reported."""
        return self.hit / max(1, self.hit + self.missed)

    def f(self, beta: float) -> float:
        """The F measure that counts recall `beta` squared times as much as precision."""
        weighted = beta * beta * self.precision + self.recall
        return (1 + beta * beta) * self.precision * self.recall / weighted if weighted else 0.0


def overlap(wanted: dict[str, Any], found: Span) -> float:
    """Intersection over union of two spans."""
    common = min(wanted["end"], found.end) - max(wanted["start"], found.start)
    union = max(wanted["end"], found.end) - min(wanted["start"], found.start)
    return float(max(0, common) / union)


def matched(wanted: Iterable[dict[str, Any]], found: list[Span]) -> tuple[list[bool], int]:
    """For each wanted span whether it was found, and how many found ones belong to none."""
    left, hits = list(found), []
    for row in wanted:
        best = max(left, key=lambda span: overlap(row, span), default=None)
        hits.append(best is not None and overlap(row, best) >= 0.5)
        if hits[-1] and best is not None:
            left.remove(best)
    return hits, len(left)


def score(
    rows: list[dict[str, Any]], results: list[list[Span]]
) -> tuple[dict[str, Tally], dict[str, tuple[int, int]]]:
    """Tallies by language, case, origin and part, and for each kind of negative text false alarms and tokens."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    quiet: dict[str, tuple[int, int]] = {"all": (0, 0), "code": (0, 0), "other": (0, 0)}
    for row, found in zip(rows, results, strict=True):
        people = [span for span in found if span.label is Label.PERSON]
        if row["kind"] != "person":
            for kind in ("all", "code" if row["kind"] == "code" else "other"):
                false, tokens = quiet[kind]
                quiet[kind] = (false + len(people), tokens + len(TOKEN.findall(row["text"])))
            continue
        hits, false = matched(row["spans"], people)
        for key in ("all", f"language {row['lang']}", f"case {row['case']}"):
            tallies[key].false += false
        for span, hit in zip(row["spans"], hits, strict=True):
            whole = ("all", f"language {row['lang']}", f"case {row['case']}")
            for key in (*whole, f"origin {span['origin']}", f"part {span['part']}"):
                tallies[key].hit += hit
                tallies[key].missed += not hit
    return dict(tallies), quiet


def report(tallies: dict[str, Tally], quiet: dict[str, tuple[int, int]]) -> str:
    """The table; origins and parts have no precision of their own."""
    lines = ["| people | n | precision | recall | F1 | F2 |", "| --- | --- | --- | --- | --- | --- |"]
    for key in sorted(tallies):
        tally, whole = tallies[key], not key.startswith(("origin", "part"))
        rest = (f"{tally.precision:.3f}", f"{tally.recall:.3f}", f"{tally.f(1):.3f}", f"{tally.f(2):.3f}")
        cells = rest if whole else ("", rest[1], "", "")
        lines.append(f"| {key} | {tally.hit + tally.missed} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| text that names nobody | tokens | false alarms | per 1,000 tokens |",
        "| --- | --- | --- | --- |",
    ]
    for kind, (false, tokens) in quiet.items():
        lines.append(f"| {kind} | {tokens} | {false} | {1000 * false / max(1, tokens):.2f} |")
    return "\n".join(lines) + "\n"


def load(path: Path = EXAM) -> list[dict[str, Any]]:
    """The evaluation set."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def show_errors(rows: list[dict[str, Any]], results: list[list[Span]], most: int) -> str:
    """Misses and false alarms with a little of the text around them."""
    lines = []
    for row, found in zip(rows, results, strict=True):
        hits, _ = matched(row["spans"], [span for span in found if span.label is Label.PERSON])
        missed = [span for span, hit in zip(row["spans"], hits, strict=True) if not hit]
        wanted = [text_around(row, span["start"], span["end"], "MISS") for span in missed]
        alarms = [
            text_around(row, span.start, span.end, "FALSE")
            for span in found
            if span.label is Label.PERSON and all(overlap(other, span) < 0.5 for other in row["spans"])
        ]
        lines += wanted + alarms
    return "\n".join(lines[:most]) + "\n"


def text_around(row: dict[str, Any], start: int, end: int, kind: str) -> str:
    """One line: the value and its neighbourhood."""
    text = row["text"]
    where = f"{kind} {row['id']} {row['lang']} {row['kind']} {row['case']}"
    return f"{where}: {text[start:end]!r} in {text[max(0, start - 40) : end + 30]!r}"


def main() -> None:
    """Prints the table for the worker's models, or the errors."""
    from ni.privacy.ner import Tagger

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="?", default="md", choices=("md", "sm"))
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--exam", type=Path, default=EXAM)
    wanted = parser.parse_args()
    rows = load(wanted.exam)
    results = Tagger.load(wanted.models).find([row["text"] for row in rows])
    sys.stdout.write(
        show_errors(rows, results, wanted.errors) if wanted.errors else report(*score(rows, results))
    )


if __name__ == "__main__":
    main()
