"""Floors under what is found in structures; the figures themselves are in `docs/privacy-quality.md`."""

from collections.abc import Callable, Sequence

from bench.privacy.structured import alarms, people_rows, quiet_rows, tallies, value_rows
from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, Passage, scan_text
from ni.privacy.names import Names, NoNames
from ni.privacy.names.worker.pool import NamesPool
from ni.privacy.spans import Span

KEY = b"a key of thirty-two bytes or more"
Detect = Callable[[Sequence[str]], list[list[Span]]]


def _detection(names: Names) -> Detect:
    detector = Detector(names, DetectionPolicy(), FindingsCache())

    def detect(texts: Sequence[str]) -> list[list[Span]]:
        for at in range(0, len(texts), 64):  # in batches, into the cache that `scan_text` then reads
            detector.find(KEY, [Passage(text) for text in texts[at : at + 64]])
        return [scan_text(detector, KEY, text) for text in texts]

    return detect


def test_structure_alone_finds_people() -> None:
    rows = list(people_rows(copies=4))
    scores = tallies(rows, _detection(NoNames())([row["text"] for row in rows]), ("structure", "origin"))
    assert scores["all"].recall >= 0.98
    assert scores["all"].precision >= 0.98
    recalls = {key: tally.recall for key, tally in scores.items()}
    assert min(recalls.values()) >= 0.85, recalls


def test_the_model_takes_nothing_away_from_people_in_structures(names: NamesPool) -> None:
    rows = list(people_rows(copies=1))
    scores = tallies(rows, _detection(names)([row["text"] for row in rows]), ())
    assert scores["all"].recall >= 0.985
    assert scores["all"].precision >= 0.985


def test_values_in_structures_are_found() -> None:
    rows = list(value_rows(copies=1))
    scores = tallies(rows, _detection(NoNames())([row["text"] for row in rows]), ("label",))
    hidden = {key: tally.hidden for key, tally in scores.items()}
    assert min(hidden.values()) >= 0.99, hidden


def test_structure_takes_nobody_from_technology() -> None:
    rows = list(quiet_rows())
    counts = alarms(rows, _detection(NoNames())([row["text"] for row in rows]))
    rates = {kind: 1000 * people / tokens for kind, (tokens, _, people) in counts.items()}
    assert rates["code"] <= 1.0
    assert rates["technical prose"] == 0
