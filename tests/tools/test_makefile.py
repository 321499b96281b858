"""The Makefile lists its own targets, and its steps are quiet unless they fail."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


def test_make_alone_lists_every_target() -> None:
    declared = re.search(
        r"^\.PHONY: ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert declared is not None
    targets = declared[1].replace("\\\n", " ").split()
    assert set(re.findall(r"^  make (\S+) +\S", run("make").stdout, re.MULTILINE)) == set(targets)


def test_a_step_that_works_says_one_sentence() -> None:
    done = run("tools/step", "Doing it.", "echo", "noise")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Doing it.\n", "")


def test_a_step_that_fails_shows_the_words_of_its_command_and_its_status() -> None:
    done = run("tools/step", "Doing it.", "sh", "-c", "echo cause; exit 7")
    assert done.returncode == 7
    assert done.stderr.startswith("cause\nThat failed (status 7).")


SEEN = "import pathlib\n\n\ndef test_{n}():\n    seen = pathlib.Path('seen-{n}').exists()\n"
PASSES = SEEN
FAILS = SEEN + "    assert False\n"
FAILS_ONCE = SEEN + "    pathlib.Path('seen-{n}').touch()\n    assert seen\n"


@pytest.mark.parametrize(
    ("tests", "ci", "passes", "again"),
    [
        ([PASSES], "true", True, False),
        ([PASSES, FAILS_ONCE], "true", True, True),
        ([PASSES, FAILS_ONCE], "", False, False),
        ([FAILS_ONCE, FAILS], "true", False, True),
        ([FAILS_ONCE] * 6, "true", False, False),
    ],
)
def test_ci_runs_a_few_failed_tests_once_more(
    tmp_path: Path, tests: list[str], ci: str, passes: bool, again: bool
) -> None:
    for number, text in enumerate(tests):
        (tmp_path / f"test_{number}.py").write_text(text.format(n=number))
    done = subprocess.run(
        [ROOT / "tools" / "run-tests", sys.executable, "-n", "2"],
        cwd=tmp_path, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode == 0) is passes, done.stdout
    assert ("once more, alone" in done.stdout) is again


@pytest.mark.parametrize(
    ("with_it", "says"),
    [
        ("pass", ""),
        ("sys.version_info = (3, 10, 9)", r"needs Python 3\.11, 3\.12 or 3\.13, and \S+ is 3\.10\."),
        ("sys.version_info = (3, 14, 0)", r"\S+ is 3\.14\."),
        ("sys.modules['ensurepip'] = None", r"cannot make environments; on Debian, install python3-venv\."),
    ],
)
def test_a_python_that_will_not_do_is_refused_in_one_line(with_it: str, says: str) -> None:
    asked = f"import runpy, sys; {with_it}; runpy.run_path('tools/supported_python.py')"
    done = run(sys.executable, "-c", asked)
    assert done.returncode == bool(says)
    assert re.search(says, done.stderr)
    assert done.stderr.count("\n") == bool(says)


def test_the_pins_are_whole() -> None:
    """They are installed without resolving, so that a library missing from them would be missed here first."""
    done = run(sys.executable, "-m", "pip", "check")
    assert done.returncode == 0, done.stdout
