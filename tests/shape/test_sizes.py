"""Sizes of files and functions, held without an exemption list; tables of data are no Python files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 500
MOST_FUNCTION_LINES = 40
MOST_ARGUMENTS = 5
MOST_NESTING = 3
USUAL_FUNCTION_LINES = 30
USUAL_SHARE = 0.9

Function = ast.FunctionDef | ast.AsyncFunctionDef
NESTS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def files() -> list[Path]:
    """Every module of the project. The verifier is one file by its promise, and no module of ours imports it."""
    found = [ROOT / "app.py"]
    for folder in ("ni", "tests", "tools", "bench"):
        found += (ROOT / folder).rglob("*.py")
    return sorted(set(found))


def functions() -> Iterator[tuple[str, Function]]:
    """Every function of the product with where it stands."""
    for path in files():
        if ROOT / "tests" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def lines_of(function: Function) -> int:
    """Lines of a function without its docstring and decorators: a long contract is no long function."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    last = body[-1].end_lineno or 0
    return last - body[0].lineno + 2


def nesting(node: ast.AST, depth: int = 0) -> int:
    """How deep control structures lie in each other; `elif` is no deeper than its `if`."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        chained = isinstance(node, ast.If) and child in node.orelse and isinstance(child, ast.If)
        deeper = depth + (isinstance(child, NESTS) and not chained)
        deepest = max(deepest, nesting(child, deeper))
    return deepest


def arguments(function: Function) -> int:
    """Arguments that a caller passes; `self` and `cls` are not passed."""
    args = function.args
    names = [argument.arg for argument in (*args.posonlyargs, *args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"])) + len(args.kwonlyargs)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stops_at_five_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_functions_stop_at_forty_lines_and_nine_in_ten_are_under_thirty() -> None:
    lengths = {where: lines_of(function) for where, function in functions()}
    assert {where: length for where, length in lengths.items() if length > MOST_FUNCTION_LINES} == {}
    usual = sum(length <= USUAL_FUNCTION_LINES for length in lengths.values())
    assert usual / len(lengths) >= USUAL_SHARE


def test_functions_take_at_most_five_arguments() -> None:
    many = {
        where: arguments(function) for where, function in functions() if arguments(function) > MOST_ARGUMENTS
    }
    assert many == {}


def test_nothing_nests_deeper_than_three() -> None:
    deep = {where: nesting(function) for where, function in functions() if nesting(function) > MOST_NESTING}
    assert deep == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path.relative_to(ROOT)) for path in files()
              if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))]  # fmt: skip
    assert silent == []


def test_the_line_fits_on_one_page() -> None:
    assert len((ROOT / "ni/gateway/pipeline.py").read_text().splitlines()) <= 150
