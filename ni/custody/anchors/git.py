"""An anchor in a git repository: a commit per checkpoint, pushed if the repository has a remote.

Whoever clones it holds every checkpoint. The repository must exist; it is used through the `git` program, whose own
configuration says how it signs and where it pushes.
"""

import subprocess
from pathlib import Path

from ni.custody.anchors.base import AnchorDown, CheckpointPublication

FILE = "checkpoint"
WAIT_S = 60.0
_WHO = (
    "-c",
    "user.name=Northern Inference",
    "-c",
    "user.email=custody@localhost",
    "-c",
    "commit.gpgsign=false",
)


class GitAnchor:
    """A work tree with a file `checkpoint`, for a later log `checkpoint-<later>`."""

    def __init__(self, folder: Path, later: str = "") -> None:
        self._folder = folder
        self._file = f"{FILE}-{later}" if later else FILE
        self.name = "git"

    def newest(self) -> str | None:
        """The file as it was committed last."""
        self._git("rev-parse", "--git-dir")
        if not self._git("ls-tree", "HEAD", "--", self._file, may_fail=True):
            return None
        return self._git("show", f"HEAD:{self._file}")

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Commit and push. What is committed already is pushed again if it has to be."""
        path = self._folder / self._file
        try:
            path.write_text(publication.note)
        except OSError as fault:
            raise AnchorDown(str(fault)) from fault
        self._git("add", "--", self._file)
        if self._git("status", "--porcelain", "--", self._file):
            message = f"Checkpoint of size {publication.size}"
            self._git(*_WHO, "commit", "--quiet", "--message", message, "--", self._file)
        if self._git("remote"):
            self._git("push", "--quiet")
        return []

    def _git(self, *words: str, may_fail: bool = False) -> str:
        command = ["git", "-C", str(self._folder), *words]
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                command, capture_output=True, text=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise AnchorDown(f"git {words[0]}: {type(fault).__name__}") from fault
        if done.returncode and not may_fail:
            raise AnchorDown(f"git {words[0]} ended with {done.returncode}")
        return "" if done.returncode else done.stdout
