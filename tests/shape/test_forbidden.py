"""What no module of the product does: run code from data, start programs, keep mutable state, read the environment."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = {"eval", "exec", "compile", "from_string", "system", "popen"}
MODULES = {"pickle", "marshal", "shelve", "dill"}


def trees() -> list[tuple[str, ast.Module]]:
    """Every module of the product."""
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text()))
        for path in sorted((ROOT / "ni").rglob("*.py"))
    ]


def called(node: ast.AST) -> str:
    """The last name of what a call calls."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return "" if isinstance(function.value, ast.Name) and function.value.id == "re" else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_no_code_is_made_from_data() -> None:
    found = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.Call) and called(node) in CALLS - {"compile"}]  # fmt: skip
    assert found == []


def test_nothing_is_unpickled() -> None:
    found = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.Import | ast.ImportFrom)
             and MODULES & {alias.name.partition(".")[0] for alias in node.names} | MODULES
             & {getattr(node, "module", None) or ""}]  # fmt: skip
    assert found == []


def test_statements_are_never_put_together_from_text() -> None:
    """`text()` with anything but a literal is how a presented key once became SQL elsewhere."""
    found = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.Call) and called(node) == "text" and isinstance(node.func, ast.Attribute)
             and isinstance(node.func.value, ast.Name) and node.func.value.id in ("sa", "sqlalchemy")
             and node.args and not isinstance(node.args[0], ast.Constant)]  # fmt: skip
    assert found == []


def test_only_settings_reads_the_environment() -> None:
    found = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree)
             if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
             and isinstance(node.value, ast.Name) and node.value.id == "os"]  # fmt: skip
    assert [place for place in found if not place.startswith("ni/settings/__init__.py:")] == []


def test_no_branch_is_taken_on_the_name_of_a_provider_or_dialect() -> None:
    names = {
        "bedrock",
        "vertex_ai",
        "vertex",
        "azure",
        "openai",
        "anthropic",
        "chat",
        "messages",
        "responses",
    }
    found = [f"{name}:{node.lineno}" for name, tree in trees() for node in ast.walk(tree)
             if name.startswith(("ni/gateway/", "ni/web/api/")) and isinstance(node, ast.Compare)
             and names & {each.value for each in node.comparators if isinstance(each, ast.Constant)}]  # fmt: skip
    assert found == []
