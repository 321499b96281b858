"""Builds the anchors of an instance: the folder always, and those that the operator names.

    s3://BUCKET/PREFIX    git:/PATH/OF/A/WORK/TREE    witness:KEY@https://HOST/PATH

Each log has a separate folder, prefix or file in each anchor, because sizes restart with a new log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ni.custody.anchors.base import Anchor
from ni.custody.anchors.files import FolderAnchor, GitAnchor, RunBlocking, run_here
from ni.custody.anchors.remote import Post, S3Anchor, WitnessAnchor
from ni.custody.logs import LogHead
from ni.custody.note import NoteRefused, parse_vkey
from ni.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class AnchorTools:
    """Dependencies of the anchors: `s3` makes a boto3 client, `aside` runs work that waits for a disk."""

    folder: Path
    post: Post
    s3: Callable[[], Any]
    clock: Clock
    aside: RunBlocking = run_here


def build_anchors(words: Sequence[str], head: LogHead, tools: AnchorTools) -> list[Anchor]:
    """The anchors of a log. Raises `ValueError` with a sentence for a word that names none."""
    later = "" if head.log_id == 1 else f"log-{head.log_id}"
    return [FolderAnchor(tools.folder / later, tools.aside), *(_named(word, later, tools) for word in words)]


def _named(word: str, later: str, tools: AnchorTools) -> Anchor:
    scheme, _, rest = word.partition(":")
    if scheme == "s3" and rest.startswith("//"):
        bucket, _, prefix = rest[2:].partition("/")
        parts = [part for part in (prefix.strip("/"), later) if part]
        return S3Anchor(tools.s3(), bucket, "".join(f"{part}/" for part in parts), tools.clock)
    if scheme == "git" and Path(rest).is_absolute():
        return GitAnchor(Path(rest), later)
    vkey, mark, url = rest.partition("@")
    if scheme == "witness" and mark:
        try:
            return WitnessAnchor(tools.post, url, parse_vkey(vkey))
        except NoteRefused as fault:
            raise ValueError(f"{word}: {fault}") from None
    raise ValueError(
        f"{word} is no anchor; write s3://BUCKET/PREFIX, git:/PATH or witness:KEY@https://HOST/PATH"
    )
