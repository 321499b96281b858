"""Anchors of files on this machine: a folder (the default) and a git work tree.

The folder holds `<20-digit size>.txt` and is worth most on another disk, or mounted append-only: it reveals a restored
backup, as the database goes back in time and the folder does not. Files are written once; the newest is touched at each
publication, so that its time says when the log was last compared with it. As fsync may take long, `aside` runs it
where no call waits.

The work tree gets a commit per checkpoint, pushed if the repository has a remote; every clone holds all checkpoints.
The repository must exist. It is used through the `git` program, whose configuration says where it pushes.
"""

import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ni.custody.anchors.base import AnchorDown, AnchorForked, CheckpointPublication, file_name

RunBlocking = Callable[[Callable[[], None]], None]
"""Runs work that waits for a disk, and returns when it is done; raises what the work raises."""


def run_here(work: Callable[[], None]) -> None:
    """Run the work in the caller's thread, for programs without other calls."""
    work()


class FolderAnchor:
    """Files in a folder, which is created on first use."""

    def __init__(self, folder: Path, aside: RunBlocking = run_here) -> None:
        self._folder = folder
        self._aside = aside
        self.name = "folder"

    def newest(self) -> str | None:
        """The content of the file with the greatest size."""
        try:
            names = [entry.name for entry in os.scandir(self._folder) if _is_ours(entry.name)]
            return (self._folder / max(names)).read_text() if names else None
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise AnchorDown(str(fault)) from fault

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Write the file, durable on return. Raises `AnchorForked` if there is another checkpoint of that size."""
        path = self._folder / file_name(publication.size)
        try:
            self._aside(partial(self._keep, path, publication.note))
        except OSError as fault:
            raise AnchorDown(str(fault)) from fault
        return []

    def _keep(self, path: Path, note: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            self._write(path, note)
        if _text(path.read_text()) != _text(note):
            raise AnchorForked(f"{path.name} holds another checkpoint")
        os.utime(path)

    def _write(self, path: Path, note: str) -> None:
        """Write atomically: link a finished draft, which does nothing if another process wrote the same size first."""
        draft = path.with_suffix(f".{os.getpid()}.new")
        with draft.open("w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the caller compares
        finally:
            draft.unlink()


def _is_ours(name: str) -> bool:
    return name.endswith(".txt") and len(name) == len(file_name(0)) and name[:20].isdigit()


def _text(note: str) -> str:
    """The signed text without signatures, which differ while two keys sign."""
    return note.rpartition("\n\n")[0]


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
        """The file as of the last commit."""
        self._git("rev-parse", "--git-dir")
        if not self._git("ls-tree", "HEAD", "--", self._file, may_fail=True):
            return None
        return self._git("show", f"HEAD:{self._file}")

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Commit and push; an existing commit of the same checkpoint is pushed only."""
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
