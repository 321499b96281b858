"""Each library that is asked for is used where it is installed for, and what the gateway imports is named."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions, files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = re.compile(r"^([a-z][a-z0-9-]*)[^#\n]*(?:  # (.+))?$", re.MULTILINE)
RUN_TIME = ("ni", "app.py")
DEVELOPMENT = ("tests", "tools", "bench")
ELSEWHERE = {
    "training": "requirements-training.txt",
    "agents": "the lock files beside tests/clients",
    "local_model": "requirements-model.txt",
}
"""Folders whose programs run in an environment of their own."""
OURS = {"ni", "tests", "tools", "bench", "app", "ni_verify"}


def asked(name: str) -> dict[str, str]:
    """The distributions of a `.in` file, each with the reason why it is not imported, if its line has one."""
    return dict(ASKED.findall((ROOT / name).read_text(encoding="utf-8")))


def modules(folders: tuple[str, ...]) -> Iterator[Path]:
    """The modules below the folders that run in the environment of the project."""
    for folder in folders:
        path = ROOT / folder
        for module in [path] if path.is_file() else path.rglob("*.py"):
            if not any(part.endswith(name) for part in module.parts for name in ELSEWHERE):
                yield module


@cache
def imported(folders: tuple[str, ...]) -> frozenset[str]:
    """The modules of others that are imported there, with every module above them and what is imported from them."""
    found: set[str] = set()
    for module in modules(folders):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    foreign = {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names | OURS}
    return frozenset(
        ".".join(name.split(".")[: at + 1]) for name in foreign for at in range(name.count(".") + 1)
    )


@cache
def brought(distribution: str) -> frozenset[str]:
    """The packages and modules that a distribution installs, with dots; namespaces that it shares are none."""
    found = set()
    for file in files(distribution) or ():
        if file.suffix in {".py", ".so"} and ".dist-info" not in file.parts[0]:
            *folders, name = file.parts
            stem = name.partition(".")[0]
            found.add(".".join(folders if stem == "__init__" else [*folders, stem]))
    return frozenset(found - {""})


@pytest.mark.parametrize(
    ("name", "folders"), [("requirements.in", RUN_TIME), ("requirements-dev.in", DEVELOPMENT)]
)
def test_what_is_asked_for_is_imported_or_says_why_not(name: str, folders: tuple[str, ...]) -> None:
    used = imported(folders)
    silent = {distribution for distribution, reason in asked(name).items() if not reason}
    assert {distribution for distribution in silent if not brought(distribution) & used} == set()


@pytest.mark.parametrize(
    ("name", "folders"), [("requirements.in", RUN_TIME), ("requirements-dev.in", DEVELOPMENT)]
)
def test_what_says_that_it_is_not_imported_is_not(name: str, folders: tuple[str, ...]) -> None:
    used = imported(folders)
    excused = {distribution for distribution, reason in asked(name).items() if reason}
    assert {distribution for distribution in excused if brought(distribution) & used} == set()


def test_what_the_gateway_imports_is_asked_for_by_name() -> None:
    own = frozenset[str]().union(*map(brought, asked("requirements.in")))
    tops = {name for name in imported(RUN_TIME) if "." not in name}
    shared = {
        "google",
        "opentelemetry",
    }  # namespaces of many distributions: their packages are looked at instead
    packages = {
        name for name in imported(RUN_TIME) if name.count(".") == 1 and name.partition(".")[0] in shared
    }
    assert (tops - shared | packages) - own == set()


GIVEN = """
    boto3 flask flask-login gevent google-cloud-aiplatform gunicorn openai pytest requests spacy sqlalchemy
"""


def test_the_given_libraries_are_asked_for_and_used() -> None:
    """The project was told to use them: at run time, or in the tests as what the gateway is compared with."""
    both = asked("requirements.in") | asked("requirements-dev.in")
    assert [name for name in GIVEN.split() if both.get(name) != ""] == []


IMPORTS_ALL = """
import importlib, json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
modules, absent = json.load(sys.stdin)
sys.meta_path.insert(0, Absent())
for name in modules:
    importlib.import_module(name)
"""
RUN_BY_OTHERS = {"__main__", "env"}
"""Programs: Python and Alembic run them, and importing them would start what they do."""


def test_every_module_of_the_gateway_can_be_imported_with_its_own_lock_file_alone() -> None:
    """A library that is here for the tests alone must not be what a library of the gateway wants."""
    locked = set(
        re.findall(r"^([a-z0-9-]+)(?:\[.+\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    names = {re.sub(r"[-_.]+", "-", each.name).lower() for each in distributions()}
    absent = frozenset[str]().union(*map(brought, names - locked)) - frozenset[str]().union(
        *map(brought, names & locked)
    )
    own = [path.relative_to(ROOT) for path in modules(("ni",)) if "versions" not in path.parts]
    dotted = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in own
        if path.stem not in RUN_BY_OTHERS
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_ALL], input=json.dumps([sorted(dotted), sorted(absent)]),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(dotted) > 200
    assert "openai" in absent
