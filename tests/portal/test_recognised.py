"""Grounds, faults and advice of residency are told in the page's language, whatever the guard can say."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ni.residency import guard, rules
from ni.residency.rules import MENDS, Fault, Grade, Permit, Refusal, ResidencyRule
from ni.web.portal.recognised import EXPECTED, FOUND, GROUNDS, advice, fault_in_words, grounds, recognised


def said(node: ast.expr) -> str | None:
    """A sentence with `x` for each value; None for a name alone."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "C" for part in node.values)
    if isinstance(node, ast.Subscript):
        return said(node.value)
    if isinstance(node, ast.BoolOp):
        return said(node.values[-1])
    return None


def calls() -> Iterator[ast.Call]:
    for module in (guard, rules):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def arguments(name: str, place: int) -> set[str]:
    """The sentences that are given to a function as its n-th argument."""
    found = (
        said(call.args[place])
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id == name and len(call.args) > place
    )
    return {sentence for sentence in found if sentence and " " in sentence and sentence.strip("C ")}


@pytest.mark.parametrize(
    ("sentences", "templates"),
    [
        (arguments("_permit", 2) | arguments("Permit", 2), GROUNDS),
        (arguments("Fault", 1), EXPECTED),
        (arguments("Fault", 2), FOUND),
    ],
    ids=["grounds", "expected", "found"],
)
def test_everything_that_the_guard_says_is_told_in_french(
    one_app: Flask, sentences: set[str], templates: tuple[str, ...]
) -> None:
    assert sentences
    with one_app.test_request_context(headers={"Accept-Language": "fr"}):
        assert [one for one in sentences if recognised(one, templates) == one] == []
    with one_app.test_request_context(headers={"Accept-Language": "en"}):
        assert {recognised(one, templates) for one in sentences} == sentences


def test_a_fault_is_told_with_its_values_and_with_advice(one_app: Flask) -> None:
    fault = Fault(ResidencyRule.ADDRESS, "an address of azure", "203.0.113.9, not among them")
    with one_app.test_request_context(headers={"Accept-Language": "fr"}):
        told = grounds(Refusal(fault))
        assert told == fault_in_words(fault)
        assert "azure" in told
        assert "203.0.113.9" in told
        assert all(advice(Fault(rule, "", "")) != MENDS[rule] for rule in ResidencyRule)


def test_a_permit_tells_its_grounds_even_where_a_fault_is_noted(one_app: Flask) -> None:
    noted = Fault(ResidencyRule.ADDRESS, "canadaeast", "203.0.113.9 in eastus")
    permit = Permit("CA", Grade.DECLARED, "the operator's own machine", "local", noted)
    with one_app.test_request_context(headers={"Accept-Language": "en"}):
        assert grounds(permit) == "the operator's own machine"
