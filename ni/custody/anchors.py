"""Anchors: systems where a checkpoint is published so that it cannot be withdrawn, not even by us.

At a start and before each publication an anchor's newest checkpoint is compared with the log. A difference shows that
something is wrong, not which side is right. `build_anchors` makes those of an instance: the folder always, and those
that the operator names. Each log has a separate folder, prefix or file in each anchor, because sizes restart with a new
log.

    s3://BUCKET/PREFIX    git:/PATH/OF/A/WORK/TREE    witness:KEY@https://HOST/PATH

Folder: holds `<20-digit size>.txt` and is worth most on another disk, or mounted append-only: it reveals a restored
backup, as the database goes back in time and the folder does not. Files are written once; the newest is touched at each
publication, so that its time says when the log was last compared with it. As fsync may take long, `aside` runs it
where no call waits.

Work tree: gets a commit per checkpoint, pushed if the repository has a remote; every clone holds all checkpoints. The
repository must exist. It is used through the `git` program, whose configuration says where it pushes.

S3: one object per checkpoint, `<prefix><20-digit size>.txt`, written with `If-None-Match: *` under Object Lock in
COMPLIANCE mode, in which not even the account's root user can delete or replace it. The bucket must have been created
with Object Lock. The boto3 client, with its credentials, is a parameter.

Witness: `POST <url>/add-checkpoint` with the old size, the proof of consistency and the checkpoint (C2SP tlog-witness).
A witness cosigns only if the log grew from what it saw before. Its cosignature (C2SP tlog-cosignature, Ed25519: a time
and a signature) is verified with its key. Growth from size 0 needs no proof; RFC 6962 defines none.
"""

import base64
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ni.custody.logs import LogHead
from ni.custody.note import NoteRefused, VerifierKey, parse_vkey, signature_of
from ni.domain.clock import Clock


class AnchorDown(Exception):
    """The anchor cannot be reached or refuses for a reason unrelated to the log; the publisher retries later."""


class AnchorForked(Exception):
    """The anchor holds a checkpoint that the log lacks; if `size` is given, unless the log has grown to it."""

    def __init__(self, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.size = size


@dataclass(frozen=True, slots=True)
class CheckpointPublication:
    """A signed head to publish; `growth(old_size)` gives the hashes of a consistency proof (RFC 6962 section 2.1.2)."""

    origin: str
    size: int
    note: str
    growth: Callable[[int], list[bytes]] = field(repr=False)


class Anchor(Protocol):
    """One anchor. Its methods raise `AnchorDown` or `AnchorForked`."""

    @property
    def name(self) -> str:
        """Its label in metrics and logs, without credentials."""

    def newest(self) -> str | None:
        """The newest checkpoint it holds, as a signed note; None if it holds none or cannot be read."""

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Publish; the cosignatures of others as lines of a note. Idempotent."""


def file_name(size: int) -> str:
    """The file name of a size: 20 digits, so that names sort as sizes do."""
    return f"{size:020d}.txt"


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


RETAINED = timedelta(days=3650)
EXISTS = frozenset({"PreconditionFailed", "412"})


class S3Anchor:
    """Objects under a prefix of a bucket."""

    def __init__(self, client: Any, bucket: str, prefix: str, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._clock = clock
        self._from = ""
        self.name = f"s3://{bucket}/{prefix}"

    def newest(self) -> str | None:
        """The content of the object with the greatest size."""
        key = self._last_key()
        if key is None:
            return None
        self._from = key
        return self._read(key)

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Put the object. Raises `AnchorForked` if there is another checkpoint of that size."""
        key = self._prefix + file_name(publication.size)
        if not self._put(key, publication.note):
            held = self._read(key)
            if held.rpartition("\n\n")[0] != publication.note.rpartition("\n\n")[0]:
                raise AnchorForked(f"{key} holds another checkpoint")
        return []

    def _put(self, key: str, note: str) -> bool:
        """Whether it was written; False if the key exists."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=note.encode(),
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=self._clock.now() + RETAINED,
            )
        except Exception as fault:  # boto3 makes its exceptions at run time
            if _code(fault) in EXISTS:
                return False
            raise AnchorDown(_code(fault)) from fault
        return True

    def _read(self, key: str) -> str:
        try:
            octets: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except Exception as fault:  # see above
            raise AnchorDown(_code(fault)) from fault
        return octets.decode("utf-8", "replace")

    def _last_key(self) -> str | None:
        """The last key; the listing starts at the key of the last time, which is listed again."""
        last, after = None, self._from[:-1]
        while True:
            try:
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix, StartAfter=after
                )
            except Exception as fault:  # see above
                raise AnchorDown(_code(fault)) from fault
            keys = [entry["Key"] for entry in page.get("Contents", []) if entry["Key"].endswith(".txt")]
            last = keys[-1] if keys else last
            if not keys or not page.get("IsTruncated"):
                return last
            after = keys[-1]


def _code(fault: Exception) -> str:
    """S3's error code, else the exception's type; never its message, which may quote an address."""
    response = getattr(fault, "response", {})
    return str(response.get("Error", {}).get("Code") or type(fault).__name__)


Post = Callable[[str, bytes], tuple[int, bytes]]
"""Posts a body to a URL; status and body of the response. Raises `OSError` if there is none."""
TIME_BYTES = 8


class WitnessAnchor:
    """One witness, by its address and key; `key.kind` is that of cosignatures."""

    def __init__(self, post: Post, url: str, key: VerifierKey) -> None:
        self._post = post
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._key = key
        self._old = 0
        self.name = f"witness {key.name}"

    def newest(self) -> str | None:
        """None: a witness cannot be read; it refuses what does not follow."""
        return None

    def publish(self, publication: CheckpointPublication) -> list[str]:
        """Get a cosignature. Raises `AnchorForked` if the witness saw another or a longer log."""
        status, answer = self._ask(publication)
        if status == 409:
            self._old = self._size_of(answer, publication.size)
            status, answer = self._ask(publication)
        if status == 409:  # another of our processes may have been there in between
            self._old = self._size_of(answer, publication.size)
        if status in (409, 422):
            raise AnchorForked(f"{self.name} refuses our growth from {self._old} to {publication.size}")
        if status != 200:
            raise AnchorDown(f"{self.name} answered {status}")
        line = self._checked(answer.decode("utf-8", "replace"), publication)
        self._old = publication.size
        return [line]

    def _ask(self, publication: CheckpointPublication) -> tuple[int, bytes]:
        grown = 0 < self._old < publication.size
        proof = publication.growth(self._old) if grown else []
        hashes = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
        body = f"old {self._old}\n{hashes}\n{publication.note}"
        try:
            return self._post(self._url, body.encode())
        except OSError as fault:
            raise AnchorDown(f"{self.name}: {type(fault).__name__}") from fault

    def _size_of(self, answer: bytes, ours: int) -> int:
        text = answer.strip()
        if not text.isdigit():
            raise AnchorDown(f"{self.name} answered 409 without a size")
        if int(text) > ours:
            raise AnchorForked(f"{self.name} has seen size {int(text)}, our log has {ours}", int(text))
        return int(text)

    def _checked(self, lines: str, publication: CheckpointPublication) -> str:
        """The witness's own line. A cosignature says: at this time I saw this checkpoint."""
        text = publication.note.rpartition("\n\n")[0] + "\n"
        for line in lines.splitlines():
            try:
                name, key_id, octets = signature_of(line)
            except NoteRefused:
                continue
            if (name, key_id) != (self._key.name, self._key.id):
                continue
            at = int.from_bytes(octets[:TIME_BYTES], "big")
            if self._key.verifies(f"cosignature/v1\ntime {at}\n{text}".encode(), octets[TIME_BYTES:]):
                return line + "\n"
        raise AnchorDown(f"{self.name} gave no valid cosignature")


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
