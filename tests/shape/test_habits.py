"""Files are as `.editorconfig` tells editors to write them; the hooks for commits run programs that the project has."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".ci", "bench", "docs", "ni", "static/js", "templates", "tests", "tools")
KINDS = {".py", ".md", ".js", ".html", ".toml", ".yaml", ".c", ".h", ".in", ".sh"}
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text()


def texts() -> list[Path]:
    """Files that people of the project write, in the folders and at the top."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    found = [path for path in found if "vendor" not in path.parts]
    top = [
        ROOT / name
        for name in ("Makefile", ".editorconfig", ".env.example", ".gitignore", ".pre-commit-config.yaml")
    ]
    return [*found, *top, *ROOT.glob("*.md"), *ROOT.glob("*.py"), *ROOT.glob("*.toml"), *ROOT.glob("*.in")]


def test_files_end_with_one_line_end_and_lines_with_no_blanks() -> None:
    wrong = []
    for path in texts():
        text = path.read_bytes().decode()
        if "\r" in text or (text and (not text.endswith("\n") or text.endswith("\n\n"))):
            wrong.append(f"{path.relative_to(ROOT)}: its end")
        wrong += [
            f"{path.relative_to(ROOT)}:{at}"
            for at, line in enumerate(text.split("\n"), 1)
            if line != line.rstrip(" \t")
        ]
    assert wrong == []


def test_each_hook_runs_a_program_of_the_project() -> None:
    asked = (ROOT / "requirements-dev.in").read_text()
    entries = re.findall(r"entry: (\S+)", HOOKS)
    assert {Path(entry).name for entry in entries} >= {"ruff", "mypy", "djlint"}
    for entry in entries:
        name = entry.removeprefix(".venv/bin/")
        assert re.search(rf"^{name}==", asked, re.MULTILINE) if name != entry else (ROOT / entry).exists(), (
            entry
        )


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("Refuse a key whose account is closed\n\nIt was let through.\n", ""),
        ("é" * 72 + "\n", ""),
        ("x" * 73 + "\n", "has 73 characters"),
        ("Refuse a key.\n", "full stop"),
        ("# nothing but a comment\n", "no subject"),
        ("Merge branch of a name that is a good deal longer than seventy-two characters in all\n", ""),
    ],
)
def test_a_subject_is_short_and_has_no_full_stop(tmp_path: Path, message: str, says: str) -> None:
    file = tmp_path / "message"
    file.write_text(message)
    command = [ROOT / "tools" / "commit-subject", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    assert (done.returncode == 0) == (not says)
    assert says in done.stderr
