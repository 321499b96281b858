"""Floors under the quality of names on the evaluation sets, with the models that a fresh checkout has.

The figures themselves are in `docs/privacy-quality.md`; these floors only catch a step back. Texts go through the
whole detection, as those of a request do.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ni.privacy.detect import DetectionPolicy, Detector, FindingsCache, Passage, scan_text
from ni.privacy.names.worker.pool import NamesPool
from tests.running import ROOT
from tools.privacy_training.evaluate import SETS, Scores, load, score

KEY = b"a key of thirty-two bytes or more"
FLOORS = {
    "people, first set": {
        "all": 0.96,
        "language en": 0.96,
        "language fr": 0.95,
        "case upper": 0.94,
        "case lower": 0.95,
    },
    "people, second set": {
        "all": 0.97,
        "language en": 0.97,
        "language fr": 0.96,
        "case upper": 0.96,
        "case lower": 0.95,
    },
    "people, third set": {
        "all": 0.93,
        "language en": 0.92,
        "language fr": 0.92,
        "case upper": 0.90,
        "case lower": 0.88,
    },
}
ORIGINS = {"people, first set": 0.91, "people, second set": 0.94, "people, third set": 0.86}
F2 = {"people, first set": 0.96, "people, second set": 0.96, "people, third set": 0.93}


@pytest.fixture(scope="module", params=list(FLOORS))
def named(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def scores(named: str, names: NamesPool) -> Scores:
    rows = [*load(SETS[named]), *our_own_code()]
    texts = [row["text"] for row in rows]
    detector = Detector(names, DetectionPolicy(), FindingsCache())
    for at in range(0, len(texts), 64):  # in batches, into the cache that `scan_text` then reads
        detector.find(KEY, [Passage(text) for text in texts[at : at + 64]])
    return score(rows, [scan_text(detector, KEY, text) for text in texts])


def our_own_code() -> Iterator[dict[str, Any]]:
    """Real code without people: a part of the gateway's own."""
    for path in sorted((ROOT / "ni" / "providers").glob("*.py")):
        yield {
            "text": path.read_text("utf-8"),
            "lang": "en",
            "kind": "code",
            "case": "as written",
            "spans": [],
        }


def test_recall_of_people_stays_above_its_floors(scores: Scores, named: str) -> None:
    recalls = {rows: scores.tallies[rows].recall for rows in FLOORS[named]}
    assert all(recalls[rows] >= floor for rows, floor in FLOORS[named].items()), recalls


def test_no_origin_is_protected_much_less_than_the_others(scores: Scores, named: str) -> None:
    recalls = {key: tally.recall for key, tally in scores.tallies.items() if key.startswith("origin ")}
    assert min(recalls.values()) >= ORIGINS[named], recalls


def test_f2_of_people_stays_above_its_floor(scores: Scores, named: str) -> None:
    assert scores.tallies["all"].f(2) >= F2[named]


def test_people_begin_and_end_where_they_should(scores: Scores) -> None:
    assert scores.tallies["all"].boundaries >= 0.95


# The code is the gateway's own. The third set's prose is of methods and products that bear names, line by line.
@pytest.mark.parametrize(("kind", "most"), [("all", 1.0), ("code", 0.2)])
def test_text_that_names_nobody_stays_quiet(scores: Scores, kind: str, most: float) -> None:
    quiet = scores.quiet[kind]
    assert quiet.per_thousand(quiet.people) <= most
