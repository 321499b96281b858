"""Floors under what is found in structures; the figures themselves are in `docs/privacy-quality.md`."""

from collections.abc import Callable, Sequence

import pytest

from bench.privacy.structured import alarms, people_rows, quiet_rows, tallies, value_rows
from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector, Passage
from ni.privacy.policy import Policy
from ni.privacy.scan import scanned
from ni.privacy.spans import Span
from ni.privacy.worker_pool import NamesPool

KEY = b"a key of thirty-two bytes or more"
Detect = Callable[[Sequence[str]], list[list[Span]]]


@pytest.fixture(scope="module")
def detect(names: NamesPool) -> Detect:
    detector = Detector(names, Policy(), FindingsCache())

    def found(texts: Sequence[str]) -> list[list[Span]]:
        for at in range(0, len(texts), 64):
            detector.find(KEY, [Passage(text) for text in texts[at : at + 64]])
        return [scanned(detector, KEY, text) for text in texts]

    return found


def test_people_in_structures_are_found(detect: Detect) -> None:
    rows = list(people_rows(copies=2))
    found = tallies(rows, detect([row["text"] for row in rows]), ("structure", "origin"))
    assert found["all"].recall >= 0.97
    assert found["all"].precision >= 0.95
    weak = {
        key: tally.recall for key, tally in found.items() if tally.recall < 0.85 and key.startswith("origin")
    }
    assert not weak


def test_values_in_structures_are_found(detect: Detect) -> None:
    rows = list(value_rows(copies=1))
    found = tallies(rows, detect([row["text"] for row in rows]), ("label", "structure"))
    assert found["all"].hidden >= 0.95


def test_technology_without_people_stays_quiet(detect: Detect) -> None:
    rows = list(quiet_rows())
    found = alarms(rows, detect([row["text"] for row in rows]))
    rates = {kind: 1000 * people / tokens for kind, (tokens, _, people) in found.items()}
    assert rates["code"] <= 10
    assert rates["technical prose"] <= 40
