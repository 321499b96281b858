"""An anchor of files: `<folder>/<20-digit size>.txt`, the default. Worth most on another disk, or mounted append-only.

It is what stops a restored backup: the database goes back in time, the folder does not. Files are written once; the
newest is touched at each publication, so that its time says when the log last stood by it. A disk may take long to say
that a file is safe: `aside` runs that where no call waits for it.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ni.custody.anchors.base import AnchorDown, AnchorForked, CheckpointPublication, file_name

Aside = Callable[[Callable[[], None]], None]
"""Runs work that waits for a disk, and returns when it is done; raises what the work raises."""


def here(work: Callable[[], None]) -> None:
    """Where nobody else waits."""
    work()


class FolderAnchor:
    """Files in a folder, which is made when needed."""

    def __init__(self, folder: Path, aside: Aside = here) -> None:
        self._folder = folder
        self._aside = aside
        self.name = "folder"

    def newest(self) -> str | None:
        """The file with the greatest size."""
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
        """Whole or not at all: a link to a finished draft, which fails if another wrote the same size first."""
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
    """The signed text: signatures may differ, of two keys or one."""
    return note.rpartition("\n\n")[0]
