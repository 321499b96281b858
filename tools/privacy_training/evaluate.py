"""How well personal data is found: `python -m tools.privacy_training.evaluate` prints tables in Markdown.

Texts go through the whole detection, as those of a request do. A hit is a span of the same label that overlaps the
wanted one by half or more of their union; F2 counts recall four times as much as precision; *hidden* is the share of
wanted characters under any span. False alarms are counted per 1,000 tokens of text without personal data.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, Passage, scan_text
from ni.privacy.names.filters import DOUBTS
from ni.privacy.names.tagger import Tagger
from ni.privacy.names.worker.scheduler import cut, gather
from ni.privacy.spans import Label, Span
from tools.privacy_training.exam import PLANS, drawn

Detection = Callable[[Sequence[str]], list[list[Span]]]
Rows = Sequence[dict[str, Any]]
FOLDER = Path(__file__).parents[2] / "tests" / "privacy" / "names"
SETS: Mapping[str, Path] = {
    "people, first set": FOLDER / "exam.jsonl",
    "people, second set": FOLDER / "second.jsonl",
    "people, third set": FOLDER / "third.jsonl",
    "patterned values": FOLDER / "values.jsonl",
}
TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(slots=True)
class Tally:
    """Hits, misses and false alarms of one row of a table, and how many wanted characters were covered."""

    hit: int = 0
    exact: int = 0
    missed: int = 0
    false: int = 0
    wanted_chars: int = 0
    hidden_chars: int = 0

    @property
    def precision(self) -> float:
        """Share of what was reported that is right."""
        return self.hit / max(1, self.hit + self.false)

    @property
    def recall(self) -> float:
        """Share of what is there that was reported."""
        return self.hit / max(1, self.hit + self.missed)

    @property
    def boundaries(self) -> float:
        """Share of the hits that begin and end where they should."""
        return self.exact / max(1, self.hit)

    @property
    def hidden(self) -> float:
        """Share of the wanted characters that some span covers."""
        return self.hidden_chars / max(1, self.wanted_chars)

    def f(self, beta: float) -> float:
        """The F measure that counts recall `beta` squared times as much as precision."""
        weighted = beta * beta * self.precision + self.recall
        return (1 + beta * beta) * self.precision * self.recall / weighted if weighted else 0.0


@dataclass(slots=True)
class Quiet:
    """Texts without personal data: their tokens, and how many spans were reported, people among them."""

    tokens: int = 0
    false: int = 0
    people: int = 0

    def per_thousand(self, count: int) -> float:
        """The rate of `count` for 1,000 tokens of these texts."""
        return 1000 * count / max(1, self.tokens)


@dataclass(slots=True)
class Scores:
    """Tallies by row of the table, and the quiet texts by kind."""

    tallies: dict[str, Tally]
    quiet: dict[str, Quiet]


def overlap(wanted: Mapping[str, Any], span: Span) -> float:
    """Intersection over union of two spans."""
    shared = min(wanted["end"], span.end) - max(wanted["start"], span.start)
    union = max(wanted["end"], span.end) - min(wanted["start"], span.start)
    return float(max(0, shared) / union)


def matched(wanted: Iterable[Mapping[str, Any]], spans: Sequence[Span]) -> tuple[list[bool], list[Span]]:
    """For each wanted span whether a span of its label overlaps it, and the spans that belong to none."""
    left, hits = list(spans), []
    for row in wanted:
        alike = (span for span in left if span.label == row["label"])
        best = max(alike, key=lambda span: overlap(row, span), default=None)
        hits.append(best is not None and overlap(row, best) >= 0.5)
        if hits[-1] and best is not None:
            left.remove(best)
    return hits, left


def score(rows: Rows, results: Sequence[Sequence[Span]]) -> Scores:
    """Tallies by label, language, case, origin and part, and the false alarms of texts without personal data."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    quiet: dict[str, Quiet] = {"all": Quiet(), "code": Quiet(), "other": Quiet()}
    for row, spans in zip(rows, results, strict=True):
        if not row["spans"]:
            kinds = ["all", "code" if row["kind"] == "code" else "other"]
            for kind in [*kinds, row["form"]] if "form" in row else kinds:
                quiet.setdefault(kind, Quiet())
                quiet[kind].tokens += len(TOKEN.findall(row["text"]))
                quiet[kind].false += len(spans)
                quiet[kind].people += sum(span.label is Label.PERSON for span in spans)
            continue
        _count(tallies, row, spans)
    return Scores(dict(tallies), quiet)


def _count(tallies: dict[str, Tally], row: Mapping[str, Any], spans: Sequence[Span]) -> None:
    kinds = {span["label"] for span in row["spans"]}
    hits, left = matched(row["spans"], spans)
    # A set of people is not labelled with the addresses and numbers in it: other labels are no false alarms there.
    alarms = [span for span in left if span.label in kinds or row["kind"] == "values"]
    edges = {(span.start, span.end) for span in spans}
    whole = ("all", f"language {row['lang']}", f"case {row['case']}")
    for span in alarms:
        for key in (*whole, f"label {span.label}"):
            tallies[key].false += 1
    for wanted, hit in zip(row["spans"], hits, strict=True):
        parts = [f"{name} {wanted[name]}" for name in ("origin", "part", "seen") if name in wanted]
        parts += [f"form {row['form']}"] if "form" in row else []
        for key in (*whole, f"label {wanted['label']}", *parts):
            tallies[key].hit += hit
            tallies[key].exact += hit and (wanted["start"], wanted["end"]) in edges
            tallies[key].missed += not hit
            tallies[key].wanted_chars += wanted["end"] - wanted["start"]
            tallies[key].hidden_chars += _covered(wanted, spans)


def _covered(wanted: Mapping[str, Any], spans: Iterable[Span]) -> int:
    return sum(max(0, min(wanted["end"], span.end) - max(wanted["start"], span.start)) for span in spans)


def report(rows: Rows, results: Sequence[Sequence[Span]]) -> str:
    """The tables; origins and parts have no precision of their own."""
    scores = score(rows, results)
    lines = [
        "| what | n | precision | recall | F1 | F2 | hidden | exact |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key in sorted(scores.tallies):
        tally, whole = scores.tallies[key], not key.startswith(("origin", "part", "seen", "form"))
        figures = (tally.precision, tally.recall, tally.f(1), tally.f(2), tally.hidden, tally.boundaries)
        cells = [f"{figure:.3f}" if whole or at in (1, 4, 5) else "" for at, figure in enumerate(figures)]
        lines.append(f"| {key} | {tally.hit + tally.missed} | " + " | ".join(cells) + " |")
    lines += ["", "| text without personal data | tokens | false alarms per 1,000 tokens | people alone |",
              "| --- | --- | --- | --- |"]  # fmt: skip
    for kind, quiet in scores.quiet.items():
        alarms = f"{quiet.per_thousand(quiet.false):.2f} | {quiet.per_thousand(quiet.people):.2f}"
        lines.append(f"| {kind} | {quiet.tokens} | {alarms} |")
    return "\n".join(lines) + "\n"


def load(path: Path) -> list[dict[str, Any]]:
    """What is kept of one evaluation set."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def whole(path: Path) -> list[dict[str, Any]]:
    """One evaluation set with what is drawn from the installed libraries."""
    return [*load(path), *(row for plan in PLANS if plan.name == path.stem for row in drawn(plan))]


def errors(rows: Rows, results: Sequence[Sequence[Span]]) -> Iterator[str]:
    """Misses and false alarms with a little of the text around them."""
    for row, spans in zip(rows, results, strict=True):
        hits, left = matched(row["spans"], spans)
        for wanted, hit in zip(row["spans"], hits, strict=True):
            if not hit:
                yield _around(row, wanted["start"], wanted["end"], f"MISS {wanted['label']}")
        for span in left:
            yield _around(row, span.start, span.end, f"FALSE {span.label}")


def _around(row: Mapping[str, Any], start: int, end: int, kind: str) -> str:
    text = row["text"]
    where = f"{kind} {row['id']} {row['lang']} {row['kind']} {row['case']}"
    return f"{where}: {text[start:end]!r} in {text[max(0, start - 40) : end + 30]!r}"


_ACCOUNT_KEY = b"a key of thirty-two bytes or more"
_BATCH = 64


@dataclass(frozen=True, slots=True)
class InProcess:
    """Names as the pool of workers finds them: in the same pieces, by one tagger."""

    tagger: Tagger

    @property
    def version(self) -> str:
        """The version of the tagger, under which findings are cached."""
        return self.tagger.version

    def find(self, texts: Sequence[str], later: bool = False) -> list[list[Span]]:
        """The names in each text."""
        pieces = [piece for number, text in enumerate(texts) for piece in cut(number, text)]
        return gather(len(texts), pieces, self.tagger.find([piece.text for piece in pieces]))


def detection(tagger: Tagger | None = None) -> Callable[[Sequence[str]], list[list[Span]]]:
    """Texts to spans, as `ni pii scan` finds them; loads the weights unless it is given a tagger."""
    detector = Detector(InProcess(tagger or Tagger.load()), DetectionPolicy(), FindingsCache())

    def detect(texts: Sequence[str]) -> list[list[Span]]:
        for at in range(0, len(texts), _BATCH):  # in batches, into the cache that `scan_text` then reads
            detector.find(_ACCOUNT_KEY, [Passage(text) for text in texts[at : at + _BATCH]])
        return [scan_text(detector, _ACCOUNT_KEY, text) for text in texts]

    return detect


_RULES = ("edges", *DOUBTS)


def variants(tagger: Tagger) -> Iterator[tuple[str, Tagger]]:
    """The tagger as shipped, and with one thing left out."""
    yield "nothing: as shipped", tagger
    yield from ((f"rule: {rule}", replace(tagger, without=frozenset({rule}))) for rule in _RULES)
    yield "the weight of listed names", replace(tagger, favour={})
    yield "the weight of a full name", replace(tagger, pair=0.0)


def figures(rows: Rows, tagger: Tagger) -> str:
    """The cells of one row: recall, precision, exact, false alarms per 1,000 tokens of code and of other text."""
    scores = score(rows, detection(tagger)([row["text"] for row in rows]))
    tally, quiet = scores.tallies["all"], scores.quiet
    alarms = (quiet[kind].per_thousand(quiet[kind].people) for kind in ("code", "other"))
    shares = (tally.recall, tally.precision, tally.boundaries)
    return " | ".join([*(f"{share:.3f}" for share in shares), *(f"{alarm:.2f}" for alarm in alarms)])


def ablation(rows: Rows) -> Iterator[str]:
    """The lines of the table of one set: what recall, precision, exact and false alarms are without each rule."""
    yield "| without | recall | precision | exact | alarms in code | in other text |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, tagger in variants(Tagger.load()):
        yield f"| {name} | {figures(rows, tagger)} |"


def ablations() -> Iterator[tuple[str, Iterator[str]]]:
    """Title and table of the first two sets of people together, and of the third, on which no rule was written."""
    sets = [whole(path) for name, path in SETS.items() if name.startswith("people")]
    yield "First and second set", ablation([*sets[0], *sets[1]])
    yield "Third set", ablation(sets[2])


def main() -> None:
    """Print the tables of every set, the errors on one, or what each rule is worth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", choices=SETS, help="list what goes wrong on this set")
    parser.add_argument(
        "--ablation", action="store_true", help="leave out one rule after the network at a time"
    )
    options = parser.parse_args()
    if options.ablation:
        for title, lines in ablations():
            sys.stdout.write(f"\n## {title}\n\n" + "\n".join(lines) + "\n")
        return
    detect = detection()
    for name, path in SETS.items():
        if options.errors in (None, name):
            rows = whole(path)
            results = detect([row["text"] for row in rows])
            table = "\n".join(errors(rows, results)) if options.errors else report(rows, results)
            sys.stdout.write(f"\n## {name}\n\n{table}\n")


if __name__ == "__main__":
    main()
