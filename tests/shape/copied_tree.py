"""A copy of the tree, into which a test writes what `docs/architecture.md` says that a new thing needs."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOYS = ROOT / "tests" / "shape" / "toys"
COPIED = ("ni", "templates", "tests/__init__.py", "tests/assembled.py", "tests/user_run_tests/integrations")
_PATH = re.compile(r"`([a-z]+/[\w./<>-]+)`")


def files_named_for(thing: str) -> set[str]:
    """The files that the row for a new thing in `docs/architecture.md` says to write or to change."""
    rows = (ROOT / "docs" / "architecture.md").read_text().splitlines()
    (row,) = [row for row in rows if row.startswith(f"| {thing} |")]
    _, _, write, change, *_ = row.split("|")
    return set(_PATH.findall(write + change))


class CopiedTree:
    """The product in a folder of the test's; `changed` are the files that were written or changed, toys by `<name>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: set[str] = set()
        for name in COPIED:
            source, target = ROOT / name, folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        (folder / "static").symlink_to(ROOT / "static")

    def write(self, name: str, toy: str) -> None:
        """Write a new file: the toy of that name."""
        target = self.folder / name
        assert not target.exists()
        shutil.copy(TOYS / toy, target)
        self.changed.add(name.replace("toy.", "<name>."))

    def insert(self, definition: str, before: str, lines: str) -> None:
        """Put lines before the first line that begins with `before`, in the one module that holds a definition."""
        (target,) = [
            path for path in (self.folder / "ni").rglob("*.py") if f"\n{definition}" in path.read_text()
        ]
        name = str(target.relative_to(self.folder))
        text, found, rest = target.read_text().partition(f"\n{before}")
        assert found, f"{name} has no line that begins with {before!r}"
        target.write_text(f"{text}\n{lines}{found}{rest}")
        self.changed.add(name)

    def run(self, program: str) -> Any:
        """What a program among the toys prints, as JSON, when it runs on the copy."""
        shutil.copy(TOYS / program, self.folder / "program.py")
        done = subprocess.run(
            [sys.executable, "program.py"], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
