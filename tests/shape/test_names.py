"""Names mean one thing each: class names of the product, and none of the words that were given up for plainer ones."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN_UP = {
    "": """
        Asked read_asked Keepsakes Letter Addressed Party Complaint passable untold Journey Border Door Patience Duty
        Wish Said Happened _obey Scribe Outlook Lookouts Trial Talk shelf atlas bedrock_native anthropic_native dialer
    """,
    "ni/providers": "Post Order Exchange judge speaks entity leaving",
    "ni/domain": "Order leaving",
    "ni/gateway": "Room Stages leaving",
    "ni/residency": "Watch Claims",
    "ni/metering": "Offer offer",
    "ni/inchat": "codes Codes",
    "ni/custody": "Register Custodian Notary halt",
    "ni/web/portal": "Site marking Sent",
}
"""Identifiers by the folder where they are not used; an empty one means everywhere. What took their place: `Upstream`,
`ErrorBody`, `UpstreamClient`, `UpstreamRequest`, `RequestContext`, `EgressClient`, `Timeouts`, `PartWriter`, ..."""
GIVEN_UP_MODULES = {
    "ni/providers": """
        asked keepsakes signed post relay orders endpoint failures provider exchange translated chunks shapes
        bedrock_native anthropic_native
    """,
    "ni/gateway": "journey border room local outcome stages sealing",
    "ni/outbound": "door target bodies faults",
    "ni/residency": "shelf atlas prefixes watch claims places hosts mending",
    "ni/metering": "offer newest working",
    "ni/privacy": "draw identities surrogates invented names_of_people ner inference weights rules worker sealing",
    "ni/inchat": "codes",
    "ni/custody": "register custodian notary halt",
    "ni/web/portal": "site names marking figures services backing",
}
WORDS = re.compile(
    r"\b(?:keepsakes?|scribes?|custodians?|notar(?:y|ies)|lookouts?|atlas(?:es)?|shel(?:f|ves))\b"
)
"""Words that nobody needs any more, in texts as well."""


@cache
def identifiers(path: Path) -> frozenset[str]:
    """Every name that a module defines, uses, imports or takes as an argument."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                names.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.keyword(arg=str(name)):
                names.add(name)
            case ast.alias(name=name):
                names.update(name.split("."))
    return frozenset(names)


def modules(folder: str) -> list[Path]:
    """The modules of a folder; of the product and all tests if it is empty."""
    folders = [folder] if folder else ["ni", "tests"]
    paths = [path for name in folders for path in sorted((ROOT / name).rglob("*.py"))]
    return [path for path in paths if "shape" not in path.parts]


@pytest.mark.parametrize("folder", GIVEN_UP, ids=lambda folder: folder or "everywhere")
def test_a_name_that_was_given_up_is_not_used(folder: str) -> None:
    given_up = frozenset(GIVEN_UP[folder].split())
    used = {str(path.relative_to(ROOT)): sorted(identifiers(path) & given_up) for path in modules(folder)}
    assert {path: names for path, names in used.items() if names} == {}


@pytest.mark.parametrize("folder", GIVEN_UP_MODULES)
def test_a_module_that_was_given_up_is_not_there(folder: str) -> None:
    there = {path.stem for path in (ROOT / folder).glob("*.py")}
    assert there & set(GIVEN_UP_MODULES[folder].split()) == set()


def texts() -> Iterator[Path]:
    """Modules and documents; decisions and the changelog tell what was once."""
    yield from modules("")
    yield from (path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md")
    yield from (path for path in (ROOT / "docs").glob("*.md"))


def test_a_word_that_was_given_up_is_not_written() -> None:
    found = {str(path.relative_to(ROOT)): WORDS.findall(path.read_text().lower()) for path in texts()}
    assert {path: words for path, words in found.items() if words} == {}


def definitions() -> Counter[str]:
    """How often each public name is defined as a class, at the top of a module of the product."""
    return Counter(
        node.name
        for path in (ROOT / "ni").rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


def test_a_class_name_has_one_meaning() -> None:
    assert {name: count for name, count in definitions().items() if count > 1} == {}
