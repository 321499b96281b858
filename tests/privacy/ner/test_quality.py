"""Floors under the quality of names on the evaluation set, with the models that a fresh checkout has.

The figures themselves are in `docs/privacy-quality.md`; these floors only catch a step back.
"""

import pytest

from ni.privacy.training.evaluate import Tally, load, score
from ni.privacy.worker_pool import NamesPool

Scores = tuple[dict[str, Tally], dict[str, tuple[int, int]]]


@pytest.fixture(scope="module")
def scores(names: NamesPool) -> Scores:
    rows = load()
    return score(rows, names.find([row["text"] for row in rows]))


@pytest.mark.parametrize(
    ("rows", "floor"),
    [("all", 0.86), ("language en", 0.85), ("language fr", 0.85), ("case upper", 0.80), ("case lower", 0.80)],
)
def test_recall_of_people_stays_above_its_floor(scores: Scores, rows: str, floor: float) -> None:
    assert scores[0][rows].recall >= floor


def test_no_origin_is_protected_much_less_than_the_others(scores: Scores) -> None:
    recalls = {key: tally.recall for key, tally in scores[0].items() if key.startswith("origin ")}
    assert min(recalls.values()) >= 0.75, recalls


def test_f2_of_people_stays_above_its_floor(scores: Scores) -> None:
    assert scores[0]["all"].f(2) >= 0.87


@pytest.mark.parametrize(("kind", "most"), [("all", 1.5), ("code", 0.3)])
def test_text_that_names_nobody_stays_quiet(scores: Scores, kind: str, most: float) -> None:
    false, tokens = scores[1][kind]
    assert 1000 * false / tokens <= most
