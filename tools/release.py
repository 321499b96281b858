"""`make release`: tags a version, once everything that a release needs is so. `make check` notes which tree it tested.

It builds nothing that was not tested, tags nothing twice, and pushes nothing.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.package.build import version_of

ROOT = Path(__file__).resolve().parents[1]
TESTED = Path("build", "tested")
Git = Callable[..., str]


def git_of(root: Path) -> Git:
    """A function that runs git there and returns what it says; empty where it fails."""

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
        return done.stdout.strip() if done.returncode == 0 else ""

    return git


def note_tested(root: Path) -> str:
    """Write down the tree that was tested; what to print. A tree with changes is not one that can be named."""
    git = git_of(root)
    if git("status", "--porcelain") or not git("rev-parse", "HEAD"):
        return "Tested, with changes that are not committed: no release can be made of this."
    (root / TESTED).parent.mkdir(exist_ok=True)
    (root / TESTED).write_text(git("rev-parse", "HEAD^{tree}") + "\n")
    return "Tested."


def faults(root: Path) -> Iterator[str]:
    """What stands against a release of the tree, one sentence each."""
    git, version = git_of(root), version_of(root)
    if git("status", "--porcelain"):
        yield "The tree has changes that are not committed: commit them, or take them back."
    tested = (root / TESTED).read_text().strip() if (root / TESTED).is_file() else ""
    if tested != git("rev-parse", "HEAD^{tree}"):
        yield "This tree was not tested: run `make check` to its end."
    if git("tag", "--list", f"v{version}"):
        yield f"v{version} is released already: raise __version__ in ni/__init__.py."
    log = (root / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d$", log, re.MULTILINE):
        yield f"CHANGELOG.md has no heading `## {version} - YYYY-MM-DD`: name the version and the day."
    elif re.search(r"^## Unreleased\s+^###", log, re.MULTILINE):
        yield "CHANGELOG.md has lines under `## Unreleased`: move them under the version."
    for name in ("Dockerfile", "deploy/kubernetes/gateway.yaml", "deploy/kubernetes/upgrade.yaml"):
        for found in re.findall(r"northern-inference:(\d[\w.]*)", (root / name).read_text("utf-8")):
            if found != version:
                yield f"{name} names the image of {found}: write {version}."


def main(arguments: list[str]) -> int:
    """`tested`, `check` (say what stands against a release) or `tag`; 1 where something does."""
    if arguments == ["tested"]:
        print(note_tested(ROOT))
        return 0
    found = list(faults(ROOT))
    for fault in found:
        print(fault, file=sys.stderr)
    if found or arguments != ["tag"]:
        return int(bool(found))
    version = version_of(ROOT)
    command = ["git", "tag", "-a", f"v{version}", "-m", f"Northern Inference {version}"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603
    print(
        f"Tagged v{version}. Publish dist/ with it: the wheel, the source archive, the bill of materials, the sums."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
