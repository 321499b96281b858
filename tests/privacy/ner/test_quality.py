"""Floors under the quality of names on the evaluation sets, with the models that a fresh checkout has.

The figures themselves are in `docs/privacy-quality.md`; these floors only catch a step back. Texts go through the
whole detection, as those of a request do.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector, Passage
from ni.privacy.policy import Policy
from ni.privacy.scan import scanned
from ni.privacy.training.evaluate import SETS, Scores, load, score
from ni.privacy.worker_pool import NamesPool
from tests.running import ROOT

KEY = b"a key of thirty-two bytes or more"
FLOORS = {"all": 0.86, "language en": 0.85, "language fr": 0.85, "case upper": 0.80, "case lower": 0.80}


@pytest.fixture(scope="module", params=list(SETS)[:2])
def scores(request: pytest.FixtureRequest, names: NamesPool) -> Scores:
    rows = [*load(SETS[request.param]), *our_own_code()]
    texts = [row["text"] for row in rows]
    detector = Detector(names, Policy(), FindingsCache())
    for at in range(0, len(texts), 64):  # in batches, into the cache that `scanned` then reads
        detector.find(KEY, [Passage(text) for text in texts[at : at + 64]])
    return score(rows, [scanned(detector, KEY, text) for text in texts])


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


def test_recall_of_people_stays_above_its_floors(scores: Scores) -> None:
    recalls = {rows: scores.tallies[rows].recall for rows in FLOORS}
    assert all(recalls[rows] >= floor for rows, floor in FLOORS.items()), recalls


def test_no_origin_is_protected_much_less_than_the_others(scores: Scores) -> None:
    recalls = {key: tally.recall for key, tally in scores.tallies.items() if key.startswith("origin ")}
    assert min(recalls.values()) >= 0.75, recalls


def test_f2_of_people_stays_above_its_floor(scores: Scores) -> None:
    assert scores.tallies["all"].f(2) >= 0.87


# The bar for code is 0.3; here the code is the gateway's own.
@pytest.mark.parametrize(("kind", "most"), [("all", 1.5), ("code", 0.3)])
def test_text_that_names_nobody_stays_quiet(scores: Scores, kind: str, most: float) -> None:
    quiet = scores.quiet[kind]
    assert quiet.per_thousand(quiet.people) <= most
