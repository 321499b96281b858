"""How many names in other scripts are found, with a cue and in running text: floors under the figures in the docs."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from ni.privacy.names.foreign import find_other_scripts

SETS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("scripts.toml").read_text("utf-8"))
FLOORS = {"cued": 0.9, "running": 0.6}


def recall(kind: str, script: str) -> tuple[int, int]:
    """How many names of a script were found whole in sentences of a kind, and of how many."""
    hits = count = 0
    for name in SETS[script]["names"]:
        for sentence in SETS[script][kind]:
            text = sentence.replace("[N]", name)
            start = text.index(name)
            hits += any(
                first <= start and last >= start + len(name) for first, last in find_other_scripts(text)
            )
            count += 1
    return hits, count


@pytest.mark.parametrize("kind", FLOORS)
def test_names_in_other_scripts_are_found_as_often_as_stated(kind: str) -> None:
    found = {script: recall(kind, script) for script in SETS}
    hits, count = (sum(each) for each in zip(*found.values(), strict=True))
    assert hits / count >= FLOORS[kind], found


@pytest.mark.parametrize("script", SETS)
def test_text_without_anybody_stays_as_it_is(script: str) -> None:
    for text in SETS[script]["nobody"]:
        assert [text[start:end] for start, end in find_other_scripts(text)] == []
