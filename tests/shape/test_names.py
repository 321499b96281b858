"""No name of a class has two meanings. `STILL` are those that have, with how often: the list only becomes shorter."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STILL = {
    "Answer": 3,
    "Change": 2,
    "Conversation": 2,
    "Form": 2,
    "Found": 2,
    "Kind": 4,
    "Malformed": 2,
    "Origin": 2,
    "Pace": 2,
    "Policy": 2,
    "Record": 2,
    "Refusal": 2,
    "Refused": 2,
    "Rule": 3,
    "Wanted": 2,
}
"""Names of house-keeping to come. A name that has been mended is taken out; none is put in."""


def definitions() -> Counter[str]:
    """How often each public name is defined as a class, at the top of a module of the product."""
    return Counter(
        node.name
        for path in (ROOT / "ni").rglob("*.py")
        if "training" not in path.parts
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


def test_a_class_name_has_one_meaning() -> None:
    more = {name: count for name, count in definitions().items() if count > STILL.get(name, 1)}
    assert more == {}, "find another name for the new one"
