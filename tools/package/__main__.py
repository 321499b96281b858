"""`python -m tools.package PYTHON OUT`: build a release of the newest commit. `--twice` builds again and compares."""

import argparse
import filecmp
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.package.build import exported, release

ROOT = Path(__file__).resolve().parents[2]


def git(*arguments: str) -> str:
    """What git says, without the line end."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def made(python: str, revision: str, out: Path) -> list[Path]:
    """The files of one build of the commit in a folder of its own."""
    with tempfile.TemporaryDirectory() as source:
        exported(ROOT, revision, Path(source))
        return release(python, Path(source), out, revision, int(git("log", "-1", "--format=%ct", revision)))


def main() -> int:
    """Build, print names and sizes; 1 if a second build differs."""
    parser = argparse.ArgumentParser(prog="python -m tools.package")
    parser.add_argument("python")
    parser.add_argument("out", type=Path)
    parser.add_argument("--twice", action="store_true")
    wanted = parser.parse_args()
    shutil.rmtree(wanted.out, ignore_errors=True)
    wanted.out.mkdir(parents=True)
    revision = git("rev-parse", "HEAD")
    if git("status", "--porcelain", "--untracked-files=no"):
        print("The tree has changes that are not committed; they are not in what is built.", file=sys.stderr)
    files = made(wanted.python, revision, wanted.out.absolute())
    for path in files:
        print(f"{path.stat().st_size:>10}  {wanted.out / path.name}")
    if wanted.twice:
        with tempfile.TemporaryDirectory() as again:
            other = made(wanted.python, revision, Path(again))
            if any(not filecmp.cmp(one, two, shallow=False) for one, two in zip(files, other, strict=True)):
                print("A second build differs.", file=sys.stderr)
                return 1
        print("A second build is equal, byte for byte.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
