"""What the frame of all pages must not do to the page inside it."""

from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ENVIRONMENT = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader(TEMPLATES))
LOCAL = (nodes.Macro, nodes.With, nodes.For, nodes.CallBlock)
"""Statements whose assignments end with them (Jinja, "Assignments": everything else is seen by the blocks inside)."""


def assigned(node: nodes.Node) -> set[str]:
    """The names that stay assigned after this part of a template."""
    names: set[str] = set()
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Assign | nodes.AssignBlock):
            names |= {name.name for name in child.find_all(nodes.Name) if name.ctx == "store"}
        if not isinstance(child, LOCAL):
            names |= assigned(child)
    return names


def syntax(name: str) -> nodes.Template:
    return ENVIRONMENT.parse((TEMPLATES / name).read_text())


PAGES = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if '{% extends "base.html" %}' in path.read_text()
)


@pytest.mark.parametrize("name", PAGES)
def test_the_frame_assigns_no_name_that_a_page_is_given(name: str) -> None:
    read = {one.name for one in syntax(name).find_all(nodes.Name) if one.ctx == "load"}
    assert assigned(syntax("base.html")) & read == set()
