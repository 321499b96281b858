"""The page *The catalog file* names every field that a file can have, and no other."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from ni.catalog import capabilities, load
from ni.catalog.load import parse
from ni.domain.providers import PROVIDERS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "catalog-file.md").read_text("utf-8")


def names(heading: str, after: str = "") -> set[str]:
    """The names in the first column of a section's table, behind a sentence of it."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = section[section.index(after) :].partition("\n| --- |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[1:]]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


SECTIONS: Mapping[str, tuple[set[str], set[str]]] = {
    "deployment": (names("A deployment"), load._DEPLOYMENT_KEYS),
    "route": (names("A route"), load._ROUTE_KEYS),
    "capabilities": (names("Capabilities"), set(capabilities._NAMES)),
    "price": (names("A price"), load._KEYS),
    "band": (names("A price", "A band prices"), load._BAND_KEYS),
    "options": (
        {name.replace("<model>", "") for name in names("A deployment", "Options are")},
        {name for one in PROVIDERS.values() for name in one.options},
    ),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_of_a_section_is_documented_and_no_other(section: str) -> None:
    documented, known = SECTIONS[section]
    assert documented == known


def test_the_example_of_the_page_is_a_catalog() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert [row.id for row in parse(example).routes] == ["local/qwen3-32b-local"]
