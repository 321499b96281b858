"""A release is refused for each thing that it lacks, in a sentence that says what to do."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.release import faults, note_tested

FILES = {
    ".gitignore": "/build/\n",
    "ni/__init__.py": '__version__ = "1.2.0"\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-12-01\n\n### Added\n\n- A thing.\n",
    "Dockerfile": "FROM scratch\n",
    "deploy/kubernetes/gateway.yaml": "image: northern-inference:1.2.0\n",
    "deploy/kubernetes/upgrade.yaml": "image: northern-inference:1.2.0\n",
}


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Alice", "-c", "user.email=alice@example.ca"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "--allow-empty", "-m", "Change it")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    assert note_tested(tmp_path) == "Tested."
    return tmp_path


def test_a_clean_tested_tree_is_released(tree: Path) -> None:
    assert list(faults(tree)) == []
    commit(tree)  # another commit of the same files needs no other test
    assert list(faults(tree)) == []


def _dirty(tree: Path) -> None:
    (tree / "Dockerfile").write_text("FROM nothing\n")


def _untested(tree: Path) -> None:
    (tree / "more").write_text("x")
    commit(tree)


def _released(tree: Path) -> None:
    git(tree, "tag", "-a", "v1.2.0", "-m", "it")


def _changed(tree: Path, name: str, before: str, after: str) -> None:
    (tree / name).write_text(FILES[name].replace(before, after))
    commit(tree)
    note_tested(tree)


def _undated(tree: Path) -> None:
    _changed(tree, "CHANGELOG.md", " - 2026-12-01", "")


def _left_over(tree: Path) -> None:
    _changed(tree, "CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- B.\n")


def _other_image(tree: Path) -> None:
    _changed(tree, "deploy/kubernetes/gateway.yaml", "1.2.0", "1.1.0")


LACKS = [
    (_dirty, "not committed"),
    (_untested, "was not tested"),
    (_released, "released already"),
    (_undated, "has no heading"),
    (_left_over, "under `## Unreleased`"),
    (_other_image, "names the image of 1.1.0"),
]


@pytest.mark.parametrize(("lack", "says"), LACKS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_release_that_lacks_something_is_refused(
    tree: Path, lack: Callable[[Path], None], says: str
) -> None:
    lack(tree)
    (fault,) = faults(tree)
    assert says in fault


def test_a_tree_with_changes_is_not_noted_as_tested(tree: Path) -> None:
    _dirty(tree)
    before = (tree / "build" / "tested").read_text()
    assert "no release" in note_tested(tree)
    assert (tree / "build" / "tested").read_text() == before
