"""Anchors against servers that refuse what the real ones refuse."""

import io
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ni_verify
from ni.custody.anchors import (
    Anchor,
    AnchorDown,
    AnchorForked,
    AnchorTools,
    CheckpointPublication,
    FolderAnchor,
    GitAnchor,
    S3Anchor,
    WitnessAnchor,
    build_anchors,
)
from ni.custody.logs import LogHead
from ni.custody.merkle import Frontier, consistency_proof, leaf_hash, node_hash, split
from ni.custody.note import Checkpoint, Signer, VerifierKey, sign, signature_line
from tests.custody.conftest import ORIGIN, StillClock

LOG = Signer(ORIGIN, bytes(range(32)))
BUCKET = "custody"


def span(fork: str, low: int, high: int) -> bytes:
    if high - low == 1:
        return leaf_hash(f"{fork if low >= 3 else ''}{low}".encode())
    middle = low + split(high - low)
    return node_hash(span(fork, low, middle), span(fork, middle, high))


def publication(size: int, fork: str = "") -> CheckpointPublication:
    """The checkpoint of a log that may be another from its fourth leaf on."""
    note = sign(str(Checkpoint(ORIGIN, size, span(fork, 0, size))), [LOG])

    def growth(old: int) -> list[bytes]:
        return consistency_proof(old, size, lambda low, high: span(fork, low, high))

    return CheckpointPublication(ORIGIN, size, note, growth)


class ClientError(Exception):
    """As botocore's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class StrictS3:
    """A bucket with Object Lock: writes once, keeps what is locked, lists in order, 2 keys a page."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.down = False

    def put_object(self, **asked: Any) -> dict[str, Any]:
        if self.down:
            raise ClientError("ServiceUnavailable")
        allowed = {"Bucket", "Key", "Body", "ContentType", "ChecksumAlgorithm", "IfNoneMatch", "ObjectLockMode",
                   "ObjectLockRetainUntilDate"}  # fmt: skip
        assert set(asked) <= allowed
        assert isinstance(asked["Body"], bytes)
        if asked["Bucket"] != BUCKET:
            raise ClientError("NoSuchBucket")
        until = asked.get("ObjectLockRetainUntilDate")
        if (asked.get("ObjectLockMode") is None) is not (until is None) or "ChecksumAlgorithm" not in asked:
            raise ClientError("InvalidRequest")
        if until is not None and (until.tzinfo is None or until <= datetime(2026, 11, 23, tzinfo=UTC)):
            raise ClientError("InvalidArgument")
        if asked.get("IfNoneMatch") not in (None, "*"):
            raise ClientError("NotImplemented")
        if asked.get("IfNoneMatch") == "*" and asked["Key"] in self.objects:
            raise ClientError("PreconditionFailed")
        self.objects[asked["Key"]] = asked
        return {}

    def get_object(self, **asked: Any) -> dict[str, Any]:
        assert set(asked) == {"Bucket", "Key"}
        if asked["Key"] not in self.objects:
            raise ClientError("NoSuchKey")
        return {"Body": io.BytesIO(self.objects[asked["Key"]]["Body"])}

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        assert set(asked) <= {"Bucket", "Prefix", "StartAfter"}
        if self.down:
            raise ClientError("ServiceUnavailable")
        keys = sorted(
            key
            for key in self.objects
            if key.startswith(asked["Prefix"]) and key > asked.get("StartAfter", "")
        )
        return {"Contents": [{"Key": key} for key in keys[:2]], "IsTruncated": len(keys) > 2} if keys else {}


class StrictWitness:
    """A C2SP witness with one log: statuses as its specification says."""

    def __init__(self) -> None:
        self.signer = Signer("witness.example", bytes(range(64, 96)))
        self.key = VerifierKey("witness.example", self.signer.key.public, b"\x04")
        self.size, self.root = 0, Frontier().root()
        self.down = False

    def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        if self.down:
            raise ConnectionRefusedError
        assert url == "https://witness.example/w/add-checkpoint"
        head, _, note = body.decode().partition("\n\n")
        first, *hashes = head.split("\n")
        assert first.startswith("old ")
        try:
            origin, size, root = ni_verify.open_checkpoint(note, dict([ni_verify.parse_vkey(str(LOG.key))]))
        except ni_verify.Refused:
            return 403, b""
        old = int(first[4:])
        if origin != ORIGIN:
            return 404, b""
        if old > size:
            return 400, b""
        if old != self.size or (old == size and root != self.root):
            return 409, f"{self.size}\n".encode()
        return self._cosign(note, (size, root), [ni_verify.unbase64(each) for each in hashes])

    def _cosign(self, note: str, head: tuple[int, bytes], proof: list[bytes]) -> tuple[int, bytes]:
        try:
            if self.size:
                ni_verify.check_consistency((self.size, self.root), head, proof)
            assert self.size or not proof
        except ni_verify.Refused:
            return 422, b""
        self.size, self.root = head
        text = note.rpartition("\n\n")[0] + "\n"
        signature = self.signer._private.sign(f"cosignature/v1\ntime 1795000000\n{text}".encode())
        return 200, signature_line(self.key, (1795000000).to_bytes(8, "big") + signature).encode()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git work tree with a bare remote."""
    bare, work = tmp_path / "bare.git", tmp_path / "work"
    for words in (("init", "--quiet", "--bare", str(bare)), ("clone", "--quiet", str(bare), str(work))):
        subprocess.run(["git", *words], check=True, capture_output=True)
    settings = (("push.default", "current"), ("push.autoSetupRemote", "true"))
    for name, value in settings:
        subprocess.run(["git", "-C", str(work), "config", name, value], check=True)
    return work


@pytest.fixture(params=["folder", "s3", "git"])
def anchor(request: pytest.FixtureRequest, tmp_path: Path, tree: Path) -> Anchor:
    made: dict[str, Anchor] = {
        "folder": FolderAnchor(tmp_path / "checkpoints"),
        "s3": S3Anchor(StrictS3(), BUCKET, "ni/", StillClock()),
        "git": GitAnchor(tree),
    }
    return made[request.param]


def test_an_anchor_gives_back_the_newest_that_it_took(anchor: Anchor) -> None:
    assert anchor.newest() is None
    for size in (1, 2, 3, 4, 9):
        assert anchor.publish(publication(size)) == []
        assert anchor.newest() == publication(size).note


def test_publishing_the_same_again_does_no_harm(anchor: Anchor) -> None:
    for _ in range(2):
        anchor.publish(publication(5))
    assert anchor.newest() == publication(5).note


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_another_checkpoint_of_a_size_that_is_taken_is_a_fork(kind: str, tmp_path: Path) -> None:
    anchor: Anchor = (
        FolderAnchor(tmp_path) if kind == "folder" else S3Anchor(StrictS3(), BUCKET, "", StillClock())
    )
    anchor.publish(publication(5))
    with pytest.raises(AnchorForked):
        anchor.publish(publication(5, fork="x"))
    assert anchor.newest() == publication(5).note


def test_what_waits_for_the_disk_is_done_aside_and_its_refusals_come_back(tmp_path: Path) -> None:
    asides = []

    def aside(work: Callable[[], None]) -> None:
        asides.append(tmp_path.exists())
        work()

    anchor = FolderAnchor(tmp_path / "a", aside)
    anchor.publish(publication(5))
    assert asides == [True]
    with pytest.raises(AnchorForked):
        anchor.publish(publication(5, fork="x"))
    (tmp_path / "file").touch()
    with pytest.raises(AnchorDown):
        FolderAnchor(tmp_path / "file", aside).publish(publication(5))


def test_objects_are_locked_for_years() -> None:
    bucket, clock = StrictS3(), StillClock()
    S3Anchor(bucket, BUCKET, "ni/", clock).publish(publication(5))
    held = bucket.objects["ni/00000000000000000005.txt"]
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert held["ObjectLockRetainUntilDate"] > clock.now() + timedelta(days=3000)


def test_a_bucket_that_is_away_is_tried_again_later() -> None:
    bucket = StrictS3()
    anchor = S3Anchor(bucket, BUCKET, "", StillClock())
    bucket.down = True
    for ask in (anchor.newest, lambda: anchor.publish(publication(2))):
        with pytest.raises(AnchorDown, match="ServiceUnavailable"):
            ask()
    with pytest.raises(AnchorDown, match="NoSuchBucket"):
        S3Anchor(StrictS3(), "another", "", StillClock()).publish(publication(2))


def test_every_checkpoint_is_a_commit_that_was_pushed(tree: Path) -> None:
    anchor = GitAnchor(tree)
    for size in (1, 2):
        anchor.publish(publication(size))
    log = subprocess.run(["git", "-C", str(tree.parent / "bare.git"), "log", "--all", "--format=%s"],
                         check=True, capture_output=True, text=True)  # fmt: skip
    assert log.stdout.splitlines() == ["Checkpoint of size 2", "Checkpoint of size 1"]


def test_a_folder_that_is_no_repository_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(AnchorDown):
        GitAnchor(tmp_path / "nothing").newest()


def test_a_witness_cosigns_growth_and_its_signature_is_kept() -> None:
    witness = StrictWitness()
    anchor = WitnessAnchor(witness.post, "https://witness.example/w/", witness.key)
    for size in (1, 4, 4, 9):
        [line] = anchor.publish(publication(size))
        assert line.startswith("— witness.example ")
    assert witness.size == 9


def test_after_a_restart_the_witness_says_where_it_stands() -> None:
    witness = StrictWitness()
    WitnessAnchor(witness.post, "https://witness.example/w", witness.key).publish(publication(5))
    fresh = WitnessAnchor(witness.post, "https://witness.example/w", witness.key)
    assert fresh.publish(publication(8))
    assert WitnessAnchor(witness.post, "https://witness.example/w", witness.key).publish(publication(8))


@pytest.mark.parametrize(("size", "fork"), [(4, ""), (5, "x"), (8, "x")])
def test_a_witness_that_saw_a_longer_or_another_log_means_a_fork(size: int, fork: str) -> None:
    witness = StrictWitness()
    WitnessAnchor(witness.post, "https://witness.example/w", witness.key).publish(publication(5))
    with pytest.raises(AnchorForked):
        WitnessAnchor(witness.post, "https://witness.example/w", witness.key).publish(publication(size, fork))


def test_a_witness_that_is_away_or_signs_with_another_key_is_tried_again_later() -> None:
    witness = StrictWitness()
    witness.down = True
    with pytest.raises(AnchorDown):
        WitnessAnchor(witness.post, "https://witness.example/w", witness.key).publish(publication(5))
    witness.down = False
    stranger = VerifierKey("witness.example", os.urandom(32), b"\x04")
    with pytest.raises(AnchorDown, match="no valid cosignature"):
        WitnessAnchor(witness.post, "https://witness.example/w", stranger).publish(publication(5))


def test_the_words_of_the_setting_name_anchors(tmp_path: Path) -> None:
    tools = AnchorTools(tmp_path, StrictWitness().post, StrictS3, StillClock())
    words = ["s3://custody/ni", "git:/srv/log", f"witness:{StrictWitness().key}@https://witness.example/w"]
    for log_id in (1, 2):
        names = [anchor.name for anchor in build_anchors(words, LogHead(log_id, ORIGIN, 0, b""), tools)]
        later = "" if log_id == 1 else "log-2/"
        assert names == ["folder", f"s3://custody/ni/{later}", "git", "witness witness.example"]
    for word in ("ftp://x", "git:relative", "witness:nokey", "witness:a+b+c@https://x"):
        with pytest.raises(ValueError, match=r"witness|anchor"):
            build_anchors([word], LogHead(1, ORIGIN, 0, b""), tools)
